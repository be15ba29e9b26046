"""Who of the firm may do what on Slack. Pure.

Law: whoever is in no role may do nothing; what needs two persons needs two different ones.
"""

from collections.abc import Collection
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """What a user of Slack is to the firm; each may also do what those before him may."""

    NOBODY = 0  # a guest, another company, a bot, or a colleague who does not look after clients
    ACCOUNTANT = 1
    MANAGER = 2


class DeskAct(StrEnum):
    """Everything that a colleague can do on Slack."""

    LOOK = "look"  # the list, a card, a window: nothing changes
    TAKE = "take"
    REPLY = "reply"
    HAND_BACK = "hand-back"
    RESOLVE = "resolve"
    CONFIRM = "confirm"  # by hand, that a bank is renewed
    NOT_CONFIRM = "not-confirm"
    NUDGE = "nudge"
    SNOOZE = "snooze"
    CREATE_FILE = "create-file"
    ADD_TO_FILE = "add-to-file"  # a bank, a contact
    INVITE = "invite"
    CLOSE_PAGE = "close-page"
    CLOSE_BANK = "close-bank"
    REOPEN_BANK = "reopen-bank"
    ADD_TRAP = "add-trap"
    REMOVE_TRAP = "remove-trap"
    ASK_REBIND = "ask-rebind"  # a client's new Telegram
    AGREE_REBIND = "agree-rebind"
    TAKE_LINK = "take-link"  # to the new Telegram
    ASK_EXPORT = "ask-export"  # of somebody's data
    AGREE_EXPORT = "agree-export"
    ASK_ERASURE = "ask-erasure"
    AGREE_ERASURE = "agree-erasure"
    STOP_REQUEST = "stop-request"
    DECLARE_INCIDENT = "declare-incident"
    DISMISS_INCIDENT = "dismiss-incident"
    END_INCIDENT = "end-incident"


OF_MANAGERS = (DeskAct.AGREE_REBIND, DeskAct.AGREE_EXPORT, DeskAct.AGREE_ERASURE)
NEEDS: dict[DeskAct, Role] = dict.fromkeys(DeskAct, Role.ACCOUNTANT) | dict.fromkeys(OF_MANAGERS, Role.MANAGER)
"""The least role for each act."""


def role_in(user: str, *, accountants: Collection[str] | None, managers: Collection[str] | None) -> Role:
    """The role of a full member of the firm's workspace. None: the firm has not said who they are.

    Where it has not, every full member is an accountant; and where it names no managers, every accountant is one.
    """
    known = accountants is None or user in accountants
    if managers is None:
        return Role.MANAGER if known else Role.NOBODY
    if user in managers:
        return Role.MANAGER
    return Role.ACCOUNTANT if known else Role.NOBODY


def may(role: Role, act: DeskAct) -> bool:
    """Is this role enough for this act?"""
    return role >= NEEDS[act]
