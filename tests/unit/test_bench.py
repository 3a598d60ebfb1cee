"""What the benchmarks say, choose and write; nothing is measured here."""

import json
import os
from datetime import date
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web

from bench import announce, day, day_check, history, intake, layers, page, turns, webhooks
from bench.console_pages import Found, UnknownPathError, grants_of, pages
from bench.day_clerks import Ledger
from bench.day_residents import EMERGENCY, Resident, Said
from bench.drawing import Bar, Group, bars
from bench.environment import without_limits, without_settings
from bench.figures import Round, figures, percentile, ratio, rounds_within
from bench.history import Costs
from bench.lines import SHAPE, HeldOut, LinesUsedUpError, Speaker, read_held_out, read_places
from bench.memory import resident_mb
from bench.nlu import page as understanding
from bench.processor import seconds_of
from bench.rasa_init import project
from bench.sample import TrainingLine, choose, read_lines
from bench.tables import doubt, markdown, table
from desk.city.yaml_files import parse_yaml
from desk.console.access import signed_in
from desk.console.sections import Section
from desk.web.client import ChatClient

ROOT = Path(__file__).parents[2]
HEARD = ("cancelled", "corrected")
MACHINE = {
    "processor": "a processor",
    "cores": 2,
    "memory_gb": 4.0,
    "system": "a system",
    "python": "3.13",
    "load_before": 0.3,
}


def speaker() -> Speaker:
    return Speaker(read_held_out(ROOT / "nlu"), read_places(ROOT / "sandbox" / "data"))


def side(name: str, per_second: float) -> dict[str, Any]:
    found = {"turns_per_second": per_second, "p50_ms": 5.0, "p95_ms": 9.0}
    return {"name": name, "memory_mb": 512.5, "clients": {"1": found, "16": found}, **found}


TURNS = {
    "name": "turns",
    "ours": side("ours", 200.0),
    "peer": side("stock", 50.0),
    "ratio": 4.0,
    "other_peers": [side("same model", 250.0) | {"ratio": 0.8}],
    "machine": MACHINE,
}


# what the stock peer learns


def test_sample_covers_every_intent_and_keeps_the_limit() -> None:
    """Each intent has at least two lines, and there are no more than the limit."""
    lines = read_lines(ROOT / "nlu")
    chosen = choose(lines)
    counts = [sum(line.intent == intent for line in chosen) for intent in {line.intent for line in lines}]
    assert (min(counts) >= 2, len(chosen) <= 1_000, len(set(chosen)) == len(chosen)) == (True, True, True)


def test_sample_is_the_same_each_time() -> None:
    """The order in which lines are found does not matter."""
    lines = read_lines(ROOT / "nlu")
    assert choose(lines) == choose(lines[::-1])


def test_sample_refuses_a_limit_that_cannot_cover_all_intents() -> None:
    """A sample without some intent is no sample."""
    with pytest.raises(ValueError, match="cannot cover"):
        choose([TrainingLine("greet", "hi"), TrainingLine("thanks", "ta")], limit=3)


def test_training_line_names_entities_and_roles() -> None:
    """Both ways in which Rasa marks a value are read."""
    line = TrainingLine("bus_route", 'from [A]{"entity": "place", "role": "from"} by [7](bus_line)')
    assert line.entities() == [("place", "from"), ("bus_line", None)]


def test_project_has_a_rule_for_every_intent_but_rasas_own_and_the_config_as_it_was_given() -> None:
    """Pipeline and policies are not touched; every intent calls the one action."""
    lines = [TrainingLine("greet", "hi"), TrainingLine("next_bus", "the [7](bus_line)"), TrainingLine("restart", "r")]
    made = project(lines, "recipe: default.v1\n", {"session": {"type": "any"}})
    rules = parse_yaml(made.files["data/rules.yml"])["rules"]
    domain = parse_yaml(made.files["domain.yml"])
    assert made.files["config.yml"] == "recipe: default.v1\n"
    assert [rule["steps"][0]["intent"] for rule in rules] == ["greet", "next_bus", "nlu_fallback", "out_of_scope"]
    assert {rule["steps"][1]["action"] for rule in rules} == {"action_answer"}
    assert domain["entities"] == ["bus_line"]


def test_project_with_one_more_line_is_trained_anew() -> None:
    """The fingerprint covers the lines."""
    one = project([TrainingLine("greet", "hi")], "", {}).fingerprint
    two = project([TrainingLine("greet", "hi"), TrainingLine("greet", "yo")], "", {}).fingerprint
    assert one != two


