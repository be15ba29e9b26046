"""Prism: a mock server that somebody else wrote, made of a vendor's own description.

It refuses a request that the description forbids, and answers with the description's examples. It lets some bodies
pass unchecked, so `Line` holds every request against the description with a schema library too.
"""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import npm
from tests.contracts.descriptions import Description

PACKAGE = Path(__file__).parent / "mock-server"
PROGRAM = "node_modules/@stoplight/prism-cli/dist/index.js"


@dataclass(frozen=True)
class Mock:
    """A mock server that runs, and what it is made of."""

    description: Description
    address: str


def installed(cache: pytest.Cache) -> Path:
    """Prism's program. Skips the test where it cannot be installed."""
    return npm.installed(cache, PACKAGE, "Prism, the mock server,") / PROGRAM


@contextmanager
def serving(program: Path, description: Description, folder: Path) -> Iterator[Mock]:
    """The mock server of a description, on a free port of this machine."""
    file = folder / "description.json"
    file.write_text(json.dumps(description.spec), "utf-8")
    command = ["node", program, "mock", "--host", "127.0.0.1", "--port", "0", file]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        address = _address(process)
        # What is not read would fill the pipe and hold the server up.
        threading.Thread(target=process.communicate, daemon=True).start()
        yield Mock(description, address)
    finally:
        process.terminate()
        process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "is listening on " in line:
            return line.rpartition("is listening on ")[2].strip()
    raise AssertionError(f"Prism did not start: {''.join(said)[-2000:]}")


class Line(httpx.AsyncHTTPTransport):
    """An adapter's way to the mock servers: each call goes to the first whose description has it.

    `changed` spoils or steers a request on its way, after it was held against the description.
    """

    def __init__(
        self,
        *mocks: Mock,
        undescribed: frozenset[str] = frozenset(),
        changed: Callable[[httpx.Request], None] = lambda request: None,
    ) -> None:
        super().__init__()
        self._mocks = mocks
        self._undescribed = undescribed
        self._changed = changed
        self.asked: list[tuple[str, str]] = []
        self.complaints: list[str] = []
        """What Prism found wrong with the requests."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()  # a body that can be read once is looked at, and then sent
        mock = self._mock_of(request)
        mock.description.check_request(request, undescribed=self._undescribed)
        self._changed(request)
        place = httpx.URL(mock.address)
        request.url = request.url.copy_with(host=place.host, port=place.port)
        answer = await super().handle_async_request(request)
        await answer.aread()
        answer.headers.pop("date", None)  # the real time: most of these adapters live in the vendor's examples' year
        self.asked.append((request.method, request.url.path))
        self.complaints += complaints(answer)
        return answer

    def _mock_of(self, request: httpx.Request) -> Mock:
        for mock in self._mocks:
            if mock.description.operation(request.method, request.url.path):
                return mock
        raise AssertionError(f"{request.method} {request.url.path} is not described")


def complaints(answer: httpx.Response) -> list[str]:
    """What Prism finds wrong with the request; where its own answer is wrong, the description is."""
    found = json.loads(answer.headers.get("sl-violations", "[]"))
    said = [one["message"] for one in found if one["location"][0] == "request"]
    # Where no answer to a wrong request is described, Prism makes one of its own.
    own = answer.headers.get("content-type", "").startswith("application/problem+json")
    return said or ([answer.text] if own else [])
