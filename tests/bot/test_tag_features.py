"""What the tagger sees of a whole sentence, beside each token and its neighbours."""

from typing import List

import pytest

from bot.components.entities.gazetteer import Gazetteer
from bot.components.entities.spans import values_in
from bot.components.entities.tag_features import features
from bot.components.text.tokenizer import split
from values.writing import normalised


def scenes(text: str) -> List[str]:
    """Gives the scenes that the tokens of a text have."""
    rows = features(split(text), normalised(text), values_in(normalised(text)), "inform", Gazetteer.of({}))
    return sorted({feature for row in rows for feature in row if feature.startswith("scene=")})


@pytest.mark.parametrize(
    ("text", "scene"),
    [
        ("武林路", "FalseFalse"),
        ("28路 武林路", "TrueFalse"),
        ("地址是武林路", "FalseTrue"),
        ("武林路對面", "FalseTrue"),
        ("opposite the KFC on Jiefang Road", "FalseTrue"),
        ("linear Road", "FalseFalse"),
    ],
)
def test_every_token_knows_whether_a_line_is_named_and_an_address_is_told(text: str, scene: str) -> None:
    """A road is a stop where a line is named, a place where an address is told, whatever stands just beside it."""
    assert scenes(text) == [f"scene={scene}|inform"]
