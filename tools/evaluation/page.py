"""An evaluation as one HTML page: tables, and plots as SVG. No library, nothing loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_WIDTH, _HEIGHT, _MARGIN = 460, 300, 44
_COLOURS = ("#0b6757", "#a03b2a", "#2a5ba0")
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1c2024;background:#fff;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}
th,td{padding:.25rem .75rem;border-bottom:1px solid #d6d9dc;text-align:left}
td:not(:first-child){font-variant-numeric:tabular-nums}figure{display:inline-block;margin:1rem 1rem 1rem 0}
""".strip()

type Point = tuple[float, float]


def html(figures: dict[str, Any]) -> str:
    """The page of `figures.document`."""
    curve = figures["threshold_curve"]
    bins = figures["calibration"]["bins"]
    parts = [
        table("All lines", ("", ""), _summary(figures)),
        table("By language", ("", "lines", "right"), _parts(figures["by_lang"])),
        plot(
            "The gate at other thresholds",
            [
                ("right", [(at["threshold"], at["accuracy"]) for at in curve]),
                ("false refusals", [(at["threshold"], at["false_refusals"]) for at in curve]),
                ("out of scope refused", [(at["threshold"], at["recall"]) for at in curve]),
            ],
        ),
        plot(
            f"Calibration (error {percent(figures['calibration']['error'])})",
            [
                ("right, by confidence", [(part["confidence"], part["right"]) for part in bins]),
                ("as said", [(0, 0), (1, 1)]),
            ],
        ),
        table("By intent", ("", "lines", "precision", "recall", "F1"), _rows(figures["by_intent"], "lines")),
        table("By entity", ("", "spans", "precision", "recall", "F1"), _rows(figures["by_entity"], "spans")),
        table(
            "Taken for another",
            ("meant", "understood", "lines"),
            [(found["intent"], found["understood"], str(found["lines"])) for found in figures["confusion"]],
        ),
    ]
    return whole("How well residents are understood", parts)


def whole(title: str, parts: Iterable[str]) -> str:
    """A page of parts."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = f"<h1>{escape(title)}</h1>\n" + "\n".join(parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>\n<body>{body}</body></html>\n'


def _summary(figures: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        ("lines", str(figures["lines"])),
        ("intent right", percent(figures["intent"]["accuracy"])),
        ("intent macro F1", percent(figures["intent"]["macro_f1"])),
        ("entities F1", percent(figures["entities"]["f1"])),
        ("out of scope refused", percent(figures["out_of_scope"]["recall"])),
        ("false refusals", percent(figures["out_of_scope"]["false_refusals"])),
        ("sentences a second, one core", str(figures["sentences_per_second"])),
    ]


def _parts(parts: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(name, str(part["lines"]), percent(part["accuracy"])) for name, part in parts.items()]


def _rows(parts: dict[str, Any], counted: str) -> list[tuple[str, ...]]:
    figures = ("precision", "recall", "f1")
    return [(name, str(part[counted]), *(percent(part[figure]) for figure in figures)) for name, part in parts.items()]


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table under a title; the first cell of a row is its head."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def plot(title: str, lines: Sequence[tuple[str, Sequence[Point]]]) -> str:
    """Curves between 0 and 1 on both axes, named beside the plot."""
    wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 60
    inner = f'<rect x="{_MARGIN}" y="16" width="{wide}" height="{high}" fill="none" stroke="#d6d9dc"/>'
    for share in (0.0, 0.5, 1.0):
        x, y = _place((share, share))
        inner += f'<text x="{x:.0f}" y="{_HEIGHT - 26}" font-size="12" text-anchor="middle">{share:g}</text>'
        inner += f'<text x="{_MARGIN - 8}" y="{y + 4:.0f}" font-size="12" text-anchor="end">{share:.0%}</text>'
    for number, (name, points) in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(_place, points))
        inner += f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        inner += (
            f'<text x="{_MARGIN + 140 * number}" y="{_HEIGHT - 6}" font-size="12" fill="{colour}">{escape(name)}</text>'
        )
    said = f'<svg role="img" aria-label="{escape(title)}" width="{_WIDTH}" height="{_HEIGHT}">{inner}</svg>'
    return f"<figure><figcaption>{escape(title)}</figcaption>{said}</figure>"


def _place(point: Point) -> Point:
    wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 60
    return _MARGIN + point[0] * wide, 16 + (1 - point[1]) * high


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share:.1%}"
