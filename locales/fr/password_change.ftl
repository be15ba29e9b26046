### Password change: the bank no longer takes the password that was stored (flows/password_change.py).
### Law: every one of these says where the password is typed, and that it is never in the chat.
### The variables are explained at the head of shared.ftl.

# NewPassword: the bank wants the new password, or the client says that it has changed. Under the picture secure-page.
# Said again at every rung of the nudge ladder.
# Variables: $bank, $asked.
new-password =
    { $asked ->
        [0] Votre mot de passe bancaire a changé ?
       *[other] Votre banque attend toujours votre nouveau mot de passe.
    } Pour <b>{ $bank }</b>, le nouveau se tape sur une page sécurisée : personne chez nous ne le voit.

    <b>Ne l’écrivez jamais ici.</b>

    Appuyez sur « Ouvrir la page sécurisée » : elle reste ouverte 15 minutes. Ensuite, revenez appuyer sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> attend encore votre nouveau mot de passe. Il se tape sur la page sécurisée, jamais ici. Voici une nouvelle page.
    .help =
        Voici une nouvelle page, valable 15 minutes.

        1. Appuyez sur « Ouvrir la page sécurisée ».
        2. Vérifiez que le nom de votre banque est bien <b>{ $bank }</b>, puis continuez.
        3. Tapez le mot de passe que vous utilisez aujourd’hui sur le site de la banque. Jamais ici.
        4. Revenez appuyer sur « C’est fait ».

        Si vous ne le retrouvez pas, choisissez-en un nouveau sur le site de la banque. Et si cela coince, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .open = Ouvrir la page sécurisée
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# NewPassword, after the bank refused one that was typed on the page: once more, with care, before the bank locks the access.
# Variables: $bank.
new-password-refused =
    Votre banque <b>{ $bank }</b> n’a pas reconnu ce mot de passe. Une faute de frappe est vite arrivée.

    Essayez-le d’abord sur le site de la banque : après plusieurs essais, certaines banques bloquent l’accès jusqu’au lendemain.

    S’il y fonctionne, tapez-le sur la page sécurisée, <b>jamais ici</b>, puis revenez appuyer sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> attend encore le bon mot de passe. Vérifiez-le sur son site, puis tapez-le sur la page sécurisée, jamais ici. Voici une nouvelle page.
    .help =
        Voici une nouvelle page, valable 15 minutes.

        1. Connectez-vous au site de <b>{ $bank }</b> pour retrouver le bon mot de passe, ou en choisir un nouveau.
        2. Appuyez sur « Ouvrir la page sécurisée » et tapez-le là, jamais ici.
        3. Revenez appuyer sur « C’est fait ».

        Attention aux majuscules et aux chiffres. Si vous préférez ne plus essayer, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .open = Ouvrir la page sécurisée
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# Submitted: what he typed on our page is with the bank, and the page tells him the answer; said only if he comes back here.
# Variables: $bank.
submitted =
    Votre banque <b>{ $bank }</b> examine ce que vous venez de taper sur la page sécurisée. Sa réponse s’affiche là-bas, en quelques minutes au plus.

    Vous avez fermé la page ? Appuyez sur « C’est fait » et je vérifie ici.
    .done = C’est fait

# PasswordInOneUp: where we have no page to offer, One up's own window. Under the picture password-window.
# Variables: $bank.
password-in-one-up =
    Dans One up, cliquez sur le bouton bleu <b>« Synchronisation avec la banque »</b>. Une fenêtre s’ouvre pour <b>{ $bank }</b>.

    Cliquez sur <b>« suivant »</b> puis, sur la deuxième page, indiquez votre nouveau mot de passe. Il se tape dans One up, <b>jamais ici</b>.

    Quand c’est terminé, appuyez sur « C’est fait ».
    .nudge = Votre nouveau mot de passe pour <b>{ $bank }</b> se tape dans la fenêtre de One up, après « suivant », jamais ici. Si c’est déjà fait, dites-le-moi.
    .help =
        Reprenons doucement, dans One up.

        1. Module <b>COMPTABILITÉ</b>, entrez dans <b>{ $bank }</b>.
        2. En haut à droite, cliquez sur le bouton bleu <b>« Synchronisation avec la banque »</b>.
        3. Dans la fenêtre, cliquez sur <b>« suivant »</b>.
        4. Sur la deuxième page, tapez le mot de passe que vous utilisez aujourd’hui sur le site de la banque. Jamais ici.

        Pas de fenêtre, ou un refus ? Appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .stuck = J’ai besoin d’aide

# PasswordExpired: the bank wants a new password chosen on its own site before anything else.
# Said again at every rung of the nudge ladder.
# Variables: $bank, $asked.
password-expired =
    { $asked ->
        [0] Votre banque <b>{ $bank }</b> demande d’abord
       *[other] C’est encore votre banque <b>{ $bank }</b> : avant de reprendre, elle demande
    } que vous choisissiez un nouveau mot de passe, sur son site ou dans son application.

    Faites-le là-bas, sans me l’écrire : ici, on n’écrit jamais un mot de passe.

    Quand c’est changé, appuyez sur « C’est fait ».
    .nudge = Votre banque <b>{ $bank }</b> attend que vous choisissiez un nouveau mot de passe, sur son site ou dans son application, jamais ici. Si c’est déjà fait, dites-le-moi.
    .help =
        1. Ouvrez le site ou l’application de <b>{ $bank }</b>.
        2. Connectez-vous : la banque vous propose de changer votre mot de passe. Sinon, cherchez « mot de passe oublié ».
        3. Choisissez le nouveau, là-bas seulement, jamais ici.
        4. Revenez appuyer sur « C’est fait ».

        Si la banque ne vous laisse pas entrer, son service client peut vous débloquer. Pour en parler avec nous, appuyez encore sur « J’ai besoin d’aide » : je vous montre autrement, puis une personne du cabinet prend la suite.
    .done = C’est fait
    .stuck = J’ai besoin d’aide
