### At the bank: what the bank wants, and what is the bank's own fault (flows/at_the_bank.py).
### Nobody is blamed here. The variables are explained at the head of shared.ftl.

# ApproveInApp: the bank waits for an approval in its own app.
# Variables: $bank.
approve-in-app =
    Votre banque <b>{ $bank }</b> attend votre accord.

    Ouvrez son application sur votre téléphone et validez la demande. Puis revenez appuyer sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> attend toujours votre accord dans son application. Si c’est déjà validé, dites-le-moi.
    .help =
        1. Ouvrez l’application <b>{ $bank }</b> sur votre téléphone, pas son site.
        2. Cherchez une notification ou une demande à valider.
        3. Validez-la comme pour un paiement, puis revenez appuyer sur « C’est fait ».

        Aucune demande ? Fermez l’application, ouvrez-la de nouveau, attendez une minute. Si rien ne vient, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# TypeCode: the bank sends a one-time code; it is typed on the secure page.
# Variables: $bank.
type-code =
    Votre banque <b>{ $bank }</b> vous envoie un code, le plus souvent par SMS.

    Il se tape sur la page sécurisée, <b>jamais ici</b>.

    Appuyez sur « Ouvrir la page sécurisée », puis revenez appuyer sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> attend encore le code qu’elle vous envoie. Il se tape sur la page sécurisée, jamais ici. Voici une nouvelle page.
    .help =
        Voici une nouvelle page, valable 15 minutes.

        1. Appuyez sur « Ouvrir la page sécurisée » et continuez jusqu’à <b>{ $bank }</b>.
        2. Attendez le code : SMS, application de la banque ou e-mail.
        3. Tapez-le sur la page, jamais ici, puis revenez appuyer sur « C’est fait ».

        Pas de code après quelques minutes ? La banque a peut-être un ancien numéro de téléphone. Appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .open = Ouvrir la page sécurisée
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# Agree: the bank has not had the client's agreement yet.
# Variables: $bank.
agree-at-bank =
    Votre banque <b>{ $bank }</b> n’a pas encore reçu votre accord.

    Appuyez sur « Ouvrir la page sécurisée » et allez jusqu’à la dernière page. Si des codes sont demandés, ils se tapent là-bas, <b>jamais ici</b>.

    Ensuite, revenez appuyer sur « C’est fait ».
    .nudge = Il manque encore votre accord pour votre banque <b>{ $bank }</b>. Voici une nouvelle page sécurisée : deux minutes suffisent.
    .help =
        Voici une nouvelle page, valable 15 minutes.

        1. Appuyez sur « Ouvrir la page sécurisée » et vérifiez le nom de la banque : <b>{ $bank }</b>.
        2. Suivez les pages jusqu’à la dernière : c’est souvent elle qui manque.
        3. Revenez appuyer sur « C’est fait ».

        Certaines banques ne jouent pas le jeu, ce n’est pas votre faute. Si cela coince, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .open = Ouvrir la page sécurisée
    .done = C’est fait
    .password-changed = Mon mot de passe a changé
    .stuck = J’ai besoin d’aide

# AgreeInOneUp: the same, where we have no page to offer. Under the picture step-b.
# Variables: $bank.
agree-in-one-up =
    Il manque encore votre accord pour votre banque <b>{ $bank }</b>.

    Dans One up, cliquez de nouveau sur le bouton bleu <b>« Synchronisation avec la banque »</b>, en haut à droite, et allez jusqu’à la dernière page.

    Ensuite, revenez appuyer sur « C’est fait ».
    .nudge = Il manque encore votre accord pour <b>{ $bank }</b> : dans One up, le bouton bleu <b>« Synchronisation avec la banque »</b>, jusqu’à la dernière page. Si c’est déjà fait, dites-le-moi.
    .help =
        Reprenons doucement, dans One up.

        1. Module <b>COMPTABILITÉ</b>, entrez dans <b>{ $bank }</b>.
        2. En haut à droite, cliquez sur le bouton bleu <b>« Synchronisation avec la banque »</b>.
        3. Suivez les pages jusqu’à la dernière, et acceptez si votre téléphone vous demande de valider.

        Certaines banques ne jouent pas le jeu, ce n’est pas votre faute. Si cela coince, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .password-changed = Mon mot de passe a changé
    .stuck = J’ai besoin d’aide

