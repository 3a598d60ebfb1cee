"""Writes the generated pages: `.venv/bin/python scripts/reference.py write`; `check` fails when one is stale.

.env.example                    every setting, from desk/app/settings.py
docs/reference/settings.md      the same, as a table
docs/reference/commands.md      every command, from desk/cli/commands/
docs/reference/metrics.md       every measure that the product counts
docs/reference/dialogue-commands.md  what a message can be, in its situation
docs/reference/services.md      which service in which city, with agency, hours and fee
docs/reference/permissions.md   what each role of staff permits
docs/reference/refund-rules.md  what of a fee goes back, by service and city
docs/reference/programs.openapi.json  what programs of agencies may ask with a key
docs/reference/*-file.schema.json   what editors check service, city, guide and fact files against
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import REGISTRY
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import actions
import channels
import desk
from actions.schema import ApplicationService, AppointmentService, Service, load_services
from desk.api.openapi import describe
from desk.app.settings import Settings
from desk.city.facts import FactFile
from desk.city.files import Agency, City, OfferedService, load_cities
from desk.city.guides import Guide
from desk.cli.main import build
from desk.contract.commands import MEANINGS
from desk.contract.messages import Text
from desk.contract.refunds import RefundRule
from desk.contract.staff import APART, EVERYWHERE, PERMITS, Permission, Role
from desk.staff.requests import NEEDS
from desk.texts.catalogs import Catalogs
from desk.web.pages import hours_lines

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = "written by `make docs`; do not edit"


def pages() -> dict[Path, str]:
    """All generated pages with their text, by path."""
    reference = ROOT / "docs" / "reference"
    return {
        ROOT / ".env.example": env_example(),
        reference / "settings.md": settings_page(),
        reference / "commands.md": commands_page(),
        reference / "metrics.md": metrics_page(),
        reference / "services.md": services_page(),
        reference / "dialogue-commands.md": dialogue_commands_page(),
        reference / "permissions.md": permissions_page(),
        reference / "refund-rules.md": refund_rules_page(),
        reference / "programs.openapi.json": json.dumps(describe(), ensure_ascii=False, indent=1) + "\n",
        reference / "service-file.schema.json": schema(TypeAdapter(Service), "A Citydesk service file"),
        reference / "city-file.schema.json": schema(TypeAdapter(City), "A Citydesk city file"),
        reference / "guide-file.schema.json": schema(TypeAdapter(Guide), "A Citydesk guide"),
        reference / "fact-file.schema.json": schema(TypeAdapter(FactFile), "Facts of a Citydesk service"),
    }


def stale() -> list[Path]:
    """The pages whose file differs from what the code says."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def default_of(field: FieldInfo) -> str:
    """A setting's default as it would be written in the environment; empty for none."""
    value = field.get_default()
    return "" if value is None or value is PydanticUndefined else str(value)


