"""Texts with HTML, and keyboards, as the Bot API takes and refuses them.

Sources: https://core.telegram.org/bots/api#html-style, #inlinekeyboardbutton, #replykeyboardmarkup. Markdown is not
read here: it is refused as an unknown `parse_mode` is there.
"""

import json
from collections.abc import Mapping
from html.parser import HTMLParser

from sandbox.telegram.chats import Body, Refusal

MOST_BUTTONS, MOST_IN_A_ROW, LONGEST_DATA = 100, 8, 64
ENTITIES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "span": "spoiler",
}
"""What a tag makes of its text."""
URLS = ("http://", "https://", "tg://")
DOES_SOMETHING = ("url", "callback_data", "web_app", "login_url", "switch_inline_query", "copy_text", "pay")
"""Fields of an inline button of which it has exactly one."""


def units(text: str) -> int:
    """How long a text is as the Bot API counts: in UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def marked_up(text: str, fields: Mapping[str, str]) -> tuple[str, list[Body]]:
    """A text without its tags, and the entities that they made.

    Raises:
        Refusal: the tags are none of HTML's, or are not closed; or the mode is unknown.
    """
    match fields.get("parse_mode", "").lower():
        case "":
            return text, []
        case "html":
            reader = _Reader()
            reader.feed(text)
            reader.close()
            return reader.whole()
    raise Refusal(400, "Bad Request: unsupported parse_mode")


def keyboard(fields: Mapping[str, str]) -> Body | None:
    """The inline keyboard of a message; of any other, which a message does not show, None.

    Raises:
        Refusal: it cannot be read, or a button does nothing or several things.
    """
    if not fields.get("reply_markup"):
        return None
    try:
        read = json.loads(fields["reply_markup"])
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Refusal(400, "Bad Request: object expected as reply markup")
    markup: Body = read
    rows: list[list[Body]] = markup.get("inline_keyboard") or markup.get("keyboard") or []
    buttons = [button for row in rows for button in row]
    if len(buttons) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
        raise Refusal(400, "Bad Request: reply markup is too long")
    if "inline_keyboard" not in markup:
        return None
    for button in buttons:
        _insist_button(button)
    return markup


def _insist_button(button: Body) -> None:
    does = [name for name in DOES_SOMETHING if name in button]
    if not button.get("text") or not does:
        raise Refusal(
            400,
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        )
    if len(does) > 1:
        raise Refusal(400, "Bad Request: can't parse inline keyboard button: exactly one optional field is to be given")
    if "url" in button and not str(button["url"]).startswith(URLS):
        raise Refusal(400, f"Bad Request: inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= LONGEST_DATA:
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")


class _Reader(HTMLParser):
    """Reads the tags that the Bot API knows, each within its parent."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._text = ""
        self._open: list[tuple[str, int, str]] = []  # tag, where it begins, what it leads to
        self._entities: list[Body] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ENTITIES or (tag == "span" and given.get("class") != "tg-spoiler"):
            raise Refusal(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}" at byte offset 0')
        self._open.append((tag, units(self._text), given.get("href") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise Refusal(400, f'Bad Request: can\'t parse entities: Unmatched end tag "{tag}"')
        _, offset, url = self._open.pop()
        length = units(self._text) - offset
        if length and (tag != "a" or url):
            link = {"url": url} if tag == "a" else {}
            self._entities.append({"type": ENTITIES[tag], "offset": offset, "length": length, **link})

    def handle_data(self, data: str) -> None:
        self._text += data

    def whole(self) -> tuple[str, list[Body]]:
        """The text and its entities, in the order in which they begin."""
        if self._open:
            tag = self._open[-1][0]
            raise Refusal(
                400, f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{tag}\""
            )
        return self._text, sorted(self._entities, key=lambda one: (one["offset"], -one["length"]))
