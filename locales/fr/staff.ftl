### What the firm's staff read in Slack. Plain text, no markup.
### `staff-<key>` is the text of TellStaff("<key>"); `case-<cause>` of OpenCase, `case-status-<status>` of UpdateCase;
### `state-<module>-<class>`, `connection-<state>` and `source-<source>` name what the program knows.
### « demande » is a case, « dossier » a client file.
###
### The variables of shared.ftl, and these:
###   $away (String) - the last day of the client's holidays, or empty
###   $cause_text (String) - a text of `case-…`
###   $step_text (String) - a text of `state-…`
###   $detail (String) - what the program adds: a connection state, the source of a date, an error, or empty
###   $page_text (String) - a text of `progress-…`
###   $days (String), $more (Number), $answered (Number) - in the digest, told where they are said
###   $lasts (Number) - the days that a consent lasts at this bank, as past lapses have taught


## Lines to the firm, or into the thread of an open case

# A renewal is proven, or confirmed.
staff-renewed =
    { FILLED($due) ->
        [yes] C’est bon pour { $bank } jusqu’au { $due } ({ $client }).
       *[no] C’est bon pour { $bank } ({ $client }).
    }

# A first synchronisation is proven, or confirmed.
staff-connected =
    { FILLED($due) ->
        [yes] Première synchronisation faite : { $bank } est en place jusqu’au { $due } ({ $client }).
       *[no] Première synchronisation faite : { $bank } est en place ({ $client }).
    }

# The aggregator says that all is well, but nothing has come for longer than usual (36 hours of banking days).
staff-stale = { $bank } ({ $client }) se dit en ordre, mais n’a rien apporté depuis le { $last_data }. À vérifier dans One up ; le client n’a rien à faire.

# Renewed with another login of the same bank: not one account is one of those that we follow.
staff-other-accounts = { $client } a renouvelé { $bank } avec un autre accès : les comptes qui arrivent ne sont pas ceux du dossier. Le bot lui demande de recommencer avec le bon ; en attendant, rien à comptabiliser.

# Renewed, but of the accounts that came before, some no longer come.
staff-accounts-missing =
    { $count ->
        [one] C’est bon pour { $bank } ({ $client }), mais un compte n’arrive plus : fermé, ou oublié au moment de donner l’accord. À vérifier dans One up.
       *[other] C’est bon pour { $bank } ({ $client }), mais { $count } comptes n’arrivent plus : fermés, ou oubliés au moment de donner l’accord. À vérifier dans One up.
    }

# Renewed, but an account comes twice, in this connection or in another one of the same client file.
staff-accounts-doubled =
    { $count ->
        [one] C’est bon pour { $bank } ({ $client }), mais un compte arrive deux fois. À vérifier dans One up avant de comptabiliser.
       *[other] C’est bon pour { $bank } ({ $client }), mais { $count } comptes arrivent deux fois. À vérifier dans One up avant de comptabiliser.
    }

# Renewed after more than 90 days of silence: banks are not obliged to tell what is older.
staff-history-gap = C’est bon pour { $bank } ({ $client }), mais rien n’était arrivé depuis le { $last_data }. Des opérations peuvent manquer au début de cette période : relevés à demander au client.

# A date was just counted with the cadence of the firm's list, and the bank is known to lapse more than 14 days before.
staff-cadence-too-long = { $bank } ({ $client }) : votre liste donne une cadence plus longue que ce que montrent les coupures passées de cette banque, { $lasts } jours environ. La date suit votre liste. Si elle se trompe, corrigez sa colonne « cadence », puis importez-la à nouveau.

# An invitation is not opened after three days, twice.
staff-not-linked = { $first_name } n’a pas encore ouvert son invitation ({ $client }, { $bank }). Un petit appel aide souvent. Lien perdu ? Le bouton « Inviter » de son dossier en fait un autre.

# Some days before an invitation that nobody opened ends; with words to forward.
staff-invitation-ends =
    L’invitation de { $first_name } ({ $client }, { $bank }) n’est toujours pas ouverte, et elle ne vaut que trente jours. Le bouton « Inviter » de son dossier en fait une autre.

    À lui transférer avec le nouveau lien :
    Bonjour { $first_name }, c’est le cabinet { $firm }. Pour tenir vos comptes, il nous faut votre banque { $bank } : deux minutes depuis votre téléphone, avec le lien personnel ci-dessous. Un doute ? Appelez-nous.

# A contact says that it is not him, and the next one of the file is asked: $who before, $first_name now.
staff-handed-on-not-me = { $bank } ({ $client }) : { $who } dit que ce n’est pas son dossier. Je m’adresse à { $first_name }.

# The same, after two nudges without an answer.
staff-handed-on-silent = { $bank } ({ $client }) : pas de réponse de { $who } à deux relances. Je m’adresse à { $first_name }.

