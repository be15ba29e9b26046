"""Where bank secrets are typed on the aggregator's page only, nothing of ours that takes one can be imported.

Law (DSP2): without the status of an agent, a firm may not touch a client's bank password. So the code that could is
not merely unused: the program that runs cannot load it.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from bot.domain.errors import OurBug

CLOSED = ("bot.adapters.aggregators.powens_credentials", "bot.adapters.vault", "handlers.own_page")
"""The modules that take, open or send what is typed at a bank."""


class NoCredentials(MetaPathFinder):
    """Asked before every other finder; refuses the closed modules, and knows no other."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in CLOSED:
            raise ImportError(f"{fullname} is closed: RESYNC_CREDENTIAL_MODE is webview", name=fullname)
        return None


def close_credentials() -> None:
    """From now on, and for the life of this process. Raises `OurBug` where one of them is loaded already."""
    loaded = [name for name in CLOSED if name in sys.modules]
    if loaded:
        raise OurBug(f"{', '.join(loaded)} must not be loaded in the mode webview")
    if not any(isinstance(finder, NoCredentials) for finder in sys.meta_path):
        sys.meta_path.insert(0, NoCredentials())
