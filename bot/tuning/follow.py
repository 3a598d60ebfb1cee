"""Fits anew what a line is within an emergency, on the tuned layers as they are: `python -m bot.tuning.follow`.

In the project's root, on the bot's Python, after lines of `nlu/safety/next.jsonl` were added or changed. Layers, kinds
and thresholds stay; only the head `follows` in `bot/components/encoders/tuned.npz` is written anew.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from bot.components.encoders.tuned_encoder import TUNED  # noqa: E402
from bot.tuning.finish import follows_head  # noqa: E402
from bot.tuning.lines import safety_lines, service_lines  # noqa: E402


def main() -> int:
    """Fits the head and writes it beside what else is kept."""
    with np.load(TUNED, allow_pickle=False) as content:
        kept = {name: content[name] for name in content.files}
    root = Path()
    np.savez(TUNED, **{**kept, **follows_head(safety_lines(root), service_lines(root))})
    return 0


if __name__ == "__main__":
    sys.exit(main())
