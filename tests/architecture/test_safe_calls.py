"""What the code calls where a wrong call would be a hole: chance, TLS, readers of HTTP."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import python_files, text_of

PRODUCT = ("desk", "actions", "channels", "roles", "values", "bot")
BY_CHANCE = {
    "actions/backends/http.py": "pauses before a system is asked again",
    "desk/announcements/looking.py": "residents of an audience, to look at a sample",
    "desk/conversations/outcomes.py": "pauses before a turn is tried again",
    "desk/http/sockets.py": "pauses before a connection is tried again",
    "desk/sites/counts.py": "which of a number's rows is added to",
    "desk/staff/news.py": "pauses before staff are told again",
    "desk/teaching/gate.py": "lots of a test of significance, the same each time",
    "desk/teaching/gathering.py": "which messages trainers see",
    "desk/teaching/readings.py": "which messages trainers see",
}
"""Where `random` decides, and what: no token, code, key or id among it. Those are of `secrets`, `os` and `uuid4`."""
LOOSE = {"CERT_NONE", "CERT_OPTIONAL", "check_hostname", "_create_unverified_context"}
SWITCHES = {"ssl", "verify", "verify_ssl", "ssl_verify"}
READS_ANY_CERTIFICATE = {"desk/http/certificates.py"}
"""Tells until when a certificate holds: it reads one that is over, too, and sends nothing."""
OTHER_READERS = {
    *("bottle", "cgi", "django", "fastapi", "flask", "http.client", "http.server", "httpx", "requests", "sanic"),
    *("socketserver", "starlette", "tornado", "urllib.request", "urllib3", "websockets", "werkzeug", "wsgiref"),
}
"""What reads HTTP beside aiohttp, by rules of its own."""


def imported(code: ast.AST) -> Iterator[str]:
    """Names of modules that a file imports."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def unverified(code: ast.AST) -> Iterator[int]:
    """Lines on which a certificate may be anybody's."""
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute) and node.attr in LOOSE:
            yield node.lineno
        elif isinstance(node, ast.keyword) and node.arg in SWITCHES and isinstance(node.value, ast.Constant):
            yield node.value.lineno


def product() -> list[Path]:
    return python_files(*PRODUCT)


def test_what_nobody_may_guess_is_not_drawn_by_random() -> None:
    """`random` stands where nothing hangs on it, and each place is named; ids of time and machine are used nowhere."""
    found = {path.as_posix(): set(imported(ast.parse(text_of(path)))) for path in product()}
    assert {path for path, names in found.items() if "random" in names} == set(BY_CHANCE)
    assert [path for path, names in found.items() if {"uuid.uuid1", "numpy.random"} & names] == []


def test_certificates_are_always_verified() -> None:
    """No switch leaves it out, of whatever client."""
    loose = {path.as_posix() for path in product() if any(unverified(ast.parse(text_of(path))))}
    assert loose == READS_ANY_CERTIFICATE


def test_one_library_reads_http() -> None:
    """What one takes for the end of a request is no other's beginning."""
    found = {path.as_posix(): set(imported(ast.parse(text_of(path)))) & OTHER_READERS for path in product()}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_checks_see_what_they_look_for() -> None:
    """They can fail."""
    code = ast.parse("import random\nfrom http import client\nasync def f(s):\n    await s.get('x', ssl=False)\n")
    assert set(imported(code)) == {"random", "http", "http.client"}
    assert list(unverified(code)) == [4]
