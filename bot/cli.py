"""The command line: `resync …`. Everything it prints is French.

Law: heavy imports stand inside of the commands, so that `resync --help` answers at once.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli_french import French, explain, speak_french
from bot.cli_screen import (
    console,
    count,
    plain,
    plain_connection,
    say,
    show_faults,
    show_invitations,
    summary,
    table_of_clients,
    table_of_connections,
)
from bot.domain.errors import BadInput, BotError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.adapters.database.board import ClientLine
    from bot.engine import Outcome
    from bot.importing import ImportResult, Plan
    from bot.ports import Conversation
    from bot.settings import Settings
    from flows.events import Act

app = typer.Typer(
    cls=French,
    help="Resync aide les clients du cabinet à garder leur banque synchronisée.",
    add_completion=False,
    pretty_exceptions_enable=False,
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE …",
)
bench = typer.Typer(
    cls=French,
    help="Mesurer Resync sur cette machine.",
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE …",
)
link = typer.Typer(
    cls=French,
    help="La page sécurisée d’un client : l’envoyer, la suivre, la fermer.",
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE …",
)
audit = typer.Typer(
    cls=French,
    help="Le journal d’audit : le lire, le vérifier.",
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE …",
)
app.add_typer(link, name="link")
app.add_typer(audit, name="audit")
app.add_typer(bench, name="bench")
nudges = typer.Typer(
    cls=French,
    help="Voir d’avance les relances, et pourquoi elles partent.",
    invoke_without_command=True,
    options_metavar="[OPTIONS]",
    subcommand_metavar="[COMMANDE …]",
)
app.add_typer(nudges, name="nudges")
incident = typer.Typer(
    cls=French,
    help="Les pannes générales d’une banque : les voir, les déclarer, les terminer.",
    options_metavar="[OPTIONS]",
    subcommand_metavar="COMMANDE …",
)
app.add_typer(incident, name="incident")
EVERYTHING = 1_000_000
REFUSED = 2
NOBODY = "Aucun client. Importez votre liste : resync import clients.csv"

ClientName = Annotated[str, typer.Argument(metavar="CLIENT", help="Le nom du client, ou une partie.")]
BankName = Annotated[str | None, typer.Argument(metavar="[BANQUE]", help="S’il en a plusieurs.")]


# The program itself


@app.command()
def run() -> None:
    """Lancer Resync, avec les réglages du fichier .env."""
    from bot.app import serve

    serve(settings())


@app.command()
def demo(
    listen: Annotated[str, typer.Option(metavar="ADRESSE:PORT", help="Sinon, le premier port libre.")] = "",
    keep: Annotated[Path | None, typer.Option(metavar="DOSSIER", help="Garder la base dans ce dossier.")] = None,
    database_url: Annotated[str, typer.Option(metavar="ADRESSE", help="Une base vide ; sinon, une provisoire.")] = "",
    fleet: Annotated[bool, typer.Option("--fleet", help="Une flotte de 40 clients et 6 banques.")] = False,
) -> None:
    """Essayer Resync sur cette machine, sans aucun compte."""
    from bot.sandbox.demo import run as run_demo

    asyncio.run(run_demo(listen, keep=keep, database_url=database_url, fleet=fleet))


@app.command()
def tour(
    database_url: Annotated[
        str | None, typer.Option(metavar="ADRESSE", help="Une base vide ; sinon, une base provisoire.")
    ] = None,
) -> None:
    """Jouer toute l’histoire en une minute, et vérifier chaque promesse."""
    from bot.sandbox.tour import run as run_tour

    raise typer.Exit(asyncio.run(run_tour(database_url)))


# The clients


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="La liste des clients, en CSV.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tout vérifier, sans rien écrire.")] = False,
) -> None:
    """Importer la liste des clients du cabinet : tout, ou rien."""
    from bot.adapters.calendars import calendars
    from bot.adapters.clock import SystemClock
    from bot.importing import ImportRefused, plan_import

    firm, now = settings(), SystemClock().now()
    hours = calendars(firm)
    try:
        plan = plan_import(contents(file), hours.hours("").local(now).date())
        result = store(firm, plan, now=now, calendars=hours, dry_run=dry_run)
    except ImportRefused as refused:
        show_faults(refused.faults)
        raise typer.Exit(REFUSED) from None
    if plan.ignored:
        say(f"Colonnes ignorées : {', '.join(plan.ignored)}.")
    say(summary(result, dry_run=dry_run))


@app.command()
def invite(
    clients: Annotated[list[str] | None, typer.Argument(metavar="[CLIENT]…", help="Un ou plusieurs clients.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Tous ceux qui n’ont pas encore ouvert la leur.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="DOSSIER", help="Écrire une page à imprimer pour chacun.")
    ] = None,
    bot: Annotated[str, typer.Option(metavar="NOM", help="Le nom du bot ; sinon, Telegram le donne.")] = "",
) -> None:
    """Créer les liens d’invitation, valables trente jours, et leurs codes QR."""
    from functools import partial

    from bot.adapters.calendars import calendars
    from bot.adapters.clock import SystemClock
    from bot.adapters.texts import Texts
    from bot.invitations import TOGETHER, count_anew, invite_all, invitees, make_private, write_sheets
    from locales.fr.images import picture

    if bool(clients) == everybody:
        raise BadInput('Nommez un client, ou écrivez --all pour tous. Exemple : resync invite "Chez Odette"')
    firm = settings()
    name = bot or bot_name(firm)
    if output is not None:
        make_private(output)  # before the new links end the old ones
    with database(firm) as sql:
        now = SystemClock().now()
        invited = invite_all(sql, invitees(sql, clients or []), name, now)
        count_anew(sql, invited, calendars(firm), now)
    show_invitations(invited, Texts(own=firm.texts), firm.firm_name, with_code=output is None)
    if output is not None:
        own = partial(picture, override_folder=firm.pictures)
        pages = write_sheets(output, invited, Texts(own=firm.texts), firm.firm_name, own)
        printed = count(len(pages), "page")
        say(f"{printed} à imprimer dans {output}. Chaque lien est personnel : gardez ce dossier pour vous.")
        if len(pages) > 1:
            say(f"Toutes ensemble, une par feuille : {output / TOGETHER}")


@app.command()
def clients(
    name: Annotated[str | None, typer.Argument(metavar="[NOM]", help="Un client ou une banque.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un autre programme.")] = False,
) -> None:
    """Montrer les banques des clients, la plus urgente d’abord."""
    lines = listed(settings(), name)
    if as_json:
        show_json(map(plain, lines))
    elif lines:
        console().print(table_of_clients(lines))
    else:
        say(NOBODY)


@app.command()
def connections(
    name: Annotated[str | None, typer.Argument(metavar="[NOM]", help="Un client ou une banque.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un autre programme.")] = False,
) -> None:
    """Montrer chaque connexion : son état, jusqu’à quand, ses dernières données, et à qui d’agir."""
    from bot.adapters.calendars import calendars
    from bot.adapters.texts import Texts

    firm = settings()
    lines = listed(firm, name)
    if as_json:
        show_json(map(plain_connection, lines))
    elif lines:
        console().print(table_of_connections(lines, Texts(), calendars(firm).hours("").zone))
    else:
        say(NOBODY)


@app.command()
def renew(
    client: ClientName,
    bank: Annotated[str | None, typer.Option(metavar="BANQUE", help="S’il en a plusieurs.")] = None,
) -> None:
    """Demander maintenant à un client de renouveler sa banque."""
    from flows.events import Act

    firm = settings()
    with database(firm) as sql:
        conversation_id, named = conversation_of(sql, client, bank)
    asyncio.run(staff_does(firm, conversation_id, Act.NUDGED))
    say(f"C’est demandé : {named}. Resync lui écrit tout de suite s’il tourne, sinon dès qu’il tournera.")


@app.command()
def close(
    client: ClientName,
    bank: Annotated[str | None, typer.Option(metavar="BANQUE", help="S’il en a plusieurs.")] = None,
) -> None:
    """Clôturer une banque : plus aucune lecture, relance ni demande. Réversible."""
    from flows.events import Act

    named = retire(client, bank, Act.CLOSED)
    say(f"Clôturée : {named}. Pour revenir en arrière : resync reopen")


@app.command()
def reopen(
    client: ClientName,
    bank: Annotated[str | None, typer.Option(metavar="BANQUE", help="S’il en a plusieurs.")] = None,
) -> None:
    """Rouvrir une banque clôturée : elle est relue à son tour, et les relances reprennent à leur date."""
    from flows.events import Act

    named = retire(client, bank, Act.REOPENED)
    say(f"Rouverte : {named}. Elle est relue à son tour, et les relances reprennent à leur date.")


# The secure page


@link.command("new")
def link_new(
    client: ClientName,
    bank: BankName = None,
    password: Annotated[bool, typer.Option("--password", help="Pour un mot de passe qui a changé.")] = False,
) -> None:
    """Envoyer une page sécurisée à un client, dans son Telegram. Le lien n’est montré à personne d’autre."""
    from bot.cli_link import act_of, refuse_without_page

    firm = settings()
    refuse_without_page(firm)
    with database(firm) as sql:
        conversation_id, named = conversation_of(sql, client, bank, hint="Ajoutez son nom.")
        act = act_of(sql, conversation_id, password=password)
    asyncio.run(staff_does(firm, conversation_id, act))
    say(f"C’est demandé : {named}. Resync lui envoie la page tout de suite s’il tourne, sinon dès qu’il tournera.")


@link.command("show")
def link_show(client: ClientName) -> None:
    """Montrer les pages sécurisées d’un client et où il en est, sans rien qui les ouvre."""
    from bot.adapters.calendars import calendars
    from bot.adapters.texts import Texts
    from bot.cli_link import pages_of, table_of_pages

    firm = settings()
    with database(firm, writes=False) as sql:
        pages = pages_of(sql, client)
    if not pages:
        return say("Aucune page sécurisée ne lui a été envoyée.")
    return console().print(table_of_pages(pages, Texts(), calendars(firm).hours("").zone))


@link.command("revoke")
def link_revoke(client: ClientName, bank: BankName = None) -> None:
    """Fermer la page sécurisée d’un client. Il en est averti."""
    from bot.engine import Outcome
    from flows.events import Act

    firm = settings()
    with database(firm) as sql:
        conversation_id, named = conversation_of(sql, client, bank, hint="Ajoutez son nom.", heard=False)
    outcome = asyncio.run(staff_does(firm, conversation_id, Act.CLOSED_PAGE))
    if outcome is Outcome.NOTHING:
        return say(f"Rien à fermer : {named} n’a pas de page sécurisée ouverte.")
    return say(f"La page sécurisée est fermée : {named}. Resync le lui dit.")


# The audit trail


@audit.command("show")
def audit_show(
    last: Annotated[int, typer.Option(metavar="NOMBRE", min=1, help="Combien, en partant de la fin.")] = 50,
) -> None:
    """Montrer les dernières inscriptions du journal, une par ligne, en JSON."""
    from bot.adapters.database.audit import latest

    with database(settings(), writes=False) as sql:
        for line in latest(sql, last):
            print(line)  # noqa: T201


@audit.command("verify")
def audit_verify(
    anchors: Annotated[
        Path | None, typer.Option(metavar="FICHIER", help="Des ancres gardées ailleurs ; sinon, celles de Resync.")
    ] = None,
) -> None:
    """Vérifier que personne n’a touché au journal d’audit ; sinon, dire à partir de quelle inscription."""
    from bot.cli_link import examine_trail

    firm = settings()
    with database(firm, writes=False) as sql:
        if not examine_trail(sql, firm, anchors):
            raise typer.Exit(1)


class By(StrEnum):
    """What `resync forecast` counts by."""

    BANK = "banque"
    ACCOUNTANT = "comptable"


@app.command()
def forecast(
    by: Annotated[By, typer.Option(help="Une colonne par banque, ou par comptable.")] = By.BANK,
    output: Annotated[Path | None, typer.Option(metavar="FICHIER", help="Une image SVG, au lieu du tableau.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un autre programme.")] = False,
) -> None:
    """Prévoir les renouvellements des six prochains mois, semaine par semaine."""
    from datetime import timedelta

    from bot.adapters.calendars import calendars
    from bot.adapters.clock import SystemClock
    from bot.adapters.database import board
    from bot.cli_forecast import draw, plain_forecast, show_forecast
    from bot.forecast import WEEKS
    from bot.forecast import forecast as count_weeks

    firm = settings()
    today = calendars(firm).hours("").local(SystemClock().now()).date()
    with database(firm) as sql:
        lapses = board.lapses(sql, today + timedelta(weeks=WEEKS))
    found = count_weeks(lapses, today, "bank" if by is By.BANK else "accountant")
    if as_json:
        show_json(plain_forecast(found))
    elif not found.groups:
        say("Aucune échéance connue dans les six prochains mois.")
    elif output is not None:
        draw(found, output)
        say(f"Dessiné dans {output}.")
    else:
        console().print(show_forecast(found))


@nudges.callback()
def nudges_to_come(
    context: typer.Context,
    on: Annotated[str | None, typer.Option(metavar="JOUR", help="2026-12-01 ; sans lui, aujourd’hui.")] = None,
    _dry_run: Annotated[bool, typer.Option("--dry-run", help="C’est toujours un essai : rien ne part.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un autre programme.")] = False,
) -> None:
    """Qui recevrait quoi ce jour-là, à quelle heure et pourquoi, si personne ne fait rien d’ici là. Rien ne part."""
    from bot.adapters.calendars import ladder
    from bot.adapters.texts import Texts
    from bot.cli_nudges import day_typed, planned_on, rehearsed, show_planned
    from bot.domain.ladder import in_words

    if context.invoked_subcommand is not None:
        return
    firm = settings()
    planned = planned_on(firm, database, day_typed(firm, on))
    if as_json:
        show_json(rehearsed(each, Texts()) for each in planned)
    elif planned:
        console().print(show_planned(planned, Texts()))
    else:
        say("Rien ne partirait ce jour-là.")
    if not as_json:
        say(f"Paliers : {in_words(ladder(firm))}.")


@nudges.command("replan")
def nudges_replan() -> None:
    """Après un changement des paliers : replacer les relances déjà prévues. Rien ne part."""
    from bot.adapters.calendars import calendars, ladder
    from bot.adapters.clock import SystemClock
    from bot.adapters.database.replan import replan
    from bot.domain.ladder import in_words

    firm = settings()
    with database(firm) as sql:
        moved = replan(sql, calendars(firm), SystemClock().now())
    say(f"Paliers : {in_words(ladder(firm))}.")
    say(f"{count(moved, 'relance replacée', 'relances replacées')}.")


@nudges.command("why")
def nudges_why(
    client: ClientName,
    bank: Annotated[str | None, typer.Option(metavar="BANQUE", help="S’il en a plusieurs.")] = None,
) -> None:
    """Expliquer la prochaine relance d’une banque, et chaque règle qui l’a déplacée."""
    from bot.adapters.texts import Texts
    from bot.cli_nudges import explained

    firm = settings()
    with database(firm) as sql:
        conversation_id, _ = conversation_of(sql, client, bank, heard=False)
        for line in explained(firm, sql, conversation_id, Texts()):
            say(line)


# The banks in general trouble

AnyBank = Annotated[str, typer.Argument(metavar="BANQUE", help="Le nom de la banque, ou une partie.")]


@incident.command("list")
def incident_list() -> None:
    """Montrer les dernières pannes générales, vues par le radar ou déclarées."""
    from bot.adapters.calendars import calendars
    from bot.adapters.database.radar import SqlRadar
    from bot.cli_incident import SHOWN, table_of_incidents

    firm = settings()
    with database(firm, writes=False) as sql:
        shown = SqlRadar(sql).latest(SHOWN)
    if not shown:
        return say("Aucune panne générale connue.")
    return console().print(table_of_incidents(shown, calendars(firm).hours("").zone))


def bank_of_the_firm(firm: "Settings", bank: str) -> str:
    """The bank that is meant, as the firm's list has it. Raises `BadInput`, also where the program never ran."""
    from bot.cli_incident import bank_called, require_started

    with database(firm) as sql:
        require_started(sql)
        return bank_called(sql, bank)


