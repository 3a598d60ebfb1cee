"""Runs Rasa's graphs.

Rasa asks dask for this, and of dask nothing else: a release of 2022, since later ones read its graphs otherwise.
"""

from typing import Any, Callable, Dict, Iterable, Tuple, Union

Step = Tuple[Union[Callable[..., Any], str], ...]
"""What is called and the names of the steps whose results it is called with; or the name of an input and its value."""


def results(graph: Dict[str, Step], targets: Iterable[str]) -> Tuple[Any, ...]:
    """Gives the results of the targets. Each step that they need runs once, after those that it needs."""
    found: Dict[str, Any] = {}

    def result(name: str) -> Any:
        if name not in found:
            called, *needs = graph[name]
            found[name] = called(*map(result, needs)) if callable(called) else graph[name]
        return found[name]

    return tuple(map(result, targets))
