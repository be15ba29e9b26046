### The renewal, as the firm's procedure has it: an offer, step A, step B, the proof (flows/renewal.py).
### The variables are explained at the head of shared.ftl.

# Offered: the bank is about to lapse, or has lapsed; said again at every rung of the nudge ladder, each time otherwise.
# The date may be counted: of what has stopped, only what is true without a renewal is said.
# Variables: $first_name, $bank, $accountant, $due, $rung, $days_left, $asked.
renewal-offered =
    { $rung ->
        [early]
            Bonjour { $first_name }, rien ne presse : la connexion avec votre banque <b>{ $bank }</b> est à renouveler d’ici le <b>{ $due }</b>. C’est elle qui nous permet de tenir vos comptes.

            Quand vous avez deux minutes, on la renouvelle ensemble ?
        [week]
            Bonjour { $first_name }, il reste <b>{ $days_left } jours</b> pour renouveler votre banque <b>{ $bank }</b> : sa connexion s’arrête le { $due }.

            C’est l’affaire de deux minutes, et je vous guide. Vous avez un moment ?
        [soon]
            { $days_left ->
                [1]
                    Bonjour { $first_name }, c’est <b>demain</b>, le { $due }, que la connexion avec votre banque <b>{ $bank }</b> s’arrête.

                    Renouvelée aujourd’hui, rien ne s’interrompt. On le fait tout de suite ?
               *[other]
                    Bonjour { $first_name }, la connexion avec votre banque <b>{ $bank }</b> s’arrête <b>dans { $days_left } jours</b>, le { $due }. Après, ses opérations ne nous arriveront plus.

                    Deux minutes suffisent. On s’en occupe maintenant ?
            }
        [today]
            Bonjour { $first_name }, c’est <b>aujourd’hui</b> que la connexion avec votre banque <b>{ $bank }</b> s’arrête. Sans elle, nous ne pouvons plus tenir vos comptes.

            Il est encore temps, en deux minutes. On y va ?
        [late]
            Bonjour { $first_name }, la connexion avec votre banque <b>{ $bank }</b> était valable jusqu’au <b>{ $due }</b>. Tant qu’elle n’est pas renouvelée, ses opérations ne nous arrivent plus.

            Rien n’est perdu : deux minutes suffisent pour tout remettre en route. On s’y met ensemble ?
        [later]
            Bonjour { $first_name }, votre banque <b>{ $bank }</b> reste à renouveler depuis le <b>{ $due }</b>. Vos comptes s’arrêtent là en attendant.

            Quelque chose vous bloque ? Écrivez-le-moi en deux mots : { $accountant } peut vous aider. Sinon, on commence ?
       *[unknown]
            { $asked ->
                [0]
                    Bonjour { $first_name }, la connexion avec votre banque <b>{ $bank }</b> est à renouveler. C’est elle qui nous permet de tenir vos comptes.

                    Deux minutes suffisent, et je vous guide. On s’en occupe maintenant ?
                [1]
                    Bonjour { $first_name }, je reviens vers vous pour votre banque <b>{ $bank }</b> : sa connexion reste à renouveler.

                    Si vous avez deux minutes, je vous guide pas à pas. On commence ?
                [2]
                    Bonjour { $first_name }, votre banque <b>{ $bank }</b> n’attend plus que votre accord. Sans lui, ses opérations ne nous arrivent plus.

                    Deux minutes suffisent. C’est le bon moment ?
               *[other]
                    Bonjour { $first_name }, la connexion avec votre banque <b>{ $bank }</b> manque toujours à vos comptes.

                    Quelque chose vous bloque ? Écrivez-le-moi en deux mots : { $accountant } peut vous aider. Sinon, on la renouvelle ?
            }
    }
    .nudge = Bonjour { $first_name }, il reste à renouveler la connexion avec votre banque <b>{ $bank }</b>. Deux minutes suffisent, et vos comptes avancent. On commence ?
    .start = Commencer
    .later = Remettre à plus tard
    .why = Comprendre pourquoi
    .not-me = Ce n’est pas moi
    .other = Autre chose

# OfferedAsPromised: the moment that he named has come. It remembers, and reproaches nothing.
# Variables: $first_name, $bank, $due, $rung.
renewal-offered-as-promised =
    Bonjour { $first_name }, nous avions convenu de nous retrouver maintenant pour votre banque <b>{ $bank }</b>, me voici.

    { $rung ->
        [unknown] Deux minutes suffisent, et je vous guide.
        [late] Elle était valable jusqu’au <b>{ $due }</b> : deux minutes suffisent pour tout remettre en route.
       *[other] Elle est à renouveler d’ici le <b>{ $due }</b> : deux minutes suffisent, et je vous guide.
    } On s’y met ?
    .nudge = Bonjour { $first_name }, me voici comme convenu pour votre banque <b>{ $bank }</b>. Deux minutes suffisent. On s’y met ?
    .start = Commencer
    .later = Remettre à plus tard
    .why = Comprendre pourquoi
    .not-me = Ce n’est pas moi
    .other = Autre chose

