"""What depends on the settings and the city's file: said in place of a fact, by its service and name."""

from collections.abc import Callable, Mapping

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.rules.rule import At
from desk.city.facts import LocalFact
from desk.contract.messages import Button, Reply, Text


def said(at: At, found: LocalFact) -> Reply | None:
    """What is said instead of a fact; None where the fact itself says it."""
    words = SAID.get((found.service, found.name))
    return None if words is None else words(at)


def how_long(at: At) -> Reply:
    """After how many days the desk erases."""
    erase = Button(title=Text(key="button.delete_my_data"), payload="/delete_my_data")
    return Reply(key="account.how_long", args={"days": at.offer.kept(at.turn.city).conversation_days}, buttons=[erase])


def _clerk_hours(at: At) -> Reply:
    agency = office_hours.concerned(at.turn, at.session, at.offer)
    args = {**say.agency_args(agency), "hours": say.nested(office_hours.of_office(agency))}
    key = "account.clerk_hours" if agency.hours else "account.clerk_hours_alone"
    return Reply(key=key, args=args, buttons=[say.HUMAN])


def _languages(at: At) -> Reply:
    spoken = (Text(key=f"button.language_{locale.lower()}") for locale in at.turn.city.languages)
    return Reply(key="account.languages", args={"languages": say.listed(spoken, "and")})


def _no_payments(at: At) -> Reply | None:
    """That nothing can be paid here, where it cannot."""
    if at.turn.context.pays:
        return None
    agency = at.offer.account_agency(at.turn.city, at.turn.context.channel)
    return Reply(key="account.no_payments", args=say.agency_args(agency))


SAID: Mapping[tuple[str, str], Callable[[At], Reply | None]] = {
    ("account", "how_long"): how_long,
    ("account", "clerk_hours"): _clerk_hours,
    ("account", "languages"): _languages,
    ("payment_status", "ways_to_pay"): _no_payments,
    ("payment_status", "without_alipay"): _no_payments,
    ("payment_status", "foreign_cards"): _no_payments,
    ("payment_status", "somebody_else_pays"): _no_payments,
}
"""By service and name of a fact."""