# what residents say


def test_no_line_is_said_twice_in_a_whole_run() -> None:
    """There are enough distinct lines for the longest bench."""
    speaking = speaker()
    for_turns = speaking.cities + turns.ROUNDS * sum(turns.CONVERSATIONS.values())
    for_intake = speaking.cities + intake.ROUNDS * intake.CONVERSATIONS
    said = [line for script in speaking.scripts(max(for_turns, for_intake), 10) for line in script.lines]
    assert len(set(said)) == len(said)


def test_lines_suffice_for_long_conversations() -> None:
    """History says over a thousand lines in one of each round's conversations, none twice."""
    speaking = speaker()
    lengths = [lines for _ in range(history.ROUNDS) for lines in history.SAID.values()]
    said = [line for lines in lengths for line in speaking.script(lines).lines]
    assert len(set(said)) == len(said) == history.ROUNDS * (15 + 105 + 1005)


def test_every_side_and_every_run_hears_the_same() -> None:
    """Two speakers say the same lines."""
    assert speaker().scripts(20, 10) == speaker().scripts(20, 10)


def test_residents_speak_of_their_own_city() -> None:
    """Neighbours live in different cities, and their first value is a plate of a car there."""
    places = {place.city: place for place in read_places(ROOT / "sandbox" / "data")}
    scripts = speaker().scripts(2 * len(places), 10)
    assert all(one.city != other.city for one, other in pairwise(scripts))
    for script in scripts:
        plates = [plate for plate, _ in places[script.city].vehicles]
        assert any(plate in script.lines[1] for plate in plates), script


def test_used_up_lines_are_an_error_that_says_so() -> None:
    """A line is not said again when there is no other."""
    held_out = [
        HeldOut("x" * (place + 1), intent, "en", tuple((entity, 0, 1) for entity in entities[:1]))
        for place, (intent, entities) in enumerate(SHAPE)
        if len(entities) < 2
    ]
    held_out.append(HeldOut("7 A", "next_bus", "en", (("bus_line", 0, 1), ("stop", 2, 3))))
    speaking = Speaker(held_out, read_places(ROOT / "sandbox" / "data"))
    with pytest.raises(LinesUsedUpError):
        speaking.scripts(10_000, 10)


def test_a_missing_kind_of_line_is_named() -> None:
    """A speaker cannot be made of lines that leave a place of the shape empty."""
    with pytest.raises(LinesUsedUpError, match="next_bus bus_line stop"):
        Speaker([], read_places(ROOT / "sandbox" / "data"))


# figures


@pytest.mark.parametrize(
    ("share", "found"), [(0.5, 5), (0.95, 10), (0.9, 9), (0.0, 1), (1.0, 10)], ids=["p50", "p95", "p90", "min", "max"]
)
def test_percentile_is_a_value_that_was_measured(share: float, found: int) -> None:
    """The smallest value that the share does not exceed."""
    assert percentile([3, 1, 2, 10, 9, 4, 8, 5, 7, 6], share) == found


def test_percentile_of_nothing_is_an_error() -> None:
    """Nothing measured is not zero."""
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_figures_take_the_median_of_rounds() -> None:
    """One disturbed round does not move a side's turns a second."""
    rounds = [Round((0.01,) * 10, 0, 1.0), Round((0.01,) * 10, 0, 1.1), Round((0.5,) * 10, 2, 50.0)]
    found = figures(rounds)
    assert (found.per_second, found.p50_ms, found.completed, found.failed) == (9.1, 10.0, 30, 2)


def test_failed_turns_are_not_completed_ones() -> None:
    """Turns a second count completed turns alone."""
    assert Round((0.1, 0.1), 8, 1.0).per_second == 2.0


def test_ratio_is_ours_by_theirs() -> None:
    assert ratio(150.0, 50.0) == 3.0


def test_costs_are_the_medians_of_each_mark() -> None:
    """A failed turn is counted and has no cost."""
    costs = Costs()
    for mark in history.MARKS:
        for seconds in (mark / 1000, mark / 1000, 9.0, None):
            costs.add(mark, seconds)
    found = costs.document("ours")
    assert found["samples"] == {"10": 3, "100": 3, "1000": 3}
    assert (found["turn_10_ms"], found["turn_100_ms"], found["turn_1000_ms"]) == (10.0, 100.0, 1000.0)
    assert (found["growth"], found["failed"]) == (100.0, 3)


