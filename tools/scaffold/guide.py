"""What a new service of the kind `guide` begins with: one guide."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from desk.city.files import load_cities
from desk.city.guides import FOLDER, guide_problems, load_guide
from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES
from tools.scaffold.lines import unmarked


def guide_words(root: Path, said: dict[str, list[str]], agency: str | None) -> dict[str, Any]:
    """What the kind's templates are filled with beside a name and a title.

    Args:
        said: lines of residents by language; they are how the first guide is asked for.
        agency: slug of who answers; None: the first agency of the first city.
    """
    return {
        "guide_agency": agency or next(iter(load_cities(root / "cities").values())).agencies[0].slug,
        "asked": {locale: [_quoted(line) for line in said.get(locale, [])] for locale in LOCALES},
        "today": _today().isoformat(),
    }


def check_guide(root: Path, staged: Path, name: str) -> None:
    """Refuse a guide that `desk check` would find fault with.

    Raises:
        ConfigurationError: a text is missing or the agency is none of any city's.
    """
    guide = load_guide(staged / FOLDER / f"{name}.yml")
    problems = guide_problems({name: guide}, load_cities(root / "cities"), _today())
    if problems:
        raise ConfigurationError(f"The templates of guide are wrong: {'; '.join(problems)}")


def _today() -> date:
    """Of every place there is: a guide is not dated in the future anywhere."""
    return datetime.now(UTC).date()


def _quoted(line: str) -> str:
    """A line as somebody types it, as YAML takes it."""
    return json.dumps(unmarked(line), ensure_ascii=False)
