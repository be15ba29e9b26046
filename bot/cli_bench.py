"""What `resync bench` shows, in French: what was measured, and beside it what is wanted."""

from collections.abc import Sequence

from bot.adapters.aggregators.http import AT_ONCE
from bot.cli_screen import console, say, table
from bot.sandbox.bench.aggregator import Figures, Run, typical
from bot.sandbox.bench.link import Figures as Answers
from bot.sandbox.bench.nudges import Figures as Nudges
from bot.sandbox.bench.staff import Figures as Staff

WANTED_SHARE, WANTED_SWING, WANTED_LATE = "85 %", "10 %", "20 ms"
WANTED_BOARD, WANTED_CLICK = "150\N{NO-BREAK SPACE}ms", "300\N{NO-BREAK SPACE}ms"
ANSWERS = {
    "/l": "la page",
    "/l/page.css": "son style",
    "/l/page.js": "son script",
    "/l/open": "ouverture",
    "/l/status": "suivi",
    "/l/claim": "passage refusé",
}


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


def show_answers(seen: Answers) -> None:
    """`resync bench link`. The line to compare is that of all of ours, and beside it the bare page's."""
    say(f"{whole(len(seen.all))} requêtes, {whole(seen.rate)} par seconde, à un serveur local.")
    shown = table("Réponse", "Requêtes", "p50", "p99", title="Ce que met le serveur")
    shown.add_row("page nue", *answers(seen.bare))
    for path, name in ANSWERS.items():
        shown.add_row(name, *answers(seen.took[path]))
    shown.add_row("toutes les nôtres", *answers(seen.all))
    console().print(shown)
    say(f"p99 de toutes les nôtres : {milliseconds(typical(seen.all)[1])} (voulu : moins de {WANTED_LATE})")


def show_nudges(database: str, seen: Nudges) -> None:
    """`resync bench nudges`. Where 0 is wanted, it is a promise; the rest is as the pace and the machine allow."""
    shown = table("Ce qui a été vu", "Mesuré", "Voulu", title=f"{whole(seen.nudges)} relances, {database}")
    middle, late = typical(seen.answers) if seen.answers else (0.0, 0.0)
    for line in (
        ("programmes", whole(seen.processes), ""),
        ("arrêts brutaux", whole(seen.kills), ""),
        ("arrêts d’eux-mêmes, crus morts", whole(seen.stopped), ""),
        ("relances arrivées", whole(seen.arrived), ""),
        ("relances perdues", whole(seen.lost), "0"),
        ("relances envoyées deux fois", whole(seen.twice), "0"),
        ("relances douteuses, non répétées", whole(seen.doubtful), ""),
        ("… dont non arrivées", whole(seen.doubtful_missing), ""),
        ("refus « trop de messages » (429)", whole(seen.too_many), "0"),
        ("messages dans le désordre", whole(seen.disorder), "0"),
        ("réponses restées en attente", whole(seen.unanswered), "0"),
        ("réponses répétées après un arrêt", whole(seen.answers_twice), ""),
        ("durée", f"{whole(seen.seconds)} s", ""),
        ("relances par seconde", f"{seen.rate:.1f}".replace(".", ","), f"{seen.pace:g}, avec les réponses"),
        ("messages au plus en une seconde", whole(seen.most_a_second), ""),
        (f"réponses ({whole(len(seen.answers))}), p50 · p99", f"{tenths(middle)} · {tenths(late)}", ""),
    ):  # fmt: skip
        shown.add_row(*line)
    console().print(shown)


def show_staff(database: str, seen: Staff, *, plans: bool) -> None:
    """`resync bench staff`. The lines to compare are that of all looks, and that of all clicks."""
    shown = table("Regard", "p50", "p95", title=f"Le tableau de {whole(seen.clients)} clients, {database}")
    for name, took in seen.boards.items():
        shown.add_row(name, *map(milliseconds, middle_and_late(took)))
    looks = [each for took in seen.boards.values() for each in took]
    console().print(shown)
    say(f"p95 de tous les regards : {milliseconds(middle_and_late(looks)[1])} (voulu : moins de {WANTED_BOARD})")
    clicked = table("Clic", "Clics", "p50", "p99", title=f"Clics reconnus, {whole(seen.rate)} par seconde")
    clicked.add_row("« Je prends »", *answers(seen.cases))
    clicked.add_row("un filtre du tableau", *answers(seen.filters))
    console().print(clicked)
    late = typical([*seen.cases, *seen.filters])[1]
    say(f"p99 de tous les clics : {milliseconds(late)} (voulu : moins de {WANTED_CLICK})")
    say(f"Demandes prises, d’après la base : {whole(seen.taken)}")
    for name, lines in seen.plans.items() if plans else ():
        say(f"\nPlan, {name}\u00a0:")
        for each in lines:
            say(f"  {each}")


def middle_and_late(took: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    ordered = sorted(took)
    return typical(took)[0], ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]


def tenths(seconds: float) -> str:
    return f"{seconds:.2f} s".replace(".", ",").replace(" ", "\N{NO-BREAK SPACE}")


def answers(took: Sequence[float]) -> tuple[str, ...]:
    return (whole(len(took)), *(milliseconds(each) for each in typical(took)))


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.2f}\N{NO-BREAK SPACE}ms".replace(".", ",")


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
