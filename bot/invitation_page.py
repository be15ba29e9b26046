"""The invitation on paper: one A4 page for each contact, for the firm's welcome letter.

Law: a page needs no other file and asks nobody for anything; whoever holds it holds a key.
"""

import base64
import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import segno

from bot.adapters.texts import day
from bot.domain.client import Contact
from bot.ports import Texts

if TYPE_CHECKING:
    from bot.invitations import Invited

PICTURES = ("first-accounting", "first-connect")
Picture = Callable[[str], Path]


def document(invited: Sequence["Invited"], texts: Texts, firm: str, picture: Picture) -> str:
    """The pages of all of them, one under the other; the pictures are in it once."""
    facts = {"client": invited[0].who.client} if len(invited) == 1 else {"client": firm}
    return DOCUMENT.format(
        title=html.escape(texts.say("mail-invitation-subject", **facts)),
        symbols="".join(symbol(name, picture(name)) for name in PICTURES),
        pages="".join(sheet(each, texts, firm) for each in invited),
    )


def symbol(name: str, path: Path) -> str:
    """A picture of the steps, to be drawn wherever it is named."""
    kind = "png" if path.suffix == ".png" else "jpeg"
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    image = f'<image href="data:image/{kind};base64,{data}" width="108" height="135"/>'
    return f'<symbol id="{name}" viewBox="0 0 108 135">{image}</symbol>'


def sheet(each: "Invited", texts: Texts, firm: str) -> str:
    """One contact's page: why, the code, the link, what to do, and how to know that it is the firm."""
    facts = known(each, firm)
    words = {
        name: html.escape(texts.say(f"letter-{name}", **facts))
        for name in (
            "title", "why", "scan", "link", "until", "step-1", "step-2", "step-3", "already", "check", "check-bot",
            "check-secret", "check-call",
        )
    }  # fmt: skip
    return SHEET.format(
        **{name.replace("-", "_"): text for name, text in words.items()},
        firm=html.escape(firm),
        code=segno.make_qr(each.link.reveal(), error="m").svg_inline(border=0, omitsize=True, svgclass="qr"),
        address=html.escape(readable(each.link.reveal())),
        start=html.escape(texts.say("letter-start", **facts)),
    )


def known(each: "Invited", firm: str) -> dict[str, str]:
    """What the page may speak of."""
    address = each.link.reveal()
    return {
        "first_name": Contact(id=0, name=each.who.name).first_name,
        "client": each.who.client,
        "firm": firm,
        "invitation_url": address,
        "bot_name": "@" + address.removeprefix("https://t.me/").partition("?")[0],
        "until": day(each.until),
    }


def readable(address: str) -> str:
    """The address as a person reads it aloud."""
    return address.removeprefix("https://")


SHEET = """
<section class="sheet">
<header><p class="firm">{firm}</p></header>
<h1>{title}</h1>
<p class="why">{why}</p>
<div class="key">
{code}
<div>
<p class="scan">{scan}</p>
<p>{link}</p>
<p class="address">{address}</p>
<p class="until">{until}</p>
</div>
</div>
<ol>
<li><svg viewBox="0 0 108 135" aria-hidden="true"><rect x="29" y="4" width="50" height="127" rx="8" class="phone"/>
<rect x="34" y="16" width="40" height="99" rx="2" class="screen"/><rect x="37" y="22" width="29" height="14" rx="4"/>
<rect x="37" y="40" width="24" height="10" rx="4"/><rect x="37" y="98" width="34" height="12" rx="3" class="start"/>
<text x="54" y="106">{start}</text></svg><p>{step_1}</p></li>
<li><svg viewBox="0 0 108 135" aria-hidden="true"><use href="#first-accounting"/></svg><p>{step_2}</p></li>
<li><svg viewBox="0 0 108 135" aria-hidden="true"><use href="#first-connect"/></svg><p>{step_3}</p></li>
</ol>
<p class="already">{already}</p>
<aside><h2>{check}</h2>
<ul><li>{check_bot}</li><li>{check_secret}</li><li>{check_call}</li></ul></aside>
</section>
"""

DOCUMENT = """<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 0 }}
* {{ box-sizing: border-box }}
body {{ margin: 0; background: #e8e8e3; color: #1d1d1b; font: 11pt/1.35 system-ui, sans-serif }}
.sheet {{ width: 210mm; max-width: 100%; min-height: 297mm; margin: 8mm auto; padding: 12mm 16mm; background: #fff;
  display: flex; flex-direction: column; gap: 4mm; overflow-wrap: anywhere }}
p, h1, h2, ol, ul {{ margin: 0; padding: 0 }}
.firm {{ font-size: 14pt; font-weight: 600; padding-bottom: 3mm; border-bottom: .5mm solid #1d1d1b }}
h1 {{ font-size: 18pt; line-height: 1.15 }}
h2 {{ font-size: 12pt }}
.key {{ display: flex; gap: 8mm; align-items: center; padding: 2mm 0 }}
.key > div {{ min-width: 0 }}
.key p + p {{ margin-top: 2mm }}
.qr {{ flex: none; width: 50mm; height: 50mm }}
.scan {{ font-size: 14pt; font-weight: 600; line-height: 1.25 }}
.address {{ font: 10.5pt/1.35 ui-monospace, "DejaVu Sans Mono", monospace; word-break: break-all }}
.until {{ color: #4a4a45 }}
ol {{ display: grid; grid-template-columns: repeat(3, 1fr); gap: 7mm; list-style: none; counter-reset: step }}
ol li {{ counter-increment: step }}
ol svg {{ display: block; width: 100%; max-height: 50mm; border: .3mm solid #c9c9c2; border-radius: 2mm;
  fill: #dfe7ee; margin-bottom: 2.5mm }}
ol p::before {{ content: counter(step) ". "; font-weight: 700 }}
.phone {{ fill: #1d1d1b }} .screen {{ fill: #fff }} .start {{ fill: #1f6fb2 }}
svg text {{ fill: #fff; font-size: 6.2px; text-anchor: middle }}
.already {{ color: #4a4a45 }}
aside {{ margin-top: auto; border: .5mm solid #1d1d1b; border-radius: 2mm; padding: 4mm 5mm }}
aside ul {{ margin: 1.5mm 0 0 5mm }}
@media print {{
  body {{ background: none }}
  .sheet {{ margin: 0; height: 297mm; min-height: 0; overflow: hidden; break-after: page; break-inside: avoid }}
  .sheet:last-child {{ break-after: auto }}
}}
</style>
<svg width="0" height="0" style="position: absolute" aria-hidden="true">{symbols}</svg>
{pages}
</html>
"""
