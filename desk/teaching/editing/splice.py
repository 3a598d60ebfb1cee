"""Putting a value into a file as people wrote it: what else stands there stays, to the letter. Pure.

Writing a whole file anew would move every line break, and a difference of one word could not be read any more.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import yaml

INDENT = 2
EXAMPLES = "examples:"


class NotThere(ValueError):
    """A place is not in the file. The message names it."""


def put(text: str, path: Sequence[str], value: Any) -> str:
    """The YAML text with a value at a path of mappings, in the place of what was there; None: without it.

    Raises:
        NotThere: a mapping on the way is none.
    """
    *way, key = path
    node = yaml.compose(text, yaml.CSafeLoader)
    for name in way:
        node = _pair(node, name)[1]
    if not isinstance(node, yaml.MappingNode):
        raise NotThere("/".join(way))
    found = next((one for one in node.value if one[0].value == key), None)
    if found is None:
        return text if value is None else _added(text, node, key, value)
    return _replaced(text, node, found, value)


def pair(key: str, value: Any) -> str:
    """A pair of a new file, as lines."""
    return _block(key, value, 0)


def _pair(node: yaml.Node | None, name: str) -> tuple[yaml.Node, yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == name:
                return key, value
    raise NotThere(name)


def _replaced(text: str, node: yaml.MappingNode, found: tuple[yaml.Node, yaml.Node], value: Any) -> str:
    key, old = found
    start, end = key.start_mark.index, _end(text, key, old)
    if node.flow_style:
        if value is None:
            return _without_flow(text, start, end)
        return text[: old.start_mark.index] + _flow(value) + text[end:]
    if value is None:
        line = text.rfind("\n", 0, start) + 1
        after = text.find("\n", end)
        return text[:line] + (text[after + 1 :] if after >= 0 else "")
    if old.start_mark.index == old.end_mark.index or isinstance(old, yaml.ScalarNode) != isinstance(value, str | date):
        return text[:start] + _block(key.value, value, key.start_mark.column) + text[end:]
    if isinstance(old, yaml.ScalarNode) and not isinstance(value, bool):
        return text[: old.start_mark.index] + _scalar(value, like=old.style) + text[end:]
    if isinstance(old, yaml.CollectionNode) and old.flow_style:
        return text[: old.start_mark.index] + _flow(value) + text[end:]
    return text[:start] + _block(key.value, value, key.start_mark.column) + text[end:]


def _end(text: str, key: yaml.Node, value: yaml.Node) -> int:
    """Where a pair ends: a block ends behind the blank lines and comments that follow it, which are not its own."""
    start, end = key.start_mark.index, value.end_mark.index
    lines = text[start:end].split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return start + len("\n".join(lines))


def _without_flow(text: str, start: int, end: int) -> str:
    """Without a pair between braces, and the comma that parts it from its neighbour."""
    before, after = text[:start].rstrip(), text[end:].lstrip()
    if before.endswith(","):
        return before[:-1] + after
    return before + (after[1:].lstrip() if after.startswith(",") else after)


def _added(text: str, node: yaml.MappingNode, key: str, value: Any) -> str:
    if node.flow_style or not node.value:
        at = node.end_mark.index - 1
        comma = ", " if node.value else ""
        return f"{text[:at].rstrip()}{comma}{key}: {_flow(value)}{text[at:]}"
    last = node.value[-1]
    at, column = _end(text, *last), last[0].start_mark.column
    return f"{text[:at]}\n{' ' * column}{_block(key, value, column)}{text[at:]}"


def _block(key: str, value: Any, column: int) -> str:
    """A pair as lines; the first begins where it is put."""
    inner = column + INDENT
    pad = " " * inner
    if isinstance(value, Mapping):
        return "\n".join([f"{key}:", *(pad + _block(name, one, inner) for name, one in value.items())])
    if isinstance(value, list) and value:
        return "\n".join([f"{key}:", *(f"{pad}- {_item(one, inner)}" for one in value)])
    return f"{key}: {_flow(value) if isinstance(value, list) else _scalar(value)}"


def _item(value: Any, column: int) -> str:
    """An item of a list as lines, behind its dash."""
    if isinstance(value, Mapping):
        inner = column + INDENT
        pairs = [_block(name, one, inner) for name, one in value.items()]
        return f"\n{' ' * inner}".join(pairs)
    return _scalar(value)


def _scalar(value: Any, like: str | None = None) -> str:
    """A value in a line: plain where that is read as the same, else in quotes; also where the one before was."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    plain = str(value)
    return plain if like not in ('"', "'") and _is_plain(plain) else json.dumps(plain, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    """Whether a text may stand without quotes: it begins with no letter of English, which is always quoted here."""
    if not text or text != text.strip() or "\n" in text or text[0].isascii():
        return False
    try:
        return bool(yaml.load(f"k: {text}\n", yaml.CSafeLoader) == {"k": text})
    except yaml.YAMLError:
        return False


def _flow(value: Any) -> str:
    """A value between braces or brackets, or in a line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        is_name = value.isascii() and value.isidentifier()
        return value if is_name and _reads_as(value) else json.dumps(value, ensure_ascii=False)
    return _scalar(value)


def _reads_as(name: str) -> bool:
    return bool(yaml.load(name, yaml.CSafeLoader) == name)


def with_lines(text: str, intent: str, added: Sequence[str], dropped: Sequence[str]) -> str:
    """A file of lines with some more at the end of an intent's, and some less; where it has none yet, with the intent.

    Raises:
        NotThere: a line that is to go is not there.
    """
    lines = text.split("\n")
    begin = next((place for place, one in enumerate(lines) if one.strip() == f"- intent: {intent}"), None)
    if begin is None:
        if dropped:
            raise NotThere(dropped[0])
        said = [f"    - {one}" for one in added]
        return "\n".join([text.rstrip("\n"), f"- intent: {intent}", "  examples: |", *said, ""])
    first = next(place for place in range(begin, len(lines)) if lines[place].strip().startswith(EXAMPLES)) + 1
    last = first
    while last < len(lines) and (lines[last].startswith("    ") or not lines[last].strip()):
        last += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    block = lines[first:last]
    for one in dropped:
        if f"    - {one}" not in block:
            raise NotThere(one)
        block.remove(f"    - {one}")
    return "\n".join([*lines[:first], *block, *(f"    - {one}" for one in added), *lines[last:]])


def with_message(text: str, key: str, said: str) -> str:
    """A catalog's source with another text of a key.

    Raises:
        NotThere: it has no such key, or the key has several forms.
    """
    lines = text.split("\n")
    at = next((place for place, one in enumerate(lines) if one == f'msgid "{key}"'), None)
    if at is None or not lines[at + 1].startswith("msgstr "):
        raise NotThere(key)
    end = at + 2
    while end < len(lines) and lines[end].startswith('"'):
        end += 1
    quoted = json.dumps(said, ensure_ascii=False)
    return "\n".join([*lines[: at + 1], f"msgstr {quoted}", *lines[end:]])
