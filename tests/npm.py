"""Programs from npm that tests are made with: each has a folder with its lock, and is installed once for it."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

PATIENCE = 300
"""Seconds for an installation, which takes some ten."""


def installed(cache: pytest.Cache, package: Path, what: str) -> Path:
    """The folder in which a package is installed. Skips the test where it cannot be."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"{what} needs node and npm, which are not on this machine")
    lock = (package / "package-lock.json").read_bytes()
    folder = cache.mkdir(package.name) / hashlib.sha256(lock).hexdigest()[:16]
    done = folder / "installed"
    if not done.exists():
        shutil.copytree(package, folder, dirs_exist_ok=True)
        _install(npm, folder, what)
        done.touch()
    return folder


def _install(npm: str, folder: Path, what: str) -> None:
    quiet = ("--ignore-scripts", "--engine-strict", "--no-audit", "--no-fund", "--no-update-notifier")
    patient = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
    try:
        done = subprocess.run(
            [npm, "ci", *quiet, *patient], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{what} could not be installed: npm ci took more than {PATIENCE} seconds")
    if done.returncode != 0:
        why = " ".join(done.stderr.split())[:200]
        pytest.skip(f"{what} could not be installed: npm ci ended with {done.returncode}: {why}")
