### What staff read on Slack when they act: who may not, the windows, and what follows. Plain text, no markup.
### The variables are those of staff.ftl.


## Polite refusals

# From another channel, or another workspace.
staff-elsewhere = Je ne travaille que dans le salon du cabinet. Merci de recommencer là-bas.
# The role is not enough for the act.
staff-not-allowed = Cet acte revient aux responsables du cabinet. Demandez à l’un d’eux, il peut le faire d’ici.


## Windows: what they share. Titles and buttons below have 24 characters at most.

window-cancel = Annuler
window-close = Fermer
window-notice = Resync
window-yes = Oui
# Above what is asked before a button acts.
window-sure = Vraiment ?

# It is too late for what was wanted: the client, or a colleague, has gone on meanwhile.
staff-act-too-late = Ce dossier a avancé pendant que la fenêtre était ouverte : rien n’a changé. Rouvrez-la pour voir où il en est.
# The act makes no sense where the conversation is.
staff-act-nothing = Rien n’a changé : cela n’a pas de sens là où en est ce dossier.
staff-client-gone = Ce dossier ou ce contact n’existe plus.


## A new client file

window-new-file = Nouveau dossier
window-create = Créer
staff-file-created = Le dossier est créé. Invitez maintenant le contact : le bot s’occupe de la suite.

# Under a client's name, and the window that it opens: a bank or a contact that the file lacks.
window-file-add = Compléter…
window-file-add-submit = Ajouter
window-file-add-why = { $client } : ajoutez une banque, un contact, ou les deux. Un contact seul vaut pour toutes ses banques.
staff-file-completed = C’est ajouté.
hint-known-contact = S’il est déjà dans ce dossier, ce que vous écrivez ici complète sa fiche.

field-client = Nom du client
field-siren = SIREN
field-bank = Banque
field-other-bank = Autre banque
field-contact = Contact (la personne à qui le bot écrit)
field-role = Son rôle
field-phone = Téléphone
field-email = E-mail
field-last-sync = Dernière synchronisation
field-accountant = Comptable
field-aggregator-user = Utilisateur chez l’agrégateur

hint-siren = Neuf chiffres ; la clé est vérifiée.
hint-other-bank = Seulement si elle n’est pas dans la liste.
hint-last-sync = Laissez vide si cette banque n’a jamais été connectée : le bot guide la première fois.


## One bank of a client: the window of acts

# On the card of a case, and under the list.
staff-card-acts = Actes…
staff-list-acts = { $client } – { $bank }…

window-client = Dossier
# $detail is the source of the date.
window-client-known =
    { FILLED($due) ->
        [yes] Échéance : { $due } ({ $detail }). Où il en est : { $step_text }
       *[no] Échéance inconnue. Où il en est : { $step_text }
    }

window-nudge = Relancer maintenant
window-snooze = Reporter…
window-confirm = Confirmer le renouvellement
window-confirm-sure = Vous avez vu de vos yeux que la banque est renouvelée : le client en recevra le reçu, et la prochaine échéance est comptée d’aujourd’hui.
window-close-sure = Plus rien ne sera lu ni demandé pour cette banque. « Rouvrir » revient en arrière.
window-invite = Inviter { $who }

staff-confirmed = C’est confirmé, le client en reçoit le reçu.
staff-closed = C’est clôturé : plus rien n’est lu ni demandé pour cette banque. « Rouvrir » revient en arrière.


## Snooze

window-snooze-title = Reporter
window-snooze-submit = Reporter
field-until = Ne rien demander au client avant le
hint-snooze = Soixante jours au plus. S’il écrit lui-même avant, le bot répond.
staff-snooze-when = Choisissez un jour entre demain et dans soixante jours.
staff-snooze-nothing = Rien n’est prévu pour ce client en ce moment : il n’y a rien à reporter.
staff-snoozed = C’est noté : rien ne lui est demandé avant le { $until }.
staff-snoozed-lapses = C’est noté : rien ne lui est demandé avant le { $until }. Attention, sa banque s’arrête avant.


## An invitation

window-invitation = Invitation
window-invited = Lien personnel de { $who }, bon jusqu’au { $until }. Il remplace les précédents et ne s’ouvre qu’une fois : ne le donnez qu’à cette personne. Message à copier :
window-invited-link = Le lien seul :
# What stands for the picture where it cannot be seen.
window-code = Code QR de l’invitation de { $who }, à lui faire scanner
staff-already-linked = Cette personne est déjà sur Telegram. Pour un nouveau téléphone ou un nouveau compte, il faut deux personnes du cabinet : « Nouveau Telegram… ».


## A bank's general trouble, from a window

window-incident = Panne générale…
window-incident-title = Panne générale
window-incident-declare = { $bank } ne marche plus pour personne ? Les relances de cette banque attendent alors, et les clients concernés reçoivent un message, un seul : ce n’est ni eux ni nous, rien à faire.
window-incident-end = { $bank } est en panne générale. Elle répond de nouveau ? Les clients qui en étaient prévenus l’apprennent à une heure décente, et les relances reprennent.
staff-outage-declared = C’est déclaré pour { $bank }. La suite se passe dans le salon, sous la carte de la panne.
staff-outage-ended = C’est noté : { $bank } répond de nouveau, et les relances reprennent.


## The playbook of a bank: traps that colleagues have met, told to its clients at the step where each lies

