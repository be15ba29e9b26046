"""What words are about: « mdp », « code d'accès » and « identifiants » are all `SECRET`. Pure.

A word belongs to the concept of the longest stem that it begins with; a word of five letters or more that begins
with none may have one slip in it (a letter missing, too many, or two changed places).
"""

from collections.abc import Iterator
from functools import lru_cache

STEMS = {
    "SECRET": "motdepasse code codes identifiant login accces sesame",
    "CHANGED": "chang modifi nouveau nouvel renouvel reinitial remplac reset expir perime obsolete oblige impos forc "
    "different ancien",
    "BANK": "banque nombanque banquier bancaire agence",
    "NOT": "pas plus jamais rien aucun ni sans personne impossible toujourspas non",
    "MINE": "mon ma mes notre nos",
    "YOURS": "votre vos ton ta tes vous tu te",
    "ME": "je jai jesuis jy moi me nous on jetrouve jecomprends jeveux jepeux jarrive nai",
    "BROKEN": "bug bloqu plant panne enpanne erreur echou echec march fonctionn rame ram rame tourn mouline charge "
    "indisponible inaccessible maintenance refus rejet rejett coinc cass rade incident blocage souci probleme "
    "pb anomalie deconn introuvable gris",
    "FIND": "trouv vois voir cherch affich apparai ouvr ouvre",
    "LOST": "perdu paume largue comprend compren compris capte pige galer complique clair clique aide aidez "
    "explique guid tuto comment arriv reussi",
    "PLACE": "bouton page site lien application ecran menu etape oneup espace serveur liste",
    "PERSON": "quelquun humain comptable conseiller collaborateur responsable interlocuteur gestionnaire directeur "
    "patron operateur vrai robot bot machine automate",
    "CALL": "appel appell rappel telephon joindre contact parl coup fil rendezvous numero rencontr discut portable",
    "TIME": "demain soir matin apresmidi midi lundi mardi mercredi jeudi vendredi samedi dimanche heure heures minute "
    "minutes jour jours semaine mois tard tantot tout-a-lheure weekend lendemain janvier fevrier mars avril mai juin "
    "juillet aout septembre octobre novembre decembre quand apres avant jusqu dici vacances conges absent fermeture",
    "BUSY": "service cuisine rush jus boulot taf occup debord temps marche-de rungis livraison reunion conduire volant "
    "bosse coupure pause",
    "WHY": "pourquoi quoi sert interet raison but obligatoire necessaire utile dsp expliq loi europe refaire encore deja "
    "chaque automatique",
    "UNSAFE": "arnaque arnaq arnak phishing fishing hamecon piege fraude faux escroc escroq pirat hack virus scam spam louche "
    "bizarre suspect chelou douteux mefi peur confiance risque danger voler vider fake",
    "SAFE": "securi sur secur fiable officiel legal protege crypt chiffr confidential confidentiel rgpd cnil verifi preuve "
    "prouv stock conserv gard enregistr donnees",
    "STOP": "stop arret cess desabonn desinscri resili harcel paix bloquer lach fich fout retir enlev supprim effac spam "
    "unsubscribe degag basta saoul soul gonfl emmerd marre",
    "MESSAGE": "message rappels relance relanc notification notif ecri ecrire ecrivez mecri envoy spam rappell sms mail",
    "THANKS": "merci remerci super genial top parfait nickel gentil sympa bravo chapeau excellent cool impec felicit "
    "adorable merki",
    "GREETING": "bonjour bonsoir salut hello coucou hey allo salam bienvenue",
    "DONE": "fait bon termin fini regl valid synchro confirm connect reconnect reussi effectu accompli abouti passe "
    "cayest voila ok reli",
    "OWNER": "associe mari femme fils fille gerant secretaire dossier concern",
    "END": "vend vendu cede ferm clotur clos quitt retraite liquid",
    "PAPERS": "tva urssaf bilan facture factures paie paye impot fisc fiscal salaire salari serveur apprenti contrat kbis "
    "liasse declar embauch recrut licenci honoraire note frais siret siren iban rib loyer virement prelev cheque "
    "credit pret decouvert cfe amorti dividende devis capital statut attestation relev tresorerie taux smic",
    "THINGS": "wifi box fournisseur caisse four frigo telephone voiture camion imprimante porte alarme menu carte adresse "
    "mail facebook instagram pain vin viande courses client clients table plat gateau pizza couvert livreur match "
    "plein menage meteo pluie pleut beau tpe terminal boulanger boucher grossiste proprietaire",
    "LIST": "liste compatible",
    "QUESTION": "? estceque qui combien lequel quel quelle comment ou",
    "THUMB": "pouce coche",
}  # fmt: skip

LEAST = 4
"""A stem shorter than this is a whole word."""


def _index() -> dict[str, str]:
    return {stem: concept for concept, stems in STEMS.items() for stem in stems.split()}


STEM = _index()
ONE_LESS = {
    stem[:place] + stem[place + 1 :]: concept
    for stem, concept in STEM.items()
    if len(stem) > LEAST
    for place in range(1, len(stem))
}


@lru_cache(maxsize=4096)
def concept(word: str) -> str:
    """What one word is about; empty where we do not know."""
    if found := STEM.get(word) or _beginning(word):
        return found
    if len(word) <= LEAST or len(word) > 24:
        return ""
    for place in range(1, len(word)):
        if found := _beginning(word[:place] + word[place + 1 :], least=LEAST + 1):
            return found
    return next((ONE_LESS[word[:size]] for size in range(len(word), LEAST - 1, -1) if word[:size] in ONE_LESS), "")


def _beginning(word: str, least: int = LEAST) -> str:
    return next((STEM[word[:size]] for size in range(len(word), least - 1, -1) if word[:size] in STEM), "")


def abstract(found: list[str]) -> Iterator[str]:
    """What a classifier counts of the concepts of a message: each, and each pair in its order, as far as four apart."""
    order = [each for each in map(concept, found) if each]
    yield f"#{len(order) > 2}{len(found) > 4}"
    framed = ["^", *order, "$"]
    for place, first in enumerate(framed):
        yield f"#{first}"
        for apart, second in enumerate(framed[place + 1 : place + 5]):
            yield f"#{first} {second}"
            if apart == 0:
                yield f"#{first}+{second}"
    for three in zip(framed, framed[1:], framed[2:], strict=False):
        yield "#" + "+".join(three)
