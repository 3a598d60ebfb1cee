"""Results for people: of each bench a table, and the bars that go with it. Reads documents, measures nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.drawing import Bar, Group
from bench.layers import LAYERS, OTHER

ALONE = frozenset({"announce", "webhooks", "console", "day", "streams", "rolling", "restore", "trainer"})
"""Measured against itself."""
BY_PROCESSORS = "profile"  # in processor time, which others hardly change
VERSIONS = frozenset({"turns-before", "history-before"})  # beside a version before
SLOWEST = 4  # pages that are drawn
QUIET = 0.5  # of a core's time that others may take

type Document = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """What is shown of a result."""

    title: str
    subtitle: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: tuple[Group, ...]


def table(document: Document) -> Table:
    """The table and bars of a result's document, by its name."""
    return _TABLES[document["name"]](document)


def markdown(shown: Table) -> str:
    """The table in Markdown; columns but the first are aligned to the right."""
    head = [shown.columns, (" --- ", *(" ---: " for _ in shown.columns[1:]))]
    return "\n".join("| " + " | ".join(cell.strip() for cell in row) + " |" for row in (*head, *shown.rows))


def ran_on(machine: Mapping[str, Any]) -> str:
    """The machine in one line."""
    return f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, {machine['system']}"


def doubt(document: Document) -> str | None:
    """What is to be said against a result: others kept the processors busy. None on a quiet machine."""
    machine = document["machine"]
    if machine["load_before"] <= QUIET * machine["cores"]:
        return None
    busy = f"Other programs kept the machine busy (load average {machine['load_before']:g} before the run)."
    if document["name"] == BY_PROCESSORS:
        return f"{busy} It is processor time, which that raises by some per cent: compare the sides of one run."
    if document["name"] in VERSIONS:
        return f"{busy} Both versions have equally many processes: compare them, and measure again for the figures."
    if document["name"] in ALONE:
        return f"{busy} Every figure is the worse for it: measure again on a quiet machine."
    return (
        f"{busy}"
        " Of busy cores the side with more processes gets a greater part, so this run flatters us:"
        " measure again on a quiet machine."
    )


def _sides(document: Document) -> list[Document]:
    return [document["ours"], document["peer"], *document["other_peers"]]


def _ratios(document: Document) -> list[str]:
    return ["", f"{document['ratio']:.2f} ×", *(f"{other['ratio']:.2f} ×" for other in document["other_peers"])]


def _number(value: float | None, unit: str = "") -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}{unit}" if abs(value) >= 100 else f"{value:,.1f}{unit}"


def _turns(document: Document) -> Table:
    sides, ratios = _sides(document), _ratios(document)
    rows = [
        (
            side["name"],
            clients,
            _number(found["turns_per_second"]),
            _number(found["p50_ms"]),
            _number(found["p95_ms"]),
            _number(side["memory_mb"]),
            ratio if clients == str(max(map(int, side["clients"]))) else "",
        )
        for side, ratio in zip(sides, ratios, strict=True)
        for clients, found in side["clients"].items()
    ]
    groups = [
        Group(
            f"{clients} client{'s' if clients != '1' else ''} at once",
            [
                Bar(
                    side["name"],
                    side["clients"][clients]["turns_per_second"],
                    _number(side["clients"][clients]["turns_per_second"]),
                )
                for side in sides
            ],
        )
        for clients in sides[0]["clients"]
    ]
    columns = ("side", "clients", "turns/s", "p50 ms", "p95 ms", "memory MB", "ours ÷ this")
    return Table("Completed turns a second", "more is better", columns, tuple(rows), tuple(groups))


def _history(document: Document) -> Table:
    sides = _sides(document)
    marks = [name for name in document["ours"] if name.startswith("turn_")]
    rows = [
        (side["name"], *(_number(side[mark]) for mark in marks), f"{side['growth']:.2f} ×", times)
        for side, times in zip(sides, _ratios(document), strict=True)
    ]
    groups = [
        Group(
            f"turn {int(mark.split('_')[1]):,}", [Bar(side["name"], side[mark], _number(side[mark])) for side in sides]
        )
        for mark in marks
    ]
    columns = ("side", *(f"turn {int(mark.split('_')[1]):,}, ms" for mark in marks), "last ÷ first", "this ÷ ours")
    title = "What a turn costs as a conversation grows, in ms"
    return Table(title, "less is better", columns, tuple(rows), tuple(groups))


