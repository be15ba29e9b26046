### The first synchronisation: from the invitation to the first proof (flows/first_sync.py).
### The variables are explained at the head of shared.ftl.

# Not said by itself: the end of a paragraph, in the messages below, where the firm has set the address of its notice.
# Variables: $notice_url.
first-notice =
    { FILLED($notice_url) ->
        [yes] { " " }Toutes les étapes sont dans <a href="{ $notice_url }">notre notice</a>.
       *[no] { "" }
    }

# The second word to a client who has begun a first synchronisation and says nothing, three days after; his step's buttons.
# Variables: $first_name, $bank.
first-second-word =
    Bonjour { $first_name }, votre banque <b>{ $bank }</b> n’est pas encore connectée. C’est d’elle que partent vos comptes.

    On reprend là où on s’était arrêtés ?

# The last word, a week after; then a person takes over.
# Variables: $first_name, $bank, $accountant.
first-last-word =
    Bonjour { $first_name }, il ne manque que votre banque <b>{ $bank }</b> pour tenir vos comptes. Je ne veux pas vous déranger davantage.

    Si c’est le bon moment, on reprend ici. Sinon, { $accountant } vous contactera pour voir cela avec vous.

# Welcome: the first words that a client reads, right after he opened his invitation.
# Variables: $first_name, $client, $bank, $firm, $notice_url.
first-welcome =
    Bonjour { $first_name }, je suis l’assistant du cabinet { $firm }. Je vous écris pour <b>{ $client }</b>.

    Pour tenir vos comptes, il nous faut les mouvements de votre banque <b>{ $bank }</b>. Il suffit de la connecter à One up : cela s’appelle une synchronisation. Sans elle, la comptabilité ne peut pas se faire.

    Deux minutes suffisent, et je vous guide pas à pas.{ first-notice }

    On commence ?
    .nudge = Bonjour { $first_name }, il reste à connecter votre banque <b>{ $bank }</b> pour que nous puissions tenir vos comptes. Deux minutes suffisent, et je reste à côté de vous. On commence ?
    .start = Commencer
    .why = Comprendre pourquoi
    .not-me = Ce n’est pas mon dossier

# AnotherBank: a day or more after the first bank of the same file; nothing is said of how that one went.
# Variables: $first_name, $client, $bank, $notice_url.
first-another-bank =
    Bonjour { $first_name }, il y a une autre banque à connecter pour <b>{ $client }</b> : <b>{ $bank }</b>.

    C’est le même chemin dans One up, deux minutes.{ first-notice }

    On commence ?
    .nudge = Bonjour { $first_name }, il reste <b>{ $bank }</b> à connecter pour que vos comptes soient complets. Deux minutes suffisent. On commence ?
    .start = Commencer
    .why = Comprendre pourquoi

# Introduced: the invitation was opened, and the bank is connected already. Nothing has to be done today.
# Variables: $first_name, $client, $bank, $banks, $firm.
first-introduced =
    Bonjour { $first_name }, je suis l’assistant du cabinet { $firm }. Voici les banques dont je m’occupe pour <b>{ $client }</b> :

    { $banks }

    De temps en temps, une banque redemande votre accord. Ce jour-là, je vous écris ici et je vous guide : deux minutes suffisent.

    Répondez-moi vite quand cela arrive, vos comptes en dépendent. Aujourd’hui, rien à faire.
    .nudge = Rien à faire aujourd’hui pour votre banque <b>{ $bank }</b>. Je vous préviendrai ici le moment venu.
    .why = Comprendre pourquoi
    .not-me = Ce n’est pas mon dossier

