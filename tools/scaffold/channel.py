"""A new channel: its file and its table of cases, which pass the contract suite as they are."""

from dataclasses import dataclass
from pathlib import Path

from desk.contract.errors import Conflict
from tools.scaffold.names import check_slug, check_words
from tools.scaffold.staging import Staging
from tools.scaffold.templates import filled

PLACES = {"channel.py": "channels/{name}.py", "table.yml": "tests/contract/channels/{name}.yml"}


@dataclass(frozen=True)
class NewChannel:
    """What is said of a new channel. `city` is the one whose account the table's cases are of."""

    name: str
    title: str
    city: str


def make_channel(root: Path, new: NewChannel) -> tuple[list[Path], list[Path]]:
    """Write a channel; the paths that are new, and those that are changed: none.

    Raises:
        ConfigurationError: the name is wrong; nothing is written then.
        Conflict: there is such a channel.
    """
    check_slug(new.name)
    check_words(title=new.title)
    staging = Staging(root)
    class_name = "".join(part.capitalize() for part in new.name.split("_"))
    words = {"name": new.name, "title": new.title, "class_name": class_name, "city": new.city}
    for name, text in filled("channel", words):
        place = PLACES[name].format(name=new.name)
        if (root / place).exists():
            raise Conflict(f"{place} is there already: take another name.")
        staging.put(place, text)
    return staging.commit(check=_compiles, finish=lambda: None)


def _compiles(staged: Path) -> None:
    for path in staged.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), path.name, "exec")
