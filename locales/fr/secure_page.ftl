### The page of the one-time link: it says whose it is, matches a number with Telegram, and hands over to the bank's side.
### Plain text, put into the page by the web server, which escapes the variables.
### Unknown, used, expired, revoked: one and the same page, so that nobody learns which.
### The variables are explained at the head of shared.ftl; the page knows $firm, $client, $bank and $first_name.


## The page

page-title = Votre page sécurisée
page-whose = Préparée par { $firm } pour { $client }
page-bank = Votre banque : { $bank }

# Why he is here: the bank wants the new password.
page-why-password = Votre mot de passe bancaire a changé. Pour que vos comptes continuent d’avancer, votre banque { $bank } a besoin du nouveau.

# Why he is here: the bank wants his agreement, or a code.
page-why-agreement = Votre banque { $bank } demande votre accord pour continuer à transmettre vos mouvements à votre comptabilité.

page-secret = Votre mot de passe et vos codes se tapent à l’étape suivante, sur la page du service qui relie votre banque. Personne chez nous ne les voit.
page-lifetime = Cette page est personnelle : elle sert une fois, pendant 15 minutes.
page-continue = Continuer


## Number matching, where the page was not opened inside of Telegram

# Above the number, in large figures.
page-number = Retournez dans Telegram et touchez ce nombre :
page-number-why = C’est pour nous assurer que c’est bien vous.
page-waiting = J’attends votre réponse dans Telegram…


## When it does not go on

page-closed-title = Cette page est fermée
page-closed = Elle a déjà servi, son temps est passé, ou une plus récente l’a remplacée. Rien n’est perdu.
page-closed-next = Retournez dans Telegram et appuyez sur « J’ai besoin d’aide » : vous recevrez une nouvelle page.

# The network failed, or the service behind does not answer.
page-trouble = La suite ne s’ouvre pas pour l’instant. Attendez un peu, puis réessayez.
page-retry = Réessayer

# Whoever comes from this internet address came too often: an hour at most, and he may again.
page-busy = Beaucoup de pages ont été ouvertes depuis votre connexion à Internet. Par prudence, je fais une pause, d’une heure au plus. Rien n’est perdu : je vous donnerai une nouvelle page dans notre conversation.

# The one button back to the chat with the bot, in Telegram.
page-chat = Revenir à la conversation

# In the page's noscript element.
page-no-script = Votre navigateur bloque cette page. Ouvrez-la depuis Telegram, sur votre téléphone.


## The page he comes back to

page-back-opening = Un instant, je note votre retour…
page-back-title = C’est noté
page-back = Retournez dans Telegram, je vérifie et je vous réponds là-bas. Vous pouvez fermer cette page.


## On the way

# While the page asks the server what it is for; seconds at most.
page-opening = Un instant, j’ouvre votre page…

# The right number was tapped; the button page-continue follows.
page-proven = C’est bien vous, merci. La suite se passe sur la page qui relie votre banque.

# Telegram in a browser: the bank's side has opened in a tab of its own, beside this page.
page-elsewhere = C’est bien vous, merci. La suite vient de s’ouvrir dans un nouvel onglet de votre navigateur.

# The page was reloaded, so that it no longer knows its link; the link itself may still be good.
page-lost = Rouvrez cette page depuis Telegram, avec le bouton de mon message.


## Where the page takes the secret itself (own_page): a firm that is an agent
## What is typed is sealed in the browser; each sentence says what happened to it, and what is next.

# Instead of page-proven: the button page-continue follows.
page-own-proven = C’est bien vous, merci. Il ne reste qu’une étape.

# Instead of page-secret, and again under the form.
page-own-secret = Ce que vous tapez est chiffré sur votre appareil, envoyé au service qui relie votre banque, et n’est gardé nulle part ici. Personne chez nous ne le voit.

# Above the fields.
page-own-form = Tapez ce que vous utilisez aujourd’hui sur le site de votre banque.
page-own-code = Votre banque vient de vous envoyer un code. Tapez-le ici.
page-own-send = Envoyer à ma banque

# The names of fields for which the bank has no words of its own.
page-own-field-text = Information demandée
page-own-field-number = Numéro demandé
page-own-field-password = Mot de passe
page-own-field-code = Code reçu
page-own-field-choice = Votre choix
page-own-field-date = Date
page-own-choose = Choisissez…
page-own-show = Afficher le mot de passe

# Above the form, once more.
page-own-refused = Votre banque n’a pas reconnu ce mot de passe. Une faute de frappe est vite arrivée : essayez-le d’abord sur son site, puis tapez-le à nouveau ici.
page-own-code-refused = Ce code n’a pas été reconnu. Regardez le dernier message de votre banque, puis tapez-le à nouveau.
page-own-fresh = La page s’est renouvelée et rien n’est parti. Tapez-le encore une fois, s’il vous plaît.
page-own-not-taken = Votre banque n’a rien reçu pour l’instant, et rien n’est perdu. Attendez un peu, puis tapez-le à nouveau.

# While the bank answers; minutes at most.
page-own-sent = Votre banque vous répond. Cela peut prendre quelques minutes, gardez cette page ouverte…
page-own-approve = Ouvrez l’application de votre banque et validez la demande. Ensuite, revenez ici…
page-own-approved = J’ai validé
page-own-not-yet = Votre banque n’a pas encore reçu votre validation. Vérifiez dans son application.

# The network is lost in the middle: nothing is sent a second time.
page-own-offline = Le réseau s’est coupé. Rien ne sera envoyé deux fois : dès qu’il revient, je vous dis où on en est…

# How it ends.
page-own-done-title = C’est fait, merci
page-own-done = Votre banque vous a reconnu. Retournez dans Telegram : la confirmation vous y attend.
page-own-telegram-title = La suite est dans Telegram
page-own-down = Votre banque ne répond pas pour l’instant. Vous n’y êtes pour rien, et je vous préviens dans Telegram dès qu’elle revient.
page-own-chat = Je vérifie auprès de votre banque et je vous réponds dans Telegram. Vous pouvez fermer cette page.
page-own-stopped = Pour que votre banque ne bloque pas votre accès, on s’arrête là. Une personne du cabinet prend la suite et vous écrit dans Telegram.

# A browser that is too old to encrypt.
page-own-no-seal = Votre navigateur ne sait pas chiffrer ce que vous tapez, alors rien n’est parti. Ouvrez cette page dans un navigateur à jour.