window-trap = Pièges de la banque…
window-trap-title = Pièges de la banque
window-trap-submit = Ajouter
window-trap-remove = Retirer
window-trap-why = Ce que vous ajoutez ici, tous les clients de { $bank } le lisent sous le message de l’étape, et vos collègues sur leurs cartes.
field-step = À quelle étape
field-words = Ce qu’il faut savoir
hint-trap = Une phrase, 160 caractères au plus, écrite pour le client. Jamais un mot de passe ni un code.

# The steps.
trap-opening = étape A, ouvrir son compte dans One up
trap-renewing = étape B, le bouton bleu
trap-agreement = l’accord à la banque, dans son application ou par code
trap-password = le nouveau mot de passe
trap-first = la première connexion

# On the card of a case, one a line; $who added it.
staff-card-traps = Pièges connus
staff-trap = { $step_text } : { $words } ({ $who })

staff-trap-added = C’est ajouté : les clients de { $bank } le liront à cette étape.
staff-trap-removed = C’est retiré.
staff-trap-length = Écrivez une phrase, de 160 caractères au plus.
staff-trap-enough = Cette étape a déjà deux pièges, et un message doit rester court : retirez-en un d’abord.


## What needs two persons: one asks and says why, another one agrees, on a card in the firm's channel

want-rebind = Nouveau Telegram…
want-export = Exporter ses données…
want-erasure = Effacer ses données…
window-rebind = Nouveau Telegram
window-rebind-why = Cette personne a changé de téléphone ou de compte Telegram. Un nouveau lien prendra la place de l’ancien : quelqu’un d’autre du cabinet doit être d’accord.
hint-rebind = Comment savez-vous que c’est bien elle ? Rappelez-la au numéro que vous connaissiez déjà, et dites-le ici.
window-export = Exporter ses données
window-export-why = Tout ce que Resync sait d’une personne, dans un fichier posé sous la demande. Quelqu’un d’autre du cabinet doit être d’accord ; le fichier vient une heure après.
hint-export = Qui le demande, et quand ?
window-erasure = Effacer ses données
window-erasure-why = Tout ce que Resync sait d’une personne. Le dossier et ses banques restent ; elle ne recevra plus rien. Quelqu’un d’autre du cabinet doit être d’accord ; c’est fait un jour après, et d’ici là on peut l’arrêter.
hint-erasure = Qui le demande, et quand ?
window-request-submit = Demander
field-person = De qui s’agit-il ?
field-reason = Pourquoi, et comment c’est vérifié

staff-request-asked = C’est demandé : la carte est dans le salon, quelqu’un d’autre doit être d’accord.
staff-request-why = Dites pourquoi : la personne qui donnera son accord doit pouvoir juger.
staff-request-open = Cette demande est déjà posée pour cette personne : elle est dans le salon.
staff-request-over = Cette demande est finie, rien n’a changé.
staff-two-persons = Vous l’avez demandé vous-même : quelqu’un d’autre doit être d’accord.
staff-link-of-two = Le lien est pour l’une des deux personnes qui ont demandé et donné leur accord.
staff-rebind-unlinked = Cette personne n’est pas encore sur Telegram : « Inviter » suffit.

# The card. $person is the name of whom it is about, $words the reason, $until a moment.
request-rebind = Nouveau Telegram : { $person }
request-export = Données à exporter : { $person }
request-erasure = Données à effacer : { $person }
request-person-gone = personne effacée
request-asked-by = Demandé par { $who } : { $words }
request-is-asked = Attend une deuxième personne.
    .rebind = Quelqu’un d’autre est d’accord ? À dire { $until } au plus tard.
    .export = Quelqu’un d’autre est d’accord ? À dire { $until } au plus tard.
    .erasure = Quelqu’un d’autre est d’accord ? À dire { $until } au plus tard.
request-is-agreed = Deux personnes sont d’accord.
    .rebind = D’accord : { $second }. Le lien se prend ici une seule fois, { $until } au plus tard ; donnez-le de vive voix ou par le canal vérifié.
    .export = D’accord : { $second }. Le fichier arrive ici { $until }.
    .erasure = D’accord : { $second }. Les données seront effacées { $until } ; d’ici là, « Arrêter » suffit.
request-is-done = C’est fait.
    .rebind = Le lien est pris ({ $who } et { $second }). L’ancien Telegram n’a plus rien dès que le nouveau l’ouvre.
    .export = Le fichier est sous cette carte ({ $who } et { $second }). Remettez-le à la personne, puis supprimez-le d’ici.
    .erasure = C’est effacé ({ $who } et { $second }). Ce qui a été écrit dans des fils de ce salon y reste : supprimez-le si besoin.
request-is-stopped = Arrêté.
    .rebind = Arrêté par { $stopped } : rien n’a changé.
    .export = Arrêté par { $stopped } : rien n’a été exporté.
    .erasure = Arrêté par { $stopped } : rien n’a été effacé.
request-is-expired = Le délai est passé.
    .rebind = Trop tard : il faut le redemander.
    .export = Personne n’a donné son accord à temps : rien n’a été exporté.
    .erasure = Personne n’a donné son accord à temps : rien n’a été effacé.
request-agree = D’accord
request-stop = Arrêter
request-take-link = Afficher le lien
request-rebind-sure = Vous êtes sûr que c’est bien cette personne qui demande ? Celui qui ouvre le lien reçoit tout ce qui la concerne.
request-export-sure = Le fichier contient tout ce que Resync sait de cette personne.
request-erasure-sure = Une fois effacé, rien ne revient.