def env_example() -> str:
    """`.env.example`."""
    lines = ["# Settings of Citydesk: copy to .env and change what you need. Every one has a default.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"#DESK_{name.upper()}={default_of(field)}", ""]
    return "\n".join(lines)


def dialogue_commands_page() -> str:
    """`docs/reference/dialogue-commands.md`."""
    lines = [
        "# Commands of the dialogue",
        "",
        "All that a message can be, in its situation ([The dialogue](../explanation/dialogue.md)); the meanings decide"
        " how turns are labelled.",
        "",
        "| command | the resident … |",
        "| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in MEANINGS.items()),
    ]
    return "\n".join(lines) + "\n"


def services_page() -> str:
    """`docs/reference/services.md`."""
    cities, catalogs = load_cities(ROOT / "cities"), Catalogs(ROOT / "locales")
    declared = load_services(ROOT / "nlu")
    parts = [
        f"<!-- {WRITTEN} -->\n# Services of the cities\n\nWhat each city offers, from `cities/*.yml`: the agency that "
        "answers for it, its telephone and office hours. Fees are those that the\npretend agencies of the sandbox ask "
        "(`sandbox/data`); a real agency's system says its own, before anything is booked or submitted.\n"
    ]
    for slug, city in sorted(cities.items()):
        parts.append(
            f"\n## {city.names.en} ({city.names.zh_Hans})\n\n| service | agency | telephone | hours | fee |\n"
            "| --- | --- | --- | --- | --- |\n"
        )
        for name, offered in city.services.items():
            title = catalogs.text(Text(key=declared[name].title), "en")
            parts += [
                f"| {title} | {_office(catalogs, city.agency(agency))} | {_fees(slug, name, offered, agency)} |\n"
                for agency in dict.fromkeys(offered.agencies.values() or [offered.agency])
            ]
    return "".join(parts)


def _office(catalogs: Catalogs, agency: Agency) -> str:
    hours = "; ".join(hours_lines(catalogs, agency.hours, "en"))
    return f"{agency.names.en} ({agency.names.zh_Hans}) | {agency.phone} | {hours}"


def _fees(city: str, name: str, offered: OfferedService, agency: str) -> str:
    """What the pretend agency of a service asks, in words."""

    def read(file: str) -> Any:
        path = ROOT / "sandbox" / "data" / city / f"{file}.yml"
        return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}

    if agency in offered.agencies.values():
        options = [option for option, one in offered.agencies.items() if one == agency]
        suppliers = read("utilities").get("suppliers", {})
        prices = [f"¥{suppliers[one]['price']} per {suppliers[one]['unit']}" for one in options if one in suppliers]
        return ", ".join(prices) or "paid there, not here"
    if "traffic_police" in offered.endpoints:
        fines = sorted({float(act["fine"]) for act in read("traffic_police")["acts"].values()})
        return f"¥{fines[0]:.2f} to ¥{fines[-1]:.2f} a violation"
    asked: list[str] = []
    if "appointments" in offered.endpoints:
        own = read("appointments")["services"][name]
        asked = [one["fee"] for one in own["offices"] if "fee" in one]
    elif "applications" in offered.endpoints:
        fee = read("applications")["services"][name].get("fee")
        asked = list(fee["amounts"].values()) if isinstance(fee, dict) else []
    amounts = sorted({float(one) for one in asked})
    if not amounts:
        return "as each guide says" if offered.guides is not None or name.endswith("guide") else "free"
    return f"¥{amounts[0]:.2f}" if len(amounts) == 1 else f"¥{amounts[0]:.2f} to ¥{amounts[-1]:.2f}"


def permissions_page() -> str:
    """What each role permits, and what takes two, from `desk/contract/staff.py` and `desk/staff/requests.py`."""
    roles = list(Role)
    lines = [
        "# Permissions",
        "",
        f"What each role of staff permits ({WRITTEN}). How roles are given: [manage staff](../how-to/manage-staff.md).",
        "",
        "A mark holds **where the role is held**, and nowhere else: for what is of that agency, of that city, or of"
        " all. An order, a ticket, a case or anything else of another agency is refused (403) or not found (404), and"
        " stands in no list, whatever is marked.",
        "",
        f"| | {' | '.join(f'`{one}`' for one in roles)} |",
        f"| --- |{' --- |' * len(roles)}",
    ]
    lines += [
        f"| `{permission}` | {' | '.join('✔' if permission in PERMITS[one] else '' for one in roles)} |"
        for permission in Permission
    ]
    apart, everywhere = (", ".join(f"`{one}`" for one in sorted(some)) for some in (APART, EVERYWHERE))
    lines += [
        "",
        f"Nobody holds two of {apart}. Of all cities only: {everywhere}. The others are held of an agency, of a city,"
        " or of all.",
        "",
        "## What takes two",
        "",
        "| request | who asks holds | who allows holds |",
        "| --- | --- | --- |",
        *(f"| `{kind}` | `{needs.ask}` | `{needs.allow}` |" for kind, needs in NEEDS.items()),
        "",
    ]
    return "\n".join(lines)


