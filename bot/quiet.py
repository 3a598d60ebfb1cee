"""Keeps what is never used out of the process. May not know anything of the bot itself.

Rasa's agent imports TensorFlow for two base classes (`rasa/utils/tensorflow/callback.py`, `data_generator.py`) that
only its own neural components use; none of them is in our pipeline. Importing it costs 9 of 14 seconds and 350 MB
(docs/decisions/0007-a-light-rasa.md). `without_tensorflow` puts an empty module in its place: classes may be
derived from what it holds, and anything that tries to *use* it fails at once with the reason.
"""

import logging
import os
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Optional, Sequence

_VALIDATOR = "rasa.graph_components.validators.default_recipe_validator"
_LEFT_OUT = (
    "tensorflow",
    # both import all of Rasa's neural components
    _VALIDATOR,
    "rasa.engine.recipes.default_components",
)


def _refuse(self: Any, *_: Any, **__: Any) -> None:
    raise RuntimeError(
        "TensorFlow is not loaded: a component in config.yml needs it. "
        "Use components without it, or take `without_tensorflow` out of bot/train.py and bot/serve.py."
    )


class _EmptyClass(type):
    """The type of everything found in the empty module: attributes are empty classes again, instances are refused."""

    def __getattr__(cls, name: str) -> "_EmptyClass":
        if name.startswith("__"):
            raise AttributeError(name)
        return _EmptyClass(name, (), {"__init__": _refuse})


class _EmptyModule(ModuleType):
    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> _EmptyClass:
        if name.startswith("__"):
            raise AttributeError(name)
        return _EmptyClass(name, (), {"__init__": _refuse})


class _EmptyModules(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if not any(fullname == name or fullname.startswith(name + ".") for name in _LEFT_OUT):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """An empty module has nothing to run."""


def without_tensorflow() -> None:
    """Answers every later `import tensorflow` of this process with an empty module. Call before importing rasa."""
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _EmptyModules())


def without_validator(stand_in: type) -> None:
    """Lets Rasa train with `stand_in` in the place of its check of config.yml. Call after `without_tensorflow`."""
    import_module(_VALIDATOR).DefaultV1RecipeValidator = stand_in  # type: ignore[attr-defined]


def one_thread() -> None:
    """Keeps numeric libraries to one thread: a process is one core. Call before importing numpy."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def hush() -> None:
    """Silences what libraries of 2022 warn of on every start, telemetry, and Rasa's log lines, which quote messages."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    logging.captureWarnings(True)  # scikit-learn and others bring their own filters, so filtering is not enough
    for name in ("rasa", "sanic", "sanic.root", "apscheduler", "matplotlib", "py.warnings"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
