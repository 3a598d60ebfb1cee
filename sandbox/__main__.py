"""`python -m sandbox --port 8090 --data-dir .desk`: the sandbox by itself, on loopback unless it is told otherwise."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.alipay.identity import IdentityError
from sandbox.seed import DATA, Seed
from sandbox.server import build
from sandbox.state import StateError

LOOPBACK = "127.0.0.1"


def main() -> None:
    arguments = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    arguments.add_argument("--port", type=int, default=8090)
    arguments.add_argument("--host", default=LOOPBACK, help="where it listens; it lets in whoever reaches it")
    arguments.add_argument("--mail-port", type=int, default=0, help="where mail is taken; 0: any free one")
    arguments.add_argument("--data-dir", type=Path, default=Path(".desk"))
    arguments.add_argument("--cities", type=Path, default=DATA, help="folder of the pretend cities' data files")
    arguments.add_argument("--desk-url", help="where the desk's webhooks are, without a trailing slash")
    given = arguments.parse_args()
    os.umask(0o077)  # what is kept here stands for what agencies keep of persons
    try:
        application = build(
            data_dir=given.data_dir,
            clock=lambda: datetime.now(UTC),
            seed=Seed(given.cities),
            desk_url=given.desk_url,
            mail_port=given.mail_port,
        )
        web.run_app(application, host=given.host, port=given.port, access_log=None, print=None, shutdown_timeout=2.0)
    except (StateError, IdentityError) as exc:
        sys.exit(str(exc))
    except OSError as exc:
        sys.exit(
            f"{exc.strerror}: {given.host}:{given.port}. End the program that has it, or choose another with --port"
            " or --host."
        )


if __name__ == "__main__":
    main()
