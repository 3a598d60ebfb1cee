"""Starts the bot: `python -m bot.serve --host H --port P --model PATH --actions-url URL`, in the project's root.

Listens as soon as Rasa is imported; `/health` and `/turn` answer 503 `not-ready` until the model is loaded and warm.
The environment variable ROLE_KEYS has the keys that the desk and the actions server know it by: `desk bot` gives them.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import argparse  # noqa: E402
import asyncio  # noqa: E402
import gc  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, AsyncIterator, List, Optional, Tuple  # noqa: E402

from aiohttp import web  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.exceptions import ModelNotFound  # noqa: E402
from rasa.shared.exceptions import RasaException  # noqa: E402

from bot import health  # noqa: E402
from bot.agent import TurnAgent  # noqa: E402
from bot.channel import TurnChannel  # noqa: E402
from bot.guard import KEYS, KeysMissing, guard, read_keys  # noqa: E402
from bot.loop import new_loop  # noqa: E402
from bot.problem import CONTENT_TYPE, Problem  # noqa: E402
from roles.mac import Signer, Verifier  # noqa: E402
from roles.priority import take_part  # noqa: E402
from values.lexicon import lexicon  # noqa: E402

log = logging.getLogger("bot")

MAX_BODY_BYTES = 4 * 1024 * 1024
KEPT_SECONDS = 75.0
SHUTDOWN_SECONDS = 7.0  # a turn takes 6.5 s at most
_WARM_UP = lexicon(__file__)["warm_up"]


def load(model: Path, actions_url: str, signer: Signer) -> TurnAgent:
    """Loads a model and runs a few sentences through it.

    All that is there then stays for good, so the collector looks at it no more: walking it would hold up turns.

    Raises:
        ModelNotFound, RasaException: there is none, or it cannot be loaded.
    """
    agent = TurnAgent(actions_url, signer)
    agent.load_model(model)
    for text in _WARM_UP:
        asyncio.run(agent.processor.parse_message(UserMessage(text)))
    gc.collect()
    gc.freeze()
    return agent


class Server:
    """The bot's server, which lets in whom `verifier` knows; monitors ask at `monitored_at`.

    The model is loaded in a thread once the server listens. `failed`: it cannot be loaded, and the server ends.
    """

    def __init__(
        self, model: Path, actions_url: str, verifier: Verifier, signer: Signer, monitored_at: Tuple[str, int]
    ) -> None:
        self.failed = False
        self._load = (model, actions_url, signer)
        self._monitored_at = monitored_at
        self._channel = TurnChannel()
        self.app = web.Application(middlewares=[guard(verifier), _as_problem], client_max_size=MAX_BODY_BYTES)
        self.app.add_routes(self._channel.routes())
        self.app.cleanup_ctx.append(self._running)

    async def _running(self, _: web.Application) -> AsyncIterator[None]:
        monitored = await health.listen(*self._monitored_at, lambda: health.health_of(self._channel.ready_agent()))
        loading = asyncio.get_running_loop().create_task(self._load_model())
        yield
        loading.cancel()
        monitored.close()
        if self._channel.agent is not None:
            await self._channel.agent.endpoint.close()

    async def _load_model(self) -> None:
        try:
            agent = await asyncio.get_running_loop().run_in_executor(None, load, *self._load)
        except (
            ModelNotFound,
            RasaException,
            OSError,
            RuntimeError,
            ValueError,
            KeyError,
            AttributeError,
            ImportError,
        ) as exc:
            log.critical("The model %s cannot be loaded (%s). Train one: desk train", self._load[0], exc)
            self.failed = True
            os.kill(os.getpid(), signal.SIGTERM)
            return
        take_part()
        self._channel.agent = agent
        log.info("ready: model %s", agent.model_name)


@web.middleware
async def _as_problem(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answers every failure as a problem document."""
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except Problem as exc:
        problem = exc
    except web.HTTPException as exc:
        kind = {404: "not-found", 405: "not-found"}.get(
            exc.status, "turn-failed" if exc.status >= 500 else "bad-request"
        )
        problem = Problem(kind, type(exc).__name__)
    except Exception as exc:  # noqa: BLE001 - the HTTP error middleware of this process
        log.error("failed: %s", type(exc).__name__)
        problem = Problem("turn-failed", type(exc).__name__)
    return web.Response(body=problem.body(), status=problem.status, content_type=CONTENT_TYPE)


def main(argv: Optional[List[str]] = None) -> int:
    """Runs until SIGTERM or Ctrl-C; then finishes the turns that are running."""
    parser = argparse.ArgumentParser(prog="python -m bot.serve", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--health-host", default="127.0.0.1", help="where monitors ask for /health")
    parser.add_argument("--health-port", type=int, default=0, help="its port; 0: any that is free")
    parser.add_argument("--model", type=Path, required=True, help="the trained model (.tar.gz)")
    parser.add_argument("--actions-url", required=True, help="http://host:port of the actions server")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    hush()
    if not arguments.model.is_file():
        print(f"There is no model at {arguments.model}. Train one: desk train", file=sys.stderr)
        return 1
    try:
        verifier, signer = read_keys(os.environ.pop(KEYS, None))
    except KeysMissing as exc:
        print(exc, file=sys.stderr)
        return 1
    monitored_at = (arguments.health_host, arguments.health_port)
    server = Server(arguments.model, arguments.actions_url, verifier, signer, monitored_at)
    try:
        web.run_app(
            server.app,
            host=arguments.host,
            port=arguments.port,
            access_log=None,
            print=None,
            keepalive_timeout=KEPT_SECONDS,
            shutdown_timeout=SHUTDOWN_SECONDS,
            loop=new_loop(),
        )
    except OSError as exc:
        print(f"Cannot listen on {arguments.host}:{arguments.port}: {exc.strerror or exc}", file=sys.stderr)
        return 1
    return 1 if server.failed else 0


if __name__ == "__main__":
    sys.exit(main())
