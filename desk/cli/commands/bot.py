"""`desk bot`: the bot alone, on its own Python."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from desk.app.bot_process import Place, command_line, environment, prepared
from desk.app.choice import RELEASE, at_start, on_trial
from desk.app.model import bot_python
from desk.app.runtime import runtime
from desk.contract.errors import StartError
from desk.http.sockets import free_port

app = App(name="bot", help="Run the bot, with the model for the files as they are.")


@app.default
def bot(
    *,
    candidate: Annotated[
        bool,
        Parameter(help="Take the model on trial instead; ends with a message where none is tried.", negative=""),
    ] = False,
    prepare: Annotated[
        Path | None,
        Parameter(
            help="Write what a bot is started with into this folder, and start none: its keys (role_keys) and which"
            " model answers (model), for a container that has neither the secret nor the desk."
        ),
    ] = None,
) -> None:
    """Become the bot: POST /turn on DESK_BIND_HOST and DESK_BOT_PORT. Of the secrets it is given its own keys alone.

    It takes the model that was released last, unless the files are others since: then theirs.
    """
    at = runtime()
    start = on_trial(at.data_dir) if candidate else at_start(at.root, at.data_dir, RELEASE)
    if prepare is not None:
        prepared(prepare, at.keys(), start, at.models)
        return
    if start.path is None:
        raise StartError("There is no model for these words and this pipeline. Train it with: uv run desk train")
    read = at.settings
    command = command_line(
        bot_python(at.root, read.bot_python),
        start.path,
        at.actions_url,
        at=Place(read.bind_host, read.bot_port or free_port()),
        monitored_at=Place(read.metrics_host, read.metrics_port),
    )
    os.chdir(at.root)
    os.execve(command[0], command, environment(os.environ, at.keys(), at.cities().values()))
