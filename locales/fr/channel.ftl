### What the channels say outside of any conversation: the door, the buttons' toasts, the menu, the invitation.
### The variables are explained at the head of shared.ftl; here most of them are not known yet. One is added:
###   $invitation_url (String) - the address of the client's personal invitation
###   $bot_name (String) - what the bot is called in Telegram, « @resync_bot »
###   $until (String) - the last day of the invitation, « 22 mai 2027 »
### Telegram HTML where a bot says it, plain text in the e-mail, the toasts and the menu.


## At the door

# Somebody writes who has no invitation.
# Variables: $firm.
stranger =
    Bonjour, je suis l’assistant du cabinet { $firm }, réservé à ses clients.

    Vous en faites partie ? Demandez au cabinet votre lien d’invitation, puis ouvrez-le depuis ce téléphone.

# The invitation is too old.
# Variables: $firm.
invitation-expired =
    Ce lien d’invitation n’est plus valable, il a trop attendu.

    Demandez-en un nouveau au cabinet { $firm } : vous le recevrez aussitôt.

# The invitation was used from another Telegram account.
# Variables: $firm.
invitation-used =
    Ce lien d’invitation a déjà servi sur un autre compte Telegram.

    Si ce n’était pas vous, ou si vous avez changé de téléphone, appelez le cabinet { $firm }, au numéro que vous connaissez.

# Nobody made this invitation; it was probably cut when it was copied.
# Variables: $firm.
invitation-unknown =
    Je ne reconnais pas ce lien d’invitation. Il a peut-être été coupé en route.

    Ouvrez-le de nouveau depuis le message du cabinet { $firm }, ou demandez-en un autre.

# The bot was added to a group, or somebody writes to it there.
group-chat =
    Bonjour. Je parle de banque, alors seulement en privé.

    Ouvrez une conversation avec moi, et je vous réponds.

# A message longer than what we pass on.
too-long =
    Ce message est trop long pour moi, pardon. Rien n’en a été gardé.

    Écrivez-moi l’essentiel en quelques phrases, ou en plusieurs messages.

# Another contact of the same client file already looks after its banks; this one may step in at any time.
# Variables: $firm.
joined =
    Bonjour, vous êtes bien relié au cabinet { $firm }. Une autre personne de votre entreprise s’occupe déjà de vos banques avec moi.

    Pour voir où nous en sommes : /banques

# He has said that the file is not his, and writes, or presses a button, after somebody else was asked.
# Variables: $firm.
somebody-else =
    C’est noté, une autre personne de votre entreprise s’en occupe maintenant avec moi.

    Si c’est à vous de le faire après tout, appelez le cabinet { $firm } : il me le dira.


## Toasts: what Telegram shows for a moment after a button was pressed. Plain text, 200 characters at most.

# The button was understood.
toast-ok = Bien reçu

# The button belongs to an old message; the message of where we are follows.
toast-old = Ce bouton n’est plus à jour. Voici où nous en sommes.

# A person of the firm has the conversation.
toast-staff-has-it = Une personne du cabinet s’occupe de vous et vous répond ici.


## Number matching: the secure page shows a number, and he taps it among three in Telegram.

# The question, above three buttons that are numbers.
number-question = Quel nombre voyez-vous sur la page sécurisée ?

# A toast: the right number.
number-right = C’est le bon. Retournez sur la page et continuez.

# A toast: the wrong number; the page is closed, and link-refused follows.
number-wrong = Ce n’est pas le nombre de la page. Par prudence, je l’ai fermée : rien n’a été transmis.

# A toast: the page behind these numbers has been used, or its fifteen minutes are over.
number-over = Cette page a déjà servi, ou son temps est passé. Rien n’est perdu.

## What may be a password and may be none: his message is held in memory until he says so, ten minutes at most.

# The question.
doubt-question =
    Une précaution : votre message contient-il un <b>mot de passe</b> ou un <b>code</b> ? Si oui, je l’efface d’ici. Pour l’instant, il n’est ni gardé, ni transmis.

    Sans réponse dans dix minutes, je l’efface par prudence.
    .yes = Oui, effacez-le
    .no = Non, rien de secret

# For two days Telegram did not let us delete his message, which holds a password or a code.
secret-stays =
    Je n’ai pas pu effacer votre message qui ressemblait à un mot de passe ou à un code : Telegram ne m’a pas laissé faire. Il n’est ni gardé, ni transmis, mais il est encore dans cette conversation.

    Effacez-le vous-même : gardez le doigt appuyé sur ce message, puis touchez « Supprimer ».

# A toast: it is not held any more.
doubt-over = Je n’ai plus ce message, par prudence. Pouvez-vous le réécrire ?

## The bot's menu and profile (Telegram: setMyCommands, setMyShortDescription, setMyDescription). Plain text.

command-aide = Ce que je peux faire pour vous
command-banques = Voir vos banques et leurs dates
command-stop = Ne plus recevoir mes messages