def test_history_shows_every_side_with_its_growth_and_how_often_ours_it_is() -> None:
    """Each peer's thousandth turn is set against ours; the first column of ratios is each side's own growth."""
    cost = {"turn_10_ms": 10.0, "turn_100_ms": 20.0, "turn_1000_ms": 30.0, "growth": 3.0}
    document = {
        "name": "history",
        "ours": {"name": "ours", **cost},
        "peer": {"name": "stock", **cost},
        "ratio": 4.0,
        "other_peers": [{"name": "same model", **cost, "ratio": 2.5}],
    }
    rows = table(document).rows
    assert [(row[0], *row[-2:]) for row in rows] == [
        ("ours", "3.00 ×", ""),
        ("stock", "3.00 ×", "4.00 ×"),
        ("same model", "3.00 ×", "2.50 ×"),
    ]


def test_turns_around_a_mark_are_of_all_kinds_and_alike_at_all_marks() -> None:
    """The copied turns of the peer are whole shapes, so that after them the same kind of line is next."""
    first, last = history.COPIED
    left = [history.SAID[mark] - history.WINDOW for mark in history.MARKS]
    assert {lines % len(SHAPE) for lines in left} == {5}
    assert (last - first + 1) % len(SHAPE) == (left[-1] - last) % (last - first + 1) == 0
    assert last == left[1]


@pytest.mark.parametrize(("seconds", "rounds"), [(10, 5), (40, 3), (500, 2)], ids=["all", "as fit", "the least"])
def test_rounds_keep_to_their_budget(seconds: float, rounds: int) -> None:
    """On a slow machine there are fewer rounds, and never fewer than the least."""
    now = [0.0]
    begun = 0
    for _ in rounds_within(5, 2, 120.0, lambda: now[0]):
        begun += 1
        now[0] += seconds
    assert begun == rounds


@pytest.mark.parametrize("answered", [["1"], ["2", "1"], ["1", "2", "2"], ["1", "2", "3"]])
def test_intake_accepts_only_each_message_once_in_order(answered: list[str]) -> None:
    """Lost, reordered, doubled and foreign answers fail the bench."""
    with pytest.raises(intake.IntakeError):
        intake.check(["1", "2"], answered)


@pytest.mark.parametrize(
    "answered",
    [
        [("一", "a", 1), ("二", "a", 2), ("二", "a", 3)],
        [("一", "a", 1)],
        [("二", "a", 2), ("一", "a", 1)],
        [("一", "a", 1), ("forged", "a", 2)],
    ],
)
def test_webhooks_accept_only_each_genuine_once_in_the_order_of_its_conversation(
    answered: list[tuple[str, str, int]],
) -> None:
    """Anything else is an error, not a figure; conversations may overtake each other."""
    webhooks.check([("二", "b", 2), ("一", "a", 1)], ["一", "二"])
    with pytest.raises(webhooks.WebhooksError):
        webhooks.check(answered, ["一", "二"])


def test_bulk_is_judged_by_the_95th_percentile_of_its_pair() -> None:
    """A pair compares what was measured side by side; one slow reply of a hundred does not decide."""
    idle, bulk = [0.1] * 95 + [9.0] * 5, [0.15] * 95 + [0.1] * 5
    assert announce.Pair(idle, bulk, 100.0).ratio == pytest.approx(1.5)


def test_what_never_arrived_and_how_soon_one_is_stopped_is_said() -> None:
    """Beside the rate with kills; results of before, which do not know it, are shown as they were."""
    document = json.loads((ROOT / page.FOLDER / "announce.json").read_text(encoding="utf-8"))
    before = document | {"ours": {one: it for one, it in document["ours"].items() if one not in HEARD}}
    before["ours"]["killed"] = {one: it for one, it in document["ours"]["killed"].items() if one != "missing"}
    heard = {"cancelled": {"last_send_seconds": 0.4}, "corrected": {"first_seconds": 1.25}}
    after = before | {"ours": before["ours"] | heard | {"killed": before["ours"]["killed"] | {"missing": 1_204}}}
    names = [[row[0] for row in table(one).rows] for one in (before, after)]
    assert [one for one in names[1] if one not in names[0]] == [
        "Citydesk, workers killed, 1,204 never arrived",
        "Citydesk, from a cancel to the last message: 0.40 s",
        "Citydesk, from an approved correction to its first message: 1.25 s",
    ]
    assert "Citydesk, workers killed" in names[0]