@incident.command("declare")
def incident_declare(bank: AnyBank) -> None:
    """Déclarer une panne générale : plus de relance pour cette banque, et un seul message à ceux qu’elle touche."""
    from bot.cli_incident import declare

    firm = settings()
    named = bank_of_the_firm(firm, bank)
    if asyncio.run(declare(firm, named)) is None:
        return say(f"C’est déjà déclaré : {named}.")
    return say(f"C’est déclaré : {named}. Resync le dit aux clients concernés s’il tourne, sinon dès qu’il tournera.")


@incident.command("end")
def incident_end(bank: AnyBank) -> None:
    """Terminer une panne générale : ceux qui en étaient prévenus apprennent que c’est revenu."""
    from bot.cli_incident import end

    firm = settings()
    named = bank_of_the_firm(firm, bank)
    if asyncio.run(end(firm, named)) is None:
        return say(f"Rien à terminer : {named} n’est pas en panne générale.")
    return say(f"C’est terminé : {named}. Les relances reprennent où elles en étaient.")


# What clients type


@app.command()
def understand(
    evaluate: Annotated[Path | None, typer.Option(metavar="FICHIER", help="Mesurer sur un fichier .tsv.")] = None,
    now: Annotated[str, typer.Option(metavar="MOMENT", help="Faire comme s’il était 2026-11-27T10:00.")] = "",
    timezone: Annotated[str, typer.Option(metavar="FUSEAU", help="Celui du client.")] = "Europe/Paris",
) -> None:
    """Lire des lignes sur l’entrée standard, et dire en JSON ce qu’un client voudrait dire par là."""
    from bot.adapters.calendars import FrenchCalendars
    from bot.cli_understand import cases, each_told, lines_typed, moment_typed, show_evaluation

    hours = FrenchCalendars(timezone).hours("")
    moment = moment_typed(now, hours)
    if evaluate is not None:
        return show_evaluation(cases(contents(evaluate).decode("utf-8", "replace"), hours), moment, hours)
    for line in each_told(lines_typed(), moment, hours):
        print(line, flush=sys.stdin.isatty())  # noqa: T201
    return None


