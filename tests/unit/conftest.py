"""Who speaks in tests of dialogues, where nothing else is said of them."""

import pytest
from fixtures.dialogue import Resident
from fixtures.household import Household
from fixtures.services import SERVICES

from desk.texts.catalogs import Catalogs


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    """A resident whose city offers every service."""
    return Resident(catalogs, SERVICES)


@pytest.fixture
def household(catalogs: Catalogs) -> Household:
    """A resident with water, electricity and gas of their own."""
    return Household(catalogs, SERVICES)
