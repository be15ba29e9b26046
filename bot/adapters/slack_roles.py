"""The firm's roles, read from its user groups on Slack.

Law: a group that cannot be read names nobody. Source: docs.slack.dev, Reference > Methods > usergroups.users.list.
"""

import time

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_calls import call
from bot.domain.authority import Role, role_in
from bot.domain.errors import Refused

log = structlog.get_logger(__name__)

FRESH_SECONDS = 60.0
"""So long a group is believed: who leaves it may do nothing more after a minute."""


class SlackRoles:
    """`bot.adapters.slack.Roles`. The groups are ids (`S…`); empty where the firm has none."""

    def __init__(self, client: AsyncWebClient, accountants: str = "", managers: str = "") -> None:
        self.client = client
        self.accountants = accountants
        self.managers = managers
        self._members: dict[str, tuple[float, frozenset[str]]] = {}

    async def of(self, user_id: str) -> Role:
        """The role of a full member of the workspace. Raises `TryAgain`."""
        accountants = await self._in(self.accountants) if self.accountants else None
        managers = await self._in(self.managers) if self.managers else None
        return role_in(user_id, accountants=accountants, managers=managers)

    async def _in(self, group: str) -> frozenset[str]:
        until, members = self._members.get(group, (0.0, frozenset[str]()))
        if until <= time.monotonic():
            members = await self._read(group)
            self._members[group] = (time.monotonic() + FRESH_SECONDS, members)
        return members

    async def _read(self, group: str) -> frozenset[str]:
        try:
            answer = await call(self.client.usergroups_users_list(usergroup=group))
        except Refused as refused:
            log.error("a user group of Slack cannot be read, so nobody is in it", group=group, reason=str(refused))
            return frozenset()
        return frozenset(map(str, answer["users"]))
