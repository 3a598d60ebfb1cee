"""Reads the files of samples in this folder: `<file>.yml` holds, by name, how people ask, in each language.

A new way of asking is a line of a file, and trains no model.
"""

from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from actions.samples.likeness import Samples
from desk.city.guides import Asked
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError

FOLDER = Path(__file__).parent
_FILE = TypeAdapter(dict[str, Asked])


@cache
def written(file: str) -> dict[str, Asked]:
    """The samples of a file, by name and language.

    Raises:
        ConfigurationError: it cannot be read, or a name lacks a language.
    """
    path = FOLDER / f"{file}.yml"
    try:
        return _FILE.validate_python(read_yaml(path))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"actions/samples/{file}.yml is no file of samples: {exc}") from exc


@cache
def samples(file: str) -> Samples:
    """The samples of a file, ready to be compared with.

    Raises:
        ConfigurationError: it cannot be read, or a name lacks a language.
    """
    return Samples({name: asked.all for name, asked in written(file).items()})
