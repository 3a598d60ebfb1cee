"""Compares our locks with known vulnerabilities. With the desk's Python:

    scripts/advisories.py check             against supply/advisories.json; needs no network
    scripts/advisories.py check --strict    and fails where that is older than 30 days, instead of saying so
    scripts/advisories.py check --online    and against OSV as it is now, with `uv audit`
    scripts/advisories.py unknown           of which locked packages nobody has looked whether anything is known
    scripts/advisories.py unknown --write   and notes those of what serves in the list
    scripts/advisories.py write FOLDER|ZIP  makes supply/advisories.json of OSV records: what OSV publishes of PyPI as
                                            one archive, or a checkout of an advisory database

A finding fails the check unless supply/assessed.yml says why it does not reach us. An assessment is of one version of
one package in one environment; it fails, too, once that is no longer found.

A list that is not made of a whole database says of each package that serves when somebody looked (`looked_at`), or that
nobody has (`not_looked_at`); a package that is new in a lock fails the check until one of both is said of it.
"""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.bootstrap import SetUpError, find_uv
from scripts.locks import ENVIRONMENTS, ROOT, Environment, Locked

KNOWN = ROOT / "supply" / "advisories.json"
ASSESSED = ROOT / "supply" / "assessed.yml"
OLD_DAYS = 30
WHOLE = 5_000
"""So many records of PyPI are a whole database; what OSV publishes of it has several times as many."""
_KEPT = ("id", "aliases", "summary", "published", "modified", "withdrawn")
"""Of a record, beside what it affects. Records of OSV refer to themselves by their id."""


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of a locked package."""

    environment: str
    package: str
    version: str
    advisory: str
    aliases: tuple[str, ...]
    summary: str
    fixed: tuple[str, ...]

    def line(self) -> str:
        """What is printed of it."""
        names = "/".join((self.advisory, *self.aliases))
        mend = f"fixed in {', '.join(self.fixed)}" if self.fixed else "no release mends it"
        return f"{self.environment}: {self.package} {self.version}: {names}: {self.summary} ({mend})"


def findings(environments: Iterable[Environment], advisories: Iterable[dict[str, Any]]) -> list[Finding]:
    """Every advisory that is of the locked version of a package, by environment and package."""
    by_package: dict[str, list[dict[str, Any]]] = {}
    for advisory in advisories:
        if "withdrawn" not in advisory:
            for name in {_normal(affected["package"]["name"]) for affected in advisory["affected"]}:
                by_package.setdefault(name, []).append(advisory)
    return [
        _finding(environment, package, advisory)
        for environment in environments
        for package in environment.packages()
        for advisory in by_package.get(package.name, [])
        if any(_is_affected(package, affected) for affected in advisory["affected"])
    ]


def _finding(environment: Environment, package: Locked, advisory: dict[str, Any]) -> Finding:
    fixed = {
        event["fixed"]
        for affected in advisory["affected"]
        if _normal(affected["package"]["name"]) == package.name
        for versions in affected.get("ranges", [])
        for event in versions["events"]
        if "fixed" in event and Version(event["fixed"]) > Version(package.version)
    }
    return Finding(
        environment.name,
        package.name,
        package.version,
        advisory["id"],
        tuple(advisory.get("aliases", [])),
        advisory.get("summary", "no summary"),
        tuple(sorted(fixed, key=Version)),
    )


def _is_affected(package: Locked, affected: dict[str, Any]) -> bool:
    """Whether a version is one of those listed or lies in a range (OSV schema 1.6, "evaluation")."""
    if affected["package"]["ecosystem"] != "PyPI" or _normal(affected["package"]["name"]) != package.name:
        return False
    if package.version in affected.get("versions", []):
        return True
    return any(
        versions["type"] == "ECOSYSTEM" and _is_within(Version(package.version), versions["events"])
        for versions in affected.get("ranges", [])
    )


def _is_within(version: Version, events: list[dict[str, str]]) -> bool:
    within = False
    for event in sorted(events, key=lambda event: _order(*next(iter(event.items())))):
        ((kind, at),) = event.items()
        if kind == "introduced" and (at == "0" or version >= Version(at)):
            within = True
        elif (kind == "fixed" and version >= Version(at)) or (kind == "last_affected" and version > Version(at)):
            within = False
    return within


def _order(kind: str, at: str) -> tuple[Version, int]:
    """Where one release is introduced and another mended, the mending comes first."""
    return Version(at), ("fixed", "introduced", "last_affected", "limit").index(kind)


def _normal(name: str) -> str:
    """A name as locks write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check(found: Iterable[Finding], assessed: Iterable[dict[str, Any]]) -> list[str]:
    """What is wrong: findings without an assessment, and assessments without a finding."""
    known = {
        (one["environment"], one["package"], one["version"], advisory): one["reason"]
        for one in assessed
        for advisory in one["advisories"]
    }
    seen = {(one.environment, one.package, one.version, one.advisory): one for one in found}
    wrong = [one.line() for key, one in sorted(seen.items()) if key not in known]
    wrong += [
        f"{environment}: {package} {version}: {advisory} is assessed, and no longer found. Delete that."
        for environment, package, version, advisory in sorted(known.keys() - seen.keys())
    ]
    return wrong