# OfferedInstead: the same, for another contact of the file, who has not heard of it yet. It blames nobody.
# Variables: $first_name, $client, $bank, $firm, $due, $rung.
renewal-offered-instead =
    Bonjour { $first_name }, je suis l’assistant du cabinet { $firm }, et je me permets de m’adresser à vous pour <b>{ $client }</b>.

    { $rung ->
        [unknown] La connexion avec votre banque <b>{ $bank }</b> est à renouveler.
        [late] La connexion avec votre banque <b>{ $bank }</b> était valable jusqu’au <b>{ $due }</b>, elle est à renouveler.
       *[other] La connexion avec votre banque <b>{ $bank }</b> est à renouveler d’ici le <b>{ $due }</b>.
    } C’est elle qui nous permet de tenir vos comptes.

    Deux minutes suffisent, et je vous guide. On s’en occupe ensemble ?
    .nudge = Bonjour { $first_name }, il reste à renouveler la connexion avec votre banque <b>{ $bank }</b> pour { $client }. Deux minutes suffisent. On commence ?
    .start = Commencer
    .later = Remettre à plus tard
    .why = Comprendre pourquoi
    .not-me = Ce n’est pas moi
    .other = Autre chose

# Otherwise: he pressed « Autre chose » under an offer.
# Variables: $bank.
renewal-otherwise =
    Dites-moi ce qu’il en est de votre banque <b>{ $bank }</b> : je le transmets au cabinet, et je ne vous relance plus à son sujet.

    Rien de tout cela ? Écrivez-le-moi en deux mots.
    .nudge = Pour votre banque <b>{ $bank }</b>, dites-moi simplement ce qu’il en est, ou commençons quand vous voulez.
    .account-closed = Ce compte est clôturé
    .bank-changed = J’ai changé de banque
    .business-sold = J’ai vendu mon entreprise
    .start = Commencer

# Several banks of one person at once, the most urgent first: one line and one button each.
# Variables: $first_name, $count, $lines, $bank.
several-banks =
    Bonjour { $first_name }, { $count } de vos banques attendent votre accord pour que nous puissions tenir vos comptes :

    { $lines }

    Deux minutes suffisent pour chacune, et je vous guide. Par laquelle commence-t-on ?
    .pick = { $bank }

# Not said by itself: one line of $lines. $client is empty where the person has one client file only; the attribute is
# what would be said of this bank alone.
# Variables: $bank, $client, $due, $rung, $days_left.
several-banks-line = { several-banks-line.renewal-offered }
    .renewal-offered =
        { $rung ->
            [early] • <b>{ $bank }</b>{ several-banks-whose } : à renouveler d’ici le { $due }
            [soon]
                { $days_left ->
                    [1] • <b>{ $bank }</b>{ several-banks-whose } : s’arrête <b>demain</b>
                   *[other] • <b>{ $bank }</b>{ several-banks-whose } : s’arrête <b>dans { $days_left } jours</b>, le { $due }
                }
            [today] • <b>{ $bank }</b>{ several-banks-whose } : s’arrête <b>aujourd’hui</b>
            [late] • <b>{ $bank }</b>{ several-banks-whose } : arrêtée depuis le { $due }
           *[unknown] • <b>{ $bank }</b>{ several-banks-whose } : à renouveler
        }
    .new-password = • <b>{ $bank }</b>{ several-banks-whose } : le mot de passe bancaire a changé
    .password-expired = • <b>{ $bank }</b>{ several-banks-whose } : elle vous demande de choisir un nouveau mot de passe
    .act-at-bank = • <b>{ $bank }</b>{ several-banks-whose } : elle attend quelque chose de vous sur son site
    .other-accounts = • <b>{ $bank }</b>{ several-banks-whose } : à refaire avec le bon accès

# Not said by itself: whose bank it is, where a person has several client files.
# Variables: $client.
several-banks-whose =
    { FILLED($client) ->
        [yes] { " " }({ $client })
       *[no] { "" }
    }

# One bank is renewed, and others of those that he was asked for are not. A button for each.
# Variables: $count, $lines, $bank.
next-bank =
    { $count ->
        [1] Il en reste une :
       *[other] Il en reste { $count } :
    }

    { $lines }

    On continue ?
    .pick = { $bank }

