"""The shapes of a turn: what the bot takes is what the desk sends, and an item of the context is in few hands."""

import ast
from dataclasses import fields

import pytest

from actions.dialogue.state.turn import Turn
from desk.contract.messages import Context, Message
from tests.architecture.sources import text_of

CONTRACT = "bot/contract.py"
READ = {"city", "locale", "now", "situation"}
"""What the bot reads of a turn's context (docs/explanation/contracts.md)."""
OF_THE_CONVERSATION = {"city", "locale", "channel", "now", "manner"}
"""What stands in the conversation's own row, or is the clock's."""
ON_THE_WAY = (
    "desk/conversations/waiting.py",
    "desk/conversations/turn.py",
    "desk/conversations/bot.py",
    "desk/contract/turns.py",
    "bot/channel.py",
    "bot/actions.py",
    "bot/memory.py",
    "actions/server/webhook.py",
    "actions/server/app.py",
    "actions/dialogue/state/turn.py",
)
"""What a context passes on its way from the rooms that fill it to the handlers that read it."""
MEANT_BY_A_TURN = {("actions/dialogue/state/turn.py", "orders")}
"""`Turn.open_order` is a handler's question."""


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


def named_in(path: str) -> set[str]:
    """Fields, arguments and keys that a module names."""
    nodes = list(ast.walk(ast.parse(text_of(path))))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    names |= {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    return names | {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("path", ON_THE_WAY)
def test_nobody_on_the_way_names_an_item_of_the_context(path: str) -> None:
    """An item more is written into its type, where a room fills it, and where a handler reads it: nowhere else."""
    items = set(Context.model_fields) - OF_THE_CONVERSATION - READ
    assert {(path, name) for name in named_in(path) & items} <= MEANT_BY_A_TURN


def test_a_turn_copies_nothing_of_its_context() -> None:
    """But for the city, which is looked up, and the language, which is chosen for the reply."""
    assert {field.name for field in fields(Turn)} & set(Context.model_fields) == {"city", "locale"}