def _intake(document: Document) -> Table:
    sides = _sides(document)
    rows = [
        (
            side["name"],
            side["bot"],
            _number(side["messages_per_second"]),
            _number(side["p50_ms"]),
            _number(side["p95_ms"]),
            ratio,
        )
        for side, ratio in zip(sides, _ratios(document), strict=True)
    ]
    group = Group(
        f"{document['method']['clients']} clients at once",
        [
            Bar(f"{side['name']}, bot {side['bot']}", side["messages_per_second"], _number(side["messages_per_second"]))
            for side in sides
        ],
    )
    columns = ("side", "bot", "acknowledged/s", "p50 ms", "p95 ms", "ours ÷ this")
    return Table("Messages acknowledged a second", "more is better", columns, tuple(rows), (group,))


_HEARD = (
    ("cancelled", "from a cancel to the last message", "last_send_seconds"),
    ("corrected", "from an approved correction to its first message", "first_seconds"),
)


def _announce(document: Document) -> Table:
    ours, sides = document["ours"], [document["peer"], document["ours"]]
    rows = [
        (
            side["name"],
            _number(side["p50_ms"]),
            _number(side["p95_ms"]),
            _number(side.get("bulk_beside_turns_per_second") or side["bulk_per_second"] or 0) if side is ours else "",
            f"{document['ratio']:.2f} ×" if side is ours else "",
        )
        for side in sides
    ]
    if "alone" in ours:
        rows.append(("Citydesk, bulk alone", "", "", _number(ours["bulk_per_second"]), ""))
        lost = f", {ours['killed']['missing']:,} never arrived" if "missing" in ours["killed"] else ""
        rows.append((f"Citydesk, workers killed{lost}", "", "", _number(ours["killed"]["per_second"]), ""))
    for what, name, till in _HEARD:
        if what in ours:
            rows.append((f"Citydesk, {name}: {ours[what][till]:.2f} s", "", "", "", ""))
    rows += [(one["name"], "", "", _number(one["bulk_per_second"]), "") for one in document["other_peers"]]
    group = Group("p95, ms", [Bar(side["name"], side["p95_ms"], _number(side["p95_ms"])) for side in sides])
    columns = ("side", "p50 ms", "p95 ms", "bulk messages/s", "bulk ÷ idle")
    title = f"How long a reply takes beside a bulk send to {document['method']['subscribers']:,}"
    return Table(title, "less is better", columns, tuple(rows), (group,))


def _webhooks(document: Document) -> Table:
    sides = _sides(document)
    rows = [
        (
            side["name"],
            f"{side['webhooks']:,}",
            _number(side["webhooks_per_second"]),
            _number(side["p50_ms"]),
            _number(side["p99_ms"]),
            _number(side["slowest_ms"]),
            f"{side['genuine']:,} of {side['genuine']:,}",
            f"{side['forged']:,} of {side['forged']:,}",
        )
        for side in sides
    ]
    group = Group("p99, ms", [Bar(side["name"], side["p99_ms"], _number(side["p99_ms"])) for side in sides])
    columns = (
        "channel",
        "webhooks",
        "a second",
        "p50 ms",
        "p99 ms",
        "slowest ms",
        "genuine, handled once",
        "forged, refused",
    )
    return Table("Webhooks answered while the bot is stopped", "less is better", columns, tuple(rows), (group,))


def _console(document: Document) -> Table:
    ours, peer = document["ours"], document["peer"]
    small = {(one["page"], one["who"]): one for one in peer["pages"]}
    shown = sorted(ours["pages"], key=lambda one: -one["p95_ms"])
    rows = [
        (
            f"`{one['page']}`",
            one["who"],
            _number(one["p50_ms"]),
            _number(one["p95_ms"]),
            _number(one["max_ms"]),
            _number(small[one["page"], one["who"]]["p95_ms"]),
            f"{one['p95_ms'] / small[one['page'], one['who']]['p95_ms']:.2f} ×",
        )
        for one in shown
    ]
    opened = [_bar(side["name"], side["opening"]["p95_ms"]) for side in (ours, peer)]
    slowest = [
        Group(
            f"{one['page']} ({one['who']}), p95 ms",
            [
                _bar(ours["name"], one["p95_ms"]),
                _bar(peer["name"], small[one["page"], one["who"]]["p95_ms"]),
            ],
        )
        for one in shown[:SLOWEST]
    ]
    columns = ("page", "who", "p50 ms", "p95 ms", "max ms", f"p95 ms at {peer['name']}", "ratio")
    title = f"Pages of the staff console at {ours['name']}"
    return Table(title, "less is better", columns, tuple(rows), (Group("opening a ticket, p95 ms", opened), *slowest))


