"""The templates beside this module: read and filled."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent
SUFFIX = ".jinja"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,
    )


def kinds() -> list[str]:
    """The kinds of service that there are templates for, in alphabetical order."""
    return sorted(path.name for path in (FOLDER / "kinds").iterdir() if (path / f"service.yml{SUFFIX}").is_file())


def filled(folder: str, words: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """All files of a folder of templates, by their name in it (`sandbox/records.yml`), filled with words."""
    for path in sorted((FOLDER / folder).rglob(f"*{SUFFIX}")):
        name = path.relative_to(FOLDER / folder).as_posix().removesuffix(SUFFIX)
        yield name, _environment().get_template(f"{folder}/{name}{SUFFIX}").render(words)
