"""What every kind says where an agency's system fails."""

from actions.dialogue.answers.replies import CANCEL, HUMAN
from desk.contract.messages import Button, Reply, Text


def system_failed(name: str, text_key: str) -> Reply:
    """Say that the agency's system failed, with a button to try again."""
    again = Button(title=Text(key="button.try_again"), payload=f"/{name}")
    return Reply(key=text_key, buttons=[again, HUMAN, CANCEL])
