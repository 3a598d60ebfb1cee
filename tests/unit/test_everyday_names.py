"""Everyday names of what an agency calls otherwise: data of the service, beside the agency's own names."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.fields.reading import Option
from actions.forms.field import FormField
from actions.forms.reading import readable
from actions.schema import AppointmentService
from desk.city.files import Names
from desk.city.yaml_files import parse_yaml
from sandbox.seed import DATA
from values.definition import Accepted

ROOT = Path(__file__).parents[2]
DECLARED = SERVICES["hospital_appointment"]
CITIES = {slug: one for slug, one in loaded.cities().items() if "hospital_appointment" in one.services}


def department(city: str) -> FormField:
    """The field of the department, with what the hospitals of a city have."""
    assert isinstance(DECLARED, AppointmentService)
    known = parse_yaml((DATA / city / "appointments.yml").read_text(encoding="utf-8"))
    offered = known["services"]["hospital_appointment"]["departments"]
    options = [Option(id, Names(**one["names"]), tuple(one.get("also", ()))) for id, one in offered.items()]
    turn = turn_of("c", "text", "inform", CITIES[city], "zh_Hans", datetime(2026, 11, 26, tzinfo=UTC))
    [field] = readable("hospital_appointment", [DECLARED.field("department")], turn, {"departments": options})
    return field


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("眼科", "ophthalmology"),
        ("eye doctor", "ophthalmology"),
        ("看眼睛", "ophthalmology"),
        ("我想拔牙", "stomatology"),
        ("補牙", "stomatology"),
        ("dentist", "stomatology"),
        ("牙科", "stomatology"),
        ("看中醫", "tcm"),
        ("pediatrician", "paediatrics"),
        ("heart doctor", "cardiology"),
        ("骨折", "orthopaedics"),
    ],
)
def test_department_is_known_by_its_everyday_name(city: str, written: str, meant: str) -> None:
    """In both scripts and in English, in every city with hospitals."""
    assert department(city).kind.read(written) == Accepted(meant)


@pytest.mark.parametrize("city", CITIES)
def test_everyday_name_is_found_in_a_sentence(city: str) -> None:
    """A first sentence with nothing but the everyday word names the department; one of its words is nobody's else."""
    kind = department(city).kind
    assert [kind.read(one) for one in kind.find("明天想挂个号拔牙")] == [Accepted("stomatology")]
    assert kind.find("明天早上想挂个号") == []


def test_no_everyday_name_means_two_departments() -> None:
    """Each word stands under one name."""
    assert isinstance(DECLARED, AppointmentService)
    words = [word for several in DECLARED.field("department").everyday.values() for word in several]
    assert len(set(words)) == len(words)