# The client says that he is away.
staff-away = { $first_name } ({ $client }) est absent jusqu’au { $away }. Les relances reprennent à son retour.

# A bank that lapses before he is back. Once, when that is known.
staff-stopped-while-away = { $bank } ({ $client }) s’est arrêtée pendant l’absence de { $first_name } (jusqu’au { $away }). Le bot reprend avec lui à son retour ; à voir avant, si possible.
staff-lapses-while-away = { $bank } ({ $client }) s’arrêtera le { $due }, pendant l’absence de { $first_name } (jusqu’au { $away }). À voir avec lui avant, si possible.

# A colleague had it first.
staff-already-taken = { $who } s’occupe déjà de cette demande.

# A case rests for a day; three times at most.
staff-case-waiting = Cette demande attend encore une réponse : { $client }, { $bank }.

# The same, for whoever has it; then for the stand-in, for the manager, and for the stand-in of who is away ($who).
# Whoever is called stands before it by name.
staff-waits-owner = { $client } ({ $bank }) attend une réponse. À vous ?
staff-waits-stand-in =
    { FILLED($who) ->
        [yes] { $client } ({ $bank }) attend toujours une réponse. { $who } n’a pas pu répondre, pouvez-vous prendre la suite ?
       *[no] { $client } ({ $bank }) attend toujours une réponse. Pouvez-vous prendre la demande ?
    }
staff-waits-manager = { $client } ({ $bank }) attend depuis plus d’une journée de travail, et personne n’a pris la demande.
staff-waits-away =
    { FILLED($away) ->
        [yes] { $who } n’est pas au cabinet jusqu’au { $away } : pouvez-vous prendre cette demande ({ $client }, { $bank }) ?
       *[no] { $who } n’est pas au cabinet : pouvez-vous prendre cette demande ({ $client }, { $bank }) ?
    }
# A case that was answered rests for two working days.
staff-waits-rests = { $client } ({ $bank }) n’a plus rien demandé depuis deux jours ouvrés. À rendre au bot, à résoudre ou à reporter ?
# Its day has come.
staff-waits-resumed = C’est le jour prévu pour { $client } ({ $bank }).

# A message to the client did not arrive while a case is open.
staff-client-unreachable = Le message n’est pas arrivé : { $first_name } ({ $client }) a bloqué le bot ou fermé la conversation. Il reste le téléphone.

# Staff want to nudge a client whose case is open.
staff-case-is-open = Pas de relance pour { $client } ({ $bank }) : une demande est ouverte. Répondez au client dans son fil, ou rendez la main au bot.

# A button of a case that is closed.
staff-case-already-closed = Cette demande est déjà close, rien n’a changé.

# Somebody else opened the secure page, or tapped the wrong number.
staff-link-refused = La page sécurisée de { $first_name } ({ $client }, { $bank }) a été refusée : autre personne, ou mauvais nombre. Elle est fermée et rien n’a été transmis. Un appel permet de savoir qui c’était.

# The client asks whether our messages are a swindle.
staff-security-doubt = { $first_name } ({ $client }) se demande si nos messages sont bien les vôtres. Le bot lui a dit comment le vérifier : un appel de votre part le rassurera, ou il vous appellera.

# The client typed a password or a code.
staff-secret-removed = { $first_name } ({ $client }) a écrit ce qui ressemble à un mot de passe ou à un code. Le texte n’est ni gardé ni transmis, et le bot efface le message de la conversation. Rien à faire : il le dit au client, et si Telegram l’en empêche, vous le lirez ici.

# For two days Telegram did not let the bot delete that message.
staff-secret-stays = Le bot n’a pas pu effacer de Telegram le message de { $first_name } ({ $client }) qui ressemble à un mot de passe ou à un code. Le texte n’est ni gardé ni transmis, mais il reste sur son téléphone : appelez-le pour qu’il supprime ce message lui-même et change de mot de passe.

# The client wants his data erased, where a case is open already, or none can be.
staff-erasure-asked = { $first_name } ({ $client }) demande que ses données soient effacées. À traiter dans le mois, et à lui confirmer.

# A nudge makes no sense where the conversation is.
staff-cannot-nudge = Pas de relance possible maintenant pour { $client } ({ $bank }) : rien n’est attendu du client, ou il ne veut plus de messages.

# Staff want to nudge a client whose bank is in general trouble.
staff-bank-muted = Pas de relance pour { $client } : { $bank } est en panne générale. Terminez d’abord l’incident, dans son fil.

# The client wants no more messages.
staff-opted-out =
    { FILLED($due) ->
        [yes] { $first_name } ({ $client }) ne veut plus de messages. { $bank } s’arrêtera le { $due } si personne ne renouvelle. À voir de vive voix.
       *[no] { $first_name } ({ $client }) ne veut plus de messages. Le bot ne relancera plus pour { $bank }. À voir de vive voix.
    }

