"""Starts the bot: `python -m bot.serve --host H --port P --model PATH --actions-url URL`, in the project's root.

Listens as soon as Rasa is imported; `/health` and `/turn` answer 503 `not-ready` until the model is loaded and warm.
The environment variable ROLE_KEYS has the keys that the desk and the actions server know it by: `desk bot` gives them.
"""

from bot.quiet import hush, one_thread, without_tensorflow

one_thread()
hush()
without_tensorflow()

import argparse  # noqa: E402
import asyncio  # noqa: E402
import gc  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, List, Optional, Tuple  # noqa: E402

from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.exceptions import ModelNotFound  # noqa: E402
from rasa.shared.exceptions import RasaException  # noqa: E402
from sanic import Sanic  # noqa: E402
from sanic.exceptions import SanicException  # noqa: E402
from sanic.request import Request  # noqa: E402
from sanic.response import HTTPResponse  # noqa: E402

from bot import health  # noqa: E402
from bot.agent import TurnAgent  # noqa: E402
from bot.channel import TurnChannel, ready_agent  # noqa: E402
from bot.guard import KEYS, KeysMissing, guard, read_keys  # noqa: E402
from bot.problem import CONTENT_TYPE, Problem  # noqa: E402
from roles.mac import Signer, Verifier  # noqa: E402

log = logging.getLogger("bot")

_WARM_UP = ("下一班车还有多久 B支4", "when is the next bus", "我要交違章罰款")


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


def build(model: Path, actions_url: str, verifier: Verifier, signer: Signer, monitored_at: Tuple[str, int]) -> Sanic:
    """Builds the server's application, which lets in whom `verifier` knows; monitors ask elsewhere.

    The model is loaded in a thread once the server listens.
    """
    app = Sanic("citydesk_bot", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 4 * 1024 * 1024
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 7.0
    app.ctx.agent = None

    async def on_new_message(message: UserMessage) -> None:
        await app.ctx.agent.handle_message(message)

    guard(app, verifier)
    app.blueprint(TurnChannel().blueprint(on_new_message))

    async def load_model(app: Sanic) -> None:
        try:
            agent = await asyncio.get_running_loop().run_in_executor(None, load, model, actions_url, signer)
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
            log.critical("The model %s cannot be loaded (%s). Train one: desk train", model, exc)
            app.ctx.failed = True
            os.kill(os.getpid(), signal.SIGTERM)
            return
        app.ctx.agent = agent
        log.info("ready: model %s", agent.model_name)

    @app.after_server_start
    async def start(app: Sanic, _: Any) -> None:
        app.ctx.monitored = await health.listen(*monitored_at, lambda: health.health_of(ready_agent(app)))
        app.add_task(load_model(app))

    @app.after_server_stop
    async def stop(app: Sanic, _: Any) -> None:
        app.ctx.monitored.close()
        if app.ctx.agent is not None:
            await app.ctx.agent.endpoint.close()

    @app.exception(Exception)
    async def as_problem(request: Request, exc: Exception) -> HTTPResponse:
        status = exc.status_code if isinstance(exc, SanicException) else 500
        kind = {404: "not-found", 405: "not-found"}.get(status, "turn-failed" if status >= 500 else "bad-request")
        problem = Problem(kind, type(exc).__name__)
        return HTTPResponse(problem.body(), problem.status, content_type=CONTENT_TYPE)

    return app


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
    app = build(arguments.model, arguments.actions_url, verifier, signer, monitored_at)
    app.ctx.failed = False
    try:
        app.run(arguments.host, arguments.port, access_log=False, motd=False, debug=False)
    except OSError as exc:
        print(f"Cannot listen on {arguments.host}:{arguments.port}: {exc.strerror or exc}", file=sys.stderr)
        return 1
    return 1 if app.ctx.failed else 0


if __name__ == "__main__":
    sys.exit(main())
