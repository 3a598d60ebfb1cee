"""What a resident has here: what agencies have in hand, payments that are open, notices. “None” is said plainly."""

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.rules.rule import Answer, Question
from actions.dialogue.state.outcome import Outcome
from desk.contract.messages import Reply, Subscription, Text


def _run(at: Question) -> Outcome | None:
    context = at.turn.context
    lines = [
        Text(key="cases.line", args={"about": say.nested(case.about), "reference": case.reference})
        for case in context.cases
        if not case.over
    ]
    lines += [
        Text(key="have.order", args={"subject": say.nested(one.subject), "amount": {"money": one.amount}})
        for one in context.orders
        if one.status == "open" and not at.turn.is_over(one)
    ]
    lines += [_notices(at, one) for one in context.subscriptions]
    lines += [Text(key="have.near", args={"count": len(context.places)})] if context.places else []
    if not lines:
        return at.answered(Reply(key="have.nothing", args={"city": say.named(at.turn.city)}, buttons=[say.LIST]))
    return at.answered(Reply(key="have.these", args={"things": say.listed(lines, "numbered")}))


def _notices(at: Question, one: Subscription) -> Text:
    topic = _topic(at, one.topic)
    district = next((found for found in at.turn.city.districts if found.slug == one.district), None)
    if district is None:
        return Text(key="have.notices", args={"topic": topic})
    name: JsonValue = {"name": district.names.model_dump(exclude_none=True)}
    return Text(key="have.notices_of_a_district", args={"topic": topic, "district": name})


def _topic(at: Question, slug: str) -> JsonValue:
    known = at.offer.topics.get(slug)
    return slug if known is None else {"name": known.names.model_dump(exclude_none=True)}


RULE = Answer(("what_i_have",), _run)
