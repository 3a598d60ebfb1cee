"""Fields: what residents write as plates and VIN tails, accepted or refused with a reason."""

import pytest

from actions.fields.kinds import field_kind
from values.definition import Accepted, Rejected

PLATES = [
    ("plain", "浙A12345", "浙A12345"),
    ("small letters, dot and blanks", "浙a·8k 37p", "浙A8K37P"),
    ("full width", "浙Ａ１２３４５", "浙A12345"),
    ("Traditional province", "滬A12345", "沪A12345"),
    ("spelled province", "Zhe A12345", "浙A12345"),
    ("spelled in small letters with blanks", "zhe b 5k318", "浙B5K318"),
    ("one letter spelled", "E A12345", "鄂A12345"),
    ("new energy, small", "粤AD12345", "粤AD12345"),
    ("new energy, second letter", "粤BDE6423", "粤BDE6423"),
    ("new energy, large", "浙A12345D", "浙A12345D"),
    ("trailer", "冀J6K28挂", "冀J6K28挂"),
    ("Traditional trailer", "冀J6K28掛", "冀J6K28挂"),
    ("Hong Kong car", "粤Z3K86港", "粤Z3K86港"),
    ("all digits", "京A00001", "京A00001"),
]
NO_PLATES = [
    ("no province", "A8K37P", "plate.no_province"),
    ("a word", "abc", "plate.no_province"),
    ("province alone", "浙", "plate.no_letter"),
    ("digit for the letter", "浙1A2345", "plate.no_letter"),
    ("letter I in second place", "浙I12345", "plate.letter_not_used"),
    ("letter O inside", "浙A1O345", "plate.character_not_used"),
    ("too short", "浙A12", "plate.wrong_length"),
    ("too long", "浙A1234567", "plate.wrong_length"),
    ("six digits", "浙A123456", "plate.not_new_energy"),
    ("letter L begins no new-energy plate", "浙AL12345", "plate.not_new_energy"),
    ("two provinces are spelled so", "Jin A12345", "plate.which_province"),
    ("sign inside", "浙A1234&", "plate.wrong_character"),
]
TAILS = [
    ("digits", "733540", "733540"),
    ("letters", "a2-64 91", "A26491"),
    ("full width", "７３３５４０", "733540"),
    ("whole VIN", "LGB6P6FK7MK733540", "733540"),
]
NO_TAILS = [
    ("five", "73354", "vin_last6.wrong_length"),
    ("seven", "7335401", "vin_last6.wrong_length"),
    ("letter O", "73354O", "vin_last6.character_not_used"),
    ("letter Q", "Q33540", "vin_last6.character_not_used"),
    ("words", "我不知道", "vin_last6.wrong_character"),
    ("whole VIN with an I", "LGB6P6FI7MK733540", "vin_last6.character_not_used"),
]


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [("plate", w, v) for _, w, v in PLATES] + [("vin_last6", w, v) for _, w, v in TAILS],
    ids=[label for label, *_ in [*PLATES, *TAILS]],
)
def test_field_accepts(kind: str, written: str, value: str) -> None:
    """What is one, however it is written, is put into its one form."""
    reading = field_kind(kind).read(written)
    assert isinstance(reading, Accepted)
    assert reading.value == value


@pytest.mark.parametrize(
    ("kind", "written", "reason"),
    [("plate", w, r) for _, w, r in NO_PLATES] + [("vin_last6", w, r) for _, w, r in NO_TAILS],
    ids=[label for label, *_ in [*NO_PLATES, *NO_TAILS]],
)
def test_field_refuses_with_the_reason(kind: str, written: str, reason: str) -> None:
    """What is none is refused, and the reason is the one that helps."""
    reading = field_kind(kind).read(written)
    assert isinstance(reading, Rejected)
    assert reading.reason == reason


@pytest.mark.parametrize(
    ("written", "guesses"),
    [
        ("浙A1O345", ("浙A10345",)),
        ("浙AI2345", ("浙A12345",)),
        ("Jin A12345", ("津A12345", "晋A12345")),
        ("浙A1O3", ()),
    ],
)
def test_plate_guesses_what_may_be_meant(written: str, guesses: tuple[str, ...]) -> None:
    """Letters that look like digits, and provinces spelled alike, are guessed; only valid plates are."""
    reading = field_kind("plate").read(written)
    assert isinstance(reading, Rejected)
    assert reading.guesses == guesses


def test_vin_says_that_a_part_was_taken() -> None:
    """Of a whole VIN the last six are taken, and that is said."""
    assert field_kind("vin_last6").read("LGB6P6FK7MK733540") == Accepted("733540", "vin_last6.taken_from_whole")


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("plate", "查下浙A12345有没有违章", ["浙A12345"]),
        ("plate", "浙A12345 733540", ["浙A12345"]),
        ("plate", "not 浙A12345, it is 浙B54321", ["浙A12345", "浙B54321"]),
        ("plate", "my plate is Zhe A12345 thanks", ["Zhe A12345"]),
        ("plate", "浙江省杭州市", []),
        ("plate", "order A12345", []),
        ("vin_last6", "后六位是733540", ["733540"]),
        ("vin_last6", "call 13800571234", []),
        ("vin_last6", "VIN LGB6P6FK7MK733540", ["LGB6P6FK7MK733540"]),
        ("vin_last6", "in the year 2026", []),
    ],
)
def test_field_is_found_in_a_sentence_only_if_unmistakable(kind: str, text: str, found: list[str]) -> None:
    """A sentence gives its values; numbers that are something else are left alone."""
    assert list(field_kind(kind).find(text)) == found
