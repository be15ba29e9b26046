### What every flow shares: answers by the way, staff at work, opting out (flows/step.py, escalation.py, opt_out.py).
###
### The variables that every message to a client may use, and no others:
###   $first_name (String) - the client's first name
###   $client (String) - the name of the client file, most often the restaurant
###   $bank (String) - the bank's trade name
###   $banks (String) - the client's banks with their dates, one a line
###   $firm (String) - the accounting firm's name
###   $accountant (String) - the first name of the client's accountant, or the firm's name
###   $who (String) - the first name of the member of staff that the text speaks of, or empty
###   $due (String) - the day the connection lapses, « 22 mai 2027 », or empty
###   $rung (String) - how near that is: early, week, soon (3 days or less), today, late, later (over 3 days) or unknown
###   $days_left (Number) - days until then; -999 where unknown
###   $asked (Number) - how often he was reminded of it before this message, 0 the first time
###   $next (String) - the moment when the bot comes back, « demain à 9 h 30 »
###   $trouble (String) - what is known of the bank's trouble: incident, down, works, others or unknown; once he speaks of one
###   $notice_url (String) - the address of the firm's notice, or empty
###   $last_data (String) - the day of the last data from the bank, or empty
###   $count (Number) - how many accounts a line to staff is about, or 0
###
### FILLED($x) is yes where $x is not empty, else no. The caller escapes the variables for Telegram's HTML.

# He presses « Comprendre pourquoi », or asks why it has to be done (again). Said in a first synchronisation too.
# Variables: $bank, $due.
why-renew =
    { FILLED($due) ->
        [yes] Une règle européenne, la DSP2, oblige les banques à redemander régulièrement votre accord, chacune à son rythme. Pour votre banque <b>{ $bank }</b>, la date est le <b>{ $due }</b> : au-delà, sans votre accord, nous ne pouvons plus tenir vos comptes.
       *[no] Une règle européenne, la DSP2, oblige les banques à demander votre accord, puis à le redemander régulièrement, chacune à son rythme. Sans cet accord pour votre banque <b>{ $bank }</b>, nous ne pouvons pas tenir vos comptes.
    }

# The account is closed, or the business sold: no more nudges, and a person has it.
# Variables: $bank, $accountant.
ending-noted =
    Merci de m’avoir prévenu. Je ne vous relance plus pour votre banque <b>{ $bank }</b>.

    { $accountant } met votre dossier à jour et vous écrit ici au besoin. Vous pouvez ajouter un mot, jamais de code ni de mot de passe.

# He has another bank now: a person will set up the first synchronisation with it.
# Variables: $bank, $accountant.
new-bank-noted =
    Merci de m’avoir prévenu. Je ne vous relance plus pour votre banque <b>{ $bank }</b>.

    { $accountant } prépare la connexion avec la nouvelle et vous écrit ici. Vous pouvez déjà lui donner son nom, jamais de code ni de mot de passe.

# Closed: staff have retired this bank. Also where he presses an old button then.
# Variables: $bank.
bank-closed =
    C’est noté au cabinet : il n’y a plus rien à faire pour votre banque <b>{ $bank }</b>, je ne vous écris plus à son sujet.

# He writes about a bank that is closed, and has no other.
passed-on =
    Merci, je le transmets au cabinet.

# He says that it is not him, and somebody else of his file is asked instead.
not-me-noted =
    Merci de me l’avoir dit. Je m’adresse à une autre personne de votre entreprise, et je ne vous écris plus à ce sujet.

# He doubts that this is genuine, or asks what becomes of his password.
# Variables: $firm.
is-it-safe =
    Vous avez raison de demander.

    <b>Pour vérifier que c’est bien nous</b> : appelez le cabinet { $firm } au numéro que vous connaissez déjà, pas à un numéro reçu dans un message, et demandez si l’assistant vous a écrit.

    <b>Votre mot de passe</b> : je ne vous le demanderai jamais ici. Il se tape seulement chez votre banque, dans One up ou sur la page sécurisée, qui le transmet chiffré à votre banque. Il n’est ni lu, ni gardé par le cabinet.

# He speaks of a trouble of his bank; with-staff follows.
# Variables: $bank, $trouble.
bank-as-known =
    { $trouble ->
        [incident] Merci de me le dire. C’est connu : votre banque <b>{ $bank }</b> est en panne pour beaucoup de ses clients, et le cabinet suit l’incident. Vous n’y êtes pour rien.
        [down] Merci de me le dire. Votre banque <b>{ $bank }</b> ne nous répond pas non plus en ce moment. Vous n’y êtes pour rien.
        [works] Merci de me le dire. Vue d’ici, la connexion avec votre banque <b>{ $bank }</b> fonctionne : c’est peut-être son site ou son application.
        [others] Merci de me le dire. Votre banque <b>{ $bank }</b> fonctionne pour nos autres clients : cela se règle sans doute avec votre accès.
       *[unknown] Merci de me le dire. D’ici, je ne vois pas encore ce qu’a votre banque <b>{ $bank }</b>.
    }

