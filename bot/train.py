"""Trains a model: `python -m bot.train --out PATH`, in the project's root.

Prints ``progress <0-100> <what>`` lines on stdout, and one plain line on stderr when it fails.
"""

from bot.quiet import hush, one_thread, without_unused, without_validator

one_thread()
hush()
without_unused()

import argparse  # noqa: E402
import logging  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from contextlib import redirect_stdout  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Dict, List, Optional  # noqa: E402


def main(argv: Optional[List[str]] = None) -> int:
    """Trains and writes the model to `--out` in one step, so that a half-written one is never found there."""
    parser = argparse.ArgumentParser(prog="python -m bot.train", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="where the model is written (.tar.gz)")
    parser.add_argument("--root", type=Path, default=Path(), help="the folder with config.yml, domain.yml and nlu/")
    arguments = parser.parse_args(argv)
    for name in ("config.yml", "domain.yml", "nlu"):
        if not (arguments.root / name).exists():
            return _fail(f"There is no {name} in {arguments.root.resolve()}. Start in the project's root.")
    _progress(1, "loading Rasa")
    try:
        trained = _train(arguments.root, arguments.out.resolve())
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - the command's main: Rasa's own errors have no common root
        return _fail(str(exc).strip() or type(exc).__name__)
    if not trained:
        return _fail("There is nothing to train on in nlu/.")
    _progress(100, "done")
    return 0


def _train(root: Path, out: Path) -> bool:
    """Trains beside the target, on the same disk, and moves the model there.

    Rasa's own `train` puts three importers around ours, each of which copies and compares all lines several times.
    """
    from rasa.model_training import _train_graph
    from rasa.shared.data import TrainingType

    from bot.importer import ServiceImporter
    from bot.unchecked import Unchecked

    without_validator(Unchecked)
    importer = ServiceImporter(str(root / "config.yml"), str(root / "domain.yml"))
    if not importer.get_nlu_data().intent_examples:
        return False
    out.parent.mkdir(parents=True, exist_ok=True)
    _report_components(root)
    _without_cache()
    with redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix=".training-", dir=out.parent) as work:
        result = _train_graph(importer, TrainingType.BOTH, work, fixed_model_name="model", force_full_training=True)
        Path(result.model).replace(out)
    return True


def _without_cache() -> None:
    """Keeps Rasa from fingerprinting all lines before and after every component, for a cache that is never asked.

    The desk keeps models by the fingerprint of what they are made from. A fifth of the time went into it.
    """
    from rasa.engine.training import graph_trainer, hooks

    class NoCache(hooks.TrainingHook):
        def on_before_node(self, *_: Any, **__: Any) -> Dict[str, Any]:
            return {}

        def on_after_node(self, *_: Any, **__: Any) -> None:
            """Keeps nothing."""

    graph_trainer.TrainingHook = NoCache


class _Steps(logging.Handler):
    """Turns what Rasa logs of its training into progress lines."""

    _STARTED = re.compile(r"Starting to train component '(?P<component>\w+)'")

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps, self._started = steps, 0

    def emit(self, record: logging.LogRecord) -> None:
        started = self._STARTED.search(record.getMessage())
        if started:
            self._started += 1
            _progress(min(95, 5 + 90 * self._started // (self._steps + 1)), f"training {started['component']}")


def _report_components(root: Path) -> None:
    import yaml

    config = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))
    logger = logging.getLogger("rasa.engine.training.hooks")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(_Steps(len(config["pipeline"]) + len(config["policies"])))


def _progress(percent: int, what: str) -> None:
    print(f"progress {percent} {what}", file=sys.__stdout__, flush=True)


def _fail(reason: str) -> int:
    print(f"Training failed: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
