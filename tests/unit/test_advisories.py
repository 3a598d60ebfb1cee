"""Known vulnerabilities: which versions they are of, and what fails the check."""

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts import advisories
from scripts.locks import Environment

LOCK = """
version = 1

[[package]]
name = "{name}"
version = "{version}"
source = {{ registry = "an index" }}
wheels = [{{ url = "https://an.index/a.whl", hash = "sha256:00" }}]

[[package]]
name = "ourselves"
version = "0.1.0"
source = {{ virtual = "." }}
"""


def environment(folder: Path, name: str, version: str) -> Environment:
    """An environment whose lock has one package."""
    (folder / "uv.lock").write_text(LOCK.format(name=name, version=version), encoding="utf-8")
    return Environment("bot", folder, serves=True)


def advisory(*events: dict[str, str], name: str = "a-package", **more: Any) -> dict[str, Any]:
    """An OSV record of one range."""
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": [*events]}]}
    return {"id": "GHSA-1", "summary": "bad", "affected": [affected], **more}


def test_what_is_known_of_a_package_fails_the_check(tmp_path: Path) -> None:
    """The aiohttp that the bot was held to before, by the list that is kept: named with what mends it."""
    known = json.loads(advisories.KNOWN.read_text(encoding="utf-8"))["advisories"]
    found = advisories.findings([environment(tmp_path, "aiohttp", "3.9.5")], known)
    wrong = advisories.check(found, [])
    assert len(wrong) >= 21
    assert "bot: aiohttp 3.9.5: CVE-2026-69244: aiohttp, mended in 3.14.3 (fixed in 3.14.3)" in wrong


