"""The archive: where PostgreSQL copies its log of changes (WAL), in segments, at least once a minute.

    <folder>/wal/000000010000000000000007.gz     a segment, compressed
    <folder>/base/2026-11-30T05-20-00Z/          a base backup (`tools.backups.base_backups`)
    <folder>/rehearsals/2026-11-30T05-30-00Z.json   a report (`desk.app.rehearsal`)

Segment names: https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-BACKUP (pg_walfile_name).
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SEGMENT = re.compile(r"(?P<timeline>[0-9A-F]{8})(?P<log>[0-9A-F]{8})(?P<part>000000[0-9A-F]{2})\.gz")
PARTS = 256  # segments of 16 MB in a log of 4 GB
TIMEOUT_SECONDS = 60
"""A segment that is not full is copied after so long: so much may be lost."""

# What is there already is taken for copied only if it is the same; half a segment never has its name.
COPY = (
    "if test -f {kept}; then gzip -dc {kept} | cmp -s - %p; "
    "else gzip -c %p > {part} && sync {part} && mv {part} {kept}; fi"
)


@dataclass(frozen=True, slots=True)
class Archive:
    """The folder of backups."""

    folder: Path

    @property
    def wal(self) -> Path:
        return self.folder / "wal"

    @property
    def bases(self) -> Path:
        return self.folder / "base"

    @property
    def settings(self) -> dict[str, str]:
        """What makes PostgreSQL copy its log here."""
        quoted = shlex.quote(str(self.wal)).replace("%", "%%")
        command = COPY.format(kept=f"{quoted}/%f.gz", part=f"{quoted}/.%f.part")
        return {"archive_mode": "on", "archive_timeout": f"{TIMEOUT_SECONDS}s", "archive_command": command}

    @property
    def restore_command(self) -> str:
        """What brings a segment back."""
        quoted = shlex.quote(str(self.wal)).replace("%", "%%")
        return f"gzip -dc {quoted}/%f.gz > %p"

    def segments(self) -> list[str]:
        """The segments that are here, in order, without their ending."""
        return sorted(path.name.removesuffix(".gz") for path in self.wal.glob("*.gz") if SEGMENT.fullmatch(path.name))

    def missing_after(self, first: str) -> str | None:
        """The first segment that is missing from `first` on in its timeline; None: there is none.

        What stands behind a gap cannot be reached, so a backup is good until there.
        """
        timeline = first[:8]
        here = [one for one in self.segments() if one[:8] == timeline and one >= first]
        return first if not here or here[0] != first else _gap(here)


def _gap(here: Sequence[str]) -> str | None:
    for one, after in pairwise(here):
        if number_of(after) != number_of(one) + 1:
            return named(one[:8], number_of(one) + 1)
    return None


def number_of(segment: str) -> int:
    """The number of a segment in its timeline."""
    return int(segment[8:16], 16) * PARTS + int(segment[16:24], 16)


def named(timeline: str, number: int) -> str:
    """The segment of a number."""
    return f"{timeline}{number // PARTS:08X}{number % PARTS:08X}"
