"""What the chat shows of a resident's own words once they are answered."""

import pytest

from desk.texts.own_words import as_shown


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        pytest.param("张伟33010619900101123X", "id_number", "张伟3301**********123X", id="an id"),
        pytest.param("330106199001010012", "id_number", None, id="an id with a wrong check digit stays, to be mended"),
        pytest.param("我的电话是13812345678", None, "我的电话是*******5678", id="a telephone, whatever was asked"),
        pytest.param("１３８１２３４５６７８", "phone", "*******5678", id="in full width"),
        pytest.param("C12345678", "permit_number", "*****5678", id="a permit"),
        pytest.param("E12345678", "id_number", "*****5678", id="a passport where an id was asked for"),
        pytest.param("542987163", "id_number", "*****7163", id="a passport of digits alone where an id was asked for"),
        pytest.param("733540", "one_time_code", "******", id="a code that was asked for"),
        pytest.param("733540", "vin_last6", "733540", id="the end of a VIN is shown"),
        pytest.param("浙A12345", "plate", "浙A12345", id="a plate is shown"),
        pytest.param("户号3301234567890", "account_number", "户号3301234567890", id="an account is shown"),
        pytest.param("28路到武林广场，200元", None, "28路到武林广场，200元", id="nothing of a person"),
        pytest.param("x" * 1_000 + "13812345678", None, "x" * 1_000 + "13812345678", id="what nobody reads"),
    ],
)
def test_numbers_of_a_person_are_masked_once_they_are_taken(text: str, asked: str | None, shown: str | None) -> None:
    """As replies mask them; what is refused, and what names a thing, stays as it was written."""
    assert as_shown(text, asked) == (text if shown is None else shown)
