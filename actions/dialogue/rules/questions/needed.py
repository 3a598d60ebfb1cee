"""Whether something else will be asked for ("my ID number, too?"): what it is needed for, before it is asked for."""

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.reading.polar import is_polar
from actions.dialogue.rules.rule import At, Ran
from actions.phrases import phrases, plain
from actions.schema import FormService, ServiceField
from desk.contract.commands import Command
from desk.contract.messages import Reply, Text

ELSEWHERE: tuple[Command, ...] = ("ask_papers", "ask_phone", "cancel_this", "change", "provide", "refuse", "skip")
"""What is asked or wished is another thing: the papers to bring, a telephone, an end."""
ASKS: tuple[Command, ...] = ("ask_what", "ask_why", "ask_who")
HEARD = 0.3
"""So likely it is asked what is asked for."""
NAMED = frozenset({"id_number", "person_name", "phone", "place", "photo", "description"})
"""Fields that have words of their own in every form."""


async def run(at: At) -> Ran:
    turn, field = at.turn, _named(at)
    if field is None or field.why is None or turn.means(*ELSEWHERE):
        return None
    if not is_polar(turn.text) or turn.reading.probability(ASKS) < HEARD:
        return None
    why = Text(key=field.why, args=say.agency_args(office_hours.concerned(turn, at.session, at.offer)))
    args = {"field": say.nested(Text(key=f"card.{field.name}")), "why": say.nested(why)}
    return at.but(session=at.understood).answered(Reply(key="form.asked_later", args=args))


def _named(at: At) -> ServiceField | None:
    """A field of the form in front that is named, and is neither asked for nor given."""
    front, turn = at.front, at.turn
    declared = None if front is None else at.offer.declared.get(front.service)
    if front is None or front.question is None or turn.kind != "text" or turn.entities:
        return None
    if not isinstance(declared, FormService) or at.session.pending is not None:
        return None
    said, asked = plain(turn.text), front.question.field
    open_fields = (one for one in declared.fields if one.name != asked and one.name not in front.values)
    named = (one for one in open_fields if one.entity in NAMED and phrases(f"field_{one.entity}").within(said))
    return next(named, None)
