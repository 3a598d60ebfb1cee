"""The role `actions`: what talks to the systems of cities."""

import os

from actions.server import build
from desk.app.runtime import Runtime, now
from desk.serving import run_http


async def actions(at: Runtime) -> None:
    """Run the actions server until stopped."""
    application = build(
        root=at.root,
        cities=at.cities(),
        sandbox_url=at.sandbox_url,
        data_dir=at.data_dir,
        clock=now,
        keys=at.keys(),
        public_url=at.settings.public_url,
        retention_days=at.settings.retention_days,
        environ=os.environ,  # city files name the keys of their systems by environment variable
    )
    await run_http(application, at.settings.bind_host, at.settings.actions_port)
