"""What residents ask: questions by many hands with whose matter each is, and the guides and facts that answer.

`nlu/<folder>/questions/*.jsonl` holds questions, a hand a file: {"ask", "guide" or null, "service" or null, "act"
("answer" or "begin"), "about", "facts" where it was looked for some}. `nlu/<folder>/asked_facts/*.jsonl` holds what is
asked of services, also in the middle of something: {"ask", "in" (a situation) or "at_hand" (a service) or null,
"right", "partly", "act", "guide"}. `guides/*.yml` say how they are asked for, and hold the passages that answer;
`nlu/<folder>/facts.yml` hold what is asked of a service. As lines of training none has an intent.
"""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

import yaml
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.turns import EMPTY, SITUATION, SITUATIONS

MATTER = "matter"
"""str: of a line of training, whose matter it is: `guide:<slug>`, a service, or `none`."""
ASKS = "asks"
"""bool: of a line of training, whether it wants to know something rather than something done."""
ABOUT = "about"
"""str: of a line of training, the part of its matter that is asked about."""
HAND = "question_hand"
"""str: whose line it is; "" of a guide's own."""
PASSAGE = "passage"
"""(str, str, int): of a text of a guide, its slug, the part that it is, and its number among several."""
RIGHT = "right_facts"
"""list of str: of a line of training, the facts (`<service>.<name>`) that answer it; not set where nobody looked."""
NEARLY = "nearly_facts"
"""list of str: those that nearly do."""
FACT = "fact"
"""(str, str, str): of a text of a fact, or of how it is asked for, its service, its name and its part."""
GUIDED = "guided"
"""str: of a line of training that is said in the middle of something, the guide that answers it, if one does."""
GUIDE, NONE, UNSAID = "guide:", "none", "unsaid"
LANGUAGES = ("zh_Hans", "en")
SAID = ("answer", "who")
"""Parts by which a guide is known beside its name, as one passage."""
SINGLE, LISTED = ("fee", "days", "place"), ("papers", "steps", "notes")
"""Parts that are one text, and those that are several, which are a passage together."""


def questions(nlu: Path) -> List[Message]:
    """Gives all questions below `nlu/`, those for tests left out."""
    files = sorted(nlu.glob("*/questions/*.jsonl"))
    return [_question(json.loads(line), file.stem) for file in files for line in _lines(file)]


def _lines(file: Path) -> List[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _question(line: Dict[str, Any], hand: str) -> Message:
    matter = f"{GUIDE}{line['guide']}" if line["guide"] else line["service"] or NONE
    told = {TEXT: line["ask"], MATTER: matter, ASKS: line["act"] == "answer", ABOUT: line["about"], HAND: hand}
    return Message({**told, **({RIGHT: line["facts"], NEARLY: []} if "facts" in line else {})})


def asked_facts(nlu: Path) -> List[Message]:
    """Gives all that is asked of services, in its situation.

    Raises:
        KeyError: a line names a situation that there is not.
    """
    files = sorted(nlu.glob("*/asked_facts/*.jsonl"))
    if not files:
        return []
    situations = json.loads((nlu / SITUATIONS).read_text(encoding="utf-8"))
    return [_asked_fact(json.loads(line), file.stem, situations) for file in files for line in _lines(file)]


def _asked_fact(line: Dict[str, Any], hand: str, situations: Dict[str, Any]) -> Message:
    at = {**EMPTY, "service": line["at_hand"], "step": "asking"} if line.get("at_hand") else EMPTY
    told = {TEXT: line["ask"], RIGHT: line["right"], NEARLY: line["partly"], HAND: hand}
    guide = {GUIDED: line["guide"]} if line.get("guide") else {}
    return Message({**told, **guide, SITUATION: situations[line["in"]][SITUATION] if "in" in line else at})


def guides(folder: Path) -> List[Message]:
    """Gives how each guide is asked for, and its passages."""
    lines: List[Message] = []
    for file in sorted(folder.glob("*.yml")):
        guide = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        asked = [line for lines_of_one in guide["asked"].values() for line in lines_of_one]
        known = [*asked, *(guide["names"][language] for language in LANGUAGES)]
        lines += [Message({TEXT: line, MATTER: f"{GUIDE}{file.stem}", HAND: ""}) for line in known]
        lines += [Message({TEXT: text, PASSAGE: (file.stem, *where)}) for text, *where in _passages(guide)]
    return lines


def facts(nlu: Path) -> List[Message]:
    """Gives what each fact of a service says, and how it is asked for."""
    lines: List[Message] = []
    for file in sorted(nlu.glob("*/facts.yml")):
        for name, fact in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["facts"].items():
            asked = [line for lines_of_one in fact["asked"].values() for line in lines_of_one]
            said = [f"{fact['about'][language]}: {fact['said'][language]}" for language in LANGUAGES]
            of = (file.parent.name, name, fact["part"])
            lines += [Message({TEXT: text, FACT: of, ASKS: True}) for text in asked]
            lines += [Message({TEXT: text, FACT: of}) for text in said]
    return lines


def _passages(guide: Dict[str, Any]) -> Iterator[Any]:
    for language in LANGUAGES:
        name = guide["names"][language]
        said = " ".join(guide[part][language] for part in SAID if part in guide)
        yield f"{name}: {said}", "answer", 0
        for part in SINGLE:
            if part in guide:
                yield f"{name}: {guide[part][language]}", part, 0
        for part in LISTED:
            if guide.get(part):
                yield f"{name}: {' '.join(one[language] for one in guide[part])}", part, 0
        for number, case in enumerate(guide.get("cases", [])):
            yield f"{name}: {case['about'][language]} {case['said'][language]}", "case", number