def _read_records(source: Path) -> Iterator[dict[str, Any]]:
    """OSV records in a folder or an archive, as JSON or YAML."""
    if source.is_dir():
        for path in sorted([*source.rglob("*.json"), *source.rglob("*.yaml")]):
            yield _record(path.name, path.read_bytes())
    else:
        with zipfile.ZipFile(source) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith((".json", ".yaml")):
                    yield _record(name, archive.read(name))


def _record(name: str, content: bytes) -> dict[str, Any]:
    record = json.loads(content) if name.endswith(".json") else yaml.load(content, Loader=yaml.CSafeLoader)
    return record if isinstance(record, dict) else {}


def kept(records: Iterable[dict[str, Any]], environments: Iterable[Environment]) -> tuple[list[dict[str, Any]], int]:
    """Of each record that is of a package of ours, what the check reads; and how many records of PyPI there were."""
    ours = {package.name for environment in environments for package in environment.packages()}
    advisories, looked_at = [], 0
    for record in records:
        of_index = [one for one in record.get("affected", []) if one.get("package", {}).get("ecosystem") == "PyPI"]
        looked_at += bool(of_index)
        affected = [
            {name: one[name] for name in ("package", "ranges", "versions") if name in one}
            for one in of_index
            if _normal(one["package"]["name"]) in ours
        ]
        if affected:
            advisories.append(
                {**{name: _plain(record[name]) for name in _KEPT if name in record}, "affected": affected}
            )
    return sorted(advisories, key=lambda advisory: advisory["id"]), looked_at


def _plain(value: Any) -> Any:
    """YAML reads times, JSON cannot write them."""
    return value if isinstance(value, str | list) else value.isoformat()


def _write(source: Path) -> int:
    advisories, looked_at = kept(_read_records(source), ENVIRONMENTS)
    if not advisories:
        print(f"There is no OSV record of a package of ours in {source}.", file=sys.stderr)
        return 1
    document: dict[str, Any] = {
        "as_of": date.today().isoformat(),  # noqa: DTZ011 - the day where it was taken
        "source": source.name,
        "complete": looked_at >= WHOLE,
        "looked_at": {},
        "not_looked_at": [],
        "advisories": advisories,
    }
    if not document["complete"]:
        named = {_normal(one["package"]["name"]) for advisory in advisories for one in advisory["affected"]}
        document["looked_at"] = dict.fromkeys(sorted(named), document["as_of"])
        serving = silent([one for one in ENVIRONMENTS if one.serves], document)
        document["not_looked_at"] = sorted({line.split()[1] for line in serving})
    _keep(document)
    print(f"{len(advisories)} advisories of our packages written to {KNOWN.relative_to(ROOT)}.")
    if looked_at < WHOLE:
        print(
            f"{source} has {looked_at} records of PyPI, and is no whole database: the list says that it is not"
            " complete.",
            file=sys.stderr,
        )
    return 0


def silent(environments: Iterable[Environment], known: dict[str, Any]) -> list[str]:
    """The locked packages of which nobody has looked whether anything is known, as `environment: package version`.

    Of a complete list there are none: what it does not name has no record.
    """
    if known["complete"]:
        return []
    return sorted(
        f"{environment.name}: {package.name} {package.version}"
        for environment in environments
        for package in environment.packages()
        if package.name not in known["looked_at"]
    )


