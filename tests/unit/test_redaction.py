"""What who is no staff sees of a resident's text: the names of types in place of values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.texts.masking import NOBODYS, Span, redacted
from values.registry import value_types


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("浙A12345有没有违章", "[plate]有没有违章", id="a plate"),
        pytest.param("粵B·D12345 罰咗幾多", "[plate] 罰咗幾多", id="a plate in Traditional characters"),
        pytest.param("身份证330106199001011234", "身份证[id_number]", id="an id"),
        pytest.param("电话１３８１２３４５６７８", "电话[phone]", id="a telephone in full width"),
        pytest.param(
            "call one three eight one two three four five", "call [account_number]", id="digits that are said"
        ),
        pytest.param("户号3301234567890 电费", "户号[account_number] 电费", id="an account"),
        pytest.param("mail me at wang.wei@example.cn", "mail me at [mail]", id="an address of mail"),
        pytest.param("文三路123号5幢602室灯坏了", "文三路123号[house]灯坏了", id="the number of a flat"),
        pytest.param("车架号后六位733540", "车架号后六位[vin_last6]", id="the end of a VIN"),
        pytest.param(
            "11月30日下午3点 28路 200元", "11月30日下午3点 28路 200元", id="nobody's: a day, a line, an amount"
        ),
        pytest.param("2026-11-30 14:30", "2026-11-30 14:30", id="nobody's: a moment"),
        pytest.param("空气怎么样", "空气怎么样", id="no value"),
    ],
)
def test_a_value_is_shown_as_the_name_of_its_type(text: str, shown: str) -> None:
    """Whatever is somebody's; what is everybody's stays."""
    assert redacted(text) == shown


def test_values_that_others_found_are_hidden_too() -> None:
    """A name has no pattern; who found it says where it stands, also where two finds overlap."""
    text = "我叫张伟，电话13812345678"
    assert redacted(text, [Span(2, 4, "person_name"), Span(5, 12, "place")]) == "我叫[person_name]，[place][phone]"


def test_only_named_types_are_shown() -> None:
    """A type of value that somebody adds is hidden until it is said to be nobody's."""
    assert set(value_types()) >= NOBODYS
    assert not NOBODYS & {"plate", "id_number", "phone", "mail", "person_name", "passport", "permit_number", "house"}


@given(st.text(max_size=40), st.sampled_from(["13812345678", "330106199001011234", "浙A12345", "7702184455"]))
def test_no_number_survives(before: str, value: str) -> None:
    """Whatever stands before it, between spaces."""
    assert value not in redacted(f"{before} {value} ")
