"""HTML as Telegram reads it. Cases after what TDLib's own test establishes (test/message_entities.cpp)."""

from typing import Any

import pytest

from bot.sandbox.telegram import Person
from bot.sandbox.telegram.limits import Refusal
from bot.sandbox.telegram.markup import found_in, parse_html, trimmed
from bot.sandbox.telegram.server import utc_now
from bot.sandbox.telegram.world import World

LEAD = "🏟 🏟&lt;"


def link(url: str) -> dict[str, Any] | None:
    return {"url": url} if "." in url else None


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<abacaba", "Unclosed start tag at byte offset 13"),
        ("<p>", 'Unsupported start tag "p" at byte offset 13'),
        ("<BR/>", 'Unsupported start tag "br/" at byte offset 13'),
        ("<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        ("<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
        ("<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ("<i    aba  =  '&lt;&gt;>", "Unclosed start tag at byte offset 13"),
        ("</", "Unexpected end tag at byte offset 13"),
        ("<b></b></b>", "Unexpected end tag at byte offset 20"),
        ("<i>a</i   ", "Unclosed end tag at byte offset 17"),
        ("<i>a</em >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 13'),
        ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
        (
            "&#xDFDF;",
            "Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units",
        ),
    ],
)
def test_broken_markup_is_refused_where_it_breaks(text: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_html(LEAD + text, link)
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("", "", []),
        ("&ge;&lt;&gt;&amp;&quot;&laquo;&#12345678;&", '&ge;<>&"&laquo;&#12345678;&', []),
        ("&#233;&#xe9;", "éé", []),
        ("<b></b>a", "a", []),
        ("<B>é</b>", "é", [entity("bold", 0, 1)]),
        ("🏟 🏟<em>🏟 &lt🏟</em>", "🏟 🏟🏟 <🏟", [entity("italic", 5, 6)]),
        ("<u>a</u><ins>b</>", "ab", [entity("underline", 0, 1), entity("underline", 1, 1)]),
        (
            "<s>a</s><del>b</del><strike>c</strike>",
            "abc",
            [entity("strikethrough", at, 1) for at in range(3)],
        ),
        ("<i>a<b x = y>b</b></i>", "ab", [entity("italic", 0, 2), entity("bold", 1, 1)]),
        ("<i><b>a</b></i>", "a", [entity("bold", 0, 1), entity("italic", 0, 1)]),
        ("<span class='tg-spoiler'>a</span>", "a", [entity("spoiler", 0, 1)]),
        (
            "<a href='http://a.fr/?b=1&amp;c=2'>a</a>",
            "a",
            [entity("text_link", 0, 1, url="http://a.fr/?b=1&c=2")],
        ),
        ("<a>a.fr</a>", "a.fr", [entity("text_link", 0, 4, url="a.fr")]),
        ("<a href='nowhere'>a</a>", "a", []),
        ("<pre><code class='language-py'>a</code></pre>", "a", [entity("pre", 0, 1, language="py")]),
        ("<code class='language-py'>a</code>", "a", [entity("code", 0, 1)]),
        ("<pre>a</pre>", "a", [entity("pre", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [entity("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [entity("expandable_blockquote", 0, 1)]),
        ("<tg-emoji emoji-id='5'>🏟</tg-emoji>", "🏟", [entity("custom_emoji", 0, 2, custom_emoji_id="5")]),
    ],
)
def test_markup_is_read(text: str, plain: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(text, link) == (plain, entities)


def test_addresses_commands_and_names_are_found() -> None:
    text = "é🏟 /aide@resync_bot @lea_martin https://a.fr/b?c. a@b.fr #banque 1/2"
    found = {one["type"]: text.encode("utf-16-le")[one["offset"] * 2 :] for one in found_in(text, [])}
    lengths = {one["type"]: one["length"] for one in found_in(text, [])}
    words = {kind: rest[: lengths[kind] * 2].decode("utf-16-le") for kind, rest in found.items()}
    assert words == {
        "bot_command": "/aide@resync_bot",
        "mention": "@lea_martin",
        "url": "https://a.fr/b?c",
        "email": "a@b.fr",
        "hashtag": "#banque",
    }


def test_nothing_is_found_inside_code() -> None:
    known = [entity("code", 0, 5)]
    assert found_in("/aide", known) == known


def test_blanks_at_both_ends_go_and_entities_follow() -> None:
    assert trimmed(" \n é ", [entity("bold", 0, 5)]) == ("é", [entity("bold", 0, 1)])
    assert trimmed("  a", [entity("bold", 0, 2)]) == ("a", [])


def test_link_to_a_person_names_him() -> None:
    world = World({"id": 1, "is_bot": True, "first_name": "Resync"}, utc_now, allow_localhost=False)
    assert world.formatted("<a href='tg://user?id=9'>a</a>", "HTML", None) == ("a", [])
    world.people[9] = Person(9, "Léa")
    _, entities = world.formatted("<a href='tg://user?id=9'>a</a>", "html", None)
    assert entities == [entity("text_mention", 0, 1, user=world.people[9].user())]