# ActAtBank: the bank wants something done on its own site: a message to read, terms to accept, a locked access.
# Said again at every rung of the nudge ladder.
# Variables: $bank, $asked.
act-at-bank =
    { $asked ->
        [0] Votre banque <b>{ $bank }</b> attend quelque chose de vous,
       *[other] Je reviens vers vous pour votre banque <b>{ $bank }</b> : elle attend encore quelque chose de vous,
    } sur son site ou dans son application : un message à lire, des conditions à accepter, un accès à débloquer.

    Allez y jeter un œil et suivez ce qu’elle demande. Puis revenez appuyer sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> attend encore quelque chose de vous, sur son site ou dans son application. Si c’est déjà fait, dites-le-moi.
    .help =
        1. Connectez-vous au site de <b>{ $bank }</b>, comme pour consulter vos comptes.
        2. Un message s’affiche ? Lisez-le et acceptez, ou suivez ce qu’il demande.
        3. Aucun message ? Regardez dans la messagerie de la banque, puis revenez appuyer sur « C’est fait ».

        Certaines banques ne jouent pas le jeu, ce n’est pas votre faute. Si cela coince, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# OtherAccounts: it went through, but with another login of the same bank.
# Variables: $bank, $client.
other-accounts =
    C’est passé, mais avec <b>un autre accès</b> à votre banque <b>{ $bank }</b> : les comptes reçus ne sont pas ceux que nous suivons pour { $client }.

    Cela arrive quand on a deux accès, un professionnel et un personnel. Appuyez sur « Ouvrir la page sécurisée » et prenez celui que vous utilisez pour { $client }.

    Ensuite, revenez appuyer sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> est encore reliée à un autre accès que celui que vous utilisez pour { $client }. Voici une nouvelle page sécurisée : deux minutes suffisent.
    .help =
        Voici une nouvelle page, valable 15 minutes.

        1. Appuyez sur « Ouvrir la page sécurisée » et vérifiez le nom de la banque : <b>{ $bank }</b>.
        2. Prenez l’identifiant que vous utilisez pour { $client }, pas un accès personnel.
        3. Allez jusqu’à la dernière page, puis revenez appuyer sur « C’est fait ».

        Ce sont pourtant les bons comptes ? Appuyez sur « Ce sont bien mes comptes ». Si cela coince, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .open = Ouvrir la page sécurisée
    .done = C’est fait
    .mine = Ce sont bien mes comptes
    .stuck = J’ai besoin d’aide

# BankDown: the bank does not answer. Nothing is asked of the client.
# Variables: $bank.
bank-down =
    Votre banque <b>{ $bank }</b> ne répond pas en ce moment. Cela vient d’elle, pas de vous : toutes les banques ne jouent pas le jeu.

    Rien à faire de votre côté. Je surveille, et je reviens vers vous dès qu’elle répond.

# Outage: the firm has declared that this bank fails for all of its clients. Said once, at a decent hour.
# Variables: $bank.
bank-outage =
    <b>{ $bank }</b> a un souci général en ce moment : ce n’est ni vous ni nous.

    Rien à faire de votre côté. Je surveille, et je vous préviens dès que c’est revenu.

# A first try has failed, at a bank that has never worked for any client of the firm. A person takes over.
# Variables: $bank.
bank-never-worked =
    Autant vous le dire franchement : <b>{ $bank }</b> n’a encore fonctionné avec notre système pour aucun de nos clients. Vous n’y êtes pour rien, et il est inutile d’essayer encore.

# BankIsBack: the bank works again, at a decent hour.
# Variables: $first_name, $bank.
bank-is-back =
    Bonjour { $first_name }, votre banque <b>{ $bank }</b> répond de nouveau. Merci de votre patience.

    On reprend ?
    .nudge = Votre banque <b>{ $bank }</b> répond de nouveau. Deux minutes suffisent pour finir. On reprend ?
    .help =
        Votre banque <b>{ $bank }</b> était en panne, elle fonctionne de nouveau. Il reste à finir ce que nous avions commencé.

        Appuyez sur « Reprendre » : je vous guide pas à pas. Si vous préférez en parler avec nous, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .start = Reprendre
    .later = Remettre à plus tard
    .stuck = J’ai besoin d’aide

# The bank has not answered after five readings, about a minute. Said once.
# Variables: $bank.
bank-is-slow =
    Votre banque <b>{ $bank }</b> prend son temps, cela arrive avec certaines. Je surveille, et je vous préviens dès qu’elle répond.

    Rien à faire de votre côté. Et si elle vous joue souvent ce tour, dites-le-nous.
