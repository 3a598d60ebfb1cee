"""What the dialogue itself says: keys and arguments."""

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from actions.dialogue.state.session import Question
from desk.city.files import Agency, City, Hours
from desk.city.hours import hours_text
from desk.contract.messages import Button, Reply, Text
from desk.contract.wire import LOCALES

CANCEL = Button(title=Text(key="button.cancel"), payload="/cancel")
HUMAN = Button(title=Text(key="button.human_agent"), payload="/human_agent")
LIST = Button(title=Text(key="button.list_services"), payload="/list_services")
LANGUAGES = [
    Button(title=Text(key=f"button.language_{locale.lower()}"), payload=f'/change_language{{"language": "{locale}"}}')
    for locale in LOCALES
]
PAYLOAD_LENGTH = 512
NEAREST = 5
"""So many cities are named where a service is offered; with more, the nearest."""
CITY_BUTTONS = 12
"""So many cities are buttons; with more, the nearest, and the page of all."""
VARIANTS = 3
"""So many wordings has a text whose key ends in a number."""


def varied(key: str, number: int) -> str:
    """One of the wordings of a text; the next number gives another."""
    return f"{key}_{number % VARIANTS + 1}"


def named(city: City) -> JsonValue:
    """An argument that is the name of a city, or what its account calls itself."""
    return {"name": (city.greeting_names or city.names).model_dump(exclude_none=True)}


def agency_args(agency: Agency) -> dict[str, JsonValue]:
    """Arguments that name an agency and its telephone."""
    return {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}


def hours(hours: Sequence[Hours]) -> Text:
    """All hours of an office, named as such."""
    return Text(key="guide.hours", args={"hours": nested(hours_text(hours))})


def not_published(whom: Mapping[str, JsonValue], there: Sequence[Hours]) -> Reply:
    """Say that no published guide answers, whom to call, and when somebody is `there`; with a person and the list."""
    key = "guide.none" if there else "guide.none_alone"
    return Reply(key=key, args={**whom, "hours": nested(hours(there))}, buttons=[HUMAN, LIST])


def text(key: str) -> Text:
    """A text without arguments."""
    return Text(key=key)


def nested(text: Text) -> JsonValue:
    """An argument that is a text."""
    return {"text": Text(key=text.key, args=text.args).model_dump()}


def listed(texts: Iterable[Text], join: str) -> JsonValue:
    """An argument that lists texts."""
    return {"items": [text.model_dump() for text in texts], "join": join}


def service_buttons(titles: Mapping[str, Text]) -> list[Button]:
    """A button for each service."""
    return [Button(title=title, payload=f"/{name}") for name, title in titles.items()]


def asked(question: Question) -> Reply:
    """Ask: with the notice beside the question, if it has one."""
    if question.notice is None:
        return question.reply
    args = {"question": nested(question.reply), "notice": nested(question.notice)}
    return Reply(
        key="common.question_with_notice", args=args, buttons=question.reply.buttons, cards=question.reply.cards
    )


def asked_again(question: Question, title: Text) -> Reply:
    """Ask again after something else was answered; with the notice beside the question, where it was never shown."""
    args = {"service": nested(title), "question": nested(asked(question))}
    return Reply(key="common.back_to_question", args=args, buttons=question.reply.buttons, cards=question.reply.cards)


def forgotten(service: str, title: Text, *, waits: bool) -> Reply:
    """Say that personal values were dropped; where it waits and nothing is asked, with a button to go on."""
    go_on = Button(title=Text(key="button.go_on"), payload=f"/{service}")
    return Reply(key="common.forgotten", args={"service": nested(title)}, buttons=[go_on, CANCEL] if waits else [])


def offered_again(service: str, title: Text) -> Reply:
    """Offer what was open a day ago."""
    return Reply(
        key="common.offered_again",
        args={"service": nested(title)},
        buttons=[Button(title=title, payload=f"/{service}")],
    )


def not_offered(
    wish: Text, whom: Mapping[str, JsonValue], elsewhere: Sequence[City], titles: Mapping[str, Text]
) -> Reply:
    """Say that the city does not offer something: which cities do, the nearest of many, and whom to call.

    `whom` are the arguments that name an agency or a telephone.
    """
    args: dict[str, JsonValue] = {"wish": nested(wish), **whom}
    if len(elsewhere) > NEAREST:
        key, args["cities"] = "cities.offered_nearby", cities_list(elsewhere[:NEAREST])
    elif elsewhere:
        key, args["cities"] = "common.offered_elsewhere", cities_list(elsewhere)
    else:
        key = "common.not_offered"
    return Reply(key=key, args=args, buttons=[*([LIST] if titles else []), HUMAN])


def cities_list(cities: Iterable[City]) -> JsonValue:
    """An argument that lists cities."""
    return listed(
        (Text(key="common.name", args={"name": {"name": city.names.model_dump(exclude_none=True)}}) for city in cities),
        "and",
    )


def choosing(key: str, args: dict[str, JsonValue], others: Sequence[City]) -> Reply:
    """Ask or say which cities there are: as buttons; the nearest of many, with the page that lists all.

    `others` are all there are to choose from, the nearest first; `key` gets `cities`, and with many ends in `_of_many`
    and gets `count` and `page`.
    """
    shown = others[:CITY_BUTTONS]
    args = args | {"cities": cities_list(shown)}
    if len(others) > len(shown):
        key = f"{key}_of_many"
        args |= {"count": len(others), "page": {"cities_page": "all"}}
    return Reply(key=key, args=args, buttons=city_buttons(shown))


def choosing_followed(args: dict[str, JsonValue], followed: Sequence[City], others: Sequence[City]) -> Reply:
    """Ask which city is wished: those whose accounts the resident follows come first."""
    rest = [city for city in others if city not in followed][: max(CITY_BUTTONS - len(followed), 0)]
    args = args | {"cities": cities_list(followed)}
    return Reply(key="cities.which_followed", args=args, buttons=city_buttons([*followed, *rest]))


def move(city: City) -> Button:
    """A button that moves the conversation to a city."""
    return Button(title=Text(key="button.move_city", args={"city": named(city)}), payload=_to(city))


def city_buttons(cities: Iterable[City]) -> list[Button]:
    """A button for each city, by its bare name."""
    return [
        Button(
            title=Text(key="common.name", args={"name": {"name": city.names.model_dump(exclude_none=True)}}),
            payload=_to(city),
        )
        for city in cities
    ]


def _to(city: City) -> str:
    return f'/change_city{{"city": "{city.slug}"}}'


def meanings(number: int, meant: Sequence[Button], likeliest: Mapping[str, Text]) -> Reply:
    """Say that it was not understood, with what may be meant: first of what is talked of."""
    buttons = [*meant, *service_buttons(likeliest), *([] if "list_services" in likeliest else [LIST])]
    buttons = [*buttons, *([] if "human_agent" in likeliest else [HUMAN])]
    return Reply(key=varied("common.not_understood", number), buttons=buttons)


def beginning(name: str, title: Text, values: Mapping[str, str]) -> Button:
    """A button that begins a service with what was given; without it where it is too long for a button."""
    payload = f"/{name}{json.dumps(dict(values), ensure_ascii=False)}"
    return Button(title=title, payload=payload if len(payload) <= PAYLOAD_LENGTH else f"/{name}")
