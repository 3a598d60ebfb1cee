"""`python -m sandbox --port 8090 --data-dir .desk`: the sandbox by itself, on loopback."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.server import build


def main() -> None:
    arguments = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    arguments.add_argument("--port", type=int, default=8090)
    arguments.add_argument("--data-dir", type=Path, default=Path(".desk"))
    given = arguments.parse_args()
    application = build(data_dir=given.data_dir, clock=lambda: datetime.now(UTC))
    web.run_app(application, host="127.0.0.1", port=given.port, access_log=None, print=None, shutdown_timeout=2.0)


if __name__ == "__main__":
    main()