# The client wants messages again.
staff-opted-in = { $first_name } ({ $client }) veut bien recevoir de nouveau les messages pour { $bank }.

# The bank of a client who opted out is about to lapse.
staff-opted-out-lapsing =
    { FILLED($due) ->
        [yes] { $bank } ({ $client }) arrive à échéance le { $due }, et { $first_name } ne veut plus de messages. À voir de vive voix.
       *[no] { $bank } ({ $client }) arrive à échéance, et { $first_name } ne veut plus de messages. À voir de vive voix.
    }

# The bank of a client who opted out has stopped before anybody expected it.
staff-opted-out-stopped = { $bank } ({ $client }) ne transmet plus rien, et { $first_name } ne veut plus de messages. À voir de vive voix.

# Above the words of a client who has no open case.
staff-wrote-outside = { $first_name } ({ $client }, { $bank }) écrit :


## What may be said on the telephone to a client whom no message reaches. In the thread of his case, right below the card.

# He has blocked the bot, or closed the chat.
staff-call-blocked =
    { $rung ->
        [late] Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. La connexion avec votre banque { $bank } était valable jusqu’au { $due }, et vos comptes attendent qu’elle soit renouvelée. Notre assistant vous guide sur Telegram, mais ses messages ne vous parviennent plus. Ouvrez notre conversation, appuyez sur Débloquer, puis sur Démarrer : il reprend là où vous en étiez. »
        [unknown] Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. Pour que la connexion avec votre banque { $bank } reste en ordre, notre assistant vous guide sur Telegram, mais ses messages ne vous parviennent plus. Ouvrez notre conversation, appuyez sur Débloquer, puis sur Démarrer : il reprend là où vous en étiez. »
       *[early] Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. La connexion avec votre banque { $bank } est à renouveler d’ici le { $due }, vos comptes en dépendent. Notre assistant vous guide sur Telegram, mais ses messages ne vous parviennent plus. Ouvrez notre conversation, appuyez sur Débloquer, puis sur Démarrer : il reprend là où vous en étiez. »
    }

# He has no account on Telegram any more.
staff-call-account-deleted =
    { $rung ->
        [late] Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. La connexion avec votre banque { $bank } était valable jusqu’au { $due }, et vos comptes attendent qu’elle soit renouvelée. Notre assistant ne vous trouve plus sur Telegram : avez-vous un nouveau compte ? Je vous envoie un lien, ouvrez-le sur votre téléphone et appuyez sur Démarrer. »
        [unknown] Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. Pour que la connexion avec votre banque { $bank } reste en ordre, notre assistant vous guide sur Telegram, mais il ne vous y trouve plus : avez-vous un nouveau compte ? Je vous envoie un lien, ouvrez-le sur votre téléphone et appuyez sur Démarrer. »
       *[early] Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. La connexion avec votre banque { $bank } est à renouveler d’ici le { $due }, vos comptes en dépendent. Notre assistant ne vous trouve plus sur Telegram : avez-vous un nouveau compte ? Je vous envoie un lien, ouvrez-le sur votre téléphone et appuyez sur Démarrer. »
    }

# He has never opened his invitation.
staff-call-never-linked = Texte pour l’appel : « Bonjour { $first_name }, ici le cabinet { $firm }, pour { $client }. Pour tenir vos comptes, il nous faut les mouvements de votre banque { $bank }. Notre assistant vous guide pas à pas sur Telegram, deux minutes suffisent. Je vous envoie un lien personnel, ouvrez-le sur votre téléphone et appuyez sur Démarrer. »


## What was done by e-mail for a client whom no message reaches. $address is masked: « o•••@bouchon.fr ».

# Lines into the thread of his case; into the channel where he has none (an invitation that he has not opened).
staff-mail-sent = E-mail envoyé à { $address }, avec le lien qui ramène sur Telegram ({ $client }, { $bank }).
staff-mail-refused = L’adresse e-mail { $address } est refusée ({ $client }) : plus rien n’y part. Demandez la bonne à { $first_name }, corrigez votre liste, puis importez-la à nouveau.
staff-mail-doubtful = L’e-mail à { $address } est peut-être parti ({ $client }, { $bank }) : le serveur s’est tu avant de le dire. Il n’est pas répété.
staff-mail-failed = L’e-mail à { $address } n’est pas parti ({ $client }, { $bank }) : votre serveur d’e-mail ne répond pas ou nous refuse. La commande resync doctor dit pourquoi ; il reste le téléphone.

