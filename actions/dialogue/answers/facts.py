"""How a fact of a service is said, or some are offered; the bot tells which are likely."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.aspects import asked_in
from actions.dialogue.reading.aspects import named as aspects_named
from actions.dialogue.reading.inquiry import Inquiry
from actions.samples import Samples, written
from desk.city.facts import Fact, FactFile, LocalFact
from desk.city.files import Agency, City, Hours, Names
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Button, Reply, Text

TELLS, OFFERS, OFFERED = 0.65, 0.4, 3
"""So likely a fact is told; so likely together so many are offered. Of 1,123 messages in the middle of something, by
hands that nothing had learnt from, some 470 are told a fact: 400 the right one, 45 a near one and 25 another."""
ACCOUNT = "account"
"""The folder of facts that are about the account itself."""
DONE = frozenset({"erase", "large_print", "reach_a_clerk", "voice", "what_can_you_do"})
"""How to reach what is done where it is wished in nearly the same words: only the bot tells the question from that."""
SAMPLES = "facts"
ENTITY = "fact"
"""The value of a button that tells a fact: `<service>.<name>`."""


def likely(inquiry: Inquiry, city: City, offer: Offer) -> Sequence[tuple[LocalFact, float]]:
    """The facts that may be meant, of what the city offers: the one to tell, or some to offer; none."""
    found = [(offer.fact(city, one.service, one.name), one.probability) for one in inquiry.facts]
    there = [(fact, probability) for fact, probability in found if fact is not None]
    if there and there[0][1] >= TELLS:
        return there[:1]
    offered = there[:OFFERED]
    return offered if sum(probability for _, probability in offered) >= OFFERS else ()


def asked_for(files: Mapping[str, FactFile]) -> Samples:
    """How people ask for facts of the account but `DONE`, and for those that `actions/samples/facts.yml` names.

    By `<service>.<name>`.

    Samples of a service that has no facts here are left out.

    Raises:
        ConfigurationError: the samples name a fact that its service does not have.
    """
    further = {name: lines for name, lines in written(SAMPLES).items() if name.partition(".")[0] in files}
    own = {f"{service}.{name}": fact for service, file in files.items() for name, fact in file.facts.items()}
    if unknown := sorted(set(further) - set(own)):
        raise ConfigurationError(f"actions/samples/{SAMPLES}.yml names {', '.join(unknown)}, which are no facts.")
    done = {f"{ACCOUNT}.{name}" for name in DONE}
    asked = {name for name in own if name.startswith(f"{ACCOUNT}.")} - done | set(further)
    lines = {name: further[name].all if name in further else () for name in sorted(asked)}
    return Samples({name: (*_as_asked(own[name]), *more) for name, more in lines.items()})


def named(value: str, city: City, offer: Offer) -> LocalFact | None:
    """The fact of a button."""
    service, _, name = value.partition(".")
    return offer.fact(city, service, name)


def told(found: LocalFact, agency: Agency, buttons: list[Button]) -> Reply:
    """Say a fact: its sentences, whom to call where it differs by city, and where it stands."""
    said = [Text(key="facts.said", args={"said": _name(found.fact.said)})]
    said += [Text(key="guide.call", args=say.agency_args(agency))] if found.fact.call else []
    sources = (Text(key="common.name", args={"name": _name(one)}) for one in found.sources)
    args: dict[str, JsonValue] = {"sources": say.listed(sources, "and"), "date": {"date": found.dated.isoformat()}}
    lines = [*said, Text(key="facts.source", args=args)]
    return Reply(key="facts.message", args={"lines": say.listed(lines, "lines")}, buttons=buttons)


def not_known(asked: str, whom: Mapping[str, JsonValue], there: Sequence[Hours], buttons: list[Button]) -> Reply:
    """Say that it is not known here, by the aspects that were asked for where some were, and who knows."""
    aspects = asked_in(asked)
    key = "facts.not_known_of" if aspects else "facts.not_known"
    args: dict[str, JsonValue] = {**whom, "hours": say.nested(say.hours(there))}
    args |= {"aspects": aspects_named(aspects)} if aspects else {}
    return Reply(key=key if there else f"{key}_alone", args=args, buttons=buttons)


def which(found: Sequence[LocalFact], agency: Agency) -> Reply:
    """Ask which of some is meant, with whom to call if none is."""
    buttons = [
        Button(
            title=Text(key="common.name", args={"name": _name(one.fact.about)}),
            payload=f'/choose{{"{ENTITY}": "{one.service}.{one.name}"}}',
        )
        for one in found
    ]
    key = "facts.which" if len(buttons) > 1 else "facts.is_it"
    return Reply(key=key, args=say.agency_args(agency), buttons=[*buttons, say.HUMAN])


def _as_asked(fact: Fact) -> Sequence[str]:
    return (*fact.about.model_dump(exclude_none=True).values(), *fact.asked.all)


def _name(names: Names) -> JsonValue:
    return {"name": names.model_dump(exclude_none=True)}
