"""The product as `desk run` starts it, before a pretend city in a process of its own, with a second worker.

Everything is a process: what is killed is started again by the product's supervisor, the second worker by us.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from chaos.cars import CITY, Car, write_city
from chaos.stories import Part
from fixtures.desk_command import Done, run_desk
from fixtures.product import ROOT, Product, running
from fixtures.sandbox_process import SandboxProcess

from sandbox.alipay import identity

TRIES = 40  # of what a pretend system with faults is asked
PAUSE = 0.25


@dataclass
class Town:
    """A running product and the pretend city around it. `payer` is what its payments are set up with."""

    product: Product
    sandbox: SandboxProcess
    second: "SecondWorker"
    payer: dict[str, str]

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """Steer the pretend city; answers what it says.

        Raises:
            AssertionError: it refused.
        """
        http = self.product.site.http
        async with http.request(method, f"{self.sandbox.url}/_sandbox{path}", json=body) as response:
            answer = await response.json(content_type=None)
            assert response.status < 400, f"{method} {path}: {answer}"
            return answer

    def kill(self, part: Part) -> bool:
        """kill -9; False while it is dead already."""
        pid = self.second.pid if part == "second worker" else self._pid_of_child(part)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    async def desk(self, *words: str) -> Done:
        """Type a command of the product's, as who does the daily work and pays back any amount."""
        acts = {"DESK_STAFF_KEY": self.product.key, "DESK_REFUND_LIMIT": "100000"}
        return await asyncio.to_thread(run_desk, self.product.data_dir, *words, **self.payer, **acts)

    async def counter(self, notice: str, amount: str) -> None:
        """Pay a fine at a counter of the police, however often that fails."""
        paid = {"order": f"counter-{notice}", "trade_no": f"counter-{notice}", "amount": amount}
        url = f"{self.sandbox.url}/traffic-police/{CITY}/notices/{notice}/payment"
        headers = {"Idempotency-Key": f"counter-{notice}"}
        for _ in range(TRIES):
            with suppress(aiohttp.ClientError, TimeoutError, ValueError):  # ValueError: the answer is nonsense
                async with self.product.site.http.put(
                    url, json={**paid, "paid_at": "2026-11-24T09:00:00+08:00"}, headers=headers
                ) as response:
                    if response.status == 200 and (await response.json(content_type=None))["status"] == "paid":
                        return
            await asyncio.sleep(PAUSE)
        raise AssertionError(f"notice {notice} could not be paid at a counter")

    def _pid_of_child(self, part: Part) -> int | None:
        """The process of a child of the supervisor, if it lives: never anybody else's."""
        pid = self.product.pid(part)
        try:
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return None
        return pid if parent == self.product.process.pid else None


class SecondWorker:
    """`desk worker` beside the one that `desk run` keeps; started again when it ends."""

    def __init__(self, data_dir: Path, settings: dict[str, str]) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
        places = {"DESK_DATA_DIR": str(data_dir), "DESK_ROOT_DIR": str(ROOT), "OMP_NUM_THREADS": "1"}
        self._environment = {**environment, **places, **settings}
        self._log = data_dir / "logs" / "worker-2.log"
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """None while it is dead."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    async def keep(self) -> None:
        """Keep it running until cancelled."""
        try:
            while True:
                with self._log.open("ab") as log:
                    self._process = await asyncio.create_subprocess_exec(
                        *(sys.executable, "-m", "desk", "worker"), env=self._environment, stdout=log, stderr=log
                    )
                self.starts += 1
                await self._process.wait()
                await asyncio.sleep(PAUSE)
        finally:
            if self.pid is not None and self._process is not None:
                self._process.kill()
                await self._process.wait()


@asynccontextmanager
async def town(folder: Path, cars: Sequence[Car]) -> AsyncIterator[Town]:
    """Run everything while the block lasts; everything it keeps is in `folder`."""
    write_city(folder / "cities", cars)
    keys = identity.ensure_keys(folder / "pretend")
    with SandboxProcess(folder / "pretend", folder / "cities", folder / "pretend.log") as sandbox:
        payer = {
            "DESK_SANDBOX_URL": sandbox.url,
            "DESK_ALIPAY_GATEWAY": f"{sandbox.url}/alipay/gateway.do",
            "DESK_ALIPAY_APP_ID": identity.APP_ID,
            "DESK_ALIPAY_SELLER_ID": identity.SELLER_ID,
            "DESK_ALIPAY_APP_KEY_FILE": str(keys / identity.APP_PRIVATE),
            "DESK_ALIPAY_PUBLIC_KEY_FILE": str(keys / identity.ALIPAY_PUBLIC),
        }
        async with running(folder / "desk", "--no-sandbox", **payer) as product:
            second = SecondWorker(product.data_dir, payer)
            keeping = asyncio.create_task(second.keep())
            try:
                yield Town(product, sandbox, second, payer)
            finally:
                keeping.cancel()
                with suppress(asyncio.CancelledError):
                    await keeping


def parsed(done: Done) -> dict[str, Any]:
    """What a command with --json printed.

    Raises:
        AssertionError: it failed.
    """
    assert done.stdout, f"{done.code}: {done.stderr}"
    return dict(json.loads(done.stdout))
