"""A file of records that are appended, read in order and cleared.

Each record is its length in four bytes, then its content, on disk before `append` returns. A record that was cut off by
the end of its process was never acknowledged and is passed over. The file is locked by the process that has it open.
"""

import errno
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Record:
    """A record, and where it begins."""

    at: int
    content: bytes

    @property
    def end(self) -> int:
        return self.at + LENGTH_BYTES + len(self.content)


class SpoolFile:
    """One file. `size` is what is whole in it, `read_to` how far it was read."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = 0
        self.read_to = 0
        self._descriptor = descriptor

    @classmethod
    def make(cls, folder: Path, suffix: str) -> Self:
        """Make a new one, whose name stands after those of all older ones.

        Raises:
            OSError: it cannot be made.
        """
        path = folder / f"{time.time_ns():020}-{os.getpid()}{suffix}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _flush_folder(folder)
        return cls(path, descriptor)

    @classmethod
    def adopt(cls, path: Path) -> Self | None:
        """Open what an ended process left; None where it lives, or left nothing.

        Raises:
            OSError: it cannot be opened.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # another process was faster
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        file = cls(path, descriptor)
        file.size = file._whole()
        if file.size:
            return file
        file.remove()
        return None

    def append(self, content: bytes) -> None:
        """Append a record, and flush it to the disk.

        Raises:
            OSError: it could not be written; the file is as it was.
        """
        written = len(content).to_bytes(LENGTH_BYTES) + content
        try:
            if os.pwrite(self._descriptor, written, self.size) < len(written):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(written)

    def ahead(self, most: int) -> list[Record]:
        """Read the next records, so many at most; none at the end."""
        found: list[Record] = []
        at = self.read_to
        while at < self.size and len(found) < most and (record := self._record(at)) is not None:
            found.append(record)
            at = record.end
        return found

    def passed(self, record: Record) -> None:
        """Note that a record and all before it are done with."""
        self.read_to = record.end

    def clear(self) -> None:
        """Begin anew: nothing in it is wanted any more."""
        os.ftruncate(self._descriptor, 0)
        os.fsync(self._descriptor)
        self.size = self.read_to = 0

    def remove(self) -> None:
        """Delete it."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of it; an empty one is deleted."""
        if not self.size:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _record(self, at: int) -> Record | None:
        length = int.from_bytes(os.pread(self._descriptor, LENGTH_BYTES, at))
        content = os.pread(self._descriptor, length, at + LENGTH_BYTES)
        return Record(at, content) if length and len(content) == length else None

    def _whole(self) -> int:
        end = 0
        while (record := self._record(end)) is not None:
            end = record.end
        return end


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
