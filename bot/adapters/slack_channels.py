"""The channels in which the firm works on Slack: its own, and those of accountants who have one for their clients."""

import re
from collections.abc import Collection, Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_calls import call
from bot.domain.errors import Refused
from bot.domain.names import folded

PAGE = 200
CHANNEL_ID = re.compile("[CGD][A-Z0-9]{6,}")


class Channels:
    """By id or by name, as they were written; Slack is asked for an id once. All raise `TryAgain` or `Refused`.

    `own`: the channel of an accountant, by her folded name as the client list has it.
    """

    def __init__(self, client: AsyncWebClient, firm: str, own: Mapping[str, str]) -> None:
        self.client = client
        self._firm = firm.strip()
        self._own = own
        self._ids: dict[str, str] = {}

    async def firm(self) -> str:
        """The id of the firm's channel."""
        return await self._id(self._firm)

    def has_own(self, accountant: str) -> bool:
        """Has an accountant a channel for her clients?"""
        return folded(accountant) in self._own

    async def of(self, accountant: str) -> str:
        """The id of the channel of an accountant who has one."""
        return await self._id(self._own[folded(accountant)])

    async def all(self) -> Collection[str]:
        """The ids of those that there are; the firm's must be one of them."""
        found = {await self.firm()}
        for wanted in self._own.values():
            try:
                found.add(await self._id(wanted))
            except Refused:
                continue
        return found

    async def _id(self, wanted: str) -> str:
        """Reading methods of Slack's take no name."""
        if CHANNEL_ID.fullmatch(wanted):
            return wanted
        cursor = ""
        while wanted not in self._ids:
            page = await call(
                self.client.conversations_list(
                    types="public_channel,private_channel", exclude_archived=True, limit=PAGE, cursor=cursor
                )
            )
            ids = {channel["name"]: str(channel["id"]) for channel in page["channels"]}
            if found := ids.get(wanted.removeprefix("#")):
                self._ids[wanted] = found
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor and not found:
                raise Refused(f"Slack : channel_not_found ({wanted})")
        return self._ids[wanted]
