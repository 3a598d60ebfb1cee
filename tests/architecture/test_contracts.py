"""What the bot takes is what the desk sends: the two write their models apart, on two Pythons."""

import ast

from desk.messages import Context, Message
from tests.architecture.sources import text_of

CONTRACT = "bot/contract.py"
READ = {"city", "locale", "now", "situation"}
"""What the bot reads of a turn's context (docs/explanation/contracts.md)."""


def fields_of(name: str) -> set[str]:
    """The fields of a model in the bot's contract."""
    tree = ast.parse(text_of(CONTRACT))
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return {
        node.target.id for node in model.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def test_the_bot_takes_every_field_of_a_message() -> None:
    """Unknown fields are refused there: one that is missing would refuse every turn."""
    assert fields_of("Message") == set(Message.model_fields)


def test_the_bot_names_what_it_reads_of_a_context_and_nothing_else() -> None:
    """All else is the actions' business: an item more changes nothing in the bot."""
    assert fields_of("Context") == READ <= set(Context.model_fields)