# He wants his data erased: a person answers. Also said where no case is opened for it.
# Variables: $accountant.
erasure-noted =
    C’est noté : vous souhaitez que vos données soient effacées. { $accountant } s’en charge et vous répond ici, dans le mois au plus tard.

    La loi oblige le cabinet à garder vos pièces comptables ; pour tout le reste, il vous dira ce qui est effacé.

# The second help, of a step in One up, under its picture; then a person.
help-in-one-up =
    Essayons autrement, sur un ordinateur : fermez One up, ouvrez-le de nouveau, reconnectez-vous, puis comparez avec l’image, point par point.

    Si vous voyez autre chose, photographiez votre écran, jamais un mot de passe, et envoyez-le-moi. Sinon, appuyez encore sur « J’ai besoin d’aide » : une personne du cabinet prend la suite.

# The second help, of a step at the bank; then a person.
# Variables: $bank.
help-once-more =
    Essayons autrement : fermez la page ou l’application de votre banque <b>{ $bank }</b>, attendez une minute, et recommencez depuis le début, sur un autre appareil si vous en avez un.

    Si un message s’affiche, recopiez-le-moi ou photographiez-le, mais jamais un mot de passe. Sinon, appuyez encore sur « J’ai besoin d’aide » : une personne du cabinet prend la suite.

# He says good morning.
# Variables: $first_name, $bank.
hello =
    Bonjour { $first_name }. Je m’occupe de la connexion avec votre banque <b>{ $bank }</b>.

    Une question, un souci ? Écrivez-moi en deux mots.

# He says thank you.
# Variables: $first_name.
you-are-welcome =
    Avec plaisir, { $first_name }. Bon service !

# /aide, or he asks what the bot can do.
# Variables: $bank.
help =
    Je suis là pour que votre banque <b>{ $bank }</b> reste connectée à votre comptabilité.

    /banques pour voir vos banques et leurs dates
    /stop pour ne plus recevoir mes messages

    Pour parler à une personne du cabinet, écrivez « je veux parler à mon comptable ».

# /banques, or he asks where his banks stand.
# Variables: $client, $banks.
banks =
    Vos banques pour <b>{ $client }</b> :

    { $banks }

# Not said by itself: one line of $banks. Plain text, the caller escapes the whole list.
# Variables: $bank, $due.
bank-line =
    { FILLED($due) ->
        [yes] { $bank } : jusqu’au { $due }
       *[no] { $bank } : pas encore de date
    }

# The first time in a state that nothing was understood; the second time a person answers.
not-understood =
    Pardon, je n’ai pas bien compris. Pouvez-vous me le dire autrement ?

    Si je ne comprends toujours pas, une personne du cabinet vous répondra ici.

# Guess: he typed what may mean this, and may mean something else. The attributes are what it may mean.
# Variables: $bank.
meant =
    Je ne suis pas sûr d’avoir compris. C’était bien cela ?
    .done = Vous voulez dire que <b>c’est fait</b> pour votre banque <b>{ $bank }</b> ?
    .password-changed = Vous voulez dire que le <b>mot de passe de votre banque</b> a changé ?
    .stuck = Vous voulez dire que <b>vous êtes bloqué</b> et que vous avez besoin d’aide ?
    .later = Vous voulez dire que vous préférez voir cela <b>plus tard</b> ?
    .away = Vous voulez dire que vous êtes <b>absent</b> en ce moment ?
    .human-wanted = Vous voulez dire que vous souhaitez <b>parler à une personne</b> du cabinet ?
    .why = Vous voulez dire que vous aimeriez savoir <b>pourquoi</b> c’est à faire ?
    .bank-problem = Vous voulez dire qu’il y a un <b>problème du côté de votre banque</b> ?
    .security-doubt = Vous voulez dire que vous vous demandez <b>si c’est bien le cabinet</b> qui vous écrit ?
    .stop = Vous voulez dire que vous ne voulez <b>plus recevoir mes messages</b> ?
    .nudge = Je ne suis pas sûr d’avoir compris. C’était bien cela ?
    .yes = Oui, c’est cela
    .no = Non, autre chose
    .human = Parler à une personne

# He typed a password or a code in the chat; it is neither kept nor passed on, and his message is deleted.
secret-removed =
    J’efface votre message : il ressemblait à un mot de passe ou à un code. Il n’est ni gardé, ni transmis au cabinet.

    Par prudence, changez-le sur le site de votre banque. Et la prochaine fois, jamais ici : seulement dans One up ou sur la page sécurisée.
    .open = Ouvrir la page sécurisée

# He wants it later, and nothing is asked of him now.
# Variables: $bank.
nothing-due =
    Rien ne presse : il n’y a rien à faire en ce moment pour votre banque <b>{ $bank }</b>.

    Je vous écrirai à temps quand elle aura besoin de vous.

# He says that he is away, and until when, while nothing is asked of him.
away-noted =
    C’est noté, je ne vous écris pas d’ici là. Le cabinet est prévenu de votre absence.

# The same, but he has not said until when.
away-until-when =
    C’est noté. Jusqu’à quand êtes-vous absent ? Écrivez-le-moi, par exemple « je suis absent jusqu’au 15 », et je vous laisse tranquille jusque-là.