# At most 120 characters.
bot-about = L’assistant qui garde votre banque connectée à votre comptabilité. Jamais de mot de passe dans la conversation.

# At most 512 characters. Shown before the first message.
bot-description =
    Bonjour, je suis l’assistant de votre cabinet comptable. Je vous aide à garder votre banque connectée à votre comptabilité, en deux minutes et pas à pas.

    Je ne vous demanderai jamais d’écrire un mot de passe ou un code dans cette conversation.

    Pour commencer, ouvrez le lien d’invitation que le cabinet vous a envoyé.


## The invitation, as the firm sends it. Plain text.

# The subject of the e-mail.
# Variables: $client.
mail-invitation-subject = { $client } : connecter votre banque, deux minutes

# The body of the e-mail.
# Variables: $first_name, $client, $firm, $invitation_url.
mail-invitation-body =
    Bonjour { $first_name },

    Pour tenir vos comptes ({ $client }), il faut que votre banque soit connectée à notre outil. Notre assistant vous guide pas à pas sur Telegram : deux minutes suffisent.

    Ouvrez ce lien depuis votre téléphone, il est personnel :

    { $invitation_url }

    Il ne vous demandera jamais d’écrire un mot de passe dans la conversation. Au moindre doute, appelez-nous au numéro que vous connaissez.

    Merci de votre confiance,

    { $firm }

## E-mail to a client whom no message reaches on Telegram, and to one who has not opened his invitation. Plain text.
## The words of the nudge that he would have had come first (renewal-offered, first-welcome.nudge).

# The subject, where his chat does not reach him.
# Variables: $client, $bank.
mail-nudge-subject = { $client } : votre banque { $bank }

# Below those words.
mail-nudge-why = Mes messages ne vous parviennent plus sur Telegram, d’où cet e-mail. Un appui sur le bouton suffit : nous reprenons là où nous en étions.

# The button, which opens his chat.
mail-nudge-button = Reprendre sur Telegram

# Its words, for an invitation that nobody opened; its subject is mail-invitation-subject.
# Variables: $first_name, $client.
mail-reminder =
    Bonjour { $first_name },

    Pour tenir vos comptes ({ $client }), il faut que votre banque soit connectée à notre outil. Notre assistant vous guide pas à pas sur Telegram : deux minutes suffisent.

    Vous n’avez pas encore ouvert votre invitation : la voici de nouveau, à ouvrir depuis votre téléphone.

# The button under them.
mail-reminder-button = Ouvrir mon invitation

# The end of both.
# Variables: $firm.
mail-end =
    Ce lien est à vous seul et reste valable trente jours. Nous ne vous demanderons jamais vos identifiants bancaires par e-mail. Au moindre doute, appelez-nous au numéro que vous connaissez.

    { $firm }

    Pour ne plus recevoir ces e-mails, répondez simplement « stop ».


# For staff to copy into an SMS or a WhatsApp message of their own.
# Variables: $first_name, $client, $firm, $invitation_url.
invitation-to-copy = Bonjour { $first_name }, c’est le cabinet { $firm }. Pour connecter votre banque en deux minutes ({ $client }), ouvrez ce lien personnel depuis votre téléphone : { $invitation_url }

## The invitation on paper: one A4 page, printed by the firm (bot/invitation_page.py). Plain text.

# Its title.
# Variables: $client.
letter-title = { $client } : connectez votre banque en deux minutes

# Why.
# Variables: $first_name, $firm.
letter-why = Bonjour { $first_name }. Pour tenir vos comptes, { $firm } a besoin des mouvements de votre banque. Notre assistant vous guide pas à pas sur Telegram, et vous prévient quand la banque redemande votre accord.

# Beside the code.
letter-scan = Visez ce carré avec l’appareil photo de votre téléphone.

# Above the address.
letter-link = Ou ouvrez ce lien, depuis ce téléphone :

# Below the address.
# Variables: $until.
letter-until = Il est à vous seul, et bon jusqu’au { $until }. Passé ce jour, demandez-nous-en un autre.

# The button in the drawing of a telephone, as Telegram has it.
letter-start = Démarrer

# The three steps, each below its picture.
letter-step-1 = Telegram s’ouvre : appuyez sur « Démarrer ». L’application est gratuite.
letter-step-2 = Dans One up, module COMPTABILITÉ, cliquez sur « Nouveau compte bancaire ».
letter-step-3 = Choisissez votre banque, identifiez-vous, puis la période. L’assistant vous dit quand c’est bon.

# Below the steps.
letter-already = Votre banque est déjà connectée ? La première étape suffit.

# How to know that it is the firm: the title of three lines.
letter-check = Est-ce bien nous ?

# Variables: $bot_name.
letter-check-bot = Dans Telegram, touchez le nom de l’assistant : vous devez lire { $bot_name }, lettre pour lettre.

letter-check-secret = Il ne vous demandera jamais d’écrire un mot de passe ou un code dans la conversation.

# Variables: $firm.
letter-check-call = Un doute ? Avant tout, appelez { $firm } au numéro que vous connaissez.