def refund_rules_page() -> str:
    """`docs/reference/refund-rules.md`."""
    declared, cities = load_services(ROOT / "nlu"), load_cities(ROOT / "cities")
    rows = []
    for name, service in sorted(declared.items()):
        own = service.refund if isinstance(service, AppointmentService | ApplicationService) else None
        rows += [f"| `{name}` | every city not named | {_rule(own)} |"] if own is not None else []
        rows += [
            f"| `{name}` | `{slug}` | {_rule(offered.refund)} |"
            for slug, city in sorted(cities.items())
            if (offered := city.services.get(name)) is not None and offered.refund is not None
        ]
    fields = [f"| `{name}` | {field.description} |" for name, field in RefundRule.model_fields.items()]
    return (
        f"<!-- {WRITTEN} -->\n# Refund rules\n\nWhat of a fee that was paid here goes back when what it was paid for "
        "is given up. `refund` of a service file\n(`nlu/<service>/service.yml`) is the rule of all cities; `refund` of "
        "a service in a city file stands instead of it. The rule is said in the\nsummary before anything is booked, "
        "before it is given up, and after; the gateway pays back by itself. Without a rule a clerk decides.\n\n"
        "| field | means |\n| --- | --- |\n" + "\n".join(fields) + "\n\n"
        "| service | city | rule |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def _rule(rule: RefundRule) -> str:
    later = {"half": "half", "none": "nothing", "clerk": "a clerk decides"}[rule.otherwise]
    if rule.full_until_hours is None:
        return later
    return f"all until {rule.full_until_hours} hours before the appointment, then {later}"


def settings_page() -> str:
    """`docs/reference/settings.md`."""
    rows = [
        f"| `DESK_{name.upper()}` | {f'`{default_of(field)}`' if default_of(field) else ''} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return (
        f"<!-- {WRITTEN} -->\n# Settings\n\nFrom the environment, or from a file `.env` in the folder where the "
        "command is given; `.env.example` is one to copy.\nAn unknown `DESK_` name is refused.\n\n"
        "| name | default | meaning |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
        "Spans are switched on by `OTEL_EXPORTER_OTLP_ENDPOINT` and set by OpenTelemetry's other variables, of the "
        "environment alone: [how](../how-to/watch.md#spans).\n"
    )


def commands_page() -> str:
    """`docs/reference/commands.md`."""
    page = build().generate_docs(output_format="markdown", usage_name="uv run desk")
    lines = [line.rstrip() for line in page.splitlines()]
    return f"<!-- {WRITTEN} -->\n" + "\n".join(lines).rstrip() + "\n"


def modules() -> Iterator[str]:
    """Every module of the product."""
    for package in (desk, actions, channels):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name and not module.name.endswith(("__main__", ".launch")):
                yield module.name


def metrics_page() -> str:
    """`docs/reference/metrics.md`."""
    for name in modules():
        importlib.import_module(name)
    rows = sorted(
        f"| `{metric.name}{'_total' if metric.type == 'counter' else ''}` | {metric.type} | {metric.documentation} |"
        for metric in REGISTRY.collect()
        if metric.name.startswith(("desk_", "actions_", "channels_"))
    )
    return (
        f"<!-- {WRITTEN} -->\n# Measures\n\nServed at `/metrics` by the web server, the "
        "actions server and a worker, each at its `DESK_METRICS_HOST` and `DESK_METRICS_PORT`.\n\n"
        "| name | kind | counts |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def schema(adapter: TypeAdapter[Any], title: str) -> str:
    """A JSON schema, for editors that check YAML files by one."""
    written = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **adapter.json_schema()}
    return json.dumps(written, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """`write` or `check`; 1 when a page is stale."""
    if sys.argv[1:] == ["write"]:
        for path, text in pages().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    for path in stale():
        sys.stderr.write(f"{path.relative_to(ROOT)} is stale. Run: make docs\n")
    return 1 if stale() else 0


if __name__ == "__main__":
    sys.exit(main())
