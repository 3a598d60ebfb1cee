"""`desk new`: a service, a city or a channel from templates, valid at once."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from desk.app.runtime import runtime

app = App(name="new", help="Make a service, a city or a channel: every file that it needs, valid at once.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command
def service(
    name: str,
    *,
    kind: str,
    title_zh: str,
    title_en: str,
    say_zh: list[str],
    say_hant: list[str],
    say_en: list[str],
    say_mixed: list[str],
    title_hant: str | None = None,
    city: str | None = None,
    agency: str | None = None,
    as_json: AsJson = False,
) -> None:
    """Make a service of a kind: declaration, words, texts, conversations; with a city, its entry and a pretend agency.

    Args:
        name: its intent, as its folder will be called: driving_test.
        kind: bill, appointment, application, report, record, guide or code.
        title_zh: its name on buttons, in Simplified Chinese.
        title_en: its name on buttons, in English.
        say_zh: what a resident types to get it, in Simplified Chinese; at least three times.
        say_hant: the same in Traditional Chinese or written Cantonese; at least three times.
        say_en: the same in English; at least three times.
        say_mixed: the same in sentences that mix languages; at least three times.
        title_hant: its name in Traditional Chinese, where characters alone do not make it.
        city: the city that offers it first, as its file in cities/ is called.
        agency: who is responsible there: an agency of the city file. Unset: the first of them.
    """
    from tools.scaffold.service import NewService, make_service

    said = {"zh_Hans": say_zh, "zh_Hant": say_hant, "en": say_en, "mixed": say_mixed}
    new = NewService(name, kind, title_zh, title_en, said, title_hant, city, agency)
    then = [
        f"Read nlu/{name}/service.yml and locales/*/LC_MESSAGES/{name}.po, and say what is right for this service.",
        "uv run desk check",
        "uv run desk train",
        f"uv run desk run, then: uv run desk chat --city {city or 'CITY'}",
        f"More of what residents say: nlu/{name}/*.yml, nlu/{name}/tests/ (docs/how-to/teach-new-words.md)",
    ]
    if city is None:
        then.insert(1, f"Offer it: an entry {name} below `services` of a file in cities/.")
    _show(*make_service(runtime().product, new), then, as_json=as_json)


@app.command
def city(
    slug: str,
    *,
    name_zh: str,
    name_en: str,
    lat: float,
    lon: float,
    region: str,
    area_code: str,
    as_json: AsJson = False,
) -> None:
    """Make a city: its file, and a pretend hotline, air and people in the sandbox.

    Args:
        slug: as its file in cities/ will be called.
        name_zh: its name in Simplified Chinese.
        name_en: its name in English.
        lat: of its centre, WGS 84 degrees.
        lon: of its centre, WGS 84 degrees.
        region: the six digits with which ids issued there begin (GB/T 2260).
        area_code: of its telephones: 0579.
    """
    from tools.scaffold.city import NewCity, make_city

    then = [
        f"Put the city's borders, districts, offices, hours and telephones into cities/{slug}.yml.",
        "uv run desk check",
        f"uv run desk run, then: uv run desk chat --city {slug}",
        f"uv run desk new service … --city {slug}, or entries below `services` for what there is already.",
    ]
    at = runtime()
    new = NewCity(slug, name_zh, name_en, lat, lon, region, area_code)
    made = make_city(at.root, new, at.layers.own)
    _show(*made, then, as_json=as_json)


@app.command
def channel(
    name: str,
    *,
    title: str,
    city: str | None = None,
    as_json: AsJson = False,
) -> None:
    """Make a channel: one file that translates an example platform, and a table of cases that hold it.

    Args:
        name: as its file in channels/ will be called, and its accounts and webhooks name it.
        title: what the platform is called.
        city: the city whose account the cases are of. Unset: the first.
    """
    from tools.scaffold.channel import NewChannel, make_channel

    at = runtime()
    then = [
        f"Put what the platform's documentation says into channels/{name}.py,",
        f"and recorded requests and answers into tests/contract/channels/{name}.yml.",
        f".venv/bin/python -m pytest tests/contract/channels -k {name}",
        f"uv run desk account add {city or 'CITY'}_{name} --channel {name} --city {city or 'CITY'} --reason …",
    ]
    made = make_channel(at.product, NewChannel(name, title, city or next(iter(at.cities()))))
    _show(*made, then, as_json=as_json)


def _show(new: list[Path], changed: list[Path], then: list[str], *, as_json: bool) -> None:
    if as_json:
        document = {"new": [str(path) for path in new], "changed": [str(path) for path in changed], "next": then}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    lines = [f"new      {path}" for path in sorted(new)] + [f"changed  {path}" for path in sorted(changed)]
    sys.stdout.write(
        "\n".join([*lines, "", "Next:", *(f"  {number}. {one}" for number, one in enumerate(then, 1)), ""])
    )