# OpenAccounting: the first move in One up. Under the picture first-accounting.
# Variables: $bank, $notice_url.
first-open-accounting =
    Ouvrez <b>One up</b> et connectez-vous à votre espace.

    Entrez dans le module <b>COMPTABILITÉ</b>, puis cliquez sur <b>« Nouveau compte bancaire »</b>.{ first-notice }

    La page s’ouvre ? Appuyez sur « J’y suis ».
    .nudge = Votre banque <b>{ $bank }</b> n’attend plus que vous dans One up : module <b>COMPTABILITÉ</b>, puis <b>« Nouveau compte bancaire »</b>. Dès que vous y êtes, dites-le-moi.
    .help =
        Reprenons doucement.

        1. Ouvrez One up, sur un ordinateur si possible : c’est plus confortable.
        2. Connectez-vous à votre espace, comme d’habitude.
        3. Ouvrez le module <b>COMPTABILITÉ</b>.
        4. Cliquez sur <b>« Nouveau compte bancaire »</b>, comme sur l’image.{ first-notice }

        Si vous ne le trouvez pas, ou si One up ne vous laisse pas entrer, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .there = J’y suis
    .stuck = J’ai besoin d’aide

# ConnectBank: the second move in One up. Under the picture first-connect.
# Variables: $bank, $notice_url.
first-connect-bank =
    Trois choses à faire sur cette page : trouvez <b>{ $bank }</b>, identifiez-vous auprès de la banque, puis choisissez la période.

    Vos codes se tapent dans One up, jamais ici.{ first-notice }

    Quand c’est terminé, appuyez sur « C’est fait ».
    .nudge = Il ne manque que la fin pour votre banque <b>{ $bank }</b> : la trouver dans One up, vous identifier, choisir la période. Si c’est déjà fait, dites-le-moi.
    .help =
        Reprenons doucement, dans One up.

        1. Trouvez <b>{ $bank }</b>. S’il y a plusieurs noms proches, prenez celui du site où vous consultez vos comptes.
        2. Identifiez-vous avec vos codes bancaires habituels. Ils se tapent dans One up, jamais ici.
        3. Si la banque demande une validation sur votre téléphone, acceptez-la.
        4. Choisissez la période, puis allez jusqu’à la fin.{ first-notice }

        Certaines banques se font prier, ce n’est pas votre faute. Si cela coince, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# NotSeen: he says that it is done, and after several readings the bank is still not there.
# Variables: $bank, $notice_url.
first-not-seen =
    Votre banque <b>{ $bank }</b> n’apparaît pas encore de notre côté. Cela arrive souvent : une dernière page à valider, ou une banque un peu lente.{ first-notice }

    Si One up vous montre la banque, appuyez sur « Vérifier encore ». Sinon, appuyez sur « Recommencer » et je vous accompagne.
    .nudge = Votre banque <b>{ $bank }</b> n’apparaît toujours pas de notre côté. On vérifie encore une fois, ou on recommence ensemble ?
    .help =
        Dans One up, ouvrez le module <b>COMPTABILITÉ</b> et cherchez <b>{ $bank }</b>.

        Si elle y est, attendez quelques minutes et appuyez sur « Vérifier encore ». Si elle n’y est pas, appuyez sur « Recommencer ».{ first-notice }

        Et si One up affiche un message d’erreur, envoyez-moi une photo de l’écran (jamais un code) : je la transmets au cabinet.
    .done = Vérifier encore
    .start = Recommencer
    .stuck = J’ai besoin d’aide

# FirstChecking: he says that it is done; its nudge answers a second « c'est fait » while we look.
# Variables: $bank.
first-checking =
    Merci, c’est noté. On vérifie que tout est bien passé pour votre banque <b>{ $bank }</b>.

    Rien à faire de votre côté, vous aurez la réponse ici.
    .nudge = Oui, merci, c’est bien noté. On vérifie encore pour <b>{ $bank }</b>, vous aurez la réponse ici.

# Connected: proven for the first time, or confirmed by staff.
# Variables: $bank, $due.
first-done =
    C’est bon, votre banque <b>{ $bank }</b> est connectée. Merci ! ✅

    { FILLED($due) ->
        [yes] Cette connexion est valable jusqu’au <b>{ $due }</b>.
       *[no] De temps en temps, votre banque redemandera votre accord.
    } Je vous préviendrai à temps, et je vous guiderai comme aujourd’hui.

    Répondez-moi vite ce jour-là : c’est ce qui nous permet de bien vous accompagner.
    .nudge = Votre banque <b>{ $bank }</b> est connectée, rien à faire pour le moment.
