"""Writes how large what goes into the second encoder's products becomes: `python -m bot.ranges`, in half a minute.

What it writes is kept with the code, since everything that reads the encoder's numbers was fitted on those it makes.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402

import numpy as np  # noqa: E402
from rasa.shared.nlu.constants import TEXT  # noqa: E402

from bot.components.encoders.layers import RANGES, ranges  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402
from values.writing import normalised  # noqa: E402

_EVERY = 100  # of the lines of all languages: some 460


def main() -> int:
    """Reads the lines of training beside config.yml, in the working directory, and writes `ranges.npz`."""
    lines = ServiceImporter("config.yml", "domain.yml").get_nlu_data().intent_examples
    seen = ranges([normalised(line.get(TEXT)) for line in lines[::_EVERY]])
    np.savez_compressed(RANGES, **{name: largest.astype(np.float16) for name, largest in seen.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
