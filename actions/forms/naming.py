"""Which fields of a form a sentence names: by the words for their entity (phrases `field_<entity>`)."""

from collections.abc import Sequence

from actions.dialogue.state.turn import Turn
from actions.forms.field import FormField
from actions.phrases import phrases, plain

CALLED = (
    *("category", "office", "department", "date", "time", "id_number", "person_name", "phone", "place", "photo"),
    *("description",),
)
"""Entities that residents have words for, in the order in which they count: "ID number" names no telephone."""


def named(turn: Turn, fields: Sequence[FormField]) -> list[FormField]:
    """The fields of the first entity that a text names; of two, the other person's where that is said."""
    if turn.kind != "text":
        return []
    said = plain(turn.text)
    for entity in CALLED:
        found = [one for one in fields if one.entity == entity]
        if found and phrases(f"field_{entity}").within(said):
            return found[::-1] if phrases("of_the_other_one").within(said) else found
    return []
