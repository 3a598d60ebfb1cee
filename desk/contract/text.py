"""A text of the catalogs, as bot, actions and desk name it to each other."""

from pydantic import Field, JsonValue

from desk.contract.wire import Wire


class Text(Wire):
    """One text of the catalogs: `key` is the msgid, `args` its arguments.

    An argument is a string or an integer, or an object with one key that says how it is rendered:
    {"money": "200.00"} · {"date": "2026-11-24"} · {"day": "2026-11-24"}, with the day of the week ·
    {"day": "2026-11-24", "today": "2026-11-23"}: also today or tomorrow ·
    {"month": "2026-11"} · {"time": "15:20"} · {"datetime": "2026-11-24T15:20:00+08:00"} ·
    {"name": {"zh_Hans": …, "en": "Wulin Square"}} (zh_Hant is derived where absent; else zh_Hans) ·
    {"text": Text} · {"items": [Text, …], "join": "lines" | "numbered" | "and" | "or"} ·
    {"pay_page": order number} · {"receipt_page": receipt number} · {"calendar_page": case} · {"cities_page": "all"} ·
    {"page": path of a public page}: an address that only the desk can make
    · {"link": {form: address}}: once it is made; with "title": Text, what its button says, in place of its form's.
    An integer argument named `count` chooses the plural form.
    """

    key: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
