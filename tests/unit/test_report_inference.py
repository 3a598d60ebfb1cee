"""Which category a sentence is about, over the categories of a pretend hotline."""

import pytest
from fixtures import loaded

from actions.kinds.report.agency import Sort
from actions.kinds.report.inference import inferred
from desk.city.files import Names
from sandbox.open311.seed import FILE, Hotline

SORTS = [
    Sort(
        code=one.code,
        names=Names(zh_Hans=one.names.zh_Hans, en=one.names.en),
        words=tuple(one.keywords),
        described="",
        type=one.type,
        asks=bool(one.attributes),
    )
    for one in loaded.seed().load("hangzhou", FILE, Hotline.model_validate).categories
]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("河坊街有个窨井盖松了", "Manhole cover"),
        ("个渠盖唔见咗", "Manhole cover"),
        ("路灯三天没亮了", "Street light"),
        ("街燈壞咗", "Street light"),
        ("street lamp out", "Street light"),
        ("the streetlight outside is broken", "Street light"),
        ("Street-lights off since Monday", "Street light"),
        ("红绿灯黑屏了", "Traffic signal"),
        ("pedestrian signal never turns green", "Traffic signal"),
        ("路面塌下去一块", "Road damage"),
        ("馬路上有個大洞", "Road damage"),
        ("huge pothole", "Road damage"),
        ("垃圾桶满得溢出来了", "Garbage collection"),
        ("bins overflowing for days", "Garbage collection"),
        ("公厕没人打扫", "Public toilet"),
        ("半夜装修电钻吵死了", "Noise"),
        ("半夜地盤開工好嘈", "Noise"),
        ("bar under my flat is way too loud", "Noise"),
        ("下水道堵了污水往外冒", "Flooding and drains"),
        ("一排车违停没人管", "Illegal parking"),
        ("共享单车堵了地铁口", "Shared bikes"),
        ("停水一天了", "Water supply"),
        ("burst water pipe", "Water supply"),
        ("整栋楼没电", "Power supply"),
        ("成條街停電", "Power supply"),
        ("行道树枯了怕砸到人", "Trees and green spaces"),
        ("公交司机态度太差", "Bus service"),
        ("出租车拒载", "Taxis and ride-hailing"),
        ("烧烤摊占道", "Street vendors and fumes"),
        ("举报违章建筑", "Illegal building"),
        ("河水发臭", "Pollution"),
        ("the river stinks", "Pollution"),
        ("电梯坏了半个月", "Lifts and fire safety"),
        ("健身器材锈断了", "Parks and public facilities"),
        ("有条疯狗追人", "Dogs"),
        ("物业乱收费", "Property management"),
    ],
)
def test_words_and_likeness_find_the_category(text: str, category: str) -> None:
    """In Simplified and Traditional Chinese, Cantonese and English."""
    found = inferred(text, SORTS).sort
    assert found is not None
    assert found.names.en == category


@pytest.mark.parametrize("text", ["", "我要投诉", "买到过期牛奶", "I want to make a complaint", "123"])
def test_what_fits_nothing_is_not_guessed(text: str) -> None:
    """Neither a category nor guesses."""
    assert inferred(text, SORTS).sort is None


def test_what_fits_two_is_asked_with_both() -> None:
    """A tree that hides a lamp: both are offered, and nothing that is far from them."""
    found = inferred("树枝挡住路灯了", SORTS)
    assert found.sort is None
    assert {one.names.en for one in found.guesses} == {"Street light", "Trees and green spaces"}


def test_the_name_of_a_place_says_nothing_of_the_problem() -> None:
    """A lamp in Park Road is a lamp."""
    found = inferred("公园路护栏巷的路灯坏了", SORTS, ["公园路护栏巷"]).sort
    assert found is not None
    assert found.names.en == "Street light"