# On the card. $on (String) is the day of the letter.
staff-card-mail = En attendant
mail-is-planned = e-mail prévu à { $address }, dès l’heure décente où il y a quelque chose à lui demander
mail-is-under-way = e-mail en route vers { $address }
mail-is-waiting = e-mail à { $address } pas encore parti, le serveur ne répond pas
mail-is-sent = e-mail envoyé à { $address } le { $on }
mail-is-refused = adresse e-mail refusée ({ $address }), il reste le téléphone
mail-is-bad-address = adresse e-mail refusée ({ $address }), il reste le téléphone
mail-is-failed = e-mail à { $address } pas parti le { $on }, il reste le téléphone
mail-is-doubtful = e-mail à { $address } peut-être parti le { $on }
mail-is-no-address = pas d’adresse e-mail, il reste le téléphone


## Something that should have been shown or asked for this client failed for good; the log has the cause.
# Variables: $client, $bank.
staff-job-failed = Quelque chose n’a pas pu être fait pour { $client } ({ $bank }). Merci de regarder ce dossier : le journal du programme donne la cause.

# The card of a case

staff-card-title = { $client } – { $bank }
# What Slack shows in a notification.
staff-card-notification = { $client } ({ $bank }) : { $cause_text }
staff-card-cause = Pourquoi
staff-card-contact = Contact
# Who was asked before, one a line; $who is a name, with the role if the list gives one.
staff-card-tried = Déjà essayés
staff-tried-declined = { $who } : ce n’est pas son dossier
staff-tried-silent = { $who } : pas de réponse
staff-card-away = Absent jusqu’au
staff-card-phone = Téléphone
staff-card-email = E-mail
staff-card-due = Échéance
staff-card-connection = Connexion
staff-card-last-data = Dernières données
staff-card-step = Où en est le client
staff-card-page = Page sécurisée
staff-card-last-words = Ses derniers mots
staff-card-status = Suivi
staff-card-asked = Confiée à
staff-card-until = Reportée au

# Below the last data: how long before the case was opened that was.
staff-card-days =
    { $count ->
        [0] le jour même
        [one] un jour avant cette demande
       *[other] { $count } jours avant cette demande
    }
# What was tried with the client until now; one line, these joined by commas.
staff-card-done = Déjà essayé
staff-done-step-a = étape A faite
staff-done-step-b = bouton bleu pressé
staff-done-connected = banque connectée selon lui
staff-done-bank-asked = accord demandé par la banque
staff-done-password-asked = nouveau mot de passe demandé
staff-done-page = page sécurisée remplie
staff-done-nudged =
    { $count ->
        [one] relancé une fois
       *[other] relancé { $count } fois
    }
staff-done-helped = aide de l’étape lue
staff-done-refused =
    { $count ->
        [one] mot de passe refusé une fois
       *[other] mot de passe refusé { $count } fois
    }
staff-done-strayed = un autre accès essayé

# Buttons of the card.
staff-card-take = Je prends
staff-card-reply = Répondre
staff-card-hand-back = Rendre au bot
staff-card-resolve = Résolu
staff-card-postpone = Reporter
# Also in /resync, beside a client whose secure page is still open.
staff-close-page = Fermer la page sécurisée
# Only where the cause is confirm: staff saw the renewal with their own eyes, or did not.
staff-card-confirm = Confirmer
staff-card-not-confirm = Pas encore

# Only where the client says that this bank has come to its end.
staff-card-close = Marquer clôturé

# Under the card.
staff-card-internal-note = Ce fil est une note interne : le client n’en voit rien. Pour lui écrire, utilisez « Répondre », ou commencez votre message par @client.


## A bank in general trouble: its card, and the lines in its thread
# $failing of $clients (Number) clients fail since $since (String, « aujourd’hui à 14 h 10 »); usually $usual (Number) of 100.

staff-incident-proposed = { $bank } : panne générale ?
staff-incident-declared = { $bank } : panne générale
staff-incident-dismissed = { $bank } : ce n’est rien
staff-incident-over = { $bank } : c’est revenu

staff-incident-figures = { $failing } clients sur { $clients } de { $bank } échouent, depuis : { $since } (d’habitude { $usual } %).

staff-incident-means-proposed = Si vous déclarez l’incident, les relances de cette banque attendent, et les clients concernés reçoivent un message, un seul : ce n’est ni eux ni nous, rien à faire.
staff-incident-means-declared =
    { FILLED($who) ->
        [yes] Déclaré par { $who }. Les relances de cette banque attendent ; les clients concernés sont prévenus une fois. Je le dis ici dès que la banque répond de nouveau.
       *[no] Déclaré d’office, la certitude dépasse votre réglage. Les relances de cette banque attendent ; les clients concernés sont prévenus une fois. Je le dis ici dès que la banque répond de nouveau.
    }
staff-incident-means-dismissed = Vu par { $who }. Tout continue comme d’habitude ; je n’en reparle pas avant douze heures.
staff-incident-means-over = La banque répond de nouveau. Les relances reprennent où elles en étaient.

