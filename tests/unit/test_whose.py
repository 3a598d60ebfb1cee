"""Whose a value is, of two persons in one form, where words before it say so."""

import pytest
from fixtures.booking import MAN, MARRIAGE, NAMES, WOMAN, Applicant
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs


@pytest.mark.parametrize(
    "said",
    [
        f"她身份证{WOMAN} 我的{MAN}",
        f"我身份證{MAN}，佢嘅係{WOMAN}",
        f"my girlfriend's is {WOMAN}, mine {MAN}",
        f"{WOMAN} 我的{MAN}",
        f"我的{MAN} {WOMAN}",
    ],
)
async def test_numbers_go_to_whom_they_belong(said: str, catalogs: Catalogs) -> None:
    """In whatever order they are given; the one that is left is the other's."""
    resident = Applicant(catalogs, SERVICES)
    await resident.say("领证", MARRIAGE)
    await resident.say(said, "inform", id_number=MAN)
    values = resident.session.open[-1].values
    assert (values["applicant_id"], values["partner_id"]) == (MAN, WOMAN)


async def test_both_numbers_can_be_put_right(catalogs: Catalogs) -> None:
    """After they were taken the other way round."""
    resident = Applicant(catalogs, SERVICES)
    await resident.say("领证", MARRIAGE)
    await resident.say(f"{WOMAN} {MAN}", "inform", id_number=WOMAN)
    await resident.say(f"写反啦 我的是{MAN}，她的{WOMAN}", "correct", id_number=MAN)
    values = resident.session.open[-1].values
    assert (values["applicant_id"], values["partner_id"]) == (MAN, WOMAN)


async def test_names_go_to_whom_they_belong(catalogs: Catalogs) -> None:
    """As their numbers do."""
    resident = Applicant(catalogs, SERVICES)
    await resident.say("领证", MARRIAGE)
    names = tuple(Entity(entity="person_name", value=name) for name in reversed(NAMES))
    text = f"她叫{NAMES[1]}，我叫{NAMES[0]}"
    await resident.take(
        turn_of("c", "text", "inform", resident.city, "zh_Hans", resident.now, text=text, entities=names)
    )
    values = resident.session.open[-1].values
    assert (values["applicant_name"], values["partner_name"]) == NAMES