# The upkeep


@app.command()
def migrate() -> None:
    """Créer la base de données, ou la mettre à jour."""
    from bot.adapters.database import schema

    with database_engine(settings()) as engine:
        found = schema.version(engine)
        schema.refuse(found, accepted=("current", "empty", "old"))
        schema.migrate(engine)
    say("La base de données était déjà à jour." if found == "current" else "La base de données est à jour.")


@app.command()
def doctor() -> None:
    """Vérifier tous les réglages, et dire comment réparer ce qui ne va pas."""
    if not asyncio.run(examine()):
        raise typer.Exit(1)


@bench.command("aggregator")
def bench_aggregator(
    connections: Annotated[int, typer.Option(metavar="NOMBRE", min=1, help="Combien en lire.")] = 10_000,
    latency: Annotated[int, typer.Option(metavar="MS", min=1, help="Ce que met l’agrégateur à répondre.")] = 20,
) -> None:
    """Lire des connexions chez un agrégateur local, à distance feinte : à quelle vitesse, avec quelle mémoire."""
    from bot.cli_bench import show_readings
    from bot.sandbox.bench.aggregator import measure

    show_readings(measure(connections, latency / 1000))


@bench.command("link")
def bench_link(
    rate: Annotated[int, typer.Option(metavar="NOMBRE", min=1, help="Requêtes par seconde.")] = 100,
    seconds: Annotated[int, typer.Option(metavar="SECONDES", min=1, help="Combien de temps.")] = 20,
) -> None:
    """Ouvrir et suivre des pages sécurisées : ce que met le serveur à répondre, à côté d’une page nue."""
    from bot.cli_bench import show_answers
    from bot.sandbox.bench.link import measure

    show_answers(measure(rate, seconds))