# The buttons.
staff-incident-declare = Déclarer l’incident
staff-incident-dismiss = Ce n’est rien
staff-incident-end = C’est revenu
# A button of a card where there is nothing left to decide.
staff-incident-decided = C’est déjà décidé, rien n’a changé.

# It was just declared. $count (Number) clients are in the middle of something with this bank, or would be nudged.
staff-incident-told =
    { $count ->
        [0] Aucun client n’est concerné pour le moment. Ceux qui auraient été relancés pendant la panne seront prévenus à leur tour.
        [one] Un client concerné en est prévenu, à une heure décente. Ceux qui auraient été relancés pendant la panne le seront à leur tour.
       *[other] { $count } clients concernés en sont prévenus, à une heure décente. Ceux qui auraient été relancés pendant la panne le seront à leur tour.
    }
# It lasts for a week, or another one. $count (Number) clients were told of it.
staff-incident-still =
    { $count ->
        [one] La panne dure depuis une semaine ou plus, et un client attend. Si elle est finie, appuyez sur « C’est revenu ».
       *[other] La panne dure depuis une semaine ou plus, et { $count } clients attendent. Si elle est finie, appuyez sur « C’est revenu ».
    }
# It is over. $count (Number) clients had been told of it.
staff-incident-back =
    { $count ->
        [0] Personne n’avait eu à en être prévenu. Les relances reprennent.
        [one] Le client qui en était prévenu apprend à une heure décente que c’est revenu. Les relances reprennent.
       *[other] Les { $count } clients qui en étaient prévenus apprennent à une heure décente que c’est revenu. Les relances reprennent.
    }


## The window in which staff write to the client

# At most 24 characters.
staff-reply-title = Répondre au client
staff-reply-label = Votre message
staff-reply-hint = Le client le lira dans Telegram, avec votre prénom. Ne demandez jamais un mot de passe ni un code.
staff-reply-preview = Aperçu
staff-reply-submit = Envoyer
staff-reply-cancel = Annuler


# The preview: what the client will read. At most 24 characters for the title and the buttons.
staff-preview-title = Ce que lira le client
staff-preview-to = Sur Telegram, pour { $who } ({ $client }, { $bank }) :
staff-preview-from = { $who } :
staff-preview-back = Corriger


## « Reporter »: the window in which staff let a case rest until a day

# At most 24 characters.
staff-postpone-title = Reporter la demande
staff-postpone-label = Jusqu’à quel jour ?
staff-postpone-hint = Ce matin-là, la demande vous est rappelée dans son fil. Si le client écrit avant, elle revient aussitôt. Il n’en sait rien.
staff-postpone-which-day = Choisissez un jour à partir de demain, dans les deux mois.


## Why a case is open

case-human = le client veut parler à quelqu’un
case-stuck = le client n’y arrive pas
case-bank-problem = le client signale un problème avec sa banque
case-question = question que le bot n’a pas comprise
case-erase = le client demande que ses données soient effacées : à traiter dans le mois, et à lui confirmer ici
case-file = le client a envoyé une photo ou un document
case-silent = pas de réponse malgré les relances
case-not-me = le client dit que ce n’est pas son dossier
case-account-closed = le client dit que ce compte est clôturé : à vérifier, puis « Marquer clôturé »
case-bank-changed = le client a changé de banque : marquer celle-ci clôturée, et mettre en place une première synchronisation de la nouvelle
case-business-sold = le client dit que son entreprise est vendue : à vérifier, puis « Marquer clôturé »
case-promise = le client a reporté deux fois sans renouveler : un appel aide souvent
case-never-linked = invitation jamais ouverte
case-blocked = le client a bloqué le bot sur Telegram
case-account-deleted = le compte Telegram du client est supprimé
case-unreachable = le client a bloqué le bot ou fermé la conversation
case-confirm = le client dit que c’est fait, à confirmer dans One up
case-no-proof = le client dit que c’est fait, mais la banque ne le montre pas depuis un jour
case-bank-insists = le client a fait plusieurs fois ce que sa banque demande, et elle le redemande : à regarder avec lui
case-other-accounts = renouvelé avec d’autres comptes que ceux du dossier, à vérifier avec le client
case-bank-down = la banque ne répond pas depuis deux jours
case-never-worked = cette banque n’a encore fonctionné pour aucun de nos clients
case-bank-unsupported = la banque n’est pas prise en charge par l’agrégateur
case-bank-gone = la connexion n’existe plus chez l’agrégateur
case-bank-unknown = réponse inconnue de l’agrégateur
case-too-many-pages = plusieurs pages sécurisées ouvertes sans aboutir, on s’arrête là
case-password-refused = mot de passe refusé plusieurs fois, on s’arrête avant le blocage


## Where a case stands

