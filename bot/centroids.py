"""Writes the centroids of Chinese and English sentences for the second encoder: `python -m bot.centroids`, in minutes.

What it writes is kept with the code, since a head fitted on lines of one language needs the other's centroid too.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import json  # noqa: E402
import sys  # noqa: E402
from typing import List  # noqa: E402

from rasa.shared.nlu.constants import TEXT  # noqa: E402

from bot.components.encoders.slow_encoder import CENTROIDS, chinese_share, vectors  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402
from values.writing import normalised  # noqa: E402

_EVERY = 4  # of the lines of each language, which is enough for a mean
_DIGITS = 4


def main() -> int:
    """Reads the lines of training beside config.yml, in the working directory, and writes both centroids."""
    lines = ServiceImporter("config.yml", "domain.yml").get_nlu_data().intent_examples
    shares = [(normalised(line.get(TEXT)), chinese_share(normalised(line.get(TEXT)))) for line in lines]
    kept = {
        "chinese": _centroid([line for line, share in shares if share == 1.0]),
        "english": _centroid([line for line, share in shares if share == 0.0]),
    }
    CENTROIDS.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    return 0


def _centroid(sentences: List[str]) -> List[float]:
    rows = vectors(sentences[::_EVERY])
    return [round(float(number), _DIGITS) for number in rows.mean(axis=0)]


if __name__ == "__main__":
    sys.exit(main())