def test_memory_counts_children_and_grandchildren(tmp_path: Path) -> None:
    """Shares of all processes of a tree are summed up, others' are not."""
    for pid, parent in ((10, 1), (11, 10), (12, 11), (20, 1)):
        process = tmp_path / str(pid)
        process.mkdir()
        (process / "stat").write_text(f"{pid} (a (strange) name) S {parent} 0")
        (process / "smaps_rollup").write_text(f"00-ff ---p\nRss: 9999 kB\nPss: {1024 * pid} kB\n")
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "smaps_rollup").write_text("")
    assert resident_mb([10], tmp_path) == 33.0


def test_processor_time_counts_children_that_run_and_that_have_ended(tmp_path: Path) -> None:
    """In user and in system mode, of a whole tree; others' is not counted."""
    ticks = os.sysconf("SC_CLK_TCK")
    for pid, parent in ((10, 1), (11, 10), (20, 1)):
        process = tmp_path / str(pid)
        process.mkdir()
        times = f"{ticks} {2 * ticks} {3 * ticks} {4 * ticks}"  # own: user, system; of children that have ended
        (process / "stat").write_text(f"{pid} (a (strange) name) S {parent} 0 0 0 0 0 0 0 0 0 {times} 20 0")
    assert seconds_of([10], tmp_path) == pytest.approx(20.0)


def test_memory_is_unknown_where_the_system_does_not_tell(tmp_path: Path) -> None:
    """Nothing is guessed."""
    assert resident_mb([1], tmp_path) is None


def test_measured_programs_do_not_get_the_settings_of_who_measures() -> None:
    """A bench never runs on somebody's database; stock Rasa chooses its threads itself."""
    environ = {"DESK_DATABASE_URL": "x", "DESK_BOT_PYTHON": "y", "OMP_NUM_THREADS": "1", "PATH": "z"}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    assert without_settings(environ) == ("/usr/bin/env", "-u", "DESK_DATABASE_URL", "-u", "PYTHONDONTWRITEBYTECODE")
    assert set(without_limits(environ)) == {
        "/usr/bin/env",
        "-u",
        "DESK_DATABASE_URL",
        "DESK_BOT_PYTHON",
        "OMP_NUM_THREADS",
        "PYTHONDONTWRITEBYTECODE",
    }


# what is written


def test_bars_are_well_formed_and_as_long_as_their_values() -> None:
    """The longest bar is the greatest value; half the value is half the length; words are escaped."""
    drawn = bars("a < b", "more", [Group("g", [Bar("ours", 200.0, "200"), Bar("p & q", 100.0, "100")])])
    lengths = [
        float(found.attrib["width"])
        for found in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}rect")
        if found.attrib.get("rx") == "3"
    ]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=0.2)


def test_bars_without_values_are_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        bars("t", "s", [Group("g", [])])


def test_table_of_turns_has_a_row_for_each_side_and_number_of_clients() -> None:
    """The ratio stands where most clients are, and not at ours."""
    shown = markdown(table(TURNS)).splitlines()
    assert len(shown) == 2 + 6
    assert [line.split("|")[-2].strip() for line in shown[2:]] == ["", "", "", "4.00 ×", "", "0.80 ×"]


@pytest.mark.parametrize(("load", "doubted"), [(0.3, False), (1.0, False), (9.4, True)])
def test_result_of_a_busy_machine_is_doubted(load: float, doubted: bool) -> None:
    """Whoever reads a result hears that others took the processors."""
    assert (doubt(TURNS | {"machine": MACHINE | {"load_before": load}}) is not None) == doubted


def test_a_busy_machine_flatters_neither_of_two_versions() -> None:
    """Both have equally many processes: their ratio counts, the figures do not."""
    busy = TURNS | {"name": "turns-before", "machine": MACHINE | {"load_before": 9.4}, "other_peers": []}
    said = doubt(busy)
    assert said is not None
    assert "flatters" not in said
    assert [line.split("|")[-2].strip() for line in markdown(table(busy)).splitlines()[2:]] == ["", "", "", "4.00 ×"]


