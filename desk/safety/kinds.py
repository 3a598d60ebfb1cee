"""Kinds of emergencies as data: `nlu/safety/<kind>/kind.yml`, read and checked."""

import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from desk.city.files import CityModel
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES, Slug
from values.lexicon import lexicon

FOLDER = Path("nlu") / "safety"
DECLARED = "kind.yml"
MEANWHILE = "shared/meanwhile.yml"
UNANSWERED = "shared/unanswered.yml"
OTHERS = "others"
"""The name in that file of every telephone that has no advice of its own."""
LINES, NEAR_MISSES = "lines.jsonl", "near_misses.jsonl"
VARIANTS = 5
"""Ways to go on: `safety.next_1` … Beside six steps of a kind: thirty answers before one comes again."""
LONGEST = {"zh_Hans": 120, "zh_Hant": 120, "en": 320}
"""Characters that are said at once: what a frightened person reads in ten seconds."""

type Words = Annotated[str, Field(min_length=1)]
SHARED = ("who", "breathless", "senseless", "fed", "back_in", "shut_off")
"""What expressions of all kinds may stand for by its name: `<who>` is any person, as people say it."""
_NAMED = {f"<{name}>": f"(?:{lexicon(__file__).written(name)})" for name in SHARED}


def _written(expression: object) -> object:
    if not isinstance(expression, str):
        return expression
    return reduce(lambda written, name: written.replace(name, _NAMED[name]), _NAMED, expression)


type Expression = Annotated[re.Pattern[str], BeforeValidator(_written)]
"""An expression in plain writing (Simplified, lower case), in which `<who>` stands for a person, other names for what
kinds have in common: `kinds.yml` beside this module."""


class Said(CityModel):
    """A text in all languages."""

    zh_Hans: Words
    zh_Hant: Words
    en: Words


class Act(Said):
    """Something to do. `answers` are questions of frightened people that it answers ("may I go back in?"): who asks
    such a one is told it first. `asked` are expressions for such questions, for words that meaning does not find.
    `signs` are expressions for what is seen in the case that it is for: it is told only where one is named. `down`: who
    has them does not answer. `within`: its signs tell how somebody is of whom an emergency was told, and of none by
    themselves. `call` names the telephones of the case, where they are other ones than the kind's. `facts` answer what
    is asked in that case, and are told of no other.
    """

    answers: tuple[Said, ...] = Field(default=(), exclude=True)
    asked: tuple[Expression, ...] = Field(default=(), exclude=True)
    signs: tuple[Expression, ...] = Field(default=(), exclude=True)
    down: bool = Field(default=False, exclude=True)
    within: bool = Field(default=False, exclude=True)
    call: tuple[Slug, ...] = Field(default=(), exclude=True)
    facts: tuple["Act", ...] = Field(default=(), exclude=True)


class Source(CityModel):
    """Where an instruction comes from: title and body, in Chinese as they are published."""

    title: str
    by: str
    year: int | None = None


class Kind(CityModel):
    """A kind of emergency.

    `caution` is said, before the telephones, beside the answer to words that only may tell of it.
    `call` names telephones (`desk.city.directory`), the first first. `first` is said at once; `then` one after
    the other, as long as it lasts. With `cases` each step is for a case of its own: the one that fits what was written
    is said, at once, too; where none fits, one of `meanwhile`, which is right in every case. `lasting`: people say that
    it is nothing though it is not; a bare word does not end it ("forget it, I'm fine"). `down` is said first where
    somebody does not respond, does not breathe or has collapsed. `yields`: somebody who does so is no longer this
    kind's but the body's (`desk.safety.steps.BODY`), which leads from then on. `denied`: what somebody calls it who
    says that it is not so ("I do not want to die!"). `signs`: what names it beside another wish, whenever it was and
    whoever told of it ("my brother said that he wants to die, and where do I renew his card"): a word of caution is
    said. `facts` answer what is asked in it.
    """

    names: Said
    caution: Said | None = None
    cases: bool = False
    lasting: bool = False
    yields: bool = False
    denied: tuple[Expression, ...] = Field(default=(), exclude=True)
    signs: tuple[Expression, ...] = Field(default=(), exclude=True)
    call: Annotated[list[Slug], Field(min_length=1, max_length=4)]
    first: Act
    down: Act | None = None
    then: Annotated[list[Act], Field(min_length=4)]
    meanwhile: tuple[Act, ...] = ()
    facts: tuple[Act, ...] = Field(default=(), exclude=True)
    sources: Annotated[list[Source], Field(min_length=1)]


class Meanwhile(CityModel):
    """What is right whatever the case is, while help is on its way: `nlu/safety/shared/meanwhile.yml`."""

    then: Annotated[list[Act], Field(min_length=4)]
    sources: Annotated[list[Source], Field(min_length=1)]


class Unanswered(CityModel):
    """What to do when a telephone is engaged or nobody answers: `nlu/safety/shared/unanswered.yml`.

    `signs` are expressions for that. `by` is what to do, by the name of the telephone; `others` for all that have none.
    """

    signs: Annotated[tuple[Expression, ...], Field(min_length=1)]
    by: dict[Slug, Act]
    sources: Annotated[list[Source], Field(min_length=1)]

    def of(self, telephone: Slug) -> Act:
        """What to do where this telephone is not answered."""
        return self.by.get(telephone, self.by[OTHERS])


def load_unanswered(root: Path) -> Unanswered:
    """Read what to do when a telephone is not answered.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    path = root / FOLDER / UNANSWERED
    unanswered = _read(path, Unanswered)
    if OTHERS not in unanswered.by:
        raise ConfigurationError(f"{path}: `by` has no `{OTHERS}`; docs/how-to/write-an-emergency.md shows the file.")
    return unanswered


def load_kinds(root: Path) -> dict[str, Kind]:
    """Read all kinds, by name, in alphabetical order.

    Raises:
        ConfigurationError: there is none, or one is wrong.
    """
    paths = sorted((root / FOLDER).glob(f"*/{DECLARED}"))
    if not paths:
        raise ConfigurationError(f"No emergency is declared in {root / FOLDER}: nobody in danger would be answered.")
    kinds = {path.parent.name: _read(path, Kind) for path in paths}
    shared = tuple(_read(root / FOLDER / MEANWHILE, Meanwhile).then)
    return {name: kind.model_copy(update={"meanwhile": shared}) if kind.cases else kind for name, kind in kinds.items()}


def kind_problems(root: Path, kinds: dict[str, Kind]) -> Iterator[str]:
    """Say what is wrong with the data of the kinds: texts that are too long, a language without lines."""
    for name, kind in kinds.items():
        for locale in LOCALES:
            for field, act in (("first", kind.first), ("down", kind.down)):
                if act is not None and (length := len(getattr(act, locale))) > LONGEST[locale]:
                    yield f"{name}: `{field}` has {length} characters in {locale}; {LONGEST[locale]} are read in time"
        if (steps := sum(not act.signs for act in kind.meanwhile or kind.then)) % VARIANTS == 0:
            yield f"{name}: {steps} steps go round with the {VARIANTS} ways to say them; give it one more"
        for file in (LINES, NEAR_MISSES):
            path = root / FOLDER / name / file
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            yield from (f"{name}/{file} has no line in {tag}" for tag in LOCALES if f'"lang": "{tag}"' not in text)


def _read[Model: CityModel](path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(read_yaml(path))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{path}: {exc}. Mend the file; docs/how-to/write-an-emergency.md shows one.") from exc
