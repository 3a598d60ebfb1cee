"""What a bot in a container of its own is started with."""

import json
from pathlib import Path

import pytest

from desk.app.bot_process import bots_keys, prepared
from desk.app.choice import Choice, Start
from desk.contract.errors import StartError
from desk.store.keys import Keys, load

FINGERPRINT = "0123456789abcdef"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load(tmp_path, "s" * 40)


def start(path: Path | None) -> Start:
    return Start(path, Choice(model=FINGERPRINT, files=FINGERPRINT))


def test_keys_of_its_pairs_and_no_secret_are_written(tmp_path: Path, keys: Keys) -> None:
    """Readable by their owner alone."""
    prepared(tmp_path, keys, start(None), tmp_path)
    written = tmp_path / "role_keys"
    assert (written.read_text(), written.stat().st_mode & 0o077) == (bots_keys(keys), 0)
    assert len(json.loads(written.read_text())) == 2
    assert not any("s" * 40 in path.read_text() for path in tmp_path.iterdir())


def test_a_model_that_lies_here_is_named_by_its_place(tmp_path: Path, keys: Keys) -> None:
    """Also one that was trained beside another."""
    prepared(tmp_path, keys, start(tmp_path / "jobs" / "fedcba.tar.gz"), tmp_path)
    assert (tmp_path / "model").read_text() == "jobs/fedcba.tar.gz"


def test_a_model_that_an_image_brings_is_named_by_the_files(tmp_path: Path, keys: Keys) -> None:
    """An image with another one does not start."""
    prepared(tmp_path, keys, start(None), tmp_path)
    assert (tmp_path / "model").read_text() == f"{FINGERPRINT}.tar.gz"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, keys: Keys) -> None:
    """With the mend."""
    with pytest.raises(StartError, match="Give it to the user who runs this"):
        prepared(tmp_path / "absent", keys, start(None), tmp_path)