def test_check_of_the_command_fails_on_a_known_vulnerability(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, and the finding on stderr."""
    monkeypatch.setattr(advisories, "ENVIRONMENTS", [environment(tmp_path, "aiohttp", "3.9.5")])
    assert advisories.main(["check"]) == 1
    assert "bot: aiohttp 3.9.5: CVE-2026-69244" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "events", "affected"),
    [
        ("1.0", [{"introduced": "0"}, {"fixed": "1.1"}], True),
        ("1.1", [{"introduced": "0"}, {"fixed": "1.1"}], False),
        ("1.1rc1", [{"introduced": "0"}, {"fixed": "1.1"}], True),
        ("1.10", [{"introduced": "0"}, {"fixed": "1.9"}], False),
        ("0.9", [{"introduced": "1.0"}, {"fixed": "1.1"}], False),
        ("1.0", [{"introduced": "1.0"}, {"fixed": "1.1"}], True),
        ("2.0", [{"introduced": "0"}, {"last_affected": "2.0"}], True),
        ("2.0.post1", [{"introduced": "0"}, {"last_affected": "2.0"}], False),
        ("3.0", [{"introduced": "0"}], True),
        ("2.5", [{"introduced": "0"}, {"fixed": "1.1"}, {"introduced": "2.0"}, {"fixed": "3.0"}], True),
        ("1.5", [{"introduced": "2.0"}, {"fixed": "3.0"}, {"introduced": "0"}, {"fixed": "1.1"}], False),
    ],
)
def test_an_advisory_is_of_the_versions_in_its_ranges(
    tmp_path: Path, version: str, events: list[dict[str, str]], affected: bool
) -> None:
    """Versions are compared as versions, and ranges as the OSV schema has them, in whatever order."""
    found = advisories.findings([environment(tmp_path, "a-package", version)], [advisory(*events)])
    assert bool(found) is affected


@pytest.mark.parametrize(
    ("record", "found"),
    [
        pytest.param(advisory({"introduced": "0"}, name="A_Package"), True, id="a name written otherwise"),
        pytest.param(advisory({"introduced": "0"}, name="another"), False, id="another package"),
        pytest.param(advisory({"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"), False, id="withdrawn"),
        pytest.param(
            {"id": "1", "affected": [{"package": {"ecosystem": "npm", "name": "a-package"}, "versions": ["1.0"]}]},
            False,
            id="of another index",
        ),
        pytest.param(
            {"id": "1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a-package"}, "versions": ["1.0"]}]},
            True,
            id="a list of versions",
        ),
    ],
)
def test_an_advisory_is_of_its_package(tmp_path: Path, record: dict[str, Any], found: bool) -> None:
    """Of the Python index, whatever its name is written like, and as long as it stands."""
    assert bool(advisories.findings([environment(tmp_path, "a-package", "1.0")], [record])) is found


@pytest.mark.parametrize(
    ("version", "wrong"),
    [
        ("1.0", []),
        (
            "1.0.1",
            [
                "bot: a-package 1.0.1: GHSA-1: bad (fixed in 2.0)",
                "bot: a-package 1.0: GHSA-1 is assessed, and no longer found. Delete that.",
            ],
        ),
        ("2.0", ["bot: a-package 1.0: GHSA-1 is assessed, and no longer found. Delete that."]),
    ],
)
def test_an_assessment_is_of_one_version(tmp_path: Path, version: str, wrong: list[str]) -> None:
    """Another version is looked at anew, and what is mended is no longer excused."""
    assessed = [
        {"environment": "bot", "package": "a-package", "version": "1.0", "advisories": ["GHSA-1"], "reason": ""}
    ]
    record = advisory({"introduced": "0"}, {"fixed": "2.0"})
    found = advisories.findings([environment(tmp_path, "a-package", version)], [record])
    assert advisories.check(found, assessed) == wrong


@pytest.mark.parametrize(("whole", "said"), [(3, True), (4, False)])
def test_a_list_is_made_of_an_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], whole: int, said: bool
) -> None:
    """JSON as OSV publishes it and YAML as the packaging authority keeps it; of our packages, and what is read.

    It says of itself that it is complete only where it was made of a whole database.
    """
    archive, known = tmp_path / "all.zip", tmp_path / "advisories.json"
    mine = advisory({"introduced": "0"}, details="long", modified="2026-01-01T00:00:00Z")
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("GHSA-1.json", json.dumps(mine))
        written.writestr("GHSA-2.json", json.dumps(advisory({"introduced": "0"}, name="foreign")))
        written.writestr(
            "vulns/PYSEC-1.yaml",
            "id: PYSEC-1\nmodified: 2026-01-01T00:00:00Z\n"
            "affected: [{package: {ecosystem: PyPI, name: a-package}, versions: ['1.0']}]\n",
        )
        written.writestr("README.md", "no record")
    monkeypatch.setattr(advisories, "ENVIRONMENTS", [environment(tmp_path, "a-package", "1.0")])
    monkeypatch.setattr(advisories, "KNOWN", known)
    monkeypatch.setattr(advisories, "ROOT", tmp_path)
    monkeypatch.setattr(advisories, "WHOLE", whole)
    assert advisories.main(["write", str(archive)]) == 0
    made = json.loads(known.read_text(encoding="utf-8"))
    assert [one["id"] for one in made["advisories"]] == ["GHSA-1", "PYSEC-1"]
    assert (made["complete"], "is no whole database" in capsys.readouterr().err) == (said, not said)
    assert "details" not in made["advisories"][0]


def test_what_nobody_has_looked_at_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a list that is not complete, each locked package of which it says nothing; of a complete one none."""
    known = tmp_path / "advisories.json"
    monkeypatch.setattr(advisories, "ENVIRONMENTS", [environment(tmp_path, "a-package", "1.0")])
    monkeypatch.setattr(advisories, "KNOWN", known)
    about = {"as_of": "2026-11-28", "looked_at": {}, "not_looked_at": [], "advisories": [advisory(name="another")]}
    for complete, listed in ((False, "bot: a-package 1.0\n"), (True, "")):
        known.write_text(json.dumps({**about, "complete": complete}), encoding="utf-8")
        advisories.main(["check"])
        assert ("Nobody has looked whether 1 of 1" in capsys.readouterr().out) == (not complete)
        assert advisories.main(["unknown"]) == 0
        assert capsys.readouterr().out == listed


TODAY = date.today()  # noqa: DTZ011 - as the check has it


def kept_list(folder: Path, monkeypatch: pytest.MonkeyPatch, **about: Any) -> Path:
    """A list without records, of an environment with one package, that is looked at today."""
    known = folder / "advisories.json"
    monkeypatch.setattr(advisories, "ENVIRONMENTS", [environment(folder, "a-package", "1.0")])
    monkeypatch.setattr(advisories, "KNOWN", known)
    monkeypatch.setattr(advisories, "ASSESSED", folder / "assessed.yml")
    (folder / "assessed.yml").write_text("[]", encoding="utf-8")
    whole = {"as_of": TODAY.isoformat(), "complete": False, "looked_at": {}, "not_looked_at": [], "advisories": []}
    known.write_text(json.dumps({**whole, **about}), encoding="utf-8")
    return known


def test_a_package_that_nobody_answers_for_fails_until_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is new in a lock passes for nothing; once it is noted the check passes, and says of how many."""
    known = kept_list(tmp_path, monkeypatch)
    assert advisories.main(["check"]) == 1
    assert "a-package: nobody has looked" in capsys.readouterr().err
    assert advisories.main(["unknown", "--write"]) == 0
    assert json.loads(known.read_text(encoding="utf-8"))["not_looked_at"] == ["a-package"]
    capsys.readouterr()
    assert advisories.main(["check"]) == 0
    assert "  bot, which serves: 1 of 1." in capsys.readouterr().out


@pytest.mark.parametrize("about", [{"looked_at": {"a-package": TODAY.isoformat()}}, {"complete": True}])
def test_what_is_answered_is_noted_as_such_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], about: dict[str, Any]
) -> None:
    """A note that is not so any more fails."""
    kept_list(tmp_path, monkeypatch, **about, not_looked_at=["a-package"])
    assert advisories.main(["check"]) == 1
    assert "a-package is noted as not looked at, and is not so" in capsys.readouterr().err
    kept_list(tmp_path, monkeypatch, **about)
    assert advisories.main(["check", "--strict"]) == 0


@pytest.mark.parametrize("part", ["list", "answer"])
@pytest.mark.parametrize(("days", "strict", "code"), [(30, True, 0), (31, True, 1), (31, False, 0)])
def test_an_old_list_is_said_and_fails_where_it_is_insisted_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    part: str,
    days: int,
    strict: bool,
    code: int,
) -> None:
    """After thirty days, counted from its oldest answer."""
    today, then = TODAY.isoformat(), (TODAY - timedelta(days=days)).isoformat()
    about = {
        "as_of": then if part == "list" else today,
        "looked_at": {"a-package": then if part == "answer" else today},
    }
    kept_list(tmp_path, monkeypatch, **about)
    assert advisories.main(["check", *(["--strict"] if strict else [])]) == code
    said = capsys.readouterr().err
    assert (f"The list is {days} days old" in said) == (days > 30)
    assert said.startswith("Warning: ") == (days > 30 and not strict)
