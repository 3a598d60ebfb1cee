"""What is said around a one-time code: keys `record.*`, for whatever it proves."""

from pydantic import JsonValue

from actions.dialogue.answers.replies import CANCEL, HUMAN, agency_args
from actions.dialogue.reading.declining import asks_why
from actions.dialogue.state.session import Question
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from actions.schema.record import CODE
from desk.city.files import Agency
from desk.contract.messages import Button, Reply, Text

LONGEST = 40
AGAIN = "again"
"""What the button says that wants another code."""
RESEND = Button(title=Text(key="button.send_again"), payload=f'/inform{{"{CODE}": "{AGAIN}"}}')


def code_question(key: str, agency: Agency, **more: JsonValue) -> Question:
    """Ask for the code: whether there is a telephone for it is not said. `key` is the question's text."""
    args: dict[str, JsonValue] = {**agency_args(agency), **more}
    return Question(CODE, Reply(key=key, args=args, buttons=[RESEND, CANCEL]), field=CODE)


def about_the_code(turn: Turn, agency: Agency) -> Reply | None:
    """What the code is for, if that is asked; what can be done if it did not come, or comes to another telephone."""
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return None
    if asks_why(turn):
        return Reply(key="record.why_code")
    said = plain(turn.text)
    if phrases("phone_is_another").within(said):
        return no_proof("record.other_phone", agency)
    return Reply(key="record.help_code") if phrases("code_did_not_come").within(said) else None


def wrong_code(left: int) -> Reply:
    """Say that the code was wrong, and how often it may be tried."""
    return Reply(key="record.wrong_code", args={"count": left})


def no_proof(key: str, agency: Agency) -> Reply:
    """Say why identity cannot be proved here, and where it can."""
    return Reply(key=key, args=agency_args(agency), buttons=[HUMAN])
