"""What `desk run` pretends for staff: a mail server and an identity provider, unless there are real ones."""

from pathlib import Path

import pytest
from rich.console import Console

from sandbox.alipay.identity import ensure_keys
from sandbox.openid import CLIENT_ID
from tools import stack
from tools.running import ConsoleReport
from tools.stack import Roles, StackPlan

PORTS = dict.fromkeys(stack.PORTS, 4242)
SET = {"DESK_SMTP_URL", "DESK_MAIL_FROM"}
PROVIDER = {"DESK_OPENID_ISSUER", "DESK_OPENID_CLIENT_ID", "DESK_OPENID_CLIENT_SECRET"}


def roles(folder: Path, **more: object) -> Roles:
    """The roles of a plan."""
    ensure_keys(folder)
    plan = {"root": folder, "data_dir": folder, "host": "127.0.0.1", "port": 8080, "bot_python": Path("python")}
    plan |= {"database_url": "postgresql://desk@127.0.0.1/desk", "redis_url": "redis://127.0.0.1"}
    return Roles(StackPlan(**{**plan, **more}), PORTS)  # type: ignore[arg-type]


def test_staff_are_pretended_for(tmp_path: Path) -> None:
    """Settings of both for those who use them; the start says where."""
    made = roles(tmp_path)
    given = made._addresses()
    assert given.keys() >= SET | PROVIDER
    assert given["DESK_OPENID_ISSUER"] == "http://127.0.0.1:4242/openid"
    assert (given["DESK_OPENID_CLIENT_ID"], given["DESK_SMTP_URL"]) == (CLIENT_ID, "smtp://127.0.0.1:4242")
    console = Console(record=True, width=200)
    city = type("City", (), {"slug": "x", "names": type("Names", (), {"en": "X", "zh_Hans": "X"})})
    ConsoleReport(console, [city], began=0).ready(made.urls())  # type: ignore[list-item]
    said = console.export_text()
    assert "http://127.0.0.1:4242/_sandbox/mail" in said
    assert "http://127.0.0.1:4242/openid" in said


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ({"with_sandbox": False}, set()),
        ({"openid_issuer": "https://login.city.example"}, SET),
        ({"public_url": "https://desk.city.example"}, SET),
        ({"host": "0.0.0.0"}, SET),
        ({"has_mail_server": True}, PROVIDER),
        ({"has_mail_server": True, "openid_issuer": "https://login.city.example"}, set()),
    ],
)
def test_real_ones_are_not_replaced(tmp_path: Path, more: dict[str, object], left: set[str]) -> None:
    """And a provider that believes everybody is for this machine alone."""
    assert roles(tmp_path, **more)._addresses().keys() & (SET | PROVIDER) == left
