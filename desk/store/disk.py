"""Disk: folders and secrets of an engine, and what to say when there is no room for them."""

import errno
import os
import shutil
import stat
from pathlib import Path

from desk.contract.errors import StartError

LEAST_FREE_BYTES = 500_000_000

FULL = "The disk is full: {folder} needs room. Free at least 500 MB there, or set DESK_DATA_DIR to another disk."


def require_room(folder: Path, least_free_bytes: int = LEAST_FREE_BYTES) -> None:
    """Check that the disk of a folder has room.

    Raises:
        StartError: less are free.
    """
    if shutil.disk_usage(folder).free < least_free_bytes:
        raise StartError(FULL.format(folder=folder))


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can read, or close one that others could. A folder for all (/tmp) stays so.

    Raises:
        StartError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
        if found.st_mode & 0o077 and not found.st_mode & stat.S_ISVTX and found.st_uid == os.geteuid():
            folder.chmod(0o700)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise StartError(FULL.format(folder=folder)) from exc
        raise StartError(
            f"{folder} cannot be written ({exc.strerror}). Set DESK_DATA_DIR to a folder of yours, "
            "or give this one to the user who runs Citydesk."
        ) from exc


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="ascii")
