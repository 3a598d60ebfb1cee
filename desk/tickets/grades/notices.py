"""What residents are told about grades: replies as keys. The buttons of a grade name the ticket that it is of."""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from desk.city.files import Agency
from desk.contract.messages import Button, Reply, Text
from desk.tickets.grades.ledger import Grade

GRADE = "/grade_ticket"
SKIP = "/skip_grade_words"


def payload_of(reference: str, grade: Grade) -> str:
    """What the button of a grade means: one ticket, one grade."""
    return GRADE + json.dumps({"ticket": reference, "grade": grade})


def skip_payload(reference: str) -> str:
    """What the button means by which a resident writes nothing about a bad grade."""
    return SKIP + json.dumps({"ticket": reference})


def read_payload(payload: str) -> tuple[str, Grade] | None:
    """The ticket's reference and the grade of a payload that was offered; None: it is of no grade."""
    word, brace, rest = payload.partition("{")
    if word != GRADE or not brace:
        return None
    said = json.loads(brace + rest)
    return said["ticket"], Grade(said["grade"])


def title_of(grade: str) -> Text:
    """What a grade is called."""
    return Text(key=f"button.grade_{grade}")


def buttons_of(reference: str) -> list[Button]:
    """The five grades of a ticket, the best first."""
    return [Button(title=title_of(one), payload=payload_of(reference, one)) for one in Grade]


def asked_with(said: Reply, reference: str) -> Reply:
    """The end of a ticket, and the question for a grade in the same message; the buttons of the end come last."""
    first = Text(key=said.key, args=said.args)
    return Reply(
        key="grade.asked_with",
        args={"said": {"text": first.model_dump(mode="json")}, "ask": {"text": _ask(reference)}},
        buttons=[*buttons_of(reference), *said.buttons],
    )


def invited(reference: str) -> Reply:
    """Ask once more, some days later."""
    return Reply(key="grade.invited", args={"reference": reference}, buttons=buttons_of(reference))


def asked_again(reference: str) -> Reply:
    """Ask for a grade of what was done about a bad one."""
    return Reply(key="grade.asked_again", args={"reference": reference}, buttons=buttons_of(reference))


def kept(reference: str, grade: Grade) -> Reply:
    """Say that a good grade is kept."""
    return Reply(key="grade.kept", args=_about(reference, grade))


def kept_bad(reference: str, grade: Grade, agency: Agency, *, asks: bool) -> Reply:
    """Say that a bad grade is kept and will be mended, and ask what went wrong."""
    args: dict[str, JsonValue] = {
        **_about(reference, grade),
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "days": agency.answering.mending_days,
    }
    if not asks:
        return Reply(key="grade.kept_bad", args=args)
    skip = Button(title=Text(key="button.skip_grade_words"), payload=skip_payload(reference))
    return Reply(key="grade.kept_bad_ask", args=args, buttons=[skip])


def words_kept(reference: str) -> Reply:
    """Say that what was written is with the grade."""
    return Reply(key="grade.words_kept", args={"reference": reference})


def words_skipped(reference: str) -> Reply:
    """Say that nothing needs to be written."""
    return Reply(key="grade.words_skipped", args={"reference": reference})


def second_kept(reference: str, grade: Grade, *, is_bad: bool) -> Reply:
    """Say that the grade after the mending is kept; how to go on, where it is bad again."""
    return Reply(key="grade.second_bad" if is_bad else "grade.second_kept", args=_about(reference, grade))


def stays(reference: str, grade: str) -> Reply:
    """Say that a grade cannot be changed any more, and which it is."""
    return Reply(key="grade.stays", args=_about(reference, grade))


def not_yet(reference: str) -> Reply:
    """Say that a ticket goes on, and is graded at its end."""
    return Reply(key="grade.not_yet", args={"reference": reference})


def _ask(reference: str) -> JsonValue:
    return Text(key="grade.ask", args={"reference": reference}).model_dump(mode="json")


def _about(reference: str, grade: str) -> dict[str, JsonValue]:
    return {"reference": reference, "grade": {"text": title_of(grade).model_dump(mode="json")}}


def titles() -> Sequence[tuple[Grade, Text]]:
    """The grades with what they are called, for reading them in words."""
    return [(one, title_of(one)) for one in Grade]