# StepA, step A of the firm's procedure: open the synchronised bank in One up. Under the picture step-a.
# Variables: $bank.
renewal-step-a =
    Ouvrez <b>One up</b> et connectez-vous à votre espace.

    Dans le module <b>COMPTABILITÉ</b>, entrez dans votre banque synchronisée : <b>{ $bank }</b>.

    Sa page s’ouvre ? Appuyez sur « J’y suis ».
    .nudge = On en était au début pour <b>{ $bank }</b> : dans One up, module <b>COMPTABILITÉ</b>, entrez dans cette banque. Dès que vous y êtes, dites-le-moi.
    .help =
        Reprenons doucement.

        1. Ouvrez One up, sur un ordinateur si possible : c’est plus confortable.
        2. Connectez-vous à votre espace, comme d’habitude.
        3. Ouvrez le module <b>COMPTABILITÉ</b>.
        4. Cliquez sur <b>{ $bank }</b>, comme sur l’image.

        Si vous ne la trouvez pas, ou si One up ne vous laisse pas entrer, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .there = J’y suis
    .later = Remettre à plus tard
    .stuck = J’ai besoin d’aide

# StepB, step B of the firm's procedure: the blue button, top right of the bank's page in One up. Under the picture step-b.
# Variables: $bank.
renewal-step-b =
    En haut à droite de la page <b>{ $bank }</b>, cliquez sur le bouton bleu <b>« Synchronisation avec la banque »</b>, puis allez jusqu’au bout.

    Une fenêtre demande un mot de passe ? Ne l’écrivez pas ici : appuyez sur « On me demande un mot de passe ».

    Sinon, quand c’est terminé, appuyez sur « C’est fait ».
    .nudge = Il ne manque qu’un clic pour <b>{ $bank }</b> : le bouton bleu <b>« Synchronisation avec la banque »</b>, en haut à droite. Si c’est déjà fait, dites-le-moi.
    .help =
        Le bouton est bleu, <b>en haut à droite</b> de la page de la banque, comme sur l’image. Il porte les mots <b>« Synchronisation avec la banque »</b>.

        Si vous ne le voyez pas, revenez dans le module <b>COMPTABILITÉ</b> et entrez d’abord dans <b>{ $bank }</b>. Sur un téléphone, faites glisser la page vers le haut et vers la droite.

        Toujours rien, ou un message d’erreur ? Appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .password-changed = On me demande un mot de passe
    .stuck = J’ai besoin d’aide

# When: he has no time now.
# Variables: $bank.
renewal-when =
    Pas de souci. Quand voulez-vous que je revienne vers vous pour <b>{ $bank }</b> ?
    .nudge = Dites-moi simplement quand revenir vers vous pour <b>{ $bank }</b>.
    .this-evening = Voir ça ce soir
    .tomorrow = Voir ça demain
    .next-week = Voir ça la semaine prochaine
    .away = Je suis absent
    .start = Commencer maintenant

# HowLong: he is away.
renewal-how-long =
    Bien sûr. Je vous laisse tranquille jusqu’à votre retour : vous êtes absent combien de temps ?
    .nudge = Dites-moi simplement combien de temps vous êtes absent, et je vous laisse tranquille jusque-là.
    .one-week = Une semaine
    .two-weeks = Deux semaines
    .three-weeks = Trois semaines
    .four-weeks = Quatre semaines
    .start = Commencer maintenant

# Snoozed, of somebody who is away.
# Variables: $bank, $next.
renewal-away =
    C’est noté, je ne vous écris plus d’ici là. Je reviens vers vous { $next } pour <b>{ $bank }</b>.

    Si vous trouvez deux minutes avant, appuyez sur « Commencer maintenant ».
    .nudge = Je reviens vers vous { $next } pour <b>{ $bank }</b>. Si vous trouvez deux minutes avant, on peut commencer tout de suite.
    .start = Commencer maintenant

# Snoozed: he named a moment, or an hour went by without one.
# Variables: $bank, $next.
renewal-snoozed =
    Entendu, je vous relance { $next } pour <b>{ $bank }</b>.

    Si un moment se libère avant, appuyez sur « Commencer maintenant ».
    .nudge = Je reviens vers vous { $next } pour <b>{ $bank }</b>. Si un moment se libère avant, on peut commencer tout de suite.
    .start = Commencer maintenant

# Checking: he says that it is done; its nudge answers a second « c'est fait » while we look.
# Variables: $bank.
renewal-checking =
    Merci, c’est noté. On vérifie que tout est bien passé pour votre banque <b>{ $bank }</b>.

    Rien à faire de votre côté, vous aurez la réponse ici.
    .nudge = Oui, merci, c’est bien noté. On vérifie encore pour <b>{ $bank }</b>, vous aurez la réponse ici.

# Renewed: the receipt, proven by the bank or confirmed by staff.
# Variables: $bank, $due.
renewal-done =
    { FILLED($due) ->
        [yes] C’est bon jusqu’au <b>{ $due }</b> pour votre banque <b>{ $bank }</b>. Merci ! ✅
       *[no] C’est bon pour votre banque <b>{ $bank }</b>. Merci ! ✅
    }

    Vos comptes peuvent avancer. Je vous préviendrai à temps pour la prochaine fois.
    .nudge = Tout est en ordre pour votre banque <b>{ $bank }</b>, rien à faire.