class On(StrEnum):
    """The databases that can be measured on this machine."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@bench.command("nudges")
def bench_nudges(
    count: Annotated[int, typer.Option("--nudges", metavar="NOMBRE", min=1, help="Combien de relances.")] = 20_000,
    pace: Annotated[
        float, typer.Option(metavar="NOMBRE", min=1, help="Messages par seconde ; Telegram suit en proportion.")
    ] = 25.0,
    processes: Annotated[int, typer.Option(metavar="NOMBRE", min=1, help="Programmes sur PostgreSQL.")] = 3,
    kill_every: Annotated[
        float, typer.Option(metavar="SECONDES", min=0, help="Un programme est tué à chaque fois ; 0 : jamais.")
    ] = 10.0,
    only: Annotated[On | None, typer.Option("--on", help="Sinon, les deux.", show_choices=True)] = None,
) -> None:
    """Envoyer des milliers de relances à un Telegram local, pendant que des programmes sont tués et relancés."""
    from bot.cli_bench import show_nudges
    from bot.sandbox.bench import postgres
    from bot.sandbox.bench.nudges import measure
    from bot.sandbox.world import scratch_database

    installed = [On.SQLITE, *([On.POSTGRESQL] if postgres.is_installed() else [])]
    for each in [only] if only else installed:
        with scratch_database() if each is On.SQLITE else postgres.one() as url:
            size = 1 if each is On.SQLITE else processes
            show_nudges(each, measure(url, count, size, pace, kill_every))


@bench.command("staff")
def bench_staff(
    clients: Annotated[
        int, typer.Option(metavar="NOMBRE", min=100, help="Combien de clients sur le tableau.")
    ] = 5_000,
    rate: Annotated[int, typer.Option(metavar="NOMBRE", min=2, help="Clics par seconde.")] = 20,
    seconds: Annotated[int, typer.Option(metavar="SECONDES", min=1, help="Combien de temps.")] = 15,
    plans: Annotated[bool, typer.Option("--plans", help="Montrer aussi comment la base répond.")] = False,
    only: Annotated[On | None, typer.Option("--on", help="Sinon, les deux.", show_choices=True)] = None,
) -> None:
    """Construire le tableau du cabinet et cliquer dans un Slack local : à quelle vitesse le programme suit."""
    from bot.cli_bench import show_staff
    from bot.sandbox.bench import postgres
    from bot.sandbox.bench.staff import measure
    from bot.sandbox.world import scratch_database

    installed = [On.SQLITE, *([On.POSTGRESQL] if postgres.is_installed() else [])]
    for each in [only] if only else installed:
        with scratch_database() if each is On.SQLITE else postgres.one() as url:
            show_staff(each, measure(url, clients, rate, seconds), plans=plans)


# What the commands share


def settings() -> "Settings":
    """Logs stay silent but for errors: the command line speaks for itself."""
    from bot.adapters.logs import set_up_logs
    from bot.settings import load_settings

    set_up_logs("ERROR")
    return load_settings()


@contextmanager
def database_engine(firm: "Settings", *, writes: bool = True) -> Iterator["sa.Engine"]:
    from bot.adapters.database.engine import open_engine, parse_url

    engine = open_engine(parse_url(firm.database_url), 1, writes=writes)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def database(firm: "Settings", *, writes: bool = True) -> Iterator["sa.Connection"]:
    """One transaction on the firm's database, which is made where there is none; one that reads holds up nobody."""
    from bot.adapters.database import schema
    from bot.adapters.database.engine import translated

    with database_engine(firm, writes=writes) as engine:
        if writes and schema.version(engine) == "empty":
            schema.migrate(engine)
        schema.require_current(engine)
        with translated(), engine.begin() as sql:
            yield sql


def contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        reason = "ce fichier n’existe pas" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise BadInput(f"Impossible de lire {file} : {reason}.") from None


# resync import


def store(firm: "Settings", plan: "Plan", *, now: Any, calendars: Any, dry_run: bool) -> "ImportResult":
    """Store a plan; a trial is undone, and does not even make a database."""
    from rich.progress import Progress

    from bot.importing import store_import

    with database(rehearsal(firm) if dry_run else firm) as sql, Progress(console=console(stderr=True)) as progress:
        task = progress.add_task("Vérification" if dry_run else "Import", total=len(plan.rows))
        result = store_import(sql, plan, now=now, calendars=calendars, after_row=lambda: progress.advance(task))
        if dry_run:
            sql.rollback()
    return result


def rehearsal(firm: "Settings") -> "Settings":
    """The firm's database, if there is one; else one in memory."""
    from bot.adapters.database.engine import parse_url

    url = parse_url(firm.database_url)
    absent = url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()
    return firm.model_copy(update={"database_url": "sqlite:///:memory:"}) if absent else firm


# resync clients, resync connections


def listed(firm: "Settings", name: str | None) -> "list[ClientLine]":
    """The banks of all clients, or of those that a name means. Raises `BadInput` where it means none."""
    from bot.adapters.calendars import calendars
    from bot.adapters.clock import SystemClock
    from bot.adapters.database import board
    from bot.directory import file_called

    hours = calendars(firm).hours("")
    today, reminding = hours.local(SystemClock().now()).date(), hours.ladder.first
    with database(firm) as sql:
        lines = board.clients(sql, today=today, reminding=reminding, name=name, limit=EVERYTHING)
        if name and not lines:
            file_called(sql, name)  # says which names are near
    return lines


