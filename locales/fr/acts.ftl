### What staff read on Slack when they act: who may not, the windows, and what follows. Plain text, no markup.
### The variables are those of staff.ftl.


## Polite refusals

# From another channel, or another workspace.
staff-elsewhere = Je ne travaille que dans le salon du cabinet. Merci de recommencer là-bas.
# The role is not enough for the act.
staff-not-allowed = Cet acte revient aux responsables du cabinet. Demandez à l’un d’eux, il peut le faire d’ici.
