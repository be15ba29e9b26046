"""One call of Slack's Web API, whose failures are said in our words. Source: docs.slack.dev, Rate limits."""

from collections.abc import Awaitable, Mapping

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import BotError, Refused, Throttled, Unreachable

PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
"""Errors of Slack's that pass by themselves; all others are answers."""
NO_RETRY_AFTER = 30.0


async def call(request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """One call of the Web API; what goes wrong is said in our words, once."""
    try:
        return await request
    except SlackApiError as error:
        raise translated(error) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(f"Slack does not answer: {type(error).__name__}") from None
    except SlackRequestError:
        # Only an upload address that did not answer with 200 ends here; the message holds the address.
        raise Unreachable("Slack does not take the file.") from None
    except SlackClientError as error:
        raise Refused(f"Slack : {type(error).__name__}") from None


def translated(error: SlackApiError) -> BotError:
    """Slack's answer as one of ours. The response is a dictionary, or the bare HTTP response of an odd body."""
    response = error.response
    http: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 200
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if http == 429 or code in ("ratelimited", "rate_limited"):
        return Throttled("Slack asks to slow down.", after=retry_after(response.headers))
    if http >= 500 or code in PASSING or not code:
        return Unreachable(f"Slack does not answer: {code or http}")
    return Refused(f"Slack : {code}")


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, as Slack says."""
    try:
        return max(0.0, float(headers.get("Retry-After", NO_RETRY_AFTER)))
    except ValueError:
        return NO_RETRY_AFTER