def unsaid(environments: Iterable[Environment], known: dict[str, Any]) -> list[str]:
    """What is wrong with what a list says of who looked at what serves: it says nothing, or what is not so."""
    locked = {package.name for environment in environments if environment.serves for package in environment.packages()}
    silence = set() if known["complete"] else locked - known["looked_at"].keys()
    listed = set(known["not_looked_at"])
    return [
        *(
            f"{name}: nobody has looked whether anything is known of it. Look and write the day into `looked_at`, or"
            " note it: scripts/advisories.py unknown --write"
            for name in sorted(silence - listed)
        ),
        *(f"{name} is noted as not looked at, and is not so. Delete that." for name in sorted(listed - silence)),
    ]


def age(known: dict[str, Any], today: date) -> int:
    """Days since the oldest answer of a list."""
    days = [known["as_of"], *([] if known["complete"] else known["looked_at"].values())]
    return max((today - date.fromisoformat(day)).days for day in days)


def _unknown(*, write: bool) -> int:
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    for line in silent(ENVIRONMENTS, known):
        print(line)
    if write:
        serving = silent([one for one in ENVIRONMENTS if one.serves], known)
        known["not_looked_at"] = sorted({line.split()[1] for line in serving})
        _keep(known)
    return 0


def _keep(known: dict[str, Any]) -> None:
    KNOWN.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _say(known: dict[str, Any], found: int, wrong: int) -> None:
    """Say what the list is, and of how much it says nothing."""
    partly = "" if known["complete"] else "; it is not complete, see docs/how-to/check-the-supply.md"
    print(f"{len(known['advisories'])} advisories as of {known['as_of']}{partly}. {found} found, {wrong} wrong.")
    if known["complete"]:
        return
    packages = sum(len(environment.packages()) for environment in ENVIRONMENTS)
    print(
        f"Nobody has looked whether {len(silent(ENVIRONMENTS, known))} of {packages} locked packages have known"
        " vulnerabilities: scripts/advisories.py unknown"
    )
    for environment in ENVIRONMENTS:
        if environment.serves:
            print(
                f"  {environment.name}, which serves: {len(silent([environment], known))} of"
                f" {len(environment.packages())}. That nothing is found says nothing of them."
            )


def _check(*, online: bool, strict: bool) -> int:
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    assessed = yaml.safe_load(ASSESSED.read_text(encoding="utf-8")) or []
    try:
        found = findings(ENVIRONMENTS, known["advisories"])
    except InvalidVersion as exc:
        print(f"{KNOWN}: {exc}", file=sys.stderr)
        return 1
    wrong = [*check(found, assessed), *unsaid(ENVIRONMENTS, known)]
    _say(known, len(found), len(wrong))
    days = age(known, date.today())  # noqa: DTZ011 - the day where it is read
    if days > OLD_DAYS:
        old = f"The list is {days} days old, more than {OLD_DAYS}. Write it anew: docs/how-to/check-the-supply.md"
        print(old if strict else f"Warning: {old}", file=sys.stderr)
    for line in wrong:
        print(line, file=sys.stderr)
    failed = bool(wrong) or (strict and days > OLD_DAYS)
    return max([int(failed), *(_audit(environment, assessed) for environment in ENVIRONMENTS if online)])


def _audit(environment: Environment, assessed: list[dict[str, Any]]) -> int:
    """Asks OSV, with uv; what is assessed is left out."""
    names = sorted(
        {advisory for one in assessed if one["environment"] == environment.name for advisory in one["advisories"]}
    )
    ignored = [word for name in names for word in ("--ignore", name)]
    print(f"▸ {environment.name}, as OSV knows it now", flush=True)
    command = [find_uv(), "audit", "--frozen", "--preview-features", "audit", *ignored]
    return subprocess.run(command, cwd=environment.folder, check=False).returncode


def main(arguments: list[str]) -> int:
    """Runs a command; 1 when something was found, 2 when it was asked wrongly."""
    match arguments:
        case ["check", *ways] if set(ways) <= {"--online", "--strict"}:
            try:
                return _check(online="--online" in ways, strict="--strict" in ways)
            except SetUpError as exc:
                print(exc, file=sys.stderr)
                return 1
        case ["unknown", *ways] if ways in ([], ["--write"]):
            return _unknown(write=bool(ways))
        case ["write", source] if Path(source).exists():
            return _write(Path(source))
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
