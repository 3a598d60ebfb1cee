"""Intents that move the conversation or concern the account itself."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import ended, notices, orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.city_switch import change_city, welcomed_back
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading import languages
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import SHELL, Turn
from actions.phrases import phrases, plain
from desk.contract.linking import LinkChannels
from desk.contract.messages import Button, Erase, OpenTicket, Reply, Text

type Move = Callable[[Turn, Session, Offer], Outcome]

ERASE: dict[str, JsonValue] = {"kind": "erase"}


def greet(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """A greeting, with what can be done here; in the middle of something, or once more, a short one.

    Channels greet whoever comes, so the first words are a greeting once more; but not in another language.
    """
    if session.open:
        return stack.returned(session, turn, (Reply(key="common.greeting_again"),), offer)
    if (offered := welcomed_back(turn, session, offer)) is not None:
        return offered
    greeted = session.turns or (turn.context.channel != SHELL and turn.before in (None, turn.locale))
    if turn.kind == "text" and greeted and session.shelved is None:
        if turn.open_order is not None:
            return orders.shown_again(turn, session, offer, turn.open_order).after([Reply(key="common.greeting_again")])
        services = [say.LIST] if session.turns else say.service_buttons(offer.titles(turn.city))
        again = Reply(key="common.greeting_at_leisure", buttons=[*services, say.HUMAN])
        return Outcome(session, turn.locale, (again,))
    return Outcome(session, turn.locale, (_welcome("common.greeting", turn, offer),))


def list_services(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """All services of the city, always as buttons too."""
    reply = Reply(
        key="common.services",
        args={"city": say.named(turn.city), "services": say.listed(offer.descriptions(turn.city), "numbered")},
        buttons=[*say.service_buttons(offer.titles(turn.city)), say.HUMAN],
    )
    return stack.returned(session, turn, (reply,), offer)


def thanks(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """You are welcome."""
    return stack.returned(session, turn, (Reply(key=say.varied("common.thanks", session.turns)),), offer)


def goodbye(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """A farewell; what is open is kept for a while, and that is said."""
    front = session.front
    if front is None:
        return Outcome(session, turn.locale, (Reply(key="common.goodbye"),))
    args = {"service": say.nested(offer.title(front.service))}
    return Outcome(session, turn.locale, (Reply(key="common.goodbye_open", args=args, buttons=[say.CANCEL]),))


def cancel(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """End what is being done and drop its values; what was open before it comes back. With nothing open, the orders.

    An order whose number is given, as on its card's button, is closed whatever is being done.
    """
    front = session.front
    if meant := orders.named(turn):
        return orders.one_cancelled(turn, session, offer, meant[0])
    if front is None and turn.open_order is not None:
        if _speaks_of_another(turn, session):
            return orders.whether_cancelled(turn, session, offer, turn.open_order)
        return orders.cancelled(turn, session, offer)
    if front is None:
        key = "common.look_ups_dropped" if session.finished else "common.nothing_to_cancel"
        buttons = say.service_buttons(offer.titles(turn.city))
        return Outcome(stack.dropped(session), turn.locale, (Reply(key=key, buttons=buttons),))
    pressed = turn.kind == "payload" and ended.may_be_taken_up(front)
    said = Reply(
        key="common.cancelled_by_press" if pressed else "common.cancelled",
        args={"service": say.nested(offer.title(front.service))},
        buttons=[
            *([ended.TAKE_UP] if pressed else []),
            *([] if len(session.open) > 1 else say.service_buttons(offer.titles(turn.city))),
        ],
    )
    left = replace(stack.dropped(session), ended=front if pressed else None)
    return stack.returned(left, turn, (*ended.beside(turn, front, offer), said), offer)


def _speaks_of_another(turn: Turn, session: Session) -> bool:
    """Whether something else than a payment was said last, and the words name none: what "cancel" ends is not sure."""
    told = {reply.key.partition(".")[0] for reply in session.said}
    named = phrases("of_the_fee").within(plain(turn.text))
    return turn.kind == "text" and bool(told) and "payments" not in told and not named


def restart(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Drop everything that was given, and begin anew."""
    fresh = replace(session, open=(), finished=(), shelved=None, pending=None)
    return Outcome(fresh, turn.locale, (_welcome("common.restarted", turn, offer),), orders.closing(turn))


def human_agent(turn: Turn, session: Session, offer: Offer) -> Outcome:  # noqa: ARG001 - one shape of all moves
    """A ticket at once; the desk says its number and the place in the queue."""
    return Outcome(session, turn.locale, effects=(OpenTicket(reason="asked", service=_service(session)),))


