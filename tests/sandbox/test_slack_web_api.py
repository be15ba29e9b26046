"""Each method through Slack's own client: what it gives, and each refusal followed by the call that works."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.sandbox.slack import BOT_USER, Slack

CHANNEL = "C0RESYNC"
NOBODY = "http://127.0.0.1:1/"  # nothing listens there: what is sent is lost at once
DIVIDER = [{"type": "divider"}]
HOME = {"type": "home", "blocks": DIVIDER}


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def another(client: AsyncWebClient, token: str | None) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=client.base_url)


async def test_a_token_is_asked_for_checked_and_of_the_right_kind(client: AsyncWebClient) -> None:
    assert await refusal(another(client, None).auth_test()) == "not_authed"
    assert await refusal(another(client, "xoxb-stolen").auth_test()) == "invalid_auth"
    assert await refusal(another(client, "xapp-sandbox").auth_test()) == "not_allowed_token_type"
    assert (await client.auth_test())["user_id"] == BOT_USER


async def test_a_method_that_does_not_exist_is_unknown(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.postMassage")) == "unknown_method"


async def test_api_test_answers_what_it_is_given(client: AsyncWebClient) -> None:
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
    assert await refusal(client.api_test(error="my_error")) == "my_error"


async def test_a_message_is_posted_and_read_back(client: AsyncWebClient, slack: Slack) -> None:
    posted = await client.chat_postMessage(channel="#resync", text="Bonjour", blocks=DIVIDER)
    history = await client.conversations_history(channel=CHANNEL)
    assert [each["ts"] for each in history["messages"]] == [posted["ts"]]
    assert slack.messages()[0]["text"] == "Bonjour"
    assert slack.messages()[0]["blocks"][0]["block_id"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"channel": "C0OTHER", "text": "x"}, "channel_not_found"),
        ({"channel": CHANNEL, "text": " "}, "no_text"),
        ({"channel": CHANNEL, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": CHANNEL, "text": "x", "blocks": [{"type": "divider", "x": 1}]}, "invalid_blocks"),
        ({"channel": CHANNEL, "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": CHANNEL, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": CHANNEL, "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": CHANNEL, "text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"channel": CHANNEL, "text": "x", "attachments": [{"texte": "x"}]}, "invalid_attachments"),
    ],
)
async def test_a_message_slack_would_refuse_is_refused_and_the_next_one_goes(
    client: AsyncWebClient, slack: Slack, given: Any, error: str
) -> None:
    # Not by the client's own method, which warns of some of these before sending them.
    assert await refusal(client.api_call("chat.postMessage", json=given)) == error
    await client.chat_postMessage(channel=CHANNEL, text="Bonjour")
    assert [each["text"] for each in slack.messages()] == ["Bonjour"]


async def test_invalid_blocks_say_what_and_where(client: AsyncWebClient) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    fault = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert caught.value.response["response_metadata"]["messages"] == [f"[ERROR] {fault}"]


async def test_messages_have_times_of_their_own_in_order_though_the_clock_stands_still(serve: Any) -> None:
    still = datetime(2026, 10, 1, tzinfo=UTC)
    slack = Slack(bot_token="xoxb", app_token="xapp", signing_secret="s", now=lambda: still)
    client = AsyncWebClient(token="xoxb", base_url=await serve(Starlette(routes=slack.routes)) + "/api/")
    stamps = [(await client.chat_postMessage(channel=CHANNEL, text="x"))["ts"] for _ in range(3)]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == f"{int(still.timestamp())}.000100"
    await slack.aclose()


async def test_replies_are_counted_in_their_thread(client: AsyncWebClient, slack: Slack) -> None:
    parent = (await client.chat_postMessage(channel=CHANNEL, text="Dossier"))["ts"]
    reply = (await client.chat_postMessage(channel=CHANNEL, text="Suite", thread_ts=parent))["ts"]
    thread = (await client.conversations_replies(channel=CHANNEL, ts=parent))["messages"]
    assert [each["ts"] for each in thread] == [parent, reply]
    assert (thread[0]["reply_count"], thread[0]["latest_reply"]) == (1, reply)
    assert await refusal(client.conversations_replies(channel=CHANNEL, ts="1.000001")) == "thread_not_found"
    assert [each["text"] for each in slack.thread(CHANNEL, parent)] == ["Dossier", "Suite"]
    top = (await client.conversations_history(channel=CHANNEL))["messages"]
    assert [each["ts"] for each in top] == [parent]


async def test_the_bot_changes_and_removes_its_own_messages_only(client: AsyncWebClient, slack: Slack) -> None:
    ts = (await client.chat_postMessage(channel=CHANNEL, text="Un", blocks=DIVIDER))["ts"]
    slack.request_url = NOBODY
    await slack.writes("U0ANNA", "Deux")
    theirs = slack.messages()[1]["ts"]
    assert await refusal(client.chat_update(channel=CHANNEL, ts=theirs, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=CHANNEL, ts=theirs)) == "cant_delete_message"
    assert await refusal(client.chat_update(channel=CHANNEL, ts="1.000001", text="x")) == "message_not_found"
    await client.chat_update(channel=CHANNEL, ts=ts, text="Trois")
    assert (slack.messages()[0]["text"], len(slack.messages()[0]["blocks"])) == ("Trois", 1)
    await client.chat_update(channel=CHANNEL, ts=ts, text="Quatre", blocks=[])
    assert "blocks" not in slack.messages()[0]
    await client.chat_delete(channel=CHANNEL, ts=ts)
    assert [each["text"] for each in slack.messages()] == ["Deux"]


async def test_a_removed_message_with_replies_leaves_a_tombstone(client: AsyncWebClient, slack: Slack) -> None:
    parent = (await client.chat_postMessage(channel=CHANNEL, text="Dossier"))["ts"]
    reply = (await client.chat_postMessage(channel=CHANNEL, text="Suite", thread_ts=parent))["ts"]
    await client.chat_delete(channel=CHANNEL, ts=parent)
    assert [each.get("subtype") for each in slack.thread(CHANNEL, parent)] == ["tombstone", None]
    await client.chat_delete(channel=CHANNEL, ts=reply)
    assert slack.thread(CHANNEL, parent)[0]["reply_count"] == 0


async def test_an_ephemeral_message_is_for_one_member_and_in_no_channel(client: AsyncWebClient, slack: Slack) -> None:
    stranger = client.chat_postEphemeral(channel=CHANNEL, user="U0NOBODY", text="Psst")
    assert await refusal(stranger) == "user_not_in_channel"
    ts = (await client.chat_postEphemeral(channel=CHANNEL, user="U0ANNA", text="Psst"))["message_ts"]
    assert [each["text"] for each in slack.ephemerals("U0ANNA")] == ["Psst"]
    assert slack.ephemerals("U0BRUNO") == slack.messages() == []
    assert await refusal(client.chat_update(channel=CHANNEL, ts=ts, text="x")) == "message_not_found"


async def test_a_message_to_a_person_opens_their_conversation(client: AsyncWebClient, slack: Slack) -> None:
    opened = (await client.conversations_open(users=["U0ANNA"]))["channel"]["id"]
    assert (await client.chat_postMessage(channel="U0ANNA", text="Bonjour"))["channel"] == opened
    assert [each["text"] for each in slack.messages(opened)] == ["Bonjour"]
    assert await refusal(client.conversations_open(users=["U0NOBODY"])) == "user_not_found"


async def test_people_are_found_in_every_way(client: AsyncWebClient, slack: Slack) -> None:
    slack.user("U0GUEST", "guy", "Guy Invité", is_guest=True)
    slack.user("U0OTHER", "otto", "Otto Ailleurs", team_id="T0OTHER")
    slack.usergroup("S0DUTY", ["U0ANNA"])
    assert (await client.users_info(user="U0GUEST"))["user"]["is_restricted"] is True
    other = (await client.users_info(user="U0OTHER"))["user"]
    assert (other["team_id"], other["is_stranger"]) == ("T0OTHER", True)
    anna = (await client.users_lookupByEmail(email="anna@sandbox.example"))["user"]
    assert (anna["id"], anna["is_restricted"], anna["is_stranger"]) == ("U0ANNA", False, False)
    assert (await client.usergroups_users_list(usergroup="S0DUTY"))["users"] == ["U0ANNA"]
    assert "U0OTHER" in (await client.conversations_members(channel=CHANNEL))["members"]
    assert await refusal(client.users_info(user="U0NOBODY")) == "user_not_found"
    assert await refusal(client.users_lookupByEmail(email="x@y.fr")) == "users_not_found"
    assert await refusal(client.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"


async def test_lists_come_in_pages(client: AsyncWebClient) -> None:
    seen = []
    async for page in await client.users_list(limit=2):
        seen.append([each["id"] for each in page["members"]])
    assert seen == [[BOT_USER, "U0ANNA"], ["U0BRUNO"]]
    assert await refusal(client.users_list(cursor="nonsense")) == "invalid_cursor"
    assert await refusal(client.users_list(limit=0)) == "invalid_limit"


async def test_the_workspace_and_its_places_are_described(client: AsyncWebClient) -> None:
    assert (await client.team_info())["team"]["id"] == "T0SANDBOX"
    assert (await client.bots_info())["bot"]["user_id"] == BOT_USER
    assert await refusal(client.bots_info(bot="B0OTHER")) == "bot_not_found"
    assert [each["name"] for each in (await client.conversations_list())["channels"]] == ["resync"]
    assert (await client.conversations_info(channel=CHANNEL))["channel"]["is_member"] is True
    assert await refusal(client.conversations_info(channel="#resync")) == "channel_not_found"


async def test_a_permalink_names_the_message(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=CHANNEL, text="x"))["ts"]
    link = (await client.chat_getPermalink(channel=CHANNEL, message_ts=ts))["permalink"]
    assert link.endswith(f"/slack/archives/{CHANNEL}/p{ts.replace('.', '')}")
    missing = client.chat_getPermalink(channel=CHANNEL, message_ts="1.000001")
    assert await refusal(missing) == "message_not_found"


async def test_a_reaction_and_a_pin_hold_once(client: AsyncWebClient, slack: Slack) -> None:
    ts = (await client.chat_postMessage(channel=CHANNEL, text="x"))["ts"]
    react = {"channel": CHANNEL, "timestamp": ts}
    assert await refusal(client.reactions_add(name="Pouce !", **react)) == "invalid_name"
    await client.reactions_add(name="white_check_mark", **react)
    assert await refusal(client.reactions_add(name="white_check_mark", **react)) == "already_reacted"
    await client.pins_add(**react)
    assert await refusal(client.pins_add(**react)) == "already_pinned"
    assert slack.messages()[0]["reactions"][0]["name"] == "white_check_mark"


async def test_a_home_tab_is_published_and_kept_against_a_race(client: AsyncWebClient, slack: Slack) -> None:
    assert slack.home_of("U0ANNA") is None
    old = (await client.views_publish(user_id="U0ANNA", view=HOME))["view"]["hash"]
    await client.views_publish(user_id="U0ANNA", view={**HOME, "callback_id": "new"}, hash=old)
    assert await refusal(client.views_publish(user_id="U0ANNA", view=HOME, hash=old)) == "hash_conflict"
    home = slack.home_of("U0ANNA")
    assert home is not None
    assert home["callback_id"] == "new"


@pytest.mark.parametrize(
    ("view", "error"),
    [
        ({"type": "modal", "blocks": DIVIDER}, "invalid_arguments"),
        ({**HOME, "title": {"type": "plain_text", "text": "x"}}, "invalid_arguments"),
        ({**HOME, "private_metadata": "x" * 250_001}, "view_too_large"),
    ],
)
async def test_a_bad_view_is_refused(client: AsyncWebClient, slack: Slack, view: Any, error: str) -> None:
    assert await refusal(client.views_publish(user_id="U0ANNA", view=view)) == error
    assert slack.home_of("U0ANNA") is None


async def test_an_unknown_view_and_an_unknown_trigger_are_refused(client: AsyncWebClient) -> None:
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": DIVIDER}
    assert await refusal(client.views_update(view=modal, view_id="V0NONE")) == "not_found"
    assert await refusal(client.views_open(view=modal, trigger_id="1.2.three")) == "invalid_trigger_id"
    assert await refusal(client.views_open(view=modal)) == "invalid_arguments"


async def test_past_the_pace_a_channel_says_how_long_to_wait(
    client: AsyncWebClient, slack: Slack, hand_clock: Any
) -> None:
    slack.enforce_rate = True
    for _ in range(4):
        await client.chat_postMessage(channel=CHANNEL, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="trop")
    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    await client.chat_postMessage(channel="U0ANNA", text="another channel has a pace of its own")
    hand_clock.seconds += int(response.headers["Retry-After"])
    await client.chat_postMessage(channel=CHANNEL, text="x")
    assert len(slack.messages()) == 5


async def test_a_file_is_uploaded_shared_and_only_read_with_the_token(client: AsyncWebClient, slack: Slack) -> None:
    done = await client.files_upload_v2(
        channel=CHANNEL, filename="etape.png", content=b"\x89PNG", title="Étape", initial_comment="Voici"
    )
    shown = slack.messages()[0]
    assert (shown["text"], shown["files"][0]["id"]) == ("Voici", done["file"]["id"])
    info = (await client.files_info(file=done["file"]["id"]))["file"]
    assert (info["mimetype"], info["size"], info["title"]) == ("image/png", 4, "Étape")
    async with httpx.AsyncClient(trust_env=False) as http:
        stranger = await http.get(info["url_private"])
        owner = await http.get(info["url_private"], headers={"Authorization": "Bearer xoxb-sandbox"})
    assert stranger.headers["content-type"].startswith("text/html")
    assert owner.content == b"\x89PNG"
    picture = [{"type": "image", "alt_text": "Étape", "slack_file": {"id": info["id"]}}]
    await client.chat_postMessage(channel=CHANNEL, text="x", blocks=picture)


async def test_an_upload_that_was_not_made_whole_is_not_shared(client: AsyncWebClient) -> None:
    upload = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    files = [{"id": upload["file_id"], "title": "a"}]
    assert await refusal(client.files_completeUploadExternal(files=files)) == "file_not_found"
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(upload["upload_url"], content=b"abc")).status_code == 400
        assert await refusal(client.files_completeUploadExternal(files=files)) == "file_not_found"
        sent = await http.post(upload["upload_url"], files={"file": ("a.txt", b"abcde")})
    assert sent.text == "OK - 5"
    assert await refusal(client.files_info(file=upload["file_id"])) == "file_not_found"
    assert (await client.files_completeUploadExternal(files=files))["files"][0]["id"] == upload["file_id"]
    assert await refusal(client.files_completeUploadExternal(files=files)) == "file_not_found"
    assert await refusal(client.files_getUploadURLExternal(filename="a", length=0)) == "missing_argument"


async def test_blocks_cannot_show_a_file_slack_does_not_hold(client: AsyncWebClient) -> None:
    picture = [{"type": "image", "alt_text": "x", "slack_file": {"id": "F0NONE"}}]
    post = client.chat_postMessage(channel=CHANNEL, text="x", blocks=picture)
    assert await refusal(post) == "invalid_blocks"


async def test_the_screens_are_told_of_each_change(client: AsyncWebClient, slack: Slack) -> None:
    changes = slack.subscribe()
    ts = (await client.chat_postMessage(channel=CHANNEL, text="Un"))["ts"]
    await client.chat_update(channel=CHANNEL, ts=ts, text="Deux")
    await client.chat_postEphemeral(channel=CHANNEL, user="U0ANNA", text="Psst")
    await client.views_publish(user_id="U0ANNA", view=HOME)
    await client.chat_delete(channel=CHANNEL, ts=ts)
    kinds = [(await anext(changes))["kind"] for _ in range(5)]
    assert kinds == ["message", "update", "ephemeral", "home", "delete"]


async def test_an_answer_may_be_made_to_wait(client: AsyncWebClient, slack: Slack) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    slack.latency = 0.25
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.sandbox.slack.server.sleep", wait)
        await client.auth_test()
    assert 0.25 in waits
