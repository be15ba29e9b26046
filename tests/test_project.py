"""Promises about the repository itself: what it pins, what it never mentions, and that its papers are true."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.cli import app
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "flows", "handlers", "locales")
PAPERS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/guide-cabinet.md", "docs/operations.md")
PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*==\S+(?: ; [^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n")

# Spelled in pieces, so that this file does not name what it forbids.
MACHINE = re.compile(
    r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|tm" + r"p/brief)/"
    r"|\.lib" + r"rary/|/opt/py" + r"pi|fil" + r"e:///"
    r"|https?://[^\s\"'`]*(?:py" + r"pi\.org|python" + r"hosted|npm" + r"js)"
)
WORKFLOW = re.compile(
    r"\b(?:sub-?|coding |ai |another )age" + r"nts?\b"
    r"|\b(?:this|earlier|another|previous) sess" + r"ion\b|\b(?:language|ai) mod" + r"el\b|\bthe bri" + r"ef\b",
    re.IGNORECASE,
)
TOKENS = re.compile(
    r"\b(?!123456)\d{8,10}:[A-Za-z0-9_-]{35}\b"  # Telegram; no real bot's number begins like the tests' own
    r"|\bxox[abeprs]-\d{9,}-[\w-]{20,}|\bxapp-\d-[A-Z0-9]{9,}-\d{9,}-\w{30,}"  # Slack
    r"|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_\w{36}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so it is not known which files belong to the project")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


@cache
def texts() -> dict[str, str]:
    """What can be read, by its path."""
    found = {}
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            found[path.relative_to(ROOT).as_posix()] = data.decode("utf-8")
    return found


def mentions(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def project() -> dict[str, Any]:
    described: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return described


# What is installed


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_requirement_is_pinned_with_hashes_and_nothing_else_is_in_the_lock(name: str) -> None:
    assert PINNED.sub("", read(f"requirements/{name}.txt")) == ""


def locked(name: str) -> set[str]:
    return {line.split("==")[0] for line in read(f"requirements/{name}.txt").splitlines() if "==" in line}


def plain_name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;! ]", requirement)[0]).lower()


def test_what_the_project_asks_for_is_in_the_locks() -> None:
    runtime = {plain_name(each) for each in project()["dependencies"]}
    assert runtime - {plain_name(each) for each in locked("runtime")} == set()
    dev = runtime | {plain_name(each) for each in project()["optional-dependencies"]["dev"]}
    assert dev - {plain_name(each) for each in locked("dev")} == set()


def test_what_runs_is_what_was_tested() -> None:
    """A package has the same pin in both locks."""
    pins = {
        name: set(re.findall(r"^\S+==\S+", read(f"requirements/{name}.txt"), re.M)) for name in ("runtime", "dev")
    }
    assert pins["runtime"] - pins["dev"] == set()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_program(wheel: Path) -> None:
    ours = {path.relative_to(ROOT).as_posix() for path in tracked() if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert {"locales/fr/renewal.ftl", "handlers/page/index.html", "locales/fr/images/step-b.png"} <= ours
    assert ours - set(zipfile.ZipFile(wheel).namelist()) == set()


# What the repository never holds


def test_no_file_names_a_folder_of_somebodys_machine_or_a_package_registry() -> None:
    assert mentions(MACHINE) == []


def test_no_file_speaks_of_how_it_was_written() -> None:
    assert mentions(WORKFLOW) == []


def test_no_file_holds_a_token() -> None:
    assert mentions(TOKENS) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE, "cd /wo" + "rk/main"),
        (MACHINE, "--index-url https://py" + "pi.org/simple"),
        (WORKFLOW, "as an earlier sess" + "ion left it"),
        (TOKENS, "token=7" + "0" * 9 + ":" + "A" * 35),
        (TOKENS, "xoxb-" + "1" * 12 + "-" + "a" * 24),
    ],
)
def test_what_is_forbidden_would_be_found(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize("line", ["the session of the database", "a user-agent", "RESYNC_AGENT_STATUS", "net/work/x"])
def test_what_is_allowed_is_not_mistaken(line: str) -> None:
    assert not MACHINE.search(line)
    assert not WORKFLOW.search(line)


# Its papers


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))


def test_the_readme_begins_with_what_it_is_for_a_picture_and_two_commands() -> None:
    readme = read("README.md")
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.S)
    assert [block.strip() for block in blocks[:2]] == ["make demo", "make test"]
    assert {"demo", "test"} <= targets()
    assert readme.index("](docs/demo.png)") < readme.index("make demo")


@pytest.mark.parametrize("name", PAPERS)
def test_every_link_of_a_paper_leads_to_something(name: str) -> None:
    outside = ("http://", "https://", "#")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", read(name)) if not link.startswith(outside)]
    lost = [link for link in links if not (ROOT / name).parent.joinpath(link.partition("#")[0]).exists()]
    assert lost == []


@pytest.mark.parametrize("name", PAPERS)
def test_every_setting_command_and_target_that_a_paper_names_exists(name: str) -> None:
    paper = read(name)
    code = "\n".join(re.findall(r"`([^`\n]+)`", paper) + re.findall(r"```sh\n(.*?)```", paper, re.S))
    group = typer.main.get_command(app)
    commands = set(group.commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"\b(RESYNC_[A-Z_]*[A-Z])\b", paper)) - settings() == set()
    assert set(re.findall(r"(?:^|bin/|docker compose run --rm )resync ([a-z]+)", code, re.M)) - commands == set()
    assert set(re.findall(r"(?:^|&& )make (?!-)([a-z]+)", code, re.M)) - targets() == set()


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert re.search(r"^## \[Unreleased\]$", read("CHANGELOG.md"), re.M)


def settings() -> set[str]:
    return {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_example_of_the_settings_has_every_setting_once_and_no_other() -> None:
    written = re.findall(r"^#?(RESYNC_[A-Z_]+)=", read(".env.example"), re.M)
    assert sorted(written) == sorted(settings())


def test_the_example_of_the_settings_shows_the_true_defaults() -> None:
    shown = dict(re.findall(r"^#(RESYNC_[A-Z_]+)=(.*)$", read(".env.example"), re.M))
    defaults = {PREFIX + name.upper(): field.default for name, field in Settings.model_fields.items()}
    wrong = {name: value for name, value in shown.items() if defaults[name] and str(defaults[name]) != value}
    assert wrong == {}


# Where it runs


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile, one instruction each: its word, and the rest."""
    joined = re.sub(r"\\\n\s*", "", read("Dockerfile"))
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_installs_only_what_is_locked_and_does_not_run_as_root() -> None:
    found = instructions()
    installs = [rest for word, rest in found if word == "RUN" and "pip install" in rest]
    assert installs
    assert all("--require-hashes" in rest and "requirements/runtime.txt" not in rest for rest in installs)
    assert [rest for word, rest in found if word == "COPY" and "requirements/runtime.txt" in rest]
    users = [rest for word, rest in found if word == "USER"]
    assert users
    assert not users[-1].startswith(("0", "root"))
    assert any(word == "HEALTHCHECK" and "/healthz" in rest for word, rest in found)