def _day(document: Document) -> Table:
    ours, peer = document["ours"], document["peer"]
    acts = " · ".join(f"{name.replace('_', ' ')} {times:,}" for name, times in ours["acts"].items())
    killed = " · ".join(f"{name} {times}" for name, times in ours["killed"].items())
    rows = (
        ("conversations that asked for a person", f"{ours['conversations']:,}"),
        ("clerks", str(ours["clerks"])),
        ("messages of residents", f"{ours['messages']:,}"),
        ("events that residents saw", f"{ours['events']:,}"),
        ("messages accepted before a claim and ended after it", f"{ours['said_across_a_claim']:,}"),
        ("emergencies told of beside a clerk", f"{ours['emergencies_beside_a_clerk']:,}"),
        ("replies of clerks, each heard once", f"{ours['replies']:,}"),
        ("acts of clerks", acts),
        ("killed (SIGKILL)", killed),
        ("answers lost with a killed server, and looked after", f"{ours['answers_lost']:,}"),
        ("lost, doubled, out of order, or said by who may not speak", str(ours["faults"])),
        ("conversations an hour", f"{ours['conversations_per_hour']:,}, {document['ratio']:.1f} × the day's"),
    )
    group = Group(
        "conversations an hour",
        [_bar(ours["name"], ours["conversations_per_hour"]), _bar(peer["name"], peer["conversations_per_hour"])],
    )
    title = f"{document['method']['hours']:g} hours of a day at the counter, replayed"
    return Table(title, "more is better", ("what", "how many"), rows, (group,))


def _streams(document: Document) -> Table:
    sides = [document["peer"], document["ours"], *document["other_peers"]]
    rows = [
        (
            side["name"],
            *(f"{side['percent_of_a_core'][role]:.1f}" for role in ("serve", "postgres", "valkey")),
            f"{side['percent_in_all']:.1f}",
            _number(side["p50_ms"]),
            f"{side['ratio']:.2f} ×",
        )
        for side in sides
    ]
    group = Group(
        "% of a core, in all",
        [Bar(side["name"], side["percent_in_all"], f"{side['percent_in_all']:.1f}") for side in sides],
    )
    columns = ("side", "serve, % of a core", "PostgreSQL", "Valkey", "in all", "posts p50 ms", "÷ without streams")
    return Table("What open streams cost on which nothing happens", "less is better", columns, tuple(rows), (group,))


def _profile(document: Document) -> Table:
    sides = [document["ours"]] if document["peer"] == document["ours"] else [document["peer"], document["ours"]]
    found = {layer for side in sides for shares in side["layers"].values() for layer in shares}
    layers = [layer for layer in (*LAYERS, OTHER) if layer in found]
    rows = [
        (
            f"{side['name']}: {role}" if len(sides) > 1 else role,
            f"{spent:.2f}",
            f"{side['idle_percent_of_a_core'][role]:.1f}",
            *(_of_layer(side["layers"].get(role), layer, spent) for layer in layers),
        )
        for role in document["ours"]["ms_a_turn"]
        for side in sides
        for spent in [side["ms_a_turn"][role]]
    ]
    rows += [
        (
            f"**{side['name']}: in all**" if len(sides) > 1 else "**in all**",
            f"**{side['ms_in_all']:.2f}**",
            *("" for _ in ("idle", *layers)),
        )
        for side in sides
    ]
    groups = [
        Group(role, [Bar(side["name"], side["ms_a_turn"][role], f"{side['ms_a_turn'][role]:.2f}") for side in sides])
        for role in document["ours"]["ms_a_turn"]
    ]
    columns = ("role", "ms a turn", "idle, % of a core", *layers)
    return Table("What a turn costs, in ms of a processor", "less is better", columns, tuple(rows), tuple(groups))


def _of_layer(shares: Mapping[str, float] | None, layer: str, spent: float) -> str:
    return f"{shares[layer] * spent:.2f}" if shares and layer in shares else ""


