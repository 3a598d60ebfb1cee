"""Settings as files of a folder, as containers and systemd mount secrets."""

import os
from pathlib import Path

import pytest

from desk.app import runtime
from desk.app.settings import Settings
from desk.contract.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets that is named, and no other setting."""
    for name in [name for name in os.environ if name.startswith("DESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    monkeypatch.setenv("DESK_SECRETS_DIR", str(secrets))
    return secrets


def read() -> Settings:
    """What a fresh process would read."""
    return runtime.settings.__wrapped__()


def test_a_file_is_the_setting_of_its_name(folder: Path) -> None:
    """The line's end is no part of it."""
    (folder / "DESK_SECRET_KEY").write_text("s" * 40 + "\n")
    found = read().secret_key
    assert found is not None
    assert found.get_secret_value() == "s" * 40


def test_what_the_environment_says_counts_before_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a person would expect who tries something."""
    (folder / "DESK_REDIS_URL").write_text("redis://of-a-file")
    monkeypatch.setenv("DESK_REDIS_URL", "redis://of-the-environment")
    found = read().redis_url
    assert found is not None
    assert found.get_secret_value() == "redis://of-the-environment"


def test_files_of_others_are_left_alone(folder: Path) -> None:
    """A folder may hold more than ours, as Kubernetes' own `..data`."""
    (folder / "..data").mkdir()
    (folder / "postgres_password").write_text("x")
    assert read().secret_key is None


def test_a_misspelled_file_is_named(folder: Path) -> None:
    """It would be read by nobody."""
    (folder / "DESK_SECRETKEY").write_text("x")
    with pytest.raises(ConfigurationError, match="Did you mean DESK_SECRET_KEY"):
        read()


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    """Not taken for an empty one."""
    folder.rmdir()
    with pytest.raises(ConfigurationError, match="DESK_SECRETS_DIR cannot be read"):
        read()


def test_a_value_of_a_file_that_is_wrong_is_named_by_its_setting(folder: Path) -> None:
    """And not by where it was read."""
    (folder / "DESK_PORT").write_text("many")
    with pytest.raises(ConfigurationError, match="DESK_PORT"):
        read()
