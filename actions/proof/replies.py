"""What is said around a one-time code: keys `record.*`, for whatever it proves."""

from pydantic import JsonValue

from actions.dialogue.replies import CANCEL, HUMAN, agency_args
from actions.dialogue.session import Question
from actions.services.record import CODE
from desk.cities import Agency
from desk.messages import Button, Reply, Text

AGAIN = "again"
"""What the button says that wants another code."""
RESEND = Button(title=Text(key="button.send_again"), payload=f'/inform{{"{CODE}": "{AGAIN}"}}')


def code_question(key: str, agency: Agency, phone: str, **more: JsonValue) -> Question:
    """Ask for the code that was sent to a telephone (as it is shown); `key` is the question's text."""
    args: dict[str, JsonValue] = {**agency_args(agency), "phone": phone, **more}
    return Question(CODE, Reply(key=key, args=args, buttons=[RESEND, CANCEL]), field=CODE)


def wrong_code(left: int) -> Reply:
    """Say that the code was wrong, and how often it may be tried."""
    return Reply(key="record.wrong_code", args={"count": left})


def no_proof(key: str, agency: Agency) -> Reply:
    """Say why identity cannot be proved here, and where it can."""
    return Reply(key=key, args=agency_args(agency), buttons=[HUMAN])
