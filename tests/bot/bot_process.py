"""The bot as the product runs it: a process of its own, spoken to over HTTP."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

from fake_actions import HANG_SECONDS, KEYS

from roles.mac import CONTENT_TYPE, DESK_TO_BOT, HEADER, Signer

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240.0  # a guard against a hang
TRIES = 3
CONTEXT = {"city": "testville", "locale": "en", "channel": "webchat", "now": "2026-11-24T15:00:00+08:00"}


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    content_type: str
    body: Dict[str, Any]


class BotProcess:
    """`python -m bot.serve`, from start to SIGTERM."""

    def __init__(self, model: Path, actions_url: str, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = log
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.health_port = free.getsockname()[1]
        command = [sys.executable, "-m", "bot.serve", "--port", str(self.port)]
        command += ["--model", str(model), "--actions-url", actions_url]
        command += ["--health-port", str(self.health_port)]
        environment = {**os.environ, "ROLE_KEYS": json.dumps({pair: key.hex() for pair, key in KEYS.items()})}
        self.signer = Signer(DESK_TO_BOT, KEYS[DESK_TO_BOT])
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=environment)

    def wait_ready(self) -> None:
        """Waits until `/health` says so."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.call("GET", "/health").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"The bot did not become ready:\n{self.log.read_text()}")

    def call(self, method: str, path: str, body: Optional[bytes] = None, **along: str) -> Answer:
        """Sends one request, as the desk does, with headers that go along; its answer must be the bot's own."""
        signed = self.signer.sign(method, path, body or b"")
        given = {HEADER: signed.header, "Content-Type": CONTENT_TYPE, **along}
        status, headers, said = self.send(method, path, body, given)
        assert self.signer.is_answer(signed, status, headers[HEADER], said)
        return Answer(status, headers["Content-Type"], json.loads(said))

    def send(
        self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str], port: Optional[int] = None
    ) -> Tuple[int, Any, bytes]:
        """Sends one request as it is; status, headers and body of the answer."""
        url = f"http://127.0.0.1:{port or self.port}{path}"
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=HANG_SECONDS) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def turn(
        self,
        text: Optional[str] = None,
        *,
        state: Any = None,
        context: Dict[str, Any] = CONTEXT,
        tries: int = TRIES,
        **message: Any,
    ) -> Answer:
        """Takes a turn: a text, or `kind` with its field. What took too long is tried again, as the desk does it."""
        said = {"id": "1", "kind": "text", "text": text} if text is not None else {"id": "1", **message}
        request = {"conversation": "c", "message": said, "state": state, "context": context}
        body = json.dumps(request).encode()
        taken = self.call("POST", "/turn", body)
        for _ in range(1, tries):
            if taken.status == 504:
                taken = self.call("POST", "/turn", body)
        return taken

    def stop(self) -> int:
        """Sends SIGTERM and gives the exit code."""
        self.process.terminate()
        return self.process.wait(HANG_SECONDS)
