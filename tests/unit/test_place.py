"""Places in residents' words: taken as written where they name something, asked for again where only they know it."""

import pytest

from actions.fields.kinds import field_kind
from actions.fields.place import written
from desk.contract.messages import Location
from values.definition import Accepted, Rejected
from values.types.place import point_of

PLACE = field_kind("place")
NAMED = (
    *(
        "文三路学院路路口",
        "河坊街",
        "永和路32号门口",
        "朝晖六区3幢",
        "迎泽大街和青年路口",
        "滕王阁",
        "恒大华府边上",
        "市民中心B口",
    ),
    *(
        "小营巷",
        "西湖断桥",
        "外滩",
        "體育東路同天河路交界",
        "崗頂",
        "火车站出站口",
        "北大街",
        "金域蓝湾7栋",
        "实验小学门口",
    ),
    *(
        "Wensan Road",
        "32 Yonghe Road",
        "corner of Yingze Street and Qingnian Road",
        "Tengwang Pavilion",
        "People's Park",
    ),
)
RELATIVE = (
    *(
        "我家楼下",
        "这里",
        "我们小区门口",
        "楼下",
        "前面路口",
        "马路上",
        "呢度",
        "我屋企楼下",
        "公司楼下",
        "小区后面那条巷子",
        "成條街",
    ),
    *(
        "路边",
        "學校門口",
        "我家附近的路口",
        "outside my office",
        "here",
        "near my home",
        "the road in front of my building",
    ),
)


@pytest.mark.parametrize("place", NAMED)
def test_a_place_that_names_something_is_taken_as_written(place: str) -> None:
    """Roads, crossings, estates, buildings, landmarks."""
    assert PLACE.read(place) == Accepted(place)


@pytest.mark.parametrize("place", RELATIVE)
def test_a_place_relative_to_the_speaker_is_rejected_with_its_words(place: str) -> None:
    """It tries to be a place, and is quoted back."""
    assert PLACE.attempts(place)
    read = PLACE.read(place)
    assert isinstance(read, Rejected)
    assert (read.reason, read.args) == ("place.relative", {"written": place})


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("就在文三路口", "文三路口"),
        ("位置是：河坊街12号。", "河坊街12号"),
        ("不对，是解放路", "解放路"),
        ("it's at Wensan Road", "Wensan Road"),
        ("oh wait wrong road, its not shihu rd its ganjiang rd", "ganjiang rd"),
        ("still says shihu, change that to ganjiang rd plz", "ganjiang rd"),
        ("address: 12 Hefang Street", "12 Hefang Street"),
    ],
)
def test_what_leads_to_a_place_is_left_out(said: str, place: str) -> None:
    """The place is what is left."""
    assert PLACE.read(said) == Accepted(place)


@pytest.mark.parametrize(
    "text",
    [
        "我要查违章",
        "can you tell me who owns this road",
        "去西湖坐几路车",
        "28路什么时候到",
        "28路",
        "取消",
        "没有",
        "没有照片",
        "13800138000",
        "how do I pay",
    ],
)
def test_other_things_do_not_try_to_be_a_place(text: str) -> None:
    """Wishes, lines, numbers, a no."""
    assert not PLACE.attempts(text)


def test_a_shared_place_keeps_its_point() -> None:
    """WGS 84 stays; GCJ-02 is shifted by some hundred metres."""
    assert point_of(written(Location(lat=30.25, lon=120.15))) == (30.25, 120.15)
    shifted = point_of(written(Location(lat=30.25, lon=120.15, datum="gcj02")))
    assert shifted is not None
    assert 0.001 < abs(shifted[0] - 30.25) + abs(shifted[1] - 120.15) < 0.02
