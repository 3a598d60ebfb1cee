"""`desk chat`: talk with a city in the terminal, through the chat API like any resident."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from desk.app.runtime import runtime
from desk.contract.errors import DeskError
from desk.contract.wire import Locale
from desk.web.client import ChatClient, Conversation

app = App(name="chat", help="Talk with a city in the terminal.")

HELP = "Write and press Enter. :1 presses button 1 · :place 30.25 120.16 shares a place · Ctrl-D ends"
PRESS = re.compile(r":(\d+)\s*")
PLACE = re.compile(r":place\s+(-?\d+(?:\.\d+)?)[\s,]+(-?\d+(?:\.\d+)?)\s*")


@app.default
def chat(
    *,
    city: Annotated[str, Parameter(help="The city, as its file is called.")],
    locale: Annotated[Locale, Parameter(help="The language: zh_Hans, zh_Hant or en.")] = "zh_Hans",
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON event a line.", negative="")] = False,
    url: Annotated[str | None, Parameter(help="The server. Unset: the one that runs here.")] = None,
) -> None:
    """Talk with a city: each line of standard input is a message; ends after the last one is answered.

    :N presses the N-th of the buttons shown last, :place LAT LON shares a place (WGS 84). Everything else is text.
    """
    terminal = JsonTerminal() if as_json else RichTerminal()
    try:
        asyncio.run(_talk(url.rstrip("/") if url else runtime().serve_url, city, locale, terminal))
    except* DeskError as failed:
        raise failed.exceptions[0] from None


class RichTerminal:
    """Shows a conversation to a person."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self.payloads: list[str] = []
        if sys.stdin.isatty():
            self._console.print(f"[dim]{HELP}[/dim]")

    def show(self, event: dict[str, Any]) -> None:
        """Print a message with its cards and numbered buttons; hand-overs in a line."""
        if event["type"] == "turn_done" and event["handed_over"]:
            self._console.print("[yellow]⇢ a member of staff has this conversation[/yellow]")
        if event["type"] != "message":
            return
        message = event["message"]
        mark = "[bold yellow]◆[/bold yellow]" if message["author"] == "clerk" else "[bold cyan]●[/bold cyan]"
        self._console.print(f"{mark} {escape(message['text'])}")
        buttons = list(message["buttons"])
        for card in message["cards"]:
            table = Table(title=escape(card["title"]), show_header=False, title_justify="left")
            for row in card["rows"]:
                table.add_row(escape(row["label"]), escape(row["value"]))
            self._console.print(table)
            buttons += card["buttons"]
        if buttons:
            self.payloads = [button["payload"] for button in buttons]
            titles = (f"[cyan]:{n}[/cyan] {escape(button['title'])}" for n, button in enumerate(buttons, start=1))
            self._console.print("  " + "   ".join(titles))

    def prompt(self) -> None:
        """Invite to write."""
        if sys.stdin.isatty():
            self._console.print("[bold]>[/bold] ", end="")


class JsonTerminal:
    """Prints every event as it is, one a line."""

    def __init__(self) -> None:
        self.payloads: list[str] = []

    def show(self, event: dict[str, Any]) -> None:
        """Print an event."""
        if event["type"] == "message":
            message = event["message"]
            buttons = [*message["buttons"], *(button for card in message["cards"] for button in card["buttons"])]
            self.payloads = [button["payload"] for button in buttons] or self.payloads
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def prompt(self) -> None:
        """Scripts need no invitation."""


async def _talk(url: str, city: str, locale: Locale, terminal: RichTerminal | JsonTerminal) -> None:
    async with ChatClient(url) as client, asyncio.TaskGroup() as group:
        await client.open(city, locale)
        conversation = Conversation(client, terminal.show)
        listening = group.create_task(conversation.listen(), name="stream")
        await conversation.greeted()
        terminal.prompt()
        async for line in _lines():
            said = understood(line, terminal.payloads)
            if said is not None:
                await conversation.say(said)
            terminal.prompt()
        listening.cancel()


def understood(line: str, payloads: list[str]) -> dict[str, Any] | None:
    """Read a line of the terminal: a button, a place, or text. None for an empty line."""
    if not line.strip():
        return None
    if (press := PRESS.fullmatch(line)) and 0 < int(press[1]) <= len(payloads):
        return {"payload": payloads[int(press[1]) - 1]}
    if place := PLACE.fullmatch(line):
        return {"location": {"lat": float(place[1]), "lon": float(place[2]), "datum": "wgs84"}}
    return {"text": line}


async def _lines() -> AsyncIterator[str]:
    """Lines of standard input, read without holding up the stream."""
    with suppress(EOFError):
        while line := await asyncio.to_thread(sys.stdin.readline):
            yield line.rstrip("\r\n")