def test_the_image_has_fixed_beginnings_every_package_and_no_secret() -> None:
    found = instructions()
    assert all(re.fullmatch(r"\S+:\d\S*(?: AS \w+)?", rest) for word, rest in found if word == "FROM")
    copied = [rest.split()[0] for word, rest in found if word == "COPY" and not rest.startswith("--from")]
    assert set(PACKAGES) <= set(copied)
    assert [each for each in copied if not (ROOT / each).exists()] == []
    allowed = set(read(".dockerignore").split())
    assert [each for each in copied if f"!{each}" not in allowed] == []
    assert not any(re.search(r"TOKEN|SECRET|PASSWORD", rest) for _, rest in found)


def test_the_compose_file_keeps_secrets_outside_and_file_systems_read_only() -> None:
    compose = yaml.safe_load(read("compose.yaml"))
    services = compose["services"]
    assert services["resync"]["env_file"] == ".env"
    for name, service in services.items():
        assert service["read_only"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "build" in service or "healthcheck" in service, name
        secrets = {key: value for key, value in service["environment"].items() if "PASSWORD" in key}
        assert all(value == "${POSTGRES_PASSWORD:?}" for value in secrets.values()), name
    assert services["postgres"]["volumes"][0].split(":")[0] in compose["volumes"]


SERVICE = "deploy/resync.service"


def test_the_service_leaves_no_memory_on_a_disk_and_no_way_up() -> None:
    lines = read(SERVICE).splitlines()
    for line in ("NoNewPrivileges=true", "ProtectSystem=strict", "LimitCORE=0", "MemorySwapMax=0", "PrivateTmp=true",
                 "CapabilityBoundingSet=", "ProtectHome=true", "User=resync", "StateDirectory=resync"):  # fmt: skip
        assert line in lines


def test_systemd_understands_the_service() -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    done = subprocess.run([program, "verify", ROOT / SERVICE], capture_output=True, text=True, check=False)
    not_here = r".*Command \S+ is not executable: No such file or directory"
    ours = [line for line in done.stderr.splitlines() if "resync.service" in line or SERVICE in line]
    assert [line for line in ours if not re.fullmatch(not_here, line)] == []


def test_ci_runs_the_second_command_of_the_readme() -> None:
    run = read(".ci/run")
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert re.search(r"^make test\b", run, re.M)
    assert re.search(r"^make check\b", run, re.M)


@pytest.mark.parametrize("tests", ["browser/conftest.py", "npm.py", "contracts/descriptions.py"])
def test_ci_notices_tests_that_were_skipped_for_want_of_something(tests: str) -> None:
    """The words by which it knows them are those of the tests."""
    patterns = re.findall(r"grep -E '\^SKIPPED \.\*(\([^']+\))'", read(".ci/run"))
    assert len(patterns) == 3
    reasons = re.findall(r"pytest\.skip\(f?\"([^\"]*)", read(f"tests/{tests}"))
    assert reasons
    assert all(re.search("|".join(patterns), reason) for reason in reasons)


@pytest.mark.parametrize("folder", ["tests/contracts/mock-server", "tests/browser/axe"])
def test_what_npm_brings_is_pinned_with_hashes_and_comes_from_no_registry_in_particular(folder: str) -> None:
    asked = json.loads(read(f"{folder}/package.json"))["devDependencies"]
    locked = json.loads(read(f"{folder}/package-lock.json"))["packages"]
    assert locked.pop("")["devDependencies"] == asked
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    assert [
        name for name, one in locked.items() if "integrity" not in one or "resolved" in one
    ] == []  # see its .npmrc
