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
page-closed = Elle a déjà servi, ou son temps est passé. Rien n’est perdu.
page-closed-next = Retournez dans Telegram et appuyez sur « J’ai besoin d’aide » : vous recevrez une nouvelle page.

# The network failed, or the service behind does not answer.
page-trouble = La suite ne s’ouvre pas pour l’instant. Attendez un peu, puis réessayez.
page-retry = Réessayer

# Inside of Telegram only: closes the page, so that the chat is there again.
page-leave = Revenir à la conversation

# In the page's noscript element.
page-no-script = Votre navigateur bloque cette page. Ouvrez-la depuis Telegram, sur votre téléphone.


## The page he comes back to

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