case-status-open = À prendre
case-status-taken = { $who } s’en occupe
# Its owner did not answer, or is away; another colleague is asked.
case-status-passed-on = À prendre
case-status-postponed = Reportée par { $who }
# Its day has come, or the client has written.
case-status-resumed = { $who } s’en occupe
case-status-handed-back = Rendu au bot par { $who }
case-status-resolved = Résolu par { $who }
case-status-renewed =
    { FILLED($who) ->
        [yes] C’est bon, confirmé par { $who }
       *[no] C’est bon, la banque le confirme
    }
case-status-not-confirmed = Pas encore fait, vu par { $who } : le bot reprend avec le client
case-status-opted-out = Le client ne veut plus de messages
case-status-closed = Clôturé par { $who }
case-status-bank-back = La banque répond de nouveau, le bot reprend
case-status-incident = Panne générale de la banque : voir le fil de l’incident
case-status-client-back = Le client est revenu, le bot reprend


## How far a client has come with his secure page

progress-sent = envoyée, pas encore ouverte
progress-opened = ouverte, il doit encore montrer que c’est lui
progress-proven = ouverte, et c’est bien lui
progress-handed-over = il est sur la page de la banque
progress-back = il en est revenu, la banque est interrogée
progress-refused = la banque a refusé
progress-done = c’est fait, la banque l’a accepté
progress-expired = expirée sans avoir servi
progress-revoked = fermée

# The line of a card, and in /resync. $page_text is one of these; $count (Number) is how many pages before it ended
# with a refusal by the bank.
staff-page =
    { $count ->
        [0] { $page_text }
        [one] { $page_text } (après un refus de la banque)
       *[other] { $page_text } (après { $count } refus de la banque)
    }

# The button « Fermer la page sécurisée » was pressed.
staff-page-closed = La page sécurisée est fermée, et le client le sait. Un appui sur « J’ai besoin d’aide » lui en donne une autre.
staff-no-page-open = Aucune page sécurisée n’est ouverte en ce moment, rien n’a changé.


## Where a conversation is

state-state-quiet = tout va bien, rien à faire
state-first-sync-invited = invitation envoyée, pas encore ouverte
state-first-sync-in-line = une autre banque du dossier passe d’abord
state-first-sync-welcome = première synchronisation : accueil
state-first-sync-another-bank = première synchronisation : une autre banque à connecter
state-first-sync-introduced = présentation faite, la banque est déjà connectée
state-first-sync-open-accounting = première synchronisation : ouvrir COMPTABILITÉ dans One up
state-first-sync-connect-bank = première synchronisation : connecter la banque dans One up
state-first-sync-not-seen = première synchronisation : faite selon le client, pas encore visible
state-first-sync-first-checking = première synchronisation : vérification en cours
state-first-sync-connected = première synchronisation faite
state-guess-guess = le bot lui demande ce qu’il a voulu dire
state-renewal-looking = lecture de l’état avant de déranger le client
state-renewal-alerted = quelque chose à réparer, le client sera prévenu à une heure décente
state-renewal-ready = quelque chose à réparer, le message part avec celui de ses autres banques
state-renewal-out-of-order = la banque ne répond pas, le bot surveille sans déranger le client
state-renewal-offered = renouvellement proposé
state-renewal-offered-instead = renouvellement proposé à une autre personne du dossier
state-endings-otherwise = « Autre chose » : dit ce qu’il en est de cette banque
state-endings-closed = clôturé, plus rien n’est lu ni demandé
state-renewal-offered-as-promised = renouvellement proposé au moment que le client avait choisi
state-renewal-how-long = absent, dit pour combien de temps
state-renewal-step-a = à l’étape A (entrer dans la banque, module COMPTABILITÉ)
state-renewal-step-b = à l’étape B (bouton bleu)
state-renewal-when = choisit quand reprendre
state-renewal-snoozed = remis à plus tard par le client
state-renewal-checking = renouvellement fait selon le client, vérification en cours
state-renewal-renewed = renouvelé, rien à faire
state-password-change-new-password = nouveau mot de passe à taper sur la page sécurisée
state-password-change-password-in-one-up = nouveau mot de passe à taper dans la fenêtre de One up
state-password-change-password-expired = nouveau mot de passe à choisir sur le site de la banque
state-on-our-page-submitted = mot de passe ou code tapé sur la page sécurisée, la banque répond
state-at-the-bank-approve-in-app = accord à donner dans l’application de la banque
state-at-the-bank-type-code = code de la banque à taper sur la page sécurisée
state-at-the-bank-agree = accord à donner sur la page sécurisée
state-at-the-bank-agree-in-one-up = accord à donner dans One up (bouton bleu)
state-at-the-bank-act-at-bank = quelque chose à faire sur le site de la banque
state-at-the-bank-other-accounts = renouvelé avec un autre accès à la banque, à refaire avec le bon
state-at-the-bank-bank-down = la banque ne répond pas, le bot surveille
state-at-the-bank-bank-returned = la banque répond de nouveau, le client sera prévenu à une heure décente
state-at-the-bank-bank-is-back = la banque répond de nouveau, reprise proposée
state-incident-hushed = panne générale de sa banque, il en sera averti à une heure décente
state-incident-outage = panne générale de sa banque, il en est averti
state-escalation-with-staff = entre les mains du cabinet
state-handover-handed-on = une autre personne du dossier sera sollicitée à une heure décente
state-opt-out-opted-out = ne veut plus de messages