def _rolling(document: Document) -> Table:
    ours = document["ours"]
    rows = [
        (
            part,
            f"{found['turns']:,}",
            _number(found["p50_ms"]),
            _number(found["p95_ms"]),
            _number(found["slowest_ms"]),
            f"{ours['ratios'][part]:.2f} ×",
        )
        for part, found in ours["parts"].items()
    ]
    group = Group("p95, ms", [_bar(part, found["p95_ms"]) for part, found in ours["parts"].items()])
    columns = ("part of the course", "turns", "p50 ms", "p95 ms", "slowest ms", "p95 ÷ before")
    title = f"A release replaces the one before at {document['method']['per_second']:g} turns a second"
    return Table(title, "less is better", columns, tuple(rows), (group,))


def _trainer(document: Document) -> Table:
    ours, method = document["ours"], document["method"]
    labelled, took, canary = ours["labelled"], ours["took"], ours["canary"].get("canary", {})
    rows = [
        ("messages labelled", f"{labelled['messages']:,}"),
        ("groups, and decisions", f"{ours['groups']:,} and {labelled['decisions']:,}"),
        ("messages a decision", f"{labelled['lines_a_decision']:g}"),
        ("decisions by a digit", f"{labelled['by_digit']:,}"),
        ("labelling, s", _number(labelled["seconds"])),
        ("training and evaluation, s", _number(took["training"])),
        ("comparison, s", _number(took["comparing"])),
        (f"until a canary of {method['percent']} % answers, s", _number(took["canary"])),
        ("messages that it answered", f"{canary.get('messages', 0):,}"),
        ("release, s", _number(took["release"])),
        ("**one click goes back, s**", f"{took['rollback']:.2f}"),
        ("longest time in which nobody was answered, s", f"{ours['longest_silence_seconds']:.2f}"),
        ("turns lost, doubled or out of order", f"{ours['faults']}"),
    ]
    rows += [
        (f"p95 while {part}, ms", f"{_number(found['p95_ms'])} ({ours['ratios'][part]:.2f} × before)")
        for part, found in ours["parts"].items()
    ]
    group = Group("p95, ms", [_bar(part, found["p95_ms"]) for part, found in ours["parts"].items()])
    title = f"A model is taught, released and gone back from at {method['per_second']:g} turns a second"
    return Table(title, "less is better", ("what", ours["name"]), tuple(rows), (group,))


def _restore(document: Document) -> Table:
    ours, peer = document["ours"], document["peer"]
    lost, moment = ours["lost"], ours["moment"]
    rows = (
        ("backup, s", _number(ours["backup_seconds"]), _number(peer["backup_seconds"])),
        ("backup, GB", f"{ours['backup_gigabytes']:.2f}", f"{peer['backup_gigabytes']:.2f}"),
        ("restoring the database, s", _number(ours["restore_seconds"]), _number(peer["restore_seconds"])),
        ("starting on it, s", _number(ours["start_seconds"]), ""),
        ("the first resident's answer, s", _number(ours["answer_seconds"]), ""),
        ("**from nothing to that answer, s**", _number(ours["seconds"]), ""),
        ("restoring to a moment, s", _number(moment["restore_seconds"]), ""),
        ("messages of before that moment, and of after", f"{moment['kept']:,} and {moment['of_after']}", ""),
        (f"of {ours['acknowledged']:,} acknowledged messages lost", f"{lost['messages']:,}", ""),
        ("changes lost, s", _number(lost["seconds"]), ""),
        ("sent before somebody armed it", str(ours["sent_before_arming"]), ""),
        ("sent after it", f"{ours['sent_after_arming']:,}", ""),
        ("perhaps sent by the source: left to a person", f"{ours['left_to_a_person']:,}", ""),
    )
    group = Group(
        "restoring the database, s",
        [_bar(ours["name"], ours["restore_seconds"]), _bar(peer["name"], peer["restore_seconds"])],
    )
    whole = Group("until the first answer, s", [_bar(ours["name"], ours["seconds"])])
    title = f"A store of {ours['holds_gigabytes']:g} GB is lost, and restored on an empty machine"
    return Table(title, "less is better", ("what", "Citydesk", peer["name"]), rows, (group, whole))


def _bar(name: str, value: float) -> Bar:
    return Bar(name, value, _number(value))


_TABLES: dict[str, Callable[[Document], Table]] = {
    "turns": _turns,
    "turns-before": _turns,
    "history": _history,
    "history-before": _history,
    "intake": _intake,
    "announce": _announce,
    "webhooks": _webhooks,
    "console": _console,
    "day": _day,
    "streams": _streams,
    "profile": _profile,
    "rolling": _rolling,
    "restore": _restore,
    "trainer": _trainer,
}
