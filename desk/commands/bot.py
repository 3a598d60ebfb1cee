"""`desk bot`: the bot alone, on its own Python."""

import os

from cyclopts import App

from desk.app.runtime import runtime
from desk.errors import StartError
from desk.supervisor.sockets import free_port
from desk.training import bot_python, trained

app = App(name="bot", help="Run the bot, with the model for the files as they are.")


@app.default
def bot() -> None:
    """Become the bot: POST /turn on DESK_BIND_HOST and DESK_BOT_PORT."""
    at = runtime()
    model = trained(at.root, at.models)
    if model is None:
        raise StartError("There is no model for these words and this pipeline. Train it with: uv run desk train")
    python = str(bot_python(at.root, at.settings.bot_python))
    where = ("--host", at.settings.bind_host, "--port", str(at.settings.bot_port or free_port()))
    os.chdir(at.root)
    os.execv(python, (python, "-m", "bot.serve", *where, "--actions-url", at.actions_url, "--model", str(model)))
