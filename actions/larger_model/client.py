"""Client of a larger model: one call, in time, never twice; and what it answered to the same before."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
from prometheus_client import Counter, Histogram

from actions.backends.http import Body, Endpoint, Limits
from actions.dialogue.reading.proposing import Candidate, Proposal, Proposes
from actions.larger_model import answers, asking
from desk.city.files import City, LargerModel, resolve_endpoint
from desk.contract.errors import ConfigurationError
from desk.contract.situation import Situation

LIMITS = Limits(attempt=1.4, only_attempt=1.4, budget=1.5, tries=1, answer_bytes=16_384)
"""A turn waits no longer; what its agencies' systems need after that must still fit in it."""
KEPT = 512
"""So many answers of a city's model are remembered."""

SECONDS = Histogram(
    "desk_larger_model_seconds",
    "How long a larger model took to answer, or to fail",
    buckets=(0.1, 0.2, 0.4, 0.7, 1.0, 1.5),
)
REMEMBERED = Counter("desk_larger_model_remembered_total", "Answers of larger models that were known from before")


class Completions:
    """The model itself."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self._endpoint = endpoint
        self._model = model

    async def propose(self, message: str, situation: Situation, candidates: Sequence[Candidate]) -> Proposal:
        """Ask it. An answer that it may not give counts as a failure: after some of them it is left alone."""

        def read(status: int, content: bytes) -> Proposal:
            return answers.read(status, content, message, candidates)

        body = Body(json=asking.request(self._model, message, situation, candidates))
        with SECONDS.time():
            return await self._endpoint.exchange("POST", "/chat/completions", read, body=body)


class Remembering:
    """A model whose last answers are remembered, by redacted message and situation. What failed is asked again."""

    def __init__(self, model: Proposes, most: int = KEPT) -> None:
        self._model = model
        self._most = most
        self._known: OrderedDict[tuple[str, str, tuple[Candidate, ...]], Proposal] = OrderedDict()

    async def propose(self, message: str, situation: Situation, candidates: Sequence[Candidate]) -> Proposal:
        """Give what it answered before, else ask it."""
        key = (message, str(asking.stated(situation)), tuple(candidates))
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            REMEMBERED.inc()
            return known
        proposal = self._known[key] = await self._model.propose(message, situation, candidates)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return proposal


def larger_models(
    cities: Mapping[str, City],
    session: aiohttp.ClientSession,
    *,
    environ: Mapping[str, str],
    sandbox_url: str | None,
    root: Path,
) -> dict[str, Proposes]:
    """The models of the cities that have one, by city.

    Raises:
        ConfigurationError: a key is not in the environment, or the sandbox is named where there is none.
    """
    found: dict[str, Proposes] = {}
    for slug, city in cities.items():
        if city.larger_model is not None:
            address = resolve_endpoint(city.larger_model.url, sandbox_url=sandbox_url, root=root)
            headers = _key(slug, city.larger_model, environ)
            endpoint = Endpoint(f"larger_model.{slug}", address, session, LIMITS, headers)
            found[slug] = Remembering(Completions(endpoint, city.larger_model.model))
    return found


def _key(slug: str, named: LargerModel, environ: Mapping[str, str]) -> dict[str, str]:
    if named.key_env is None:
        return {}
    if not environ.get(named.key_env):
        raise ConfigurationError(
            f"{slug}.yml: the larger model needs the key in the environment variable {named.key_env}; set it."
        )
    return {"Authorization": f"Bearer {environ[named.key_env]}"}