def show_json(lines: Iterable[dict[str, Any]]) -> None:
    print(json.dumps(list(lines), ensure_ascii=False, indent=2))  # noqa: T201


# resync invite


def bot_name(firm: "Settings") -> str:
    """The bot's name, from Telegram itself."""
    from bot.doctor import telegram_name

    return asyncio.run(telegram_name(firm))


# resync renew


def conversation_of(
    sql: "sa.Connection",
    client: str,
    bank: str | None,
    hint: str = "Ajoutez --bank et son nom.",
    *,
    heard: bool = True,
) -> tuple[int, str]:
    """The conversation that is meant, and how to name it. Raises `BadInput` in any doubt.

    `heard`: its client has to be reachable, as he is to be written to.
    """
    from bot.adapters.database.store import LOAD, read_conversation
    from bot.adapters.database.tables import client_file
    from bot.directory import choose, file_called

    rows = sql.execute(LOAD.where(client_file.c.id == file_called(sql, client)))
    known = {told.id: told for told in map(read_conversation, rows)}
    banks = {each: told.connection.bank for each, told in known.items()}
    if bank is None and len(banks) != 1:
        listed = ", ".join(f"« {each} »" for each in banks.values()) or "aucune"
        raise BadInput(f"Laquelle de ses banques ? {listed}. {hint}")
    found = choose(banks, bank, "Aucune de ses banques") if bank else next(iter(banks))
    if heard and (refusal := unheard(known[found])):
        raise BadInput(refusal)
    return found, f"{known[found].file.name}, {banks[found]}"


