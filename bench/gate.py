"""The gate on trainings of the same data, and on sabotaged ones: how often it stops the one, and the other.

A whole training takes minutes, so heads alone are fitted, on vectors of the first encoder and signs of the situation
that are kept: what the gate sees is the noise of fitting anew, and the loss by what was done to the data. Nothing is
held against these heads that must be understood: they read no values.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.ground import Tell
from desk.city.yaml_files import parse_yaml
from desk.contract.commands import command_of
from desk.teaching.gate import Compared, Comparison, Verdict, judged
from desk.teaching.marks import bare, unmarked
from desk.teaching.signals import with_service
from tools.evaluation.comparing import Known, known_messages, leaks_among
from tools.evaluation.fitting import fitted

type Places = Mapping[tuple[str, str | None], int]

LINES_EACH = 60  # of an intent and language: more of a large one tell nothing of the gate
SWAPPED = 0.1  # of labels
LEAKED = (0.02, 0.03, 0.05, 0.1, 0.2, 0.5)  # of held-out messages
LANGUAGES = ("zh_Hans", "zh_Hant", "en", "mixed")
RUNS = 20


@dataclass(frozen=True, slots=True)
class Learnt:
    """A line or turn that is learnt from: its folder is its service."""

    text: str
    label: str
    lang: str
    folder: str
    situation: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A training: what is learnt, in which order it falls out, and what was done to the data; empty: nothing."""

    learnt: Sequence[Learnt]
    seed: int
    done: str = ""
    kind: str = ""


def measure(root: Path, python: Path, folder: Path, city: str, runs: int, draw: int, tell: Tell) -> dict[str, Any]:
    """Fit, compare, judge; answers what became of each. What was read is kept, to be judged by other margins.

    Args:
        root: the project's.
        python: the bot's.
        folder: where vectors are kept.
        city: where lines without a situation are read.
        runs: so many trainings of the same data, and so many sabotages.
        draw: which seeds, services and lines are drawn: margins are chosen on one draw, and told of another.
        tell: told how far it is.
    """
    learnt, asked = learnt_of(root), asked_of(root, city)
    jobs = drawn(learnt, asked, runs, draw)
    given, places = given_of(jobs, asked, situations_of(root))
    found = list(read_by(python, folder, jobs, given, places, tell))
    (folder / f"found-{draw}.json").write_text(json.dumps(found), encoding="utf-8")
    return document(asked, jobs, found)


def judged_again(root: Path, folder: Path, city: str, runs: int, draw: int) -> dict[str, Any]:
    """The same of what was read before."""
    learnt, asked = learnt_of(root), asked_of(root, city)
    found = json.loads((folder / f"found-{draw}.json").read_text(encoding="utf-8"))
    return document(asked, drawn(learnt, asked, runs, draw), found)


def drawn(learnt: Sequence[Learnt], asked: Sequence[Known], runs: int, draw: int) -> list[Job]:
    """The trainings of a draw: what answers now, the same data again and again, then sabotages."""
    first = 1000 * draw
    return [
        Job(learnt, seed=first),
        *_again(learnt, runs, first),
        *_sabotages(learnt, asked, runs, draw),
    ]


def _again(learnt: Sequence[Learnt], runs: int, first: int) -> Iterator[Job]:
    yield from (Job(learnt, seed=first + number, kind="same") for number in range(1, runs + 1))


def _sabotages(learnt: Sequence[Learnt], asked: Sequence[Known], runs: int, draw: int) -> Iterator[Job]:
    """As many as are wanted, of each kind in turn."""
    kinds = [
        *_swapped(learnt, draw),
        *_without_services(learnt, draw),
        *_without_languages(learnt),
        *_leaking(learnt, asked, draw),
    ]
    yield from (replace(one, seed=1000 * draw + 100 + number) for number, one in enumerate(kinds[:runs]))


def _swapped(learnt: Sequence[Learnt], draw: int) -> Iterator[Job]:
    """A tenth of the labels is drawn from the others."""
    labels = sorted({one.label for one in learnt})
    for seed in range(5 * draw, 5 * draw + 5):
        lot = random.Random(seed)
        some = [replace(one, label=lot.choice(labels)) if lot.random() < SWAPPED else one for one in learnt]
        yield Job(some, 0, f"labels swapped, {seed + 1}", "swapped")


def _without_services(learnt: Sequence[Learnt], draw: int) -> Iterator[Job]:
    """All that a service brings is gone: the largest in the first draw, the next in the second."""
    sizes = {name: sum(one.label == f"start:{name}" for one in learnt) for name in {one.folder for one in learnt}}
    ordered = sorted((name for name in sizes if sizes[name]), key=lambda one: (-sizes[one], one))
    for name in ordered[5 * draw : 5 * draw + 5]:
        yield Job([one for one in learnt if one.folder != name], 0, f"without {name}", "agency")


def _without_languages(learnt: Sequence[Learnt]) -> Iterator[Job]:
    for language in LANGUAGES:
        yield Job([one for one in learnt if one.lang != language], 0, f"without {language}", "language")


def _leaking(learnt: Sequence[Learnt], asked: Sequence[Known], draw: int) -> Iterator[Job]:
    """A share of the held-out messages is learnt, as what they are."""
    for share in LEAKED:
        lot = random.Random(int(share * 100) + 1000 * draw)
        some = lot.sample(list(asked), int(len(asked) * share))
        more = [Learnt(one.message.text, one.command, one.lang, "", _stated(one.message.situation)) for one in some]
        yield Job([*learnt, *more], 0, f"{share:.0%} leaked", "leaked")


