"""Room on the disk."""

from pathlib import Path

import pytest

from desk.contract.errors import StartError
from desk.store.disk import make_folder, require_room, write_secret

MORE_THAN_ANY_DISK = 2**70


def test_full_disk_says_where_and_what_to_do(tmp_path: Path) -> None:
    """Nobody has to guess which disk is full."""
    with pytest.raises(StartError, match=rf"The disk is full: {tmp_path} needs room.*DESK_DATA_DIR"):
        require_room(tmp_path, MORE_THAN_ANY_DISK)


def test_room_enough_is_enough(tmp_path: Path) -> None:
    """A disk with room stops nothing."""
    require_room(tmp_path, 1)


def test_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """What residents wrote lies in it."""
    make_folder(tmp_path / "data")
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_secret_is_its_owners_alone_even_where_the_file_was_open(tmp_path: Path) -> None:
    """A file that everybody could read is closed before the secret is in it."""
    file = tmp_path / "secret"
    file.touch(mode=0o644)
    write_secret(file, "s3cret")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text(encoding="ascii") == "s3cret"