def complain_about_bot(turn: Turn, session: Session, offer: Offer) -> Outcome:  # noqa: ARG001 - one shape of all moves
    """An apology and a ticket at once."""
    ticket = OpenTicket(reason="anger", service=_service(session))
    return Outcome(session, turn.locale, (Reply(key="common.sorry"),), (ticket,))


def change_language(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """The wished language from now on, until a message is clearly in another one."""
    said = turn.last("language") or turn.text
    typed = turn.kind == "text"
    wished = languages.wished(turn.text if typed else said, turn.language)
    if wished is None and typed and turn.language != turn.before:  # none is named: the one it is written in
        wished = turn.language
    if wished is None:
        return stack.returned(session, turn, (Reply(key="common.which_language", buttons=say.LANGUAGES),), offer)
    if wished not in turn.city.languages:
        return stack.returned(session, turn, (Reply(key="common.language_not_spoken"),), offer)
    spoken = replace(turn, locale=wished)
    return stack.returned(session, spoken, (Reply(key="common.language_changed"),), offer)


def delete_my_data(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Say what is kept here and what stays by law, and ask whether to erase all else."""
    frames = (*session.open, *session.finished)
    fields = [name for frame in frames for name in frame.values if name in offer.personal(frame.service)]
    held = [Text(key=f"card.{name}") for name in dict.fromkeys(fields)]
    buttons = [
        Button(title=Text(key="button.erase"), payload="/affirm"),
        Button(title=Text(key="button.keep"), payload="/deny"),
    ]
    said, stays = _stays_with_agencies(turn), offer.kept(turn.city).stays.args
    if held:
        reply = Reply(
            key="common.erase_what_and_fields", args={**stays, "fields": say.listed(held, "and")}, buttons=buttons
        )
    else:
        reply = Reply(key="common.erase_what", args=stays, buttons=buttons)
    links = LinkChannels(step="before_erasing")
    return Outcome(replace(session, pending=ERASE), turn.locale, (*said, reply), (links,))


def _stays_with_agencies(turn: Turn) -> tuple[Reply, ...]:
    """Say what is not erased: appointments and requests that agencies have in hand, by their numbers."""
    live = [case for case in turn.context.cases if not case.over]
    if not live:
        return ()
    lines = [
        Text(key="cases.line", args={"about": say.nested(case.about), "reference": case.reference}) for case in live
    ]
    said = Reply(key="cases.stay_with_agencies", args={"cases": say.listed(lines, "numbered")})
    ahead = any(case.kind == "appointment" for case in live)
    return (said, Reply(key="cases.cancel_before_erasing")) if ahead else (said,)


def erase(turn: Turn, offer: Offer) -> Outcome:
    """Erase everything: the desk does it, and this text confirms it there."""
    live, stays = any(not case.over for case in turn.context.cases), offer.kept(turn.city).stays
    said = Reply(key="common.erased_but_agencies", args=stays.args) if live else stays.erased
    return Outcome(Session(touched_at=turn.now), turn.locale, (said,), (Erase(),))


def keep(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Nothing is erased."""
    return stack.returned(session, turn, (Reply(key="common.erase_kept"),), offer)


def emergency_over(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """An emergency is over, as the desk has just said: what was open comes back."""
    front = session.front
    if front is None or front.question is None:
        return Outcome(session, turn.locale, (Reply(key="safety.nothing_open", buttons=[say.LIST]),))
    args = {"service": say.nested(offer.title(front.service))}
    return stack.returned(session, turn, (Reply(key="safety.go_on_with", args=args),), offer)


MOVES: dict[str, Move] = {
    "emergency_over": emergency_over,
    "greet": greet,
    "goodbye": goodbye,
    "thanks": thanks,
    "cancel": cancel,
    "restart": restart,
    "list_services": list_services,
    "change_city": change_city,
    "change_language": change_language,
    "human_agent": human_agent,
    "delete_my_data": delete_my_data,
    "complain_about_bot": complain_about_bot,
    "payment_status": orders.payment_status,
    "refund": orders.refund,
    **notices.MOVES,
}


def _service(session: Session) -> str | None:
    return session.front.service if session.front else None


def _welcome(key: str, turn: Turn, offer: Offer) -> Reply:
    titles = offer.titles(turn.city)
    args = {"city": say.named(turn.city), "services": say.listed(titles.values(), "and")}
    return Reply(key=key, args=args, buttons=say.service_buttons(titles))
