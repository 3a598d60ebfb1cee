"""Logs: structlog on stderr, as lines for people or as JSON. Personal data never gets here: callers log ids only."""

import logging
import sys
import warnings
from typing import Literal

import structlog
from structlog.typing import Processor

QUIET = (
    "alembic",
    "asyncio",
    "aiohttp.access",
    "httpx",
    "procrastinate.periodic",
    "telegram",
)  # of these, warnings and worse only

QUOTING = r"aiohttp\.multipart"
"""Its warnings quote what was sent, the name of a file. Named and not loaded: most commands never need it."""


def configure(level: Literal["debug", "info", "warning", "error"], form: Literal["console", "json"]) -> None:
    """Send all logs of this process, of libraries too, to stderr. Tracebacks are without values of variables."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    output: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            )
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *output],
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    warnings.filterwarnings("ignore", module=QUOTING)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
