"""Bars as SVG: no library, one font, readable on light and on dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 760, 250, 90
BAR, GAP, GROUP_GAP, TOP, BOTTOM = 22, 6, 26, 58, 18
COLOURS = ("#0b6757", "#8a8f98", "#c9a24b")  # ours, then the peers
INK, PAPER, FAINT = "#1c2024", "#ffffff", "#5c636b"


@dataclass(frozen=True)
class Bar:
    """One bar: whose it is, how long, and what is written at its end."""

    label: str
    value: float
    said: str


@dataclass(frozen=True)
class Group:
    """Bars that are compared with each other, longest bar of all groups = full width."""

    title: str
    bars: Sequence[Bar]


def bars(title: str, subtitle: str, groups: Sequence[Group]) -> str:
    """Draws groups of horizontal bars; the first bar of a group is ours.

    Raises:
        ValueError: there is no bar, or none is longer than nothing.
    """
    longest = max((bar.value for group in groups for bar in group.bars), default=0.0)
    if longest <= 0:
        raise ValueError("nothing to draw")
    parts: list[str] = []
    y = TOP
    for group in groups:
        parts.append(_text(16, y + 14, group.title, weight="600"))
        y += 22
        for place, bar in enumerate(group.bars):
            length = max(1.0, (WIDTH - LEFT - RIGHT) * bar.value / longest)
            colour = COLOURS[min(place, len(COLOURS) - 1)]
            parts.append(_text(LEFT - 10, y + 15, bar.label, anchor="end"))
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3" fill="{colour}"/>')
            parts.append(_text(LEFT + length + 8, y + 15, bar.said, weight="600"))
            y += BAR + GAP
        y += GROUP_GAP - GAP
    height = y - GROUP_GAP + GAP + BOTTOM
    told = "; ".join(f"{group.title}: {bar.label} {bar.said}" for group in groups for bar in group.bars)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            ' role="img" font-family="system-ui, sans-serif" font-size="13" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(told)}</desc>',
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{PAPER}"/>',
            _text(16, 26, title, weight="700", size=16),
            _text(16, 44, subtitle, fill=FAINT),
            *parts,
            "</svg>",
            "",
        ]
    )


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", weight: str = "400", size: int = 13, fill: str = INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}"'
        f' fill="{fill}">{escape(said)}</text>'
    )
