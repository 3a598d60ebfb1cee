"""Turns that were read, and errors put together, as pages: each one file, nothing loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from tools.evaluation.page import percent, plot, table, whole

HARM = ("surely heard", "done", "heard of 1,000", "done of 1,000")
"""The columns of `dangers`, the first left out."""

type Row = tuple[str, ...]


def html(figures: dict[str, Any]) -> str:
    """The page of `turns.document`."""
    bins = figures["calibration"]["bins"]
    error = percent(figures["calibration"]["error"])
    parts = [
        table("All turns", ("", ""), summary(figures)),
        table("Done, and not meant", ("", *HARM), dangers(figures)),
        plot(
            f"Calibration (error {error})",
            [
                ("right, by probability", [(part["confidence"], part["right"]) for part in bins]),
                ("as said", [(0, 0), (1, 1)]),
            ],
        ),
        table("Calibration", ("said to be likely", "turns", "in the mean", "right"), calibration(figures)),
        table("By command", ("", "turns", "precision", "recall"), commands(figures)),
        *(
            table(f"By {title}", ("", "turns", "right", "sure", "right where sure"), parts_of(figures[f"by_{name}"]))
            for name, title in (("situation", "situation"), ("lang", "language"), ("hand", "writer"))
        ),
        table("Taken for another", ("meant", "heard", "turns"), confusion(figures)),
    ]
    return whole("How messages are read in their situation", parts)


def errors(document: dict[str, Any]) -> str:
    """The page of `wrong.document`: a part for each group, that opens."""
    said = (
        f"<p>{document['errors']} of {document['of']} are understood wrongly, in {len(document['groups'])} groups.</p>"
    )
    return whole("What is understood wrongly, by meaning", [said, *map(_group, document["groups"])])


def summary(figures: dict[str, Any]) -> list[Row]:
    """What is told first."""
    back = figures["asked_back"]
    return [
        ("turns", str(figures["turns"])),
        ("the likeliest command is meant", percent(figures["right"])),
        ("sure", percent(figures["sure"])),
        ("right where sure", percent(figures["right_where_sure"])),
        ("calibration error (ECE)", percent(figures["calibration"]["error"])),
        ("the words alone decide", percent(back["by_words"])),
        ("of these right", percent(back["by_words_right"])),
        ("asked back what is meant", percent(back["share"])),
        ("of these: meant is among the two offered", percent(back["offered_right"])),
        ("of these: among the two likeliest commands", percent(back["right_of_two"])),
    ]


def dangers(figures: dict[str, Any]) -> list[Row]:
    """What would be done without being meant."""
    return [
        (
            name.replace("_", " "),
            str(part["heard"]),
            str(part["done"]),
            f"{part['heard_per_thousand']:.1f}",
            f"{part['done_per_thousand']:.1f}",
        )
        for name, part in figures["dangers"].items()
    ]


def calibration(figures: dict[str, Any]) -> list[Row]:
    """The steps of calibration."""
    return [
        (f"{part['from']:.0%} and more", str(part["turns"]), percent(part["confidence"]), percent(part["right"]))
        for part in figures["calibration"]["bins"]
    ]


def commands(figures: dict[str, Any]) -> list[Row]:
    """Each command, those with most turns first."""
    by_turns = sorted(figures["by_command"].items(), key=lambda item: -item[1]["turns"])
    return [(name, str(part["turns"]), percent(part["precision"]), percent(part["recall"])) for name, part in by_turns]


def parts_of(parts: dict[str, Any]) -> list[Row]:
    """The turns of each situation, language or writer; the worst first."""
    worst = sorted(parts.items(), key=lambda item: item[1]["right"])
    return [
        (name, str(part["turns"]), *(percent(part[share]) for share in ("right", "sure", "right_where_sure")))
        for name, part in worst
    ]


def confusion(figures: dict[str, Any]) -> list[Row]:
    """What is most often taken for what."""
    return [(one["command"], one["heard"], str(one["turns"])) for one in figures["confusion"]]


def taken(group: dict[str, Any]) -> str:
    """What was meant and understood in a group, the most frequent first."""
    return ", ".join(f"{one['meant']} → {one['understood']} ({one['errors']})" for one in group["taken"])


def _group(group: dict[str, Any]) -> str:
    heads = ("written", "meant", "understood", "", "language", "situation", "writer")
    rows: Iterable[Sequence[str]] = (
        (
            one["text"],
            one["meant"],
            one["understood"],
            percent(one["confidence"]),
            one["lang"],
            one["situation"],
            one["hand"],
        )
        for one in group["lines"]
    )
    head = f"{group['errors']} · {group['typical']} · {taken(group)}"
    return f"<details><summary>{escape(head)}</summary>{table('', heads, rows)}</details>"
