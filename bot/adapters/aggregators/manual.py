"""No aggregator: the firm renews in One up, and nobody but the client and the staff can see the result."""

from collections.abc import Mapping, Sequence

from bot.domain.connection import ConnectionRef, Reading
from bot.domain.errors import NotSigned, OurBug
from bot.domain.login_form import LoginForm
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis


class Manual:
    """The default. All its capabilities are false, so nothing below is ever asked of it.

    The client's word (« c'est fait ») and a staff member's confirmation on Slack stand in for a reading, and
    the due date is computed from the last confirmed renewal and the cadence of the bank.
    """

    name = "manual"
    capabilities = Capabilities(sees_state=False, hosted_page=False, lists=False)

    async def read(self, ref: ConnectionRef) -> Reading:
        """Raises `OurBug`: without `sees_state`, staff's confirmation is the only truth there is."""
        raise OurBug("the manual aggregator sees no connection: ask staff to confirm instead of reading")

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        """Raises `OurBug`: without `hosted_page`, the client renews in One up himself."""
        raise OurBug("the manual aggregator has no page: send the client to One up")

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        """Nobody comes back: there is no page."""
        return None

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        """Nothing: One up asks the client by itself."""
        return None

    async def sync(self, ref: ConnectionRef) -> None:
        """Raises `OurBug`: the blue button is the client's."""
        raise OurBug("the manual aggregator cannot synchronise: the client presses the blue button")

    async def connections(self, user: str) -> Sequence[Reading]:
        """Raises `OurBug`: what the firm imported is all there is to list."""
        raise OurBug("the manual aggregator knows no connection: the firm's own list is all there is")

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """Raises `NotSigned`: nobody sends webhooks for it."""
        raise NotSigned("the manual aggregator has no webhooks")

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        """Always well; says who stands in."""
        return [Diagnosis("Agrégateur : aucun (les renouvellements sont confirmés par l’équipe)", well=True)]

    async def aclose(self) -> None:
        """Nothing is open."""
