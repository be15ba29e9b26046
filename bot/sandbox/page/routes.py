"""The page's routes: the page itself, what its parts show, one stream of notes, and the acts.

Acts are JSON POSTs from the page's own origin: a form on another site can reach none of them.
"""

import inspect
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.page import screens
from bot.sandbox.page.acts import Acts
from bot.sandbox.page.events import Board, stream
from bot.sandbox.page.stage import Client, Stage
from bot.sandbox.page.story import STEPS, Story
from bot.sandbox.page.time_machine import TimeMachine

_FILES = Path(__file__).parent / "static"
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_LARGEST_ACT = 64 * 1024


def page_routes(stage_getter: Callable[[], Stage]) -> list[BaseRoute]:
    """Everything the page needs.

    The stage may be set up later than the routes: until `stage_getter` stops raising `LookupError`, they answer 503.
    """
    page = _Page(stage_getter)
    return [
        Route("/", page.show),
        Route("/demo/state", page.state),
        Route("/demo/fleet", page.fleet),
        Route("/demo/phone/{person:int}", page.phone),
        Route("/demo/desk/{user}", page.desk),
        Route("/demo/bank/{person:int}", page.bank),
        Route("/demo/photo/{file}", page.photo),
        Route("/demo/file/{file}", page.file),
        Route("/demo/events", page.events),
        Route("/demo/acts/{act}", page.act, methods=["POST"]),
        Mount("/demo/static", StaticFiles(directory=_FILES)),
    ]


class _Page:
    def __init__(self, stage_getter: Callable[[], Stage]) -> None:
        self._getter = stage_getter
        self._story, self._board = Story(), Board()
        self._hands: tuple[TimeMachine, Acts] | None = None

    @property
    def _stage(self) -> Stage:
        try:
            return self._getter()
        except LookupError:
            raise HTTPException(503, headers={"retry-after": "1"}) from None

    @property
    def _clock(self) -> TimeMachine:
        return self._played()[0]

    @property
    def _acts(self) -> Acts:
        return self._played()[1]

    def _played(self) -> tuple[TimeMachine, Acts]:
        if self._hands is None:
            clock = TimeMachine(self._stage, self._board)
            self._hands = clock, Acts(self._stage, self._story, clock)
        return self._hands

    # The page

    async def show(self, _: Request) -> Response:
        return FileResponse(_FILES / "index.html", headers=_PAGE_HEADERS)

    # What its parts show

    async def state(self, _: Request) -> Response:
        """Who is there, what time it is, and how far the guide has come."""
        stage = self._stage
        return _json(
            {
                "clients": [{**_client(each), "habit": stage.habits.get(each.person, "")} for each in stage.clients],
                "staff": [{"id": each.id, "name": each.name, "role": each.role} for each in stage.staff],
                "fleet": bool(stage.habits),
                "clock": self._clock.view(),
                "story": {"steps": STEPS, "done": self._story.look(stage)},
            }
        )

    async def fleet(self, _: Request) -> Response:
        """The whole fleet, where there is one."""
        if not self._stage.habits:
            raise HTTPException(404)
        return _json(screens.fleet(self._stage))

    async def phone(self, request: Request) -> Response:
        return _json(await screens.phone(self._stage, self._client(request)))

    async def desk(self, request: Request) -> Response:
        user = request.path_params["user"]
        if user not in {each.id for each in self._stage.staff}:
            raise HTTPException(404)
        return _json(screens.desk(self._stage, user))

    async def bank(self, request: Request) -> Response:
        return _json(screens.bank(self._stage, self._client(request), self._acts.passwords))

    def _client(self, request: Request) -> Client:
        try:
            return self._stage.client(request.path_params["person"])
        except LookupError:
            raise HTTPException(404) from None

    async def photo(self, request: Request) -> Response:
        """A picture out of a chat."""
        try:
            data = self._stage.telegram.photo(request.path_params["file"])
        except LookupError:
            raise HTTPException(404) from None
        return Response(data, media_type=_kind(data), headers=_FRESH)

    async def file(self, request: Request) -> Response:
        """A file out of the firm's Slack, as Slack gives it to somebody who is signed in."""
        address = self._address_of_file(request.path_params["file"])
        slack = httpx.ASGITransport(app=Starlette(routes=self._stage.slack.routes))
        headers = {"Authorization": f"Bearer {self._stage.slack_token}"}
        async with httpx.AsyncClient(transport=slack, base_url="http://slack", headers=headers) as client:
            answer = await client.get(address)
        if answer.status_code != 200:
            raise HTTPException(404)
        return Response(answer.content, answer.status_code, media_type=_kind(answer.content), headers=_FRESH)

    def _address_of_file(self, file: str) -> str:
        for message in self._stage.slack.messages():
            for each in message.get("files", ()):
                if each["id"] == file:
                    path: str = urlsplit(each["url_private"]).path
                    return "/files/" + path.rpartition("/files/")[2]
        return f"/files/{file}/picture"  # of a window; Slack knows it by its id

    async def events(self, _: Request) -> Response:
        notes: AsyncIterator[bytes] = stream(self._stage, self._board)
        return StreamingResponse(notes, media_type="text/event-stream", headers=_FRESH)

    # The acts

    async def act(self, request: Request) -> Response:
        name = request.path_params["act"]
        method = getattr(self._acts, name, None) if name.islower() and not name.startswith("_") else None
        if not inspect.iscoroutinefunction(method):
            raise HTTPException(404)
        form = await _read(request, inspect.signature(method).parameters["form"].annotation)
        try:
            told = await method(form)
        except (LookupError, ValueError) as error:
            return _json({"problem": str(error)}, 409)
        self._board.tell("story", done=self._story.look(self._stage))
        self._board.tell("everything")  # not every change is told by the servers: a block or an armed demand is not
        return _json(told or {})


def _client(client: Client) -> dict[str, object]:
    return {
        "person": client.person,
        "name": client.name,
        "first_name": client.first_name,
        "restaurant": client.restaurant,
        "bank_user": client.bank_user,
    }


def _json(body: object, status: int = 200) -> Response:
    return JSONResponse(body, status, _FRESH)


def _kind(data: bytes) -> str:
    """Pictures only: everything else is a download, whatever it calls itself."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8") else "application/octet-stream"


async def _read(request: Request, form: type[BaseModel]) -> Any:
    """The act's form. 403 from another origin, 415 or 400 where it is none of ours."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403)
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415)
    body = await request.body()
    if len(body) > _LARGEST_ACT:
        raise HTTPException(413)
    try:
        return form.model_validate_json(body)
    except ValidationError:
        raise HTTPException(400) from None