# He sent a photo or a document; with-staff follows.
file-passed-on = Bien reçu, merci. Je ne sais pas lire les images ni les documents : je transmets le vôtre au cabinet, avec l’étape où vous en êtes.

# He sent a voice message.
voice-not-heard =
    Pardon, je n’ai pas pu écouter votre message vocal.

    Écrivez-moi en deux mots, ou appuyez sur un bouton s’il y en a ci-dessous. Pour parler à une personne du cabinet, écrivez « je veux parler à mon comptable ».

# He sent a sticker, a video, a place …
cannot-read =
    Pardon, je ne sais pas ouvrir ce genre de message.

    Écrivez-moi en deux mots, ou envoyez une photo : je la transmets au cabinet.

# Somebody else opened his secure page, or the wrong number was tapped.
link-refused =
    Par prudence, j’ai fermé votre page sécurisée : elle a été ouverte par une autre personne, ou le nombre touché n’était pas le bon. Rien n’a été transmis, et le cabinet est prévenu.

    Si c’était vous, appuyez sur « J’ai besoin d’aide » dans mon message précédent : vous recevrez une nouvelle page.

# Staff closed his secure page, or the one who looks after the machine did. The buttons of his step are below.
# Variables: $who, $firm.
page-closed-by-staff =
    { FILLED($who) ->
        [yes] Par prudence, { $who } a fermé votre page sécurisée.
       *[no] Par prudence, le cabinet { $firm } a fermé votre page sécurisée.
    }

    Rien n’est perdu. Appuyez sur « J’ai besoin d’aide » : vous recevrez une nouvelle page.

# The same, while staff have his case.
# Variables: $who, $firm.
page-closed-with-staff =
    { FILLED($who) ->
        [yes] Par prudence, { $who } a fermé votre page sécurisée.
       *[no] Par prudence, le cabinet { $firm } a fermé votre page sécurisée.
    }

    Rien n’est perdu : la suite se fait ici, avec le cabinet.

# He opened as many secure pages as an hour or a day allows, and none led anywhere; with-staff follows.
too-many-pages =
    Plusieurs pages sécurisées ont été ouvertes sans aboutir. Ce n’est pas votre faute, et rien n’est perdu : par prudence, je n’en ouvre pas d’autre pour le moment.

# He pressed a button of an old message, and nothing is waited for.
nothing-to-do =
    Ce bouton a déjà servi. Rien à faire pour le moment, je vous écrirai si besoin.

# He opened his invitation again; the message of the place where he is follows.
# Variables: $first_name, $client.
linked-again =
    Rebonjour { $first_name }, cette conversation est déjà reliée au dossier <b>{ $client }</b>.

# A person of the firm is needed, for whatever cause. Said once, then the bot keeps quiet.
# Variables: $accountant.
with-staff =
    { $accountant } prend le relais et vous répond ici dès que possible.

    En attendant, vous pouvez ajouter un mot ou une photo de votre écran. Jamais de code ni de mot de passe.

# A member of staff has taken the case.
# Variables: $who.
staff-took =
    { $who } s’occupe de vous et vous répond ici.

# Above what a member of staff wrote to him.
# Variables: $who.
staff-wrote = <b>{ $who }</b> :

# We cannot see this bank ourselves: the client's word stands until a person has looked.
# Variables: $bank.
waiting-for-confirmation =
    Votre banque <b>{ $bank }</b> ne se voit pas d’ici : une personne du cabinet regarde dans One up, et vous aurez la réponse ici.

    Rien d’autre à faire pour le moment.

# Staff looked and did not see the renewal; the message of the step to do again follows.
# Variables: $bank, $who.
not-confirmed =
    { $who } a regardé : le cabinet ne voit pas encore votre banque <b>{ $bank }</b> à jour. Il manque sans doute peu de chose, on reprend ensemble.

# Staff give the conversation back; the message of the step to go on with follows.
# Variables: $who.
handed-back =
    Merci de votre patience. { $who } me passe la main, on reprend ensemble.

# Staff closed the case.
# Variables: $who.
case-resolved =
    { $who } me dit que c’est réglé. Merci !

    Une autre question ? Écrivez-moi, je suis là.

# OptedOut: he wrote that he wants no more messages.
# Variables: $bank.
opted-out =
    C’est noté, je ne vous écris plus. Le cabinet est prévenu.

    Sachez seulement que, sans connexion avec votre banque <b>{ $bank }</b>, nous ne pourrons plus tenir vos comptes.

    Pour que je revienne, appuyez sur « Reprendre les messages ».
    .resume = Reprendre les messages

# He wants messages again.
# Variables: $first_name, $bank.
opted-in =
    Merci { $first_name }, c’est reparti. Je vous écrirai quand votre banque <b>{ $bank }</b> aura besoin de vous.

# Under the message of a step: what colleagues know of this bank there, one a line.
# Variables: $bank, $lines.
bank-trap =
    <b>Bon à savoir avec { $bank }</b>
    { $lines }
