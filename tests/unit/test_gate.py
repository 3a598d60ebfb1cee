"""The gate: what lets a model pass, and what stops it."""

import random

import pytest

from desk.teaching.gate import CHANCE, MARGINS, Compared, Comparison, Verdict, Why, improbable, judged

COMMANDS = ("start:next_bus", "start:traffic_fines", "change", "confirm", "ask_fee")
LANGUAGES = ("zh_Hans", "zh_Hant", "en", "mixed")


def messages(count: int = 1000, *, right: float = 0.9, seed: int = 1) -> list[Compared]:
    """Messages that both read alike."""
    lot = random.Random(seed)
    return [
        Compared(
            of="turn",
            command=COMMANDS[place % len(COMMANDS)],
            lang=LANGUAGES[place // 5 % len(LANGUAGES)],
            before=(read := lot.random() < right),
            after=read,
            sure_before=right,
            sure_after=right,
        )
        for place in range(count)
    ]


def compared(read: list[Compared], **more: float) -> Comparison:
    figures: dict[str, float] = {"milliseconds_before": 10.0, "milliseconds_after": 11.0, **more}
    return Comparison.model_validate({"read": read, **figures})


def stops(read: list[Compared], **more: float) -> set[tuple[Why, str]]:
    """Why a model is stopped, and about what."""
    return {(one.why, one.about) for one in judged(compared(read, **more), "a").stops}


def flipped(read: list[Compared], lost: int, gained: int, *, seed: int = 2) -> list[Compared]:
    """The same, some of them lost and some gained, by lot."""
    lot = random.Random(seed)
    places = [*range(len(read))]
    lot.shuffle(places)
    found = [*read]
    for before, count in ((True, lost), (False, gained)):
        for place in [one for one in places if read[one].before is before][:count]:
            found[place] = read[place].model_copy(update={"after": not before})
    return found


def test_the_same_passes() -> None:
    """Nothing is lost, and everything that was looked at is told."""
    verdict = judged(compared(messages()), "a")
    assert verdict.passes
    assert {one.why for one in verdict.findings} >= {Why.ALL, Why.LANGUAGE, Why.COMMAND, Why.CALIBRATION, Why.SPEED}
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


@pytest.mark.parametrize("seed", range(20))
def test_what_chance_loses_and_gains_does_not_stop_it(seed: int) -> None:
    """A twentieth is read differently, as by a training of the same data: as many are gained as lost."""
    assert stops(flipped(messages(seed=seed), 25, 25, seed=seed)) == set()


def test_a_command_that_is_lost_stops_it_and_is_named() -> None:
    """A quarter of one command is read wrongly; the others are as they were."""
    read = messages(2000)
    some = [place for place, one in enumerate(read) if one.command == "confirm" and one.before][:100]
    for place in some:
        read[place] = read[place].model_copy(update={"after": False})
    assert (Why.COMMAND, "confirm") in stops(read)
    assert not {about for why, about in stops(read) if why is Why.COMMAND} - {"confirm"}


def test_a_language_that_is_lost_stops_it() -> None:
    """A tenth of one language."""
    read = [
        one.model_copy(update={"after": one.after and (one.lang != "en" or place % 7 > 0)})
        for place, one in enumerate(messages(2000))
    ]
    assert (Why.LANGUAGE, "en") in stops(read)
    assert (Why.LANGUAGE, "zh_Hans") not in stops(read)


def test_a_loss_within_the_margin_does_not_stop_it() -> None:
    """However sure it is."""
    read = messages(40_000, right=1.0)
    for place in range(0, 400, 4):
        read[place] = read[place].model_copy(update={"after": False})
    finding = next(one for one in judged(compared(read), "a").findings if one.why is Why.ALL)
    assert finding.chance is not None
    assert finding.chance < CHANCE[Why.ALL]
    assert finding.lost / finding.messages < MARGINS[Why.ALL]
    assert not finding.stops


def must(after: bool, service: str = "next_bus") -> Compared:
    return Compared(
        of="must_pass",
        command="start:next_bus",
        lang="en",
        service=service,
        conversation=f"{service}: en happy path",
        before=True,
        after=after,
    )


def test_of_what_must_be_understood_nothing_may_be_lost() -> None:
    """One message is enough, and its service and conversation are named."""
    verdict = judged(compared([*messages(), must(True), must(False), must(True, "air_quality")]), "a")
    (stop,) = verdict.stops
    assert (stop.why, stop.about, stop.lost) == (Why.MUST_PASS, "next_bus", 1)
    assert stop.conversations == ("next_bus: en happy path",)


def test_certainty_that_is_further_from_the_truth_stops_it() -> None:
    """It is as right as before and claims to be surer; a little more is within the margin."""
    read = messages(right=0.7)
    assert stops([one.model_copy(update={"sure_after": 0.95}) for one in read]) == {(Why.CALIBRATION, "")}
    assert stops([one.model_copy(update={"sure_after": 0.71}) for one in read]) == set()


def test_what_takes_too_long_is_stopped() -> None:
    """Half as long again, and some milliseconds."""
    assert stops(messages(), milliseconds_after=14.0) == set()
    assert stops(messages(), milliseconds_after=16.0) == {(Why.SPEED, "")}


def test_held_out_messages_among_those_that_were_learnt_stop_it() -> None:
    """A few are said by others in the same words."""
    assert stops(messages(), leaked=8, leakable=2500) == set()
    assert stops(messages(), leaked=60, leakable=2500) == {(Why.LEAK, "")}


def test_nothing_is_said_of_a_group_of_few() -> None:
    """Four messages prove nothing."""
    few = [one.model_copy(update={"command": "erase", "after": False}) for one in messages()[:4]]
    assert stops([*messages(), *few]) == set()


@pytest.mark.parametrize(
    ("lost", "gained", "chance"),
    [(0, 0, 1.0), (1, 0, 0.5), (5, 0, 0.03125), (9, 1, 0.0107421875), (15, 5, 0.020694732666015625)],
)
def test_chance_is_that_of_the_exact_test(lost: int, gained: int, chance: float) -> None:
    """By `scipy.stats.binomtest(lost, lost + gained, 0.5, alternative="greater")`."""
    assert improbable(lost, gained) == pytest.approx(chance)
