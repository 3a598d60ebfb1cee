"""The id of who reads stays whole in a masked text; nothing that stands beside it does."""

import pytest

from desk.texts.masking import masked, masked_body

OWN = "11010519491231002X"
TEXTS = {
    "alone": (OWN, OWN),
    "in small letters": ("我是11010519491231002x。", "我是11010519491231002x。"),
    "with gaps": ("110105 19491231 002X", "110105 19491231 002X"),
    "twice": (f"{OWN} {OWN}", f"{OWN} {OWN}"),
    "beside another's": (f"{OWN}，110105200411240017", f"{OWN}，1101****0017"),
    "beside a telephone": (f"{OWN} 13800138000", f"{OWN} ****8000"),
    "within a longer one": (f"8{OWN}", "8110****002X"),
}


@pytest.mark.parametrize(("said", "seen"), TEXTS.values(), ids=TEXTS)
def test_own_id_stays_and_all_else_is_masked(said: str, seen: str) -> None:
    """However it is written; a number of which it is a part is another one."""
    assert masked(said, is_own=lambda number: number == OWN) == seen


def test_own_id_stays_in_what_is_kept() -> None:
    """In every text of a document, also where it names a value."""
    kept = {"a": [OWN, {"b": f"{OWN} 13800138000"}]}
    assert masked_body(kept, is_own=lambda number: number == OWN) == {"a": [OWN, {"b": f"{OWN} ****8000"}]}
