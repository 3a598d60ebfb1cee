"""The fields of a form with the kinds that read them in a turn."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.dialogue.state.turn import Turn
from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances, Option
from actions.forms.field import FormField
from actions.schema import ServiceField
from actions.server.surroundings import zone_of


def readable(
    service: str,
    declared: Sequence[ServiceField],
    turn: Turn,
    offered: Mapping[str, Sequence[Option]] | None = None,
) -> list[FormField]:
    """Fields of a service as they are read in a turn; those to choose from with what there is.

    `offered` are the lists of the agency's system, by the name that `options_from` gives; what is not in it has none.
    """
    now = turn.now.astimezone(zone_of(turn.city))
    taken = turn.city.services[service].documents
    fields = []
    for one in declared:
        if one.options_from is not None:
            options = (offered or {}).get(one.options_from, ())
        else:
            options = [Option(option.value, option.names, tuple(option.also)) for option in one.options]
        options = [_with_everyday(option, one.everyday) for option in options]
        documents = [document for document in one.documents if document in taken]
        fields.append(FormField(one, field_kind(one.validation, Circumstances(now, turn.city, options, documents))))
    return fields


def _with_everyday(option: Option, everyday: Mapping[str, Sequence[str]]) -> Option:
    """The option with what residents call it, too: the agency's own names come first."""
    own = (option.names.zh_Hans, *option.also)
    more = [word for name, words in everyday.items() if name in own for word in words if word not in own]
    return replace(option, also=(*option.also, *more)) if more else option