## What the aggregator says of a connection

connection-ok = fonctionne
connection-expiring = fonctionne, bientôt à renouveler
connection-sca-required = accord du client à renouveler
connection-password-changed = mot de passe changé
connection-password-expired = mot de passe à renouveler sur le site de la banque
connection-action-needed-at-bank = action du client à faire sur le site de la banque
connection-otp-required = code de la banque attendu
connection-app-validation-pending = validation dans l’application de la banque attendue
connection-rate-limited = trop de demandes, à relire plus tard
connection-bank-unavailable = la banque ne répond pas
connection-unsupported = banque non prise en charge
connection-deleted = connexion supprimée
connection-never-connected = pas encore connectée
connection-stale = se dit en ordre, mais plus rien n’arrive
connection-closed = clôturée par le cabinet
connection-strayed = fonctionne, mais avec les comptes d’un autre accès
connection-unknown = état inconnu

# Where a date comes from.
source-bank = d’après la banque
source-learned = d’après les coupures passées
source-estimated = estimé


## /resync: the list of the connections

staff-list-title = Les banques à suivre
staff-list-late = Arrêtées
staff-list-soon = À renouveler bientôt
staff-list-never-linked = Invitation pas encore ouverte
staff-list-first-sync = Première synchronisation à finir
staff-list-with-staff = Chez nous
staff-list-fine = Tout va bien
staff-list-closed = Clôturées
staff-list-empty = Rien à renouveler pour le moment, tout le monde est à jour.
staff-list-nothing-found = Aucun client ni aucune banque ne correspond à cette recherche.

# One connection. $detail is the source of the date here.
staff-list-line =
    { FILLED($due) ->
        [yes] { $client } – { $bank } : { $due } ({ $detail }), { $step_text }
       *[no] { $client } – { $bank } : date inconnue, { $step_text }
    }
# The end of a list that is too long. $count (Number) is how many lines are not shown.
staff-list-more =
    { $count ->
        [one] … et { $count } autre.
       *[other] … et { $count } autres.
    }

# The button beside a connection: remind the client now.
staff-list-nudge = Relancer
# The button beside a closed connection, and what follows it.
staff-list-reopen = Rouvrir
staff-reopened = C’est rouvert : la banque est relue à son tour, et les relances reprennent à leur date.
# The button « Relancer » was pressed.
staff-nudge-noted = C’est noté. Si la relance n’est pas possible maintenant, je vous dis pourquoi dans le canal.

staff-list-help =
    /resync montre les banques à suivre.
    /resync suivi d’un nom cherche un client ou une banque, même mal tapé.
    /resync banque suivi d’un nom montre une banque et ses clients ; sans nom, toutes les banques.
    /resync nouveau crée un dossier.
    /resync absent julie jusqu’au 3/12 : ses demandes passent à qui la remplace. /resync absent montre la liste.
    /resync retour julie : elle est de nouveau là.
    /resync aide affiche ces lignes.


## /resync absent: who of staff is away. $who is a first name, $on (String) the last day.

staff-absence-noted =
    { $count ->
        [0] C’est noté : { $who }, absence jusqu’au { $on }.
        [one] C’est noté : { $who }, absence jusqu’au { $on }. Une demande en cours est confiée à qui remplace.
       *[other] C’est noté : { $who }, absence jusqu’au { $on }. { $count } demandes en cours sont confiées à qui remplace.
    }
# The absence begins later; $detail is the line of the list.
staff-absence-planned = C’est noté : { $detail }. D’ici là, rien ne change.
staff-absence-backwards = Le premier jour vient après le dernier. Écrivez par exemple : /resync absent julie du 30/11 au 4/12
staff-absence-ended = Bon retour, { $who } !
staff-absence-none = { $who } n’est pas dans la liste des absences, rien n’a changé.
staff-absence-which-day = Jusqu’à quel jour ? Écrivez par exemple : /resync absent julie jusqu’au 3/12, ou : /resync absent julie du 30/11 au 3/12
staff-absence-past = Ce jour est passé. Écrivez le dernier jour de l’absence, par exemple 3/12.
staff-absence-unknown = Je ne trouve pas « { $who } » parmi vos collègues dans Slack. Écrivez son prénom comme il s’y affiche.
staff-absence-list =
    { $count ->
        [0] Personne n’est absent.
        [one] Une personne absente :
       *[other] { $count } personnes absentes :
    }
