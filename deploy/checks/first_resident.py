"""Both images as an installation: PostgreSQL and Valkey of the checkout, the images' roles, one resident answered.

    .venv/bin/python deploy/checks/first_resident.py FOLDER SECRET PRODUCT… and BOT…

PRODUCT and BOT are commands that run what follows them in a container of theirs, in the network of this machine; FOLDER
is /prepared in both. Prints what the resident read, and how long it took.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import aiohttp

from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey

SERVE, BOT, ACTIONS = 28_080, 28_005, 28_055
HEALTH = {"serve": 29_101, "worker": 29_102, "actions": 29_103, "bot": 29_104}
START_SECONDS, ANSWER_SECONDS, END_SECONDS = 240.0, 60.0, 30.0
SAYS = "I want to talk to a person"
STOP = "stop"
NOT_HERE = {"feeds", "sandbox"}
"""What the doctor misses: no pretend city runs beside the images."""

ROLES = """
desk migrate || exit 1
for role in serve worker actions; do
    eval "export DESK_METRICS_PORT=\\$HEALTH_$role"
    desk "$role" & pids="$pids $!"
done
until [ -e /prepared/stop ]; do sleep 1; done
kill $pids; wait
"""
ONE_BOT = """
start-bot & bot=$!
until [ -e /prepared/stop ]; do sleep 1; done
kill "$bot"; wait
"""


def settings(secret: str, database: str, valkey: str) -> dict[str, str]:
    """Of all roles of the product. Nothing listens where the pretend city would be."""
    here = {"PUBLIC_URL": f"http://127.0.0.1:{SERVE}", "BOT_URL": f"http://127.0.0.1:{BOT}"}
    here |= {"ACTIONS_URL": f"http://127.0.0.1:{ACTIONS}", "SANDBOX_URL": "http://127.0.0.1:1"}
    here |= {"PORT": str(SERVE), "ACTIONS_PORT": str(ACTIONS), "HOST": "127.0.0.1", "BIND_HOST": "127.0.0.1"}
    here |= {"DATABASE_URL": database, "REDIS_URL": valkey, "SECRET_KEY": secret, "METRICS_HOST": "127.0.0.1"}
    return {f"DESK_{name}": value for name, value in here.items()}


async def start(command: list[str], environment: dict[str, str], script: str, log: Path) -> asyncio.subprocess.Process:
    """Run a script in a container."""
    given = " ".join(f"{name}='{value}'" for name, value in environment.items())
    with log.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            *command, "sh", "-c", f"export {given}\n{script}", stdout=file, stderr=file
        )


async def ready(http: aiohttp.ClientSession, containers: list[asyncio.subprocess.Process]) -> None:
    """Wait until each role says that it is well, and serve that residents would be answered."""
    asked = [f"http://127.0.0.1:{port}/health" for port in HEALTH.values()]
    asked.append(f"http://127.0.0.1:{HEALTH['serve']}/readyz")
    async with asyncio.timeout(START_SECONDS):
        for url in asked:
            while not await is_well(http, url):
                if any(one.returncode is not None for one in containers):
                    raise SystemExit(f"A container has ended before {url} was well: see the logs.")
                await asyncio.sleep(0.5)


async def is_well(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def talk(http: aiohttp.ClientSession, city: str) -> str:
    """Say something as a resident; what is answered."""
    chat = f"http://127.0.0.1:{SERVE}/chat/v1"
    async with http.post(f"{chat}/sessions", json={"city": city, "locale": "en"}) as answer:
        token = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    async with http.post(f"{chat}/messages", json={"client_msg_id": "1", "text": SAYS}, headers=token) as answer:
        message = (await answer.json())["message_id"]
    said: dict[int, dict] = {}
    async with asyncio.timeout(ANSWER_SECONDS):
        while not any(one["type"] == "turn_done" for one in said.values()):
            after = max(said, default=0)
            headers = {**token, "Accept": "application/json"}
            async with http.get(f"{chat}/events", params={"after": after}, headers=headers) as answer:
                said |= {one["seq"]: one for one in (await answer.json())["events"]}
    replies = [one["message"]["text"] for one in said.values() if one["type"] == "message"]
    done = next(one for one in said.values() if one["type"] == "turn_done")
    if done["in_reply_to"] != message or not done["handed_over"]:
        raise SystemExit(f"The turn was not understood: {done}")
    return replies[-1]


def require_well(document: bytes) -> None:
    """Insist that the doctor found all well that is here."""
    faulty = {one["subject"] for one in json.loads(document)["findings"] if not one["ok"]}
    if faulty - NOT_HERE:
        raise SystemExit(f"The doctor is not content with: {', '.join(sorted(faulty - NOT_HERE))}")


async def main(folder: Path, data: Path, secret: str, city: str, product: list[str], bot: list[str]) -> None:
    """Start, talk, let the doctor look, end."""
    logs, stop = folder.parent, folder / STOP
    limits = aiohttp.ClientTimeout(total=35)
    async with (
        Postgres(data / "postgres") as postgres,
        Valkey(data / "valkey") as valkey,
        aiohttp.ClientSession(timeout=limits, trust_env=False) as http,
    ):
        health = {f"HEALTH_{role}": str(port) for role, port in HEALTH.items()}
        roles = {**settings(secret, postgres.url, valkey.url), **health}
        of_bot = {"HOST": "127.0.0.1", "PORT": str(BOT), "HEALTH_PORT": str(HEALTH["bot"])}
        of_bot["ACTIONS_URL"] = f"http://127.0.0.1:{ACTIONS}"
        containers = [
            await start(product, roles, ROLES, logs / "product.log"),
            await start(bot, of_bot, ONE_BOT, logs / "bot.log"),
        ]
        began = time.monotonic()
        try:
            await ready(http, containers)
            up = time.monotonic()
            reply = await talk(http, city)
            answered = time.monotonic()
            looked = "desk doctor --json >/prepared/doctor.json"
            doctor = await start(product, roles, looked, logs / "doctor.log")
            await asyncio.wait_for(doctor.wait(), ANSWER_SECONDS)
            require_well((folder / "doctor.json").read_bytes())
            print(f"  all roles well after {up - began:.0f} s; answered after {answered - up:.1f} s: {reply!r}")
        finally:
            stop.touch()
            async with asyncio.timeout(END_SECONDS):
                await asyncio.gather(*(one.wait() for one in containers))


if __name__ == "__main__":
    prepared, key, *commands = sys.argv[1:]
    split = commands.index("and")
    served = sorted(path.stem for path in Path("cities").glob("*.yml"))
    (Path(prepared) / STOP).unlink(missing_ok=True)
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="images-") as engines:
        asyncio.run(main(Path(prepared), Path(engines), key, served[0], commands[:split], commands[split + 1 :]))
