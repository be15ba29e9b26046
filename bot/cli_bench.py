"""What `resync bench` shows, in French: what was measured, and beside it what is wanted."""

from bot.adapters.aggregators.http import AT_ONCE
from bot.cli_screen import console, say, table
from bot.sandbox.bench.aggregator import Figures, Run, typical

WANTED_SHARE, WANTED_SWING = "85 %", "10 %"


def show_readings(seen: Figures) -> None:
    """`resync bench aggregator`. The line to compare is the one of each connection read by itself."""
    say(
        f"{whole(seen.singly.connections)} connexions de {whole(seen.users)} clients, chez un agrégateur local "
        f"qui répond après {seen.latency * 1000:.0f} ms.\n"
        f"{AT_ONCE} appels à la fois : la borne est de {whole(seen.bound)} appels par seconde."
    )
    shown = table(
        "Connexions lues",
        "Appels",
        "Appels/s",
        "Borne",
        "p50 · p99",
        "Calcul",
        title="Lectures ; les temps sont ceux d’un appel",
    )
    shown.add_row("jeton neuf", *row(seen, seen.first))
    shown.add_row("une à une", *row(seen, seen.singly))
    shown.add_row("en liste", *row(seen, seen.listed))
    console().print(shown)
    say(f"De la borne, une à une : {percent(seen.share(seen.singly))} (voulu : au moins {WANTED_SHARE})")
    say(memory(seen.singly))


def row(seen: Figures, run: Run) -> tuple[str, ...]:
    middle, late = (f"{1000 * wait:.0f}" for wait in typical(run.waits))
    return (
        whole(run.calls),
        whole(run.rate),
        percent(seen.share(run)),
        f"{middle} · {late} ms",
        f"{1000 * run.processor / run.calls:.2f} ms".replace(".", ","),
    )


def memory(run: Run) -> str:
    """How flat the reader's memory stayed while the connections were read one by one."""
    if not run.memory:
        return "Mémoire : ce système ne la dit pas."
    below, above = (percent(share, "+.1") for share in run.swing)
    return f"Mémoire : {run.memory[0]:.0f} Mo au début, ensuite de {below} à {above} (voulu : ±{WANTED_SWING})"


def whole(number: float) -> str:
    """A number without decimals, its thousands apart."""
    return f"{number:,.0f}".replace(",", "\u202f")


def percent(share: float, form: str = ".0") -> str:
    return f"{share:{form}%}".replace(".", ",").replace("%", "\N{NO-BREAK SPACE}%")
