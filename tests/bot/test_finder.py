"""What answers a message: learnt from lines of several hands, each weighed as if it had not been learnt."""

from pathlib import Path
from typing import List

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import NORMALISED
from bot.components.heads import finder as finder_module
from bot.components.heads.asking import Asking
from bot.components.heads.chooser import Chooser, Example
from bot.components.heads.finder import Finder
from bot.components.heads.kernel_head import KernelHead
from bot.components.heads.text_bank import TextBank
from bot.questions import ASKS, FACT, GUIDE, HAND, MATTER, NEARLY, NONE, PASSAGE, RIGHT
from bot.turns import EMPTY, SITUATION
from values.writing import normalised

DOGS = ["养狗要办证吗", "小狗上牌多少钱", "register my dog", "狗证过期了", "遛狗要拴绳吗", "do dogs need a licence"]
PASSPORTS = ["护照丢了怎么补", "lost my passport", "换护照要几天", "护照多少钱", "passport for a baby", "补护照带什么"]
NOTHING = ["今晚吃什么好", "who won the match", "我喜欢蓝色", "月亮有多远", "tell me a joke", "股票会涨吗"]
PARKING = ["停车一小时多少钱", "how much is parking", "停车费贵不贵", "停车怎么收费", "parking price", "停车要钱吗"]


def line(text: str, **keys: object) -> Message:
    return Message({TEXT: text, NORMALISED: normalised(text), **keys})


def lines() -> TrainingData:
    """Two guides, one fact, and what three hands ask of them and of nothing."""
    made: List[Message] = []
    for matter, texts in ((f"{GUIDE}dogs", DOGS), (f"{GUIDE}passport", PASSPORTS), (NONE, NOTHING)):
        for number, text in enumerate(texts):
            hand = "" if number < 2 and matter != NONE else f"q{number % 3}"
            made.append(line(text, **{MATTER: matter, HAND: hand, ASKS: True, RIGHT: [], NEARLY: []}))
    for number, text in enumerate(PARKING):
        told = {
            RIGHT: ["parking.price"],
            NEARLY: [],
            HAND: f"q{number % 3}",
            SITUATION: {**EMPTY, "service": "parking"},
        }
        made.append(line(text, **told))
    made += [line("狗证: 拉布拉多能不能养", **{PASSAGE: ("dogs", "answer", 0)})]
    made += [line("停一个钟头几块", **{FACT: ("parking", "price", "fee"), ASKS: True})]
    return TrainingData(made)


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder.fit(lines(), [])


@pytest.mark.parametrize(("text", "guide"), [("狗要不要办证", "guide:dogs"), ("護照唔見咗", "guide:passport")])
def test_the_guide_that_is_meant_is_the_likeliest(finder: Finder, text: str, guide: str) -> None:
    found = finder.likely_guides(Asking.of(normalised(text)))
    assert max(found, key=lambda name: found[name]) == guide
    assert sum(found.values()) <= 1


def test_what_nothing_answers_is_less_likely_answered(finder: Finder) -> None:
    """Than a question that a guide answers."""
    asked, not_asked = (
        sum(finder.likely_guides(Asking.of(normalised(text))).values()) for text in ("狗证怎么办", "月亮上有人吗")
    )
    assert not_asked < asked


def test_the_same_is_found_after_it_was_kept(finder: Finder, tmp_path: Path) -> None:
    """To the digits that are told."""
    finder.save(tmp_path)
    again, asking = Finder.load(tmp_path), Asking.of(normalised("停车多少钱"))
    assert [one[:2] for one in again.likely_facts(asking)] == [one[:2] for one in finder.likely_facts(asking)]
    made, kept = finder.likely_guides(asking), again.likely_guides(asking)
    assert all(kept[name] == pytest.approx(likely, abs=0.01) for name, likely in made.items())


def test_names_of_which_no_line_is_near_are_not_weighed(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is meant is among the nearest."""
    text = Asking.of(normalised("狗要不要办证"))
    every = finder.compared(text).scores
    monkeypatch.setattr(finder_module, "NEAR_GUIDES", 1)
    narrow = Finder.fit(lines(), []).compared(text).scores
    assert {*every} - {*narrow} == {f"{GUIDE}passport"}
    assert narrow[f"{GUIDE}dogs"] == pytest.approx(every[f"{GUIDE}dogs"])
    assert narrow[NONE] == pytest.approx(every[NONE])


def test_lines_left_out_are_scored_as_by_a_head_that_has_not_learnt_them() -> None:
    """Without fitting it again."""
    texts, hands = [*DOGS, *PASSPORTS], ["a", "b", "", ""] * 3
    meant = [{"dogs"}] * len(DOGS) + [{"passports"}] * len(PASSPORTS)
    bank = TextBank.of_texts(texts)
    _, apart = KernelHead.fit(bank, meant, hands)
    rows = np.flatnonzero(np.array(hands) == "a")
    kept = [place for place in range(len(texts)) if place not in rows]
    without = TextBank(bank.tuned[kept], bank.first[kept], bank.space, bank.ngrams[kept])
    other, _ = KernelHead.fit(without, [meant[place] for place in kept], [""] * len(kept))
    bias = np.array([sum("dogs" in one for one in meant), sum("passports" in one for one in meant)]) / len(meant)
    for number, row in enumerate(rows):
        near = without.near(texts[row], bank.tuned[row], bank.first[row])
        assert apart["a"][number] - bias == pytest.approx(
            other.scores(near.alike(), range(len(bias))) - other.bias, abs=0.05
        )


def test_candidates_share_what_is_likely_answered() -> None:
    """The likelihood of all together is that of any answer, and figures that speak for one make it likelier."""
    random = np.random.default_rng(3)
    examples = []
    for number in range(60):
        figures, answered = random.standard_normal((4, 2)), number % 2 == 0
        right = np.arange(4) == figures[:, 0].argmax() if answered else np.zeros(4, bool)
        examples.append(Example(figures, np.array([float(answered)]), right, answered))
    chooser = Chooser.fit(examples)
    likely = chooser.likely(np.array([[2.0, 0.0], [0.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]), np.array([1.0]))
    assert likely.argmax() == 0
    assert likely.sum() > 0.5
    assert chooser.likely(examples[0].candidates, np.array([0.0])).sum() < 0.5
