"""Units of systemd: every role, as nobody's user, secrets as credentials, the bot sealed; what freezes is ended."""

import asyncio
import re
import socket
from collections import Counter

import pytest
from deploy.files import DEPLOY, ROLES, SECRETS, SETTING, SETTINGS
from deploy.watching import watch

FOLDER = DEPLOY / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("*.service"))


def said(unit: str) -> list[tuple[str, str]]:
    """Directives of a unit, in their order."""
    lines = (FOLDER / unit).read_text(encoding="utf-8").splitlines()
    return [
        (name, value)
        for line in lines
        if not line.startswith(("#", "[")) and line
        for name, _, value in [line.partition("=")]
    ]


def values(unit: str, name: str) -> list[str]:
    return [value for one, value in said(unit) if one == name]


def credentials(unit: str) -> set[str]:
    return {value.partition(":")[0] for value in values(unit, "LoadCredential")}


def test_every_role_has_a_unit_that_starts_again() -> None:
    """As many as are wanted, by their number."""
    assert {f"citydesk-{role}@.service" for role in ROLES} <= set(UNITS)
    assert {values(f"citydesk-{role}@.service", "Restart")[0] for role in ROLES} == {"always"}


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "citydesk-watch.service"])
def test_a_unit_has_no_rights(unit: str) -> None:
    """A user of its own, no capability, nothing to write but its folders."""
    assert values(unit, "User") in (["citydesk"], ["citydesk-bot"], ["postgres"])
    assert (values(unit, "CapabilityBoundingSet"), values(unit, "NoNewPrivileges")) == ([""], ["yes"])
    assert (values(unit, "ProtectSystem"), values(unit, "SystemCallFilter")[0]) == (["strict"], "@system-service")


def test_the_bot_is_sealed() -> None:
    """Another user, no setting, no secret, and this machine alone."""
    bot = "citydesk-bot@.service"
    assert (values(bot, "User"), credentials(bot), values(bot, "EnvironmentFile")) == (
        ["citydesk-bot"],
        set(),
        ["/etc/citydesk/bot.env"],
    )
    assert (values(bot, "IPAddressDeny"), values(bot, "IPAddressAllow")) == (["any"], ["localhost"])
    assert not SETTING.search((FOLDER / "bot.env.example").read_text(encoding="utf-8"))


def test_who_makes_the_bots_keys_reaches_nobody() -> None:
    """It sees the secret alone, and has no network."""
    unit = "citydesk-bot-prepare.service"
    assert (credentials(unit), values(unit, "PrivateNetwork")) == ({"DESK_SECRET_KEY"}, ["yes"])


def test_a_copy_is_restored_each_week_looked_at_and_thrown_away() -> None:
    """It reaches no archive, is reached by this machine alone, and stands only as long as who looks at it."""
    copy, rehearse = "citydesk-copy.service", "citydesk-rehearse.service"
    assert (values(rehearse, "Requires"), values(copy, "StopWhenUnneeded")) == ([copy], ["yes"])
    assert "OnCalendar=Sun 03:30" in (FOLDER / "citydesk-rehearse.timer").read_text(encoding="utf-8")
    [server] = values(copy, "ExecStart")
    assert {"listen_addresses=127.0.0.1", "port=5499", "archive_mode=off"} <= set(server.split())
    assert values(rehearse, "ExecStart")[0].endswith("desk rehearsal look 127.0.0.1:5499")
    assert credentials(copy) == set()


def test_master_keys_are_kept_from_the_actions() -> None:
    """They need the secret by which roles know each other."""
    assert credentials("citydesk-actions@.service") == {"DESK_SECRET_KEY"}


@pytest.mark.parametrize("unit", UNITS)
def test_settings_are_there_and_no_secret_is_among_them(unit: str) -> None:
    """Secrets are credentials, called as their settings."""
    named = {found for value in values(unit, "Environment") for found in SETTING.findall(value)}
    assert (named - SETTINGS, named & SECRETS, credentials(unit) - SECRETS - {"alerts.pem"}) == (set(), set(), set())


def test_the_example_of_settings_is_one() -> None:
    """Names that are there, none of them secret."""
    text = (FOLDER / "citydesk.env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(DESK_[A-Z_]+)=", text, re.MULTILINE))
    assert (named - SETTINGS, named & SECRETS) == (set(), set())


def test_ports_of_roles_do_not_meet() -> None:
    """Nine of each on one machine."""
    ports = Counter[int]()
    for unit in UNITS:
        for value in values(unit, "Environment"):
            for pattern in re.findall(r"PORT=(\d+%i|\d+)", value):
                ports.update(int(pattern.replace("%i", str(number))) for number in range(1, 10) if "%i" in pattern)
    assert [port for port, count in ports.items() if count > 1] == []
    assert len(ports) == 63


@pytest.mark.parametrize(
    ("environment", "port"),
    [("DESK_PORT=8081 DESK_METRICS_PORT=9101", 9101), ("PORT=5001 HEALTH_PORT=9121", 9121), ("DESK_PORT=8081", None)],
)
def test_the_port_of_health_is_read_of_a_unit(environment: str, port: int | None) -> None:
    """As systemd shows its environment."""
    assert watch().port_of(environment) == port


async def test_a_role_that_answers_is_left_alone_and_a_silent_one_ended() -> None:
    """Three looks in a row; 503 is an answer. Then it is counted anew."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            roles = {"well": server.sockets[0].getsockname()[1], "silent": silent.getsockname()[1]}
            unanswered = Counter[str]()
            seen = [await asyncio.to_thread(watch().look, unanswered, roles) for _ in range(4)]
    assert seen == [[], [], ["silent"], []]
