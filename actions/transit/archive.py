"""A GTFS zip from outside, read with suspicion."""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Self

from desk.contract.errors import BackendNonsense

MAX_MEMBER_BYTES = 6 * 1024**3
"""Unpacked size of one table. The largest national feeds have a stop_times.txt of about 3 GB."""
MAX_TOTAL_BYTES = 10 * 1024**3
MAX_RATIO = 150
"""Unpacked : packed beyond which a large member is a zip bomb. Timetables pack 5:1 to 40:1; deflate ends at 1032:1."""
RATIO_MATTERS_BYTES = 64 * 1024**2
MAX_LINE_CHARACTERS = 100_000
MAX_MEMBERS = 1000
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, csv.Error, EOFError, OSError, RuntimeError, ValueError)
"""Of a damaged zip. RuntimeError: a password, or an unknown compression; ValueError: a place before its beginning."""


class BrokenFeed(BackendNonsense):
    """The timetable feed breaks the GTFS standard. The message names the file and what is wrong."""

    retryable = False


class Archive:
    """The tables of a GTFS zip, as streams of rows. Reads line by line, so memory does not grow with the feed.

    The tables may lie in one folder inside the zip, as some producers have it. Sizes are checked before a byte is
    unpacked; `zipfile` itself holds a member to the size that was checked.
    """

    def __init__(self, path: Path) -> None:
        """Open a zip.

        Raises:
            BrokenFeed: it is no zip, is damaged, or unpacks to more than a timetable could.
        """
        try:
            self._zip = zipfile.ZipFile(path)
        except UNREADABLE as exc:
            raise BrokenFeed(f"The feed is not a zip file: {exc}") from exc
        try:
            self._members = _members(self._zip)
        except BrokenFeed:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def tables(self) -> frozenset[str]:
        """Names of the files at hand, such as `stops.txt`."""
        return frozenset(self._members)

    def rows(self, table: str, needs: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
        """Read a table: one dict a row, column to trimmed text; "" where a column or a field is missing.

        A table that is not there has no rows. Rows shorter than the header are filled, longer ones cut.

        Raises:
            BrokenFeed: a column of `needs` is missing, the text is not UTF-8, or the file cannot be read.
        """
        member = self._members.get(table)
        if member is None:
            return
        try:
            with self._zip.open(member) as raw:
                reader = csv.reader(_lines(raw, table), skipinitialspace=True)
                header = [name.strip() for name in next(reader, [])]
                if missing := [column for column in needs if column not in header]:
                    raise BrokenFeed(f"{table} has no column {missing[0]}; it has {', '.join(header) or 'none'}.")
                for fields in reader:
                    if any(fields):
                        row = dict.fromkeys(header, "")
                        row.update((name, field.strip()) for name, field in zip(header, fields, strict=False))
                        yield row
        except UnicodeDecodeError as exc:
            raise BrokenFeed(f"{table} is not UTF-8, which GTFS requires.") from exc
        except UNREADABLE as exc:
            raise BrokenFeed(f"{table} cannot be read: {exc}") from exc


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = [info for info in archive.infolist() if not info.is_dir() and info.filename.endswith(".txt")]
    if len(infos) > MAX_MEMBERS:
        raise BrokenFeed(f"The feed has {len(infos)} tables.")
    total = 0
    for info in infos:
        total += info.file_size
        if info.file_size > MAX_MEMBER_BYTES or total > MAX_TOTAL_BYTES:
            raise BrokenFeed(f"{info.filename} unpacks to more than a timetable could ({info.file_size} bytes).")
        if info.file_size > RATIO_MATTERS_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise BrokenFeed(
                f"{info.filename} unpacks to {info.file_size} bytes from {info.compress_size}: a zip bomb."
            )
    folders = [PurePosixPath(i.filename).parent for i in infos if PurePosixPath(i.filename).name == "stops.txt"]
    folder = min(folders, key=lambda parent: len(parent.parts), default=PurePosixPath())
    return {PurePosixPath(info.filename).name: info for info in infos if PurePosixPath(info.filename).parent == folder}


def _lines(raw: IO[bytes], table: str) -> Iterator[str]:
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    while line := text.readline(MAX_LINE_CHARACTERS):
        if len(line) == MAX_LINE_CHARACTERS:
            raise BrokenFeed(f"{table} has a line of more than {MAX_LINE_CHARACTERS} characters.")
        yield line
