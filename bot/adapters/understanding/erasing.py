"""« Supprimez mes données »: a request that the law gives a name, told from « stop », to which it is close.

It is no sign of the classifier, which knows twelve labels: it is looked for beside it.
"""

import re

from bot.adapters.understanding.rules import normalise

THINGS = r"(?:donnees?|infos?|informations?)"
ASKED = re.compile(
    rf"(?:effac\w{{1,5}}|suppri\w{{2,7}}|suppression) (?:\w{{1,10}} ){{0,4}}?{THINGS}\b"
    rf"|{THINGS} (?:\w{{1,12}} ){{0,4}}?(?:effacees?|supprimees?)\b"
    r"|droit (?:a l |d |de l )?(?:oubli|effacement)\b"
)


def asks_to_erase(text: str) -> bool:
    """Does he want his data erased?"""
    return ASKED.search(normalise(text)) is not None