def situations_of(root: Path) -> Mapping[str, Any]:
    """The situations of turns, by name."""
    found: Mapping[str, Any] = json.loads((root / "nlu" / "situations.json").read_text(encoding="utf-8"))
    return found


def asked_of(root: Path, city: str) -> list[Known]:
    """What is asked: held-out messages by others; those without a situation as this city reads them."""
    return [one for one in known_messages(root, city) if one.of != "must_pass"]


def learnt_of(root: Path) -> list[Learnt]:
    """Turns, and of each intent and language some lines, drawn by lot, the same always."""
    return [*_turns_of(root), *_lines_of(root)]


def _turns_of(root: Path) -> Iterator[Learnt]:
    for file in sorted((root / "nlu").glob("*/turns/*.yml")):
        folder = file.parts[-3]
        for one in parse_yaml(file.read_text(encoding="utf-8"))["turns"]:
            yield Learnt(str(one["say"]), str(one["commands"][0]), file.stem, folder, str(one["in"]))


def _lines_of(root: Path) -> Iterator[Learnt]:
    for file in sorted((root / "nlu").glob("*/*.yml")):
        for entry in parse_yaml(file.read_text(encoding="utf-8")).get("nlu", ()):
            if "intent" in entry:
                yield from _lines(str(entry["intent"]), str(entry["examples"]), file.stem, file.parts[-2])


def _lines(intent: str, examples: str, language: str, folder: str) -> Iterator[Learnt]:
    label = with_service(command_of(intent), intent)
    texts = [unmarked(one.removeprefix("- ")) for one in examples.splitlines() if one.strip()]
    for text in random.Random(intent).sample(texts, min(LINES_EACH, len(texts))):
        yield Learnt(text, label, language, folder)


def given_of(
    jobs: Sequence[Job], asked: Sequence[Known], situations: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[tuple[str, str | None], int]]:
    """All that is learnt or asked, each with the signs of its situation; and the place of what is learnt."""
    stated = {name: _signs(one["situation"]) for name, one in situations.items()}

    def of(situation: str | None) -> Sequence[str]:
        if situation is None:
            return _signs(None)
        return stated[situation] if situation in stated else _signs(json.loads(situation))

    pairs = list(dict.fromkeys((one.text, one.situation) for job in jobs for one in job.learnt))
    document = {
        "learnt": [(text, of(situation)) for text, situation in pairs],
        "asked": [(one.message.text, _signs(one.message.situation)) for one in asked],
    }
    return document, {pair: place for place, pair in enumerate(pairs)}


def read_by(
    python: Path, folder: Path, jobs: Sequence[Job], given: dict[str, Any], places: Places, tell: Tell
) -> Iterator[dict[str, Any]]:
    """What each job reads, in their order."""
    asked = [
        {
            "rows": [places[one.text, one.situation] for one in job.learnt],
            "labels": [one.label for one in job.learnt],
            "seed": job.seed,
        }
        for job in jobs
    ]
    tell.step(f"{len(jobs)} trainings")
    for number, found in enumerate(fitted(python, folder, given, asked), start=1):
        tell.progress(number, len(jobs))
        yield found


def document(asked: Sequence[Known], jobs: Sequence[Job], found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    base = found[0]
    rows = []
    for job, other in zip(jobs[1:], found[1:], strict=True):
        leaks = leaks_among({bare(one.text) for one in job.learnt}, asked)
        verdict = judged(_comparison(asked, base, other, leaks.leaked, leaks.of), "base")
        rows.append(_told(job, verdict))
    same, others = ([one for one in rows if (one["kind"] == "same") is is_same] for is_same in (True, False))
    return {
        "messages": len(asked),
        "same": {"runs": len(same), "stopped": sum(one["stops"] != [] for one in same)},
        "sabotaged": {"runs": len(others), "stopped": sum(one["stops"] != [] for one in others)},
        "runs": rows,
    }


def _comparison(
    asked: Sequence[Known], before: dict[str, Any], after: dict[str, Any], leaked: int, leakable: int
) -> Comparison:
    read = [
        Compared(
            of=one.of,
            command=one.command,
            lang=one.lang,
            before=is_right(one, before["read"][place]),
            after=is_right(one, after["read"][place]),
            sure_before=before["sure"][place],
            sure_after=after["sure"][place],
        )
        for place, one in enumerate(asked)
    ]
    return Comparison(
        read=tuple(read), milliseconds_before=1.0, milliseconds_after=1.0, leaked=leaked, leakable=leakable
    )


def is_right(known: Known, read: str) -> bool:
    """Whether a label is what a message means; of a turn the command counts, without its service."""
    return read == known.command if known.of == "line" else read.partition(":")[0] in known.commands


def _told(job: Job, verdict: Verdict) -> dict[str, Any]:
    whole = next(one for one in verdict.findings if one.why == "all")
    return {
        "kind": job.kind,
        "done": job.done or f"the same data, {job.seed}",
        "before": round(whole.before, 4),
        "after": round(whole.after, 4),
        "stops": [f"{one.why} {one.about}".strip() for one in verdict.stops],
    }


def _signs(situation: Mapping[str, Any] | None) -> list[str]:
    """Signs of a situation, as the bot's heads have them, but fewer."""
    at: Mapping[str, Any] = situation or {"step": "idle"}
    found = {f"{name}={at.get(name)}" for name in ("service", "asks_for", "step", "confirms")}
    found |= {f"shown={one['service']}" for one in at.get("shown", [])[:1]}
    found |= {f"standing={one['what']}" for one in at.get("standing", [])}
    found |= {f"button={one['command']}" for one in at.get("buttons", [])}
    return sorted(found)


def _stated(situation: Mapping[str, Any] | None) -> str | None:
    return None if situation is None else json.dumps(situation, sort_keys=True)