def test_result_is_written_between_its_markers_and_nowhere_else(tmp_path: Path) -> None:
    """Other results and the text around stay; a second result takes the place of the first."""
    at = tmp_path / page.PAGE
    at.parent.mkdir(parents=True)
    at.write_text("before\n<!-- bench turns -->\nold\n<!-- /bench turns -->\nafter\n")
    for _ in range(2):
        page.write(tmp_path, TURNS, date(2026, 11, 24))
    text = at.read_text()
    assert text.startswith("before\n<!-- bench turns -->\n| side")
    assert text.endswith("<!-- /bench turns -->\nafter\n")
    assert ("old" in text, text.count("2026-11-24")) == (False, 1)
    assert json.loads((tmp_path / page.FOLDER / "turns.json").read_text()) == TURNS
    ElementTree.fromstring((tmp_path / page.FOLDER / "turns.svg").read_text())


def test_a_sample_counts_for_the_innermost_layer_that_is_known() -> None:
    """What the standard library does counts for who called it; what nobody knows is other."""
    found = layers.shares(
        [
            "run (asyncio/runners.py:118);take (desk/conversations/turn.py:160);execute (psycopg/cursor_async.py:97) 5",
            "take (desk/conversations/turn.py:160);seal (desk/sealing/vault.py:3);sha256 (hashlib.py:9) 2",
            "take (desk/conversations/turn.py:160);dumps (json/__init__.py:231) 2",
            "<module> (somewhere.py:1) 1",
            "run (threading.py:992);_worker (concurrent/futures/thread.py:90) 70",  # waits
        ]
    )
    assert found == {"driver": 0.5, "sealing, signing": 0.2, "JSON": 0.2, "other": 0.1}


def test_nothing_is_said_of_a_role_that_was_idle() -> None:
    with pytest.raises(ValueError, match="no sample"):
        layers.shares([])


def test_what_a_turn_costs_is_shown_by_role_and_layer() -> None:
    """Beside a version before both have a row; milliseconds of a layer are its share of the role's."""
    spent = {
        "name": "ours",
        "turns": 9,
        "failed": 0,
        "ms_a_turn": {"bot": 4.0, "postgres": 1.0},
        "ms_in_all": 5.0,
        "idle_percent_of_a_core": {"bot": 0.1, "postgres": 0.8},
        "rounds": [],
        "layers": {"bot": {"model": 0.75, "other": 0.25}},
    }
    document = {"name": "profile", "ours": spent, "peer": spent, "ratio": 1.0, "other_peers": [], "machine": MACHINE}
    assert markdown(table(document)).splitlines()[2:] == [
        "| bot | 4.00 | 0.1 | 3.00 | 1.00 |",
        "| postgres | 1.00 | 0.8 |  |  |",
        "| **in all** | **5.00** |  |  |  |",
    ]
    beside = document | {"peer": spent | {"name": "before", "ms_in_all": 9.0}}
    assert [line.split("|")[1].strip() for line in markdown(table(beside)).splitlines()[2:4]] == [
        "before: bot",
        "ours: bot",
    ]
    assert "processor time" in str(doubt(document | {"machine": MACHINE | {"load_before": 3.0}}))


def test_page_without_markers_is_refused() -> None:
    with pytest.raises(page.PageError, match="bench turns"):
        page.placed("nothing here", "turns", "x")


@pytest.mark.parametrize(
    "name",
    [
        "turns",
        "history",
        "turns-before",
        "history-before",
        "intake",
        "announce",
        "webhooks",
        "console",
        "day",
        "streams",
        "profile",
    ],
)
def test_page_of_results_has_a_place_for_every_bench(name: str) -> None:
    page.require(ROOT, name)


def test_published_results_have_the_shape_that_is_promised() -> None:
    """Name, both sides, their ratio, the machine, other peers; and the table of it stands on the page."""
    others = {understanding.DATA.name, "gate.json", "taught.json"}  # of another shape, told on pages of their own
    published = sorted(path for path in (ROOT / page.FOLDER).glob("*.json") if path.name not in others)
    assert published
    for path in published:
        document = json.loads(path.read_text(encoding="utf-8"))
        text = (ROOT / page.page_of(path.stem)).read_text(encoding="utf-8")
        assert document["name"] == path.stem
        assert {"ours", "peer", "ratio", "machine", "other_peers"} <= set(document)
        assert isinstance(document["peer"]["name"], str)
        assert markdown(table(document)) in text


def test_webhooks_fall_due_by_chance_at_the_rate() -> None:
    """One after the other, in the mean as many a second as are wanted, and the same ones for the same chance."""
    first, again = (list(islice(webhooks.arrivals(100.0, Random(1)), 2_000)) for _ in range(2))
    assert first == again == sorted(first)
    assert 18 < first[-1] < 22


