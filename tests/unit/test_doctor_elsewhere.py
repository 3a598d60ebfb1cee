"""What the doctor looks at where engines and the bot are elsewhere, as in a container of one role."""

import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.cli.examining import engine, python_of_bot
from desk.contract.errors import StartError


def missing() -> Path:
    raise StartError("The wheel is missing.")


def runtime_of(folder: Path, **given: object) -> Runtime:
    """A runtime with these settings and no file of settings."""
    return Runtime(settings=Settings(_env_file=None, **given), root=folder, data_dir=folder, running={})  # type: ignore[call-arg, arg-type]


def test_an_engine_that_nobody_needs_may_be_missing() -> None:
    """Where a server is named."""
    assert engine(missing, SecretStr("postgresql://db/desk")).startswith("a setting names a server")


def test_an_engine_that_is_needed_is_missed() -> None:
    """And told of with the mend."""
    with pytest.raises(StartError, match="wheel is missing"):
        engine(missing, None)


def test_a_bot_that_is_elsewhere_needs_no_environment_here(tmp_path: Path) -> None:
    """Its address is named."""
    assert python_of_bot(runtime_of(tmp_path, bot_url="http://bot:5005")).startswith("not here")


@pytest.mark.parametrize("given", [{}, {"bot_url": "http://bot:5005", "bot_python": Path("/absent/python")}])
def test_an_environment_that_is_needed_is_missed(tmp_path: Path, given: dict[str, object]) -> None:
    """Where no address is named, or one that is named is not there."""
    with pytest.raises(StartError, match="environment is missing"):
        python_of_bot(runtime_of(tmp_path, **given))


def test_an_environment_that_is_here_is_looked_at(tmp_path: Path) -> None:
    """Also where an address is named: bots may run on this machine."""
    broken = runtime_of(tmp_path, bot_url="http://bot:5005", bot_python=Path(sys.executable))
    with pytest.raises(StartError, match="does not work"):  # this Python has no Rasa
        python_of_bot(broken)
