"""The worker reads banks: what fails is told to staff, and never as often as it is tried."""

from types import SimpleNamespace

import pytest

from bot.adapters.texts import Texts
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BotError, Refused, Unreachable
from bot.engine import Envelope
from bot.ports import Case, Job
from bot.worker import Worker
from flows.effects import ReadBank, TellStaff
from tests.firm import HandClock


class Desk:
    """The firm's channel."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def tell(self, text: str, case: Case | None) -> None:
        if "disparu" in text:
            raise Refused("the channel is gone")
        self.lines.append(text)


class Vendor:
    """An aggregator that answers what it is told to."""

    capabilities = SimpleNamespace(sees_state=True)
    name = "vendor"

    def __init__(self, *answers: BotError | Reading) -> None:
        self.answers = list(answers)
        self.everything: list[Reading] = []

    async def connections(self, user: str) -> list[Reading]:
        return self.everything

    async def read(self, ref: ConnectionRef) -> Reading:
        answer = self.answers.pop(0)
        if isinstance(answer, BotError):
            raise answer
        return answer


class Office:
    """A worker, what it told the engine, and what staff read."""

    def __init__(self, *answers: BotError | Reading) -> None:
        self.told: list[Envelope] = []
        self.desk, self.clock = Desk(), HandClock()
        house = SimpleNamespace(firm="Le cabinet", notice_url="")
        calendars = SimpleNamespace(hours=lambda _: SimpleNamespace(zone=None))
        records = SimpleNamespace(ref=self.find)
        engine = SimpleNamespace(receive=self.receive, takes=self.takes)
        nobody, self.vendor = SimpleNamespace(), Vendor(*answers)
        self.ref, self.mine = ConnectionRef("7", "12"), ""
        self.worker = Worker(
            engine, records, nobody, Texts(), nobody, self.desk, self.vendor, self.clock, calendars, house,  # type: ignore[arg-type]
        )  # fmt: skip

    async def receive(self, envelope: Envelope) -> None:
        self.told.append(envelope)

    async def find(self, conversation_id: int) -> ConnectionRef:
        return self.ref

    async def takes(self, talk_id: int, reading: Reading) -> bool:
        """`Engine`."""
        return reading.ref is not None and reading.ref.connection == self.mine

    async def reads(self, conversation_id: int, job_id: str = "read") -> None:
        facts: dict[str, str | int] = {"client": f"Dossier {conversation_id}", "bank": "LCL"}
        await self.worker.work(Job(job_id, conversation_id, None, ReadBank(), facts=facts))


NO = Refused("the credentials are wrong")
WORKS = Reading(ConnectionState.OK)


async def test_a_bank_that_may_not_be_read_is_told_once_a_day_however_often_it_is_asked() -> None:
    office = Office(*[NO] * 40)
    for _ in range(29):
        await office.reads(1)
    await office.reads(2)
    assert [line.split("(")[0] for line in office.desk.lines] == [
        "Quelque chose n’a pas pu être fait pour Dossier 1 ",
        "Quelque chose n’a pas pu être fait pour Dossier 2 ",
    ]
    office.clock.pass_(days=1)
    await office.reads(1)
    assert len(office.desk.lines) == 3
    assert office.told == [], "and nothing is made of it"


async def test_what_staff_would_have_seen_is_told_each_time_that_it_fails() -> None:
    office = Office()
    office.worker.texts = SimpleNamespace(say=lambda key, *_, **__: "disparu" if key == "staff-renewed" else key)  # type: ignore[assignment]
    for number in range(2):
        await office.worker.work(Job(f"tell-{number}", 1, None, TellStaff("renewed")))
    assert office.desk.lines == ["staff-job-failed"] * 2


async def test_after_three_failures_the_conversation_goes_on_without_an_answer() -> None:
    silent = Unreachable("no answer")
    office = Office(silent, silent, WORKS, silent, silent, silent)
    for expected in (silent, silent, None, silent, silent, None):
        if expected is None:
            await office.reads(1)
        else:
            with pytest.raises(Unreachable):
                await office.reads(1)
    assert [envelope.event for envelope in office.told] == [WORKS, Reading(ConnectionState.RATE_LIMITED)]
    assert office.worker._attempts == {}, "nothing is kept of what is over"


@pytest.mark.parametrize(("mine", "read"), [("3", "3"), ("2", "2"), ("1", "3")])
async def test_where_the_newest_connection_is_of_another_bank_the_others_are_looked_at(mine: str, read: str) -> None:
    """One that has gone is none, and where none is of this bank, the engine hears of the newest."""
    states = {"1": ConnectionState.DELETED, "2": ConnectionState.SCA_REQUIRED, "3": ConnectionState.OK}
    known = {name: Reading(state, ref=ConnectionRef("7", name)) for name, state in states.items()}
    office = Office(known["3"])
    office.ref, office.mine, office.vendor.everything = ConnectionRef("7"), mine, list(known.values())
    await office.reads(1)
    assert [envelope.event for envelope in office.told] == [known[read]]


async def test_a_connection_that_is_known_is_looked_for_nowhere_else() -> None:
    office = Office(Reading(ConnectionState.OK, ref=ConnectionRef("7", "13")))
    office.vendor.everything = [Reading(ConnectionState.OK, ref=ConnectionRef("7", "12"))]
    office.mine = "12"
    await office.reads(1)
    assert [envelope.event for envelope in office.told] == [Reading(ConnectionState.OK, ref=ConnectionRef("7", "13"))]