# a day at the counter


def message(author: str, words: str, in_reply_to: str | None = None) -> dict[str, Any]:
    return {"type": "message", "message": {"author": author, "text": words, "in_reply_to": in_reply_to, "buttons": []}}


def ticket(state: str) -> dict[str, Any]:
    return {"type": "ticket", "ticket": {"reference": "T-1001-7", "state": state}}


def turn_done(message_id: str) -> dict[str, Any]:
    return {"type": "turn_done", "in_reply_to": message_id}


async def day_of(*heard: dict[str, Any], replies: tuple[str, ...] = ("hello",)) -> list[str]:
    """What is found wrong with what a resident heard, who said two messages; a clerk gave these replies."""
    async with ChatClient("http://nowhere.invalid") as client:
        said = [Said("1", "a person"), Said("2", EMERGENCY)]
        events = [{"seq": seq, **event} for seq, event in enumerate(heard, 1)]
        one = Resident(0, client, Random(1), said=said, heard=events, tickets={"T-1001-7": "closed"})
    return day_check.of_resident(one, Ledger(replies={"T-1001-7": list(replies)}))


OPENED = (message("bot", "opened", "1"), ticket("open"), turn_done("1"), ticket("claimed"), message("clerk", "hello"))
ENDED = (ticket("closed"), message("bot", "closed"))


async def test_a_good_day_has_no_faults() -> None:
    """The bot before the claim and after the end, and in between an emergency's numbers."""
    assert await day_of(*OPENED, message("bot", "call 119", "2"), turn_done("2"), *ENDED) == []


INTRODUCED = message("bot", "Ms Wang looks at T-1001-7")


async def test_the_account_names_the_clerk_once_after_a_claim() -> None:
    """That is no voice beside theirs; said twice, it is."""
    rest = (turn_done("2"), *ENDED)
    assert await day_of(*OPENED, INTRODUCED, *rest) == []
    assert await day_of(*OPENED, INTRODUCED, INTRODUCED, *rest)


@pytest.mark.parametrize(
    ("heard", "fault"),
    [
        ((*OPENED, message("bot", "the bus is late"), turn_done("2"), *ENDED), "the bot spoke"),
        ((*OPENED, message("bot", "be calm", "2"), turn_done("2"), *ENDED), "the bot spoke"),
        ((*OPENED, *ENDED), "turns that ended"),
        ((*OPENED, turn_done("2"), turn_done("2"), *ENDED), "turns that ended"),
        ((*OPENED, turn_done("2"), message("bot", "more", "2"), *ENDED), "a turn that had ended"),
        ((*OPENED, message("clerk", "hello"), turn_done("2"), *ENDED), "was heard"),
        ((*OPENED[:-1], turn_done("2"), *ENDED), "was heard"),
        ((*OPENED, turn_done("2"), *ENDED, message("clerk", "hello")), "had not claimed"),
    ],
    ids=["a bot's word", "no numbers", "lost", "doubled", "late", "a reply twice", "a reply lost", "after the end"],
)
async def test_what_goes_wrong_in_a_day_is_found(heard: tuple[dict[str, Any], ...], fault: str) -> None:
    """Whatever a resident must not see is named."""
    assert any(fault in found for found in await day_of(*heard))


async def test_a_message_across_a_claim_is_counted() -> None:
    """Accepted before the claim was seen, and its turn ended after it."""
    async with ChatClient("http://nowhere.invalid") as client:
        events = [{"seq": seq, **event} for seq, event in enumerate((ticket("claimed"), turn_done("1")), 2)]
        one = Resident(0, client, Random(1), heard=events, accepted_at={"1": 1})
    assert day.across_a_claim(one) == 1


def test_a_path_that_the_bench_of_the_console_does_not_know_is_named() -> None:
    """A route that is added with something new in its path fails the bench, and is not left out."""

    @signed_in
    async def page_of(_: web.Request) -> web.Response:
        return web.Response()

    section = Section(routes=(web.get("/console/{strange}", page_of),))
    found = Found("hangzhou", "water", ["T-1-8"], ["lin"], [1], 1, date(2026, 11, 29))
    with pytest.raises(UnknownPathError, match="strange"):
        pages(grants_of("hangzhou", "water"), dict.fromkeys(grants_of("hangzhou", "water"), found), [section])
