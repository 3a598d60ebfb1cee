"""What the product is made of: by hash, known, and without a known vulnerability that nobody has looked at."""

import json
import subprocess
import sys

import pytest

from desk.city.yaml_files import parse_yaml
from scripts import advisories, sbom, wheels
from scripts.locks import ENVIRONMENTS, ROOT, Environment

NEVER_SERVES = {"tensorflow", "keras", "sanic", "pymongo", "sentry-sdk", "rasa-sdk", "setuptools", "dask"}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_every_package_is_locked_by_hash(environment: Environment) -> None:
    """What is installed is what was looked at."""
    loose = [
        package.name
        for package in environment.packages()
        if not package.hashes or not all(value.startswith("sha256:") for value in package.hashes.values())
    ]
    assert loose == []


def test_no_known_vulnerability_is_in_a_lock() -> None:
    """By the list that is kept; what is assessed says why it does not reach us."""
    command = [sys.executable, "scripts/advisories.py", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("is assessed")) == (0, 0), done.stderr


def test_nothing_that_serves_is_excused() -> None:
    """What residents' messages reach is mended, not assessed."""
    serving = {environment.name for environment in ENVIRONMENTS if environment.serves}
    assessed = parse_yaml(advisories.ASSESSED.read_text(encoding="utf-8"))
    assert [one["package"] for one in assessed if one["environment"] in serving] == []


def test_every_advisory_says_where_it_was_read() -> None:
    """As long as the list is not made of a whole database."""
    known = json.loads(advisories.KNOWN.read_text(encoding="utf-8"))
    unsourced = [one["id"] for one in known["advisories"] if not one.get("references")]
    assert known["complete"] or unsourced == []


def test_wheels_that_have_no_second_source_are_pinned_as_locked() -> None:
    """`scripts/wheels.py` writes the page that copies are fetched and checked by."""
    assert wheels.PINNED.read_text(encoding="utf-8") == wheels.pinned()


@pytest.mark.parametrize("environment", [one for one in ENVIRONMENTS if one.serves], ids=lambda one: one.name)
def test_what_serves_has_a_bill_of_materials(environment: Environment) -> None:
    """What of its lock is installed to serve, each in its version, with the licences of what is installed here."""
    document = sbom.bill(environment, {})
    listed = {(one["name"], one["version"]) for one in document["components"]}
    locked = {(one.name, one.version) for one in environment.packages()}
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert listed <= locked
    assert len(listed) > len(locked) // 3
    assert {"aiohttp", "pydantic"} <= {name for name, _ in listed}
    assert sum("licenses" in one for one in document["components"]) > len(listed) // 2


def test_the_bot_serves_without_what_it_does_not_need() -> None:
    """Rasa asks for them; they stand in bot/stock alone."""
    bot = next(environment for environment in ENVIRONMENTS if environment.name == "bot")
    assert NEVER_SERVES & {package.name for package in bot.packages()} == set()
