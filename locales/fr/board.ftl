### The firm's board in Slack's App Home, and the window of one client. Plain text, no markup.
###
### The variables of shared.ftl and staff.ftl, and these:
###   $kind (String) - a text of `board-kind-…`
###   $banks, $page, $pages, $days (Number)
###   $condition (String) - a text of `connection-…`
###   $on (String) - a day
###   $status_text (String) - how something ended


## The counts on top, which are filters too

board-title = Les banques à suivre
# $on is today.
board-as-of =
    { $banks ->
        [one] { $on } : { $banks } banque.
       *[other] { $on } : { $banks } banques.
    }
board-count = { $kind } : { $count }
board-kind-all = Toutes
board-kind-to-take = À prendre
board-kind-expired = Arrêtées
board-kind-soon = Bientôt
board-kind-blocked = Bloquées
board-kind-waiting = Chez le client
board-kind-unreachable = Injoignables
board-kind-invited = Invités
board-kind-stale = Muettes
board-kind-closed = Clôturées

# What each of them is, when it was chosen.
board-why-all = Les banques sans données d’abord : celles dont la TVA approche, puis la plus ancienne en tête ; ensuite celles qui s’arrêtent bientôt.
board-why-to-take = Une personne est demandée, et personne ne s’en occupe encore.
board-why-expired = Plus rien n’arrive tant que personne n’agit.
board-why-soon = Elles fonctionnent, et sont à renouveler dans les jours qui viennent.
board-why-blocked = Le client n’avance plus seul : une demande est ouverte, ou l’agrégateur ne suit plus.
board-why-waiting = C’est au client d’agir, et le bot s’en occupe avec lui.
board-why-unreachable = Le client a bloqué le bot, ou son compte Telegram n’existe plus.
board-why-invited = L’invitation n’est pas encore ouverte.
board-why-stale = Tout va bien d’après l’agrégateur, mais rien n’arrive, ou pas les bons comptes.
board-why-closed = Clôturées par le cabinet : plus rien n’est lu ni demandé.


## The menus

board-all-accountants = Tous les comptables
board-no-accountant = Sans comptable
board-all-banks = Toutes les banques
board-refresh = Actualiser
board-open = Ouvrir
board-back = Page précédente
board-on = Page suivante
board-place = Page { $page } sur { $pages }
board-empty = Aucune banque ne correspond à ce choix.
board-not-yours = Ce tableau est réservé aux personnes du cabinet.


## One bank

board-line =
    { FILLED($accountant) ->
        [yes] { $client } – { $bank } ({ $accountant })
       *[no] { $client } – { $bank }
    }
board-lost =
    { $days ->
        [one] { $days } jour sans données : { $condition }
       *[other] { $days } jours sans données : { $condition }
    }
# Beside it: the client's next VAT return.
board-vat = TVA le { $on }
# $detail is the source of the date.
board-due =
    { FILLED($due) ->
        [yes] Échéance : { $due } ({ $detail })
       *[no] Échéance inconnue
    }

# What is to be done next, and by whom.
board-next-closed = Rien à faire
board-next-take = Prendre la demande : { $cause_text }
board-next-taken = { $who } s’en occupe : { $cause_text }
board-next-call = Appeler le client : les messages ne lui parviennent plus
board-next-opted-out = Appeler le client : il ne veut plus de messages
board-next-invite = Faire ouvrir l’invitation : un petit appel aide souvent
board-next-contact = Ajouter un contact au dossier
board-next-check = Vérifier dans One up
board-next-aggregator = À voir avec l’agrégateur
board-next-bank = Rien : la banque ne répond pas, le bot la relit
board-next-first = Le client finit sa première synchronisation
board-next-client = Le client renouvelle
board-next-nothing = Rien à faire pour le moment
# Behind one of these: when the bot does something by itself.
board-next-on = { $detail } ; le bot reprend le { $on }


## The window of one client. Title and close: at most 24 characters.

client-title = Fiche du client
client-close = Fermer
client-gone = Ce dossier n’existe plus. Actualisez le tableau.
client-none = Rien pour le moment

# Under his name, for each of his banks: the way to what can be done about it.
client-act = Agir : { $bank }

# Under his name. $detail is the number, or the weekday.
client-siren = SIREN { $detail }
client-accountant = Suivi par { $accountant }
client-rests = Fermé le { $detail }
# $count is a day of the month.
client-vat = TVA le { $count } du mois
client-away = Absent jusqu’au { $away }

client-people = Contacts
client-person-linked = relié à Telegram
client-person-gone = ne reçoit plus les messages Telegram
client-person-declined = dit que ce n’est pas son dossier
# $on is the last day of his invitation.
client-person-invited =
    { FILLED($on) ->
        [yes] invité, pas encore relié à Telegram (invitation valable jusqu’au { $on })
       *[no] pas relié à Telegram, aucune invitation en cours
    }

client-banks = Banques
client-last-data = Dernières données : { $on }

client-nudges = Relances
client-nudge-line = { $who }, { $bank } : { $detail }
client-nudge-waiting = va partir
client-nudge-sent = envoyée, sans réponse
client-nudge-doubtful = peut-être arrivée, pas répétée
client-nudge-unreachable = pas arrivée, le client a bloqué le bot
# $on is a moment: « jeudi 26 novembre à 9 h ».
client-nudge-answered = a répondu { $on }

client-promises = Promesses
# $status_text is what became of it.
client-promise-line = { $detail } ({ $status_text })
client-promise-later = { $who } a dit pour { $bank } : { $on }
client-promise-away = { $who } s’est dit absent, pour { $bank } : jusqu’à { $on }
client-promise-ahead = à venir
client-promise-kept = tenue
client-promise-past = passée sans renouvellement

client-history = Historique
client-story-case = Demande pour { $bank } : { $detail }. { $status_text }
client-story-mail = E-mail pour { $bank } : { $detail }
client-story-renewed = { $bank } : accord donné, vérifié
client-story-lapsed = { $bank } : accord arrivé à son terme
client-story-linked = { $who } a ouvert son invitation
client-mail-under-way = en route
client-mail-waiting = pas encore parti
client-mail-sent = envoyé
client-mail-refused = adresse refusée
client-mail-failed = pas parti
client-mail-doubtful = peut-être parti


## /resync banque

bank-clients =
    { $count ->
        [one] { $count } client
       *[other] { $count } clients
    }
bank-which = Laquelle ? Tapez un peu plus de son nom.
bank-all = Les banques de nos clients
bank-unknown = Aucun de nos clients n’a de banque de ce nom. /resync banque les montre toutes.
bank-and-clients =
    { $count ->
        [one] { $bank } : { $count } client
       *[other] { $bank } : { $count } clients
    }

# A button under the clients found by name.
client-open = Ouvrir { $client }
