"""Answers for anybody's Rasa (`rasa shell`, `rasa run`): text and buttons, as its channels show them.

The product's own bot gets replies as keys, which the desk renders; a Rasa without a desk has nobody to do that. Effects
are the desk's to carry out: they are named, and nothing comes of them.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from desk.contract.messages import Reply
from desk.contract.wire import Locale
from desk.texts.addresses import filled
from desk.texts.catalogs import Catalogs

NOT_HERE = "(a page that only a desk has)"
ADDRESSES = dict.fromkeys(("pay_page", "receipt_page", "calendar_page", "cities_page", "page"), lambda _: NOT_HERE)


def rendered(catalogs: Catalogs, answer: dict[str, Any], locale: Locale) -> dict[str, JsonValue]:
    """An answer of the action protocol with its replies as texts in a language; the dialogue's memory stays."""
    return {**answer, "responses": list(_responses(catalogs, answer["responses"], locale))}


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
