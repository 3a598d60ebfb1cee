"""Keeps what is never used out of the process.

Rasa's agent imports every connector, tracker store, broker and neural component that it ships, and their libraries
with them, for classes that our pipeline never makes. Most of these libraries are not even installed
(docs/decisions/0017-a-smaller-island.md). `without_unused` puts an empty module in the place of each: classes may be
derived from what it holds, and anything that tries to *use* it fails at once with the reason.
"""

import logging
import os
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.resources import files
from itertools import accumulate
from types import ModuleType
from typing import Any, Optional, Sequence

from bot.graph import results

_VALIDATOR = "rasa.graph_components.validators.default_recipe_validator"
_LEFT_OUT = frozenset(
    {
        # both import all of Rasa's neural components
        _VALIDATOR,
        "rasa.engine.recipes.default_components",
        # base classes of neural components
        "tensorflow",
        # Rasa's own web server, and the channels behind it: ours is bot/serve.py
        *("sanic", "sanic_cors", "sanic_jwt", "jwt", "engineio", "socketio", "websockets"),
        *("aiogram", "fbmessenger", "mattermostwrapper", "rocketchat_API", "slack", "slack_sdk", "twilio"),
        *("cachecontrol", "google.auth", "google.oauth2", "webexteamssdk", "requests", "requests_toolbelt"),
        # tracker stores, lock stores, brokers, model storage: state comes with the call
        *("aio_pika", "aiormq", "boto3", "botocore", "confluent_kafka", "pymongo", "redis"),
        # reminders; each action is asked once
        "apscheduler",
        # what its commands show, and report to its makers
        *("coloredlogs", "colorclass", "matplotlib", "prompt_toolkit", "questionary", "randomname", "terminaltables"),
        *("sentry_sdk", "structlog_sentry"),
        # where its schemas are, and the running of graphs: the one function that it takes of each is given below
        *("pkg_resources", "dask"),
    }
)


def _refuse(cls: type, *_: Any, **__: Any) -> Any:
    raise RuntimeError(
        f"{cls.__module__} is not loaded here: what was left out of the process (bot/quiet.py) is needed after all. "
        "Take it out of that list and into bot/pyproject.toml, or use components without it."
    )


class _EmptyClass(type):
    """The type of everything found in an empty module: attributes are empty classes again, instances are refused."""

    def __getattr__(cls, name: str) -> "_EmptyClass":
        if name.startswith("__"):
            raise AttributeError(name)
        return _empty(name, cls.__module__)


def _empty(name: str, module: str) -> _EmptyClass:
    return _EmptyClass(name, (), {"__module__": module, "__new__": _refuse})


class _EmptyModule(ModuleType):
    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> _EmptyClass:
        if name.startswith("__"):
            raise AttributeError(name)
        return _empty(name, self.__name__)


class _EmptyModules(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if _LEFT_OUT.isdisjoint(accumulate(fullname.split("."), "{}.{}".format)):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """An empty module has nothing to run."""


def without_unused() -> None:
    """Answers every later import of what is left out with an empty module. Call before importing rasa."""
    if "rasa" not in sys.modules:
        sys.meta_path.insert(0, _EmptyModules())
        _keep_old_names()


def _keep_old_names() -> None:
    """Gives what Rasa asks by names that its libraries had in 2022, and the one function of two others."""
    numpy, version, resources, dask = map(import_module, ("numpy", "packaging.version", "pkg_resources", "dask"))
    given: Any = {
        (numpy, "VisibleDeprecationWarning"): import_module("numpy.exceptions").VisibleDeprecationWarning,
        (version, "LegacyVersion"): _empty("LegacyVersion", "packaging.version"),
        (resources, "resource_filename"): lambda package, path: str(files(package) / path),
        (dask, "get"): results,
    }
    for (module, name), value in given.items():
        setattr(module, name, value)


def without_validator(stand_in: type) -> None:
    """Lets Rasa train with `stand_in` in the place of its check of config.yml. Call after `without_unused`."""
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
    for name in ("rasa", "matplotlib", "py.warnings"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
