"""`Understanding`: French as clients type it. Everything happens in memory, on this machine."""

import re
from collections.abc import Mapping
from datetime import datetime

from bot.adapters.understanding import suspicion
from bot.adapters.understanding.erasing import asks_to_erase
from bot.adapters.understanding.linear import learnt
from bot.adapters.understanding.moments import is_about_a_moment, moment
from bot.adapters.understanding.rules import matching
from bot.adapters.understanding.secrets import secrecy
from bot.adapters.understanding.signals import signals
from bot.adapters.understanding.words import LONGEST
from bot.domain.calendar import Hours
from bot.ports import Secrecy, Understood
from flows.events import Intent

LABELS = (
    Intent.DONE, Intent.PASSWORD_CHANGED, Intent.STUCK, Intent.LATER, Intent.HUMAN, Intent.WHY, Intent.BANK_PROBLEM,
    Intent.SECURITY_DOUBT, Intent.THANKS, Intent.GREETING, Intent.STOP, Intent.OTHER,
)  # fmt: skip
"""What a message may mean, one of twelve."""
BROADER: Mapping[Intent, Intent] = {
    Intent.HELP: Intent.STUCK,
    Intent.AWAY: Intent.LATER,
    Intent.ERASE: Intent.STOP,
    Intent.BANKS: Intent.OTHER,
    Intent.ACCOUNT_CLOSED: Intent.OTHER,
    Intent.BANK_CHANGED: Intent.OTHER,
    Intent.BUSINESS_SOLD: Intent.OTHER,
    Intent.NOT_ME: Intent.OTHER,
}
"""What only a rule tells apart, and the label to which it belongs."""
UNSURE = 0.5
"""Below it a client is asked what he means."""
SURE_ENOUGH: Mapping[Intent, float] = {Intent.DONE: 0.5, Intent.PASSWORD_CHANGED: 0.5, Intent.STOP: 0.5}
"""What is not believed lightly: it moves a renewal on, or ends the messages."""
TIMELY = frozenset({Intent.LATER, Intent.HUMAN})
"""What a moment belongs to."""
AHEAD = re.compile(r"\b(?:d.?ici|avant|dans|demain|sera|ferai|jusqu)", re.IGNORECASE)
"""« c'est fait d'ici demain » looks ahead, « c'est fait ce matin » does not."""


class FrenchReader:
    """Understands by a classifier that learnt from sentences of ours, and by rules for what is finer."""

    def __init__(self) -> None:
        learnt()  # so that the first client does not wait for the weights
        suspicion.learnt()
        suspicion.talk()

    def intent(self, text: str) -> Intent:
        """What he means, as the flows take it; `SECRET` where we are sure of one, `OTHER` where he is not understood."""
        if secrecy(text) is Secrecy.SURE:
            return Intent.SECRET
        if asks_to_erase(text[:LONGEST]):
            return Intent.ERASE
        label, confidence = weighed(text)
        for finer in matching(text[:LONGEST]):
            if finer in BROADER and (BROADER[finer] is label or confidence < UNSURE):
                return finer
        return label if confidence >= UNSURE else Intent.OTHER

    def understand(self, text: str, now: datetime, hours: Hours) -> Understood:
        """Everything at once: one of the twelve labels, how sure, a secret, a moment."""
        label, confidence = weighed(text)
        when = moment(text, now, hours) if names_a_moment(label, text) else None
        return Understood(label, confidence, secrecy(text), when)


def names_a_moment(label: Intent, text: str) -> bool:
    """Is a time that stands in the message one at which he wants to be reached?"""
    if label in TIMELY:
        return True
    return is_about_a_moment(text) and (label is not Intent.DONE or AHEAD.search(text) is not None)


def weighed(text: str) -> tuple[Intent, float]:
    """The likeliest label and its probability; what would be believed too lightly gives way to the next one."""
    shares = learnt().shares(signals(text))
    order = sorted(shares, key=lambda label: shares[label], reverse=True)
    first = Intent(order[0])
    if shares[first] < SURE_ENOUGH.get(first, 0):
        return Intent(order[1]), shares[order[1]]
    return first, shares[first]
