"""What is left out of the process is not there, and says so when it is used."""

import sys
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bot.quiet import _LEFT_OUT


def test_what_is_left_out_is_not_installed() -> None:
    """An empty module in the place of an installed library would be one that nobody keeps up to date."""
    installed = {name for name in packages_distributions() if "." not in name}
    assert installed & {name for name in _LEFT_OUT if "." not in name} == set()


@pytest.mark.parametrize("path", ["sanic:Sanic", "tensorflow.keras:Model", "slack_sdk.web.async_client:AsyncWebClient"])
def test_what_is_left_out_can_be_derived_from_and_not_used(path: str) -> None:
    """Rasa declares classes of it, and a component that makes one learns why it cannot."""
    module, _, name = path.partition(":")
    empty = getattr(import_module(module), name)
    derived = type("Derived", (empty,), {})
    for kind in (empty, derived, empty.anything_of_it):
        with pytest.raises(RuntimeError, match="is not loaded here"):
            kind()


def test_rasa_finds_its_schemas() -> None:
    """By the one function of pkg_resources that it asks for."""
    import pkg_resources

    path = pkg_resources.resource_filename("rasa", "shared/nlu/training_data/schemas/nlu.yml")
    assert Path(path).is_file()
    assert "setuptools" not in sys.modules
