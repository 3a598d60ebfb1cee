"""Answers for anybody's Rasa (`rasa shell`, `rasa run`): text and buttons, as its channels show them.

The product's own bot gets replies as keys, which the desk renders; a Rasa without a desk has nobody to do that. Effects
are the desk's to carry out: they are named, and nothing comes of them.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from actions.server.webhook import REPLY_CITY, REPLY_LOCALE
from desk.contract.messages import Reply
from desk.contract.wire import Locale
from desk.texts.addresses import filled
from desk.texts.catalogs import Catalogs

NOT_HERE = "(a page that only a desk has)"
ADDRESSES = dict.fromkeys(("pay_page", "receipt_page", "calendar_page", "cities_page", "page"), lambda _: NOT_HERE)


def rendered(catalogs: Catalogs, answer: dict[str, Any], city: str) -> dict[str, JsonValue]:
    """An answer of the action protocol with its replies as texts, in a conversation that was in `city`.

    The slot that names the city keeps it: a desk remembers where a conversation is, a tracker its slots alone.
    """
    slots = {event["name"]: event for event in answer["events"]}
    slots[REPLY_CITY] = {**slots[REPLY_CITY], "value": slots[REPLY_CITY]["value"] or city}
    responses = _responses(catalogs, answer["responses"], slots[REPLY_LOCALE]["value"])
    return {"events": list(slots.values()), "responses": list(responses)}


def _responses(catalogs: Catalogs, responses: list[dict[str, Any]], locale: Locale) -> Iterator[JsonValue]:
    for response in responses:
        match response["custom"]:
            case {"reply": reply}:
                yield _said(catalogs, Reply.model_validate(reply), locale)
            case {"effect": _}:
                yield response


def _said(catalogs: Catalogs, reply: Reply, locale: Locale) -> JsonValue:
    """One reply: its complete text, and its buttons with the payloads that Rasa sends back when one is pressed."""
    message = catalogs.render(filled(reply, ADDRESSES), locale)
    buttons = [*message.buttons, *(button for card in message.cards for button in card.buttons)]
    return {
        "text": message.text,
        "buttons": [{"title": one.title, "payload": one.payload} for one in buttons if one.url is None],
    }
