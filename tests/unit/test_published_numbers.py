"""Telephones that cities publish are shown in masked texts; what is only like them is not."""

import pytest
from fixtures import loaded

from desk.texts.masking import masked, masked_body

SHOWN = {
    "with the area code": "请拨打0571-12345。",
    "of an agency": "公交集团：0571-87280114",
    "written with blanks": "0571 8728 0114",
    "from abroad": "Call +86-571-12345.",
    "of a guide": "外交部全球领事保护热线 +86-10-12308",
    "of six digits at home": "燃气抢修 962777",
    "emergencies side by side": "110 119 120 122",
    "two of them": "010-12345 021-12345",
    "one of the nation's": "心理援助12356",
}
HIDDEN = {
    "a digit more": ("0571-12345 6", "****3456"),
    "a digit before": ("1 0571-12345", "****2345"),
    "a home in the same city": ("0571-87280115", "****0115"),
    "a mobile telephone that ends like one": ("138 0571 2345", "****2345"),
    "a published one beside somebody's": ("010-12345 13800138000", "010-12345 ****8000"),
    "an agency's number at home, which is somebody's elsewhere": ("87280114", "****"),
    "the number of a flat among an address of mail": ("a.010-12345@example.com", "***@example.com"),
    "a plate": ("浙A12345", "浙A****5"),
}


@pytest.mark.parametrize("said", SHOWN.values(), ids=SHOWN)
def test_published_telephones_are_shown(said: str) -> None:
    """A clerk and a resident can read whom the account told to call."""
    assert masked(said, loaded.published()) == said
    assert masked_body({"a": [said]}, loaded.published()) == {"a": [said]}


@pytest.mark.parametrize(("said", "seen"), HIDDEN.values(), ids=HIDDEN)
def test_what_is_only_like_them_is_masked(said: str, seen: str) -> None:
    """A number is shown only where nothing else than published ones is written in a run."""
    assert masked(said, loaded.published()) == seen


def test_every_telephone_that_cities_publish_is_known() -> None:
    """Those of agencies and of the directory, as texts write them."""
    published = loaded.published()
    phones = {agency.phone for city in loaded.cities().values() for agency in city.agencies}
    assert {phone for phone in phones if masked(phone, published) != phone} == set()
