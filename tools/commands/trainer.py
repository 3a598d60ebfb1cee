"""`desk trainer`: trains models beside the one that answers."""

import asyncio
from typing import TYPE_CHECKING

from cyclopts import App

from desk.cli.loading import loading

if TYPE_CHECKING:
    from desk.app.runtime import Runtime

app = App(name="trainer", help="Train models beside the one that answers, as staff ask for them.")


@app.default
def trainer() -> None:
    """Train what waits, one at a time, until SIGTERM; one process trains, however many are started."""
    from desk.app.runtime import configure_logs, runtime

    configure_logs()
    asyncio.run(_run(runtime()))


async def _run(at: "Runtime") -> None:
    with loading():
        from desk.app.model import bot_python
        from desk.http.serving import run_http
        from desk.store.database import create_engine
        from desk.teaching.course import Course
        from tools.answering import asking
        from tools.trainer import Programs, Trainer

    engine = create_engine(at.database_url, pool_size=4, vault=at.vault())
    programs = Programs.of(at.root, bot_python(at.root, at.settings.bot_python), at.cities().values())
    try:
        async with asking(at) as answering, asyncio.TaskGroup() as group:
            training = Trainer(Course(engine), programs, at.data_dir, answering)
            task = group.create_task(training.run(), name="training")
            await run_http(at.measures())
            task.cancel()
    finally:
        await engine.dispose()