def unheard(told: "Conversation") -> str:
    """Why a nudge would reach nobody, and what to do instead; empty where it reaches him."""
    from flows.escalation import WithStaff
    from flows.opt_out import OptedOut

    who, name = told.contact, told.file.name
    if who is None or who.chat_id is None:
        return f'« {name} » n’a pas encore ouvert son invitation. Renvoyez-la : resync invite "{name}"'
    if isinstance(told.state, WithStaff):
        return f"« {name} » est suivi par le cabinet : continuez dans son fil Slack, ou rendez-le d’abord à Resync."
    if isinstance(told.state, OptedOut) or not who.reachable:
        return f"{who.name} ne veut plus être relancé, ou a bloqué le bot : téléphonez-lui."
    return ""


def retire(client: str, bank: str | None, act: "Act") -> str:
    """Close a bank, or open it again; returns its name and the client's."""
    firm = settings()
    with database(firm) as sql:
        conversation_id, named = conversation_of(sql, client, bank, heard=False)
    asyncio.run(staff_does(firm, conversation_id, act))
    return named


async def staff_does(firm: "Settings", conversation_id: int, act: "Act") -> "Outcome":
    """As when staff press a button in Slack."""
    from uuid import uuid4

    from bot.app import open_engine
    from bot.engine import Envelope, ToConversation
    from flows.events import StaffDid

    async with open_engine(firm) as engine:
        event = StaffDid(act, who="", text="")
        return await engine.receive(Envelope(f"cli:{uuid4()}", ToConversation(conversation_id), event, by="operator"))


# resync doctor


async def examine() -> bool:
    """Print one line a check; True where all is well."""
    from bot import doctor as checks
    from bot.adapters.logs import redact

    try:
        firm = settings()
    except BadInput as error:
        say(f"✗ Réglages\n    {error}")
        return False
    well = True
    async for each in checks.examine(firm):
        well = well and each.well
        mend = f"\n    {each.advice}" if each.advice and not each.well else ""
        say(redact(f"{'✓' if each.well else '✗'} {each.what}{mend}"))
        if each.address is not None:
            say(f"    {each.address.reveal()}")
    say("Tout va bien." if well else "Réparez ce qui porte un ✗, puis relancez : resync doctor")
    return well


# The door


def main() -> None:
    """The entry point: an error is one clear line, never a traceback."""
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    arguments = arguments or ["--help"]
    command = typer.main.get_command(app)
    if "--help" in arguments:
        speak_french(command)
    try:
        return command.main(args=list(arguments), prog_name="resync", standalone_mode=False) or 0
    except BotError as error:
        return complain(str(error))
    except typer.TyperException as error:
        return complain(explain(error))
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # « resync clients | head »
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def complain(text: str) -> int:
    from bot.adapters.logs import redact

    print(redact(text), file=sys.stderr)  # noqa: T201
    return REFUSED
