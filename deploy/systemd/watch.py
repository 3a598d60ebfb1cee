"""Ends roles of this machine that live and answer nothing for 15 s; systemd starts them again (Restart=always).

Each role is asked for `/health` at the port that its unit says. Standard library only.
"""

import http.client
import subprocess
import time
from collections import Counter

UNITS = "citydesk-*@*.service"
LOOK_SECONDS = 5.0
ANSWER_SECONDS = 2.0
MOST_UNANSWERED = 3
START_SECONDS = 180.0
"""So long a role may take until it answers: a bot reads its model first."""
COMMAND_SECONDS = 10.0
PORTS = ("HEALTH_PORT=", "DESK_METRICS_PORT=")


def systemctl(*arguments: str) -> str:
    """What systemctl prints."""
    command = ("systemctl", "--no-pager", "--no-legend", "--plain", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True).stdout


def port_of(environment: str) -> int | None:
    """The port of a role's health, by the environment of its unit; None: it names none."""
    found = [word.partition("=")[2] for word in environment.split() if word.startswith(PORTS)]
    return int(found[0]) if found and found[0].isdigit() else None


def running() -> dict[str, int]:
    """The units that have run for long enough, and their ports."""
    found: dict[str, int] = {}
    for line in systemctl("list-units", "--state=running", UNITS).splitlines():
        unit = line.split()[0]
        said = systemctl("show", unit, "--property=Environment", "--property=ExecMainStartTimestampMonotonic")
        shown = dict(one.partition("=")[::2] for one in said.splitlines())
        since = int(shown.get("ExecMainStartTimestampMonotonic") or 0) / 1e6
        port = port_of(shown.get("Environment", ""))
        if port is not None and time.clock_gettime(time.CLOCK_MONOTONIC) - since > START_SECONDS:
            found[unit] = port
    return found


def answers(port: int) -> bool:
    """Whether anything is answered there: that it cannot work just now, too."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/health")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def look(unanswered: Counter[str], roles: dict[str, int]) -> list[str]:
    """Ask all once; the units that have not answered too often in a row, which are forgotten then."""
    for unit, port in roles.items():
        unanswered[unit] = 0 if answers(port) else unanswered[unit] + 1
    frozen = [unit for unit in roles if unanswered[unit] >= MOST_UNANSWERED]
    for unit in frozen:
        del unanswered[unit]
    return frozen


def main() -> None:
    """Look, for ever."""
    unanswered: Counter[str] = Counter()
    while True:
        try:
            for unit in look(unanswered, running()):
                print(f"{unit} answers nothing: it is ended", flush=True)
                systemctl("kill", "--signal=KILL", unit)
        except (subprocess.SubprocessError, OSError) as exc:
            print(f"systemd cannot be asked: {exc}", flush=True)
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
