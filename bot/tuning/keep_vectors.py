"""Keeps the vectors of what guides and facts say, for a shorter training: `python -m bot.tuning.keep_vectors`.

On the bot's Python, after guides or facts were written; the encoder stays as it is. Without it training makes those
that are missing itself.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import sys  # noqa: E402

from rasa.shared.nlu.constants import TEXT  # noqa: E402

from bot.components import NORMALISED  # noqa: E402
from bot.components.encoders import reading_encoder  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402
from bot.tuning.finish_reading import texts_kept  # noqa: E402
from values.writing import normalised  # noqa: E402


def main() -> int:
    """Encodes what is not kept yet, and writes all."""
    data = ServiceImporter("config.yml").get_nlu_data()
    for line in data.training_examples:
        line.set(NORMALISED, normalised(line.get(TEXT)))
    texts = texts_kept(data)
    reading_encoder.keep(texts)
    print(f"{len(set(texts))} texts are kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
