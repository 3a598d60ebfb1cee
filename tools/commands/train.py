"""`desk train`: the model trained, if the words or the pipeline changed."""

import asyncio
import json
import sys
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from desk.app.model import bot_python, trained
from desk.app.runtime import configure_logs, runtime
from tools.training import train

app = App(name="train", help="Train the bot's model, if the words or the pipeline changed.")


@app.default
def train_model(
    *,
    force: Annotated[bool, Parameter(help="Train even if nothing changed.", negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
) -> None:
    """Train the model and print its path. A running stack takes it at its next start."""
    configure_logs()
    at = runtime()
    model = None if force else trained(at.root, at.models)
    fresh = model is None
    if model is None:
        columns = (TextColumn("training the model"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=100)

            def progress(percent: int, what: str) -> None:
                bar.update(task, completed=percent, description=what)

            log = at.data_dir / "logs" / "train.log"
            python = bot_python(at.root, at.settings.bot_python)
            model = asyncio.run(train(at.root, at.models, python, log, progress))
    document = json.dumps({"model": str(model), "trained": fresh})
    sys.stdout.write(f"{document if as_json else model}\n")