staff-absence-line = { $who }, jusqu’au { $on }
# $detail is the first day.
staff-absence-line-from = { $who }, du { $detail } au { $on }


## The digest, on working mornings; $on (String) is the day

staff-digest-title-day = Bonjour ! Le point du { $on }
staff-digest-title-week = Bonjour ! Le point du { $on }, sur les sept derniers jours
# What changed. $days (String) is the median of the days from the first reminder to the proof, « 1,5 », or empty.
staff-digest-renewed =
    { FILLED($days) ->
        [yes] { $count ->
            [one] Un renouvellement fait ({ $days } j après la première relance)
           *[other] { $count } renouvellements faits, la moitié en { $days } j au plus après la première relance
        }
       *[no] { $count ->
            [one] Un renouvellement fait, sans relance
           *[other] { $count } renouvellements faits, sans relance
        }
    }
staff-digest-connected =
    { $count ->
        [one] Une première synchronisation faite
       *[other] { $count } premières synchronisations faites
    }
staff-digest-linked =
    { $count ->
        [one] Une invitation ouverte
       *[other] { $count } invitations ouvertes
    }
# $detail names some of them, $more (Number) is how many it does not name.
staff-digest-lapsed =
    { $more ->
        [0] { $count ->
            [one] Une banque s’est arrêtée : { $detail }
           *[other] { $count } banques se sont arrêtées : { $detail }
        }
       *[other] { $count } banques se sont arrêtées : { $detail } et { $more } de plus
    }
staff-digest-cases =
    { $count ->
        [one] Une demande ouverte
       *[other] { $count } demandes ouvertes
    }
staff-digest-nothing = Rien n’a changé.
# Who waits for the firm. $days_left (Number) is how many days he has waited.
staff-digest-waiting =
    { $count ->
        [one] Une demande attend
       *[other] { $count } demandes attendent
    }
staff-digest-waits =
    { FILLED($who) ->
        [yes] { $client } ({ $bank }) : { $cause_text }. { $who }, { $days_left ->
            [0] depuis moins d’un jour
            [one] depuis un jour
           *[other] depuis { $days_left } jours
        }
       *[no] { $client } ({ $bank }) : { $cause_text }. À prendre, { $days_left ->
            [0] depuis moins d’un jour
            [one] depuis un jour
           *[other] depuis { $days_left } jours
        }
    }
staff-digest-nobody-waits = Personne n’attend de réponse.
# $answered (Number) of them were answered.
staff-digest-nudges =
    { $count ->
        [one] Une relance partie, réponses : { $answered }
       *[other] { $count } relances parties, réponses : { $answered }
    }
# The eight weeks to come; $on is a Monday.
staff-digest-coming =
    { $count ->
        [0] Aucun renouvellement dans les huit semaines à venir
        [one] Un renouvellement dans les huit semaines à venir
       *[other] { $count } renouvellements dans les huit semaines à venir
    }
staff-digest-week = semaine du { $on } : { $count }
staff-digest-late =
    { $count ->
        [one] une déjà arrêtée
       *[other] { $count } déjà arrêtées
    }
# The titles of its pictures.
staff-picture-weeks = Renouvellements par semaine (du lundi)
staff-picture-fleet = Où en sont les banques de nos clients


## Polite refusals

staff-unknown-user = Je ne vous connais pas encore. Demandez à un responsable du cabinet de vous ajouter, puis réessayez.
staff-case-closed = Cette demande est close : rien n’a été envoyé au client. S’il écrit de nouveau, une autre demande s’ouvrira.
staff-reply-too-late = La demande a été close pendant que vous écriviez, votre message n’est donc pas parti. Copiez-le si vous voulez le garder.
staff-reply-empty = Écrivez d’abord votre message.
# What is written to the client has 3,000 characters at most.
staff-reply-too-long = C’est trop long pour un seul message : 3 000 caractères au plus. Rien n’a été envoyé au client.
# In a thread: the client sent a file that Telegram does not give us, or that Slack does not take.
staff-file-missing = Le client a joint un fichier que je n’ai pas pu vous transmettre : trop lourd (20 Mo au plus), ou d’un type qui ne passe pas (photo, PDF, Excel, Word ou CSV sans macro). Demandez-lui une photo de l’écran.

# A file beside a message that begins with @client: it has left, or is of no kind that is passed on.
staff-file-sent = ✓ Fichier envoyé au client par { $who }
staff-file-not-taken = Le fichier n’est pas parti : seuls passent les photos, les PDF et les fichiers Excel, Word ou CSV sans macro, de 20 Mo au plus.
# Above a colleague's own words, in the thread: the client has them.
staff-reply-sent = ✓ Envoyé au client par { $who }
# The database does not answer.
staff-try-again = Cela n’a pas marché, rien n’est perdu. Réessayez dans un instant.
