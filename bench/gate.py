"""The gate on trainings of the same data, and on sabotaged ones: how often it stops the one, and the other.

A whole training takes minutes, so heads alone are fitted, on vectors of the first encoder and signs of the situation
that are kept: what the gate sees is the noise of fitting anew, and the loss by what was done to the data. Nothing is
held against these heads that must be understood: they read no values.
"""

import json
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.ground import Tell
from desk.city.yaml_files import parse_yaml
from desk.contract.commands import command_of
from desk.contract.errors import StartError
from desk.teaching.gate import Compared, Comparison, Verdict, judged
from desk.teaching.signals import with_service
from tools.evaluation.comparing import MARKED, Known, bare, known_messages, leaks_among

HEADS = Path(__file__).parent / "gate_heads.py"
SECONDS = 7200.0
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


def measure(root: Path, python: Path, folder: Path, city: str, runs: int, tell: Tell) -> dict[str, Any]:
    """Fit, compare, judge; answers what became of each.

    Args:
        root: the project's.
        python: the bot's.
        folder: where vectors are kept.
        city: where lines without a situation are read.
        runs: so many trainings of the same data, and so many sabotages.
        tell: told how far it is.
    """
    situations = json.loads((root / "nlu" / "situations.json").read_text(encoding="utf-8"))
    learnt, asked = list(_learnt(root)), [one for one in known_messages(root, city) if one.of != "must_pass"]
    jobs = [Job(learnt, seed=0), *_again(learnt, runs), *_sabotages(learnt, asked, runs)]
    places = _given(folder, jobs, asked, situations)
    found = list(_fitted(python, folder, jobs, places, tell))
    return _document(asked, jobs, found)


def _again(learnt: Sequence[Learnt], runs: int) -> Iterator[Job]:
    yield from (Job(learnt, seed=number, kind="same") for number in range(1, runs + 1))


def _sabotages(learnt: Sequence[Learnt], asked: Sequence[Known], runs: int) -> Iterator[Job]:
    """As many as are wanted, of each kind in turn."""
    kinds = [*_swapped(learnt), *_without_services(learnt), *_without_languages(learnt), *_leaking(learnt, asked)]
    yield from (replace(one, seed=100 + number) for number, one in enumerate(kinds[:runs]))


def _swapped(learnt: Sequence[Learnt]) -> Iterator[Job]:
    """A tenth of the labels is drawn from the others."""
    labels = sorted({one.label for one in learnt})
    for seed in range(5):
        lot = random.Random(seed)
        some = [replace(one, label=lot.choice(labels)) if lot.random() < SWAPPED else one for one in learnt]
        yield Job(some, 0, f"labels swapped, {seed + 1}", "swapped")


def _without_services(learnt: Sequence[Learnt]) -> Iterator[Job]:
    """All that one of the largest services brings is gone."""
    sizes = {name: sum(one.label == f"start:{name}" for one in learnt) for name in {one.folder for one in learnt}}
    for name in sorted(sizes, key=lambda one: (-sizes[one], one))[:5]:
        yield Job([one for one in learnt if one.folder != name], 0, f"without {name}", "agency")


def _without_languages(learnt: Sequence[Learnt]) -> Iterator[Job]:
    for language in LANGUAGES:
        yield Job([one for one in learnt if one.lang != language], 0, f"without {language}", "language")


def _leaking(learnt: Sequence[Learnt], asked: Sequence[Known]) -> Iterator[Job]:
    """A share of the held-out messages is learnt, as what they are."""
    for share in LEAKED:
        lot = random.Random(int(share * 100))
        drawn = lot.sample(list(asked), int(len(asked) * share))
        more = [Learnt(one.message.text, one.command, one.lang, "", _stated(one.message.situation)) for one in drawn]
        yield Job([*learnt, *more], 0, f"{share:.0%} leaked", "leaked")


def _learnt(root: Path) -> Iterator[Learnt]:
    """Turns, and of each intent and language some lines, drawn by lot, the same always."""
    for file in sorted((root / "nlu").glob("*/turns/*.yml")):
        folder = file.parts[-3]
        for one in parse_yaml(file.read_text(encoding="utf-8"))["turns"]:
            yield Learnt(str(one["say"]), str(one["commands"][0]), file.stem, folder, str(one["in"]))
    for file in sorted((root / "nlu").glob("*/*.yml")):
        for entry in parse_yaml(file.read_text(encoding="utf-8")).get("nlu", ()):
            if "intent" in entry:
                yield from _lines(str(entry["intent"]), str(entry["examples"]), file.stem, file.parts[-2])


def _lines(intent: str, examples: str, language: str, folder: str) -> Iterator[Learnt]:
    label = with_service(command_of(intent), intent)
    texts = [MARKED.sub(r"\1", one.removeprefix("- ")) for one in examples.splitlines() if one.strip()]
    for text in random.Random(intent).sample(texts, min(LINES_EACH, len(texts))):
        yield Learnt(text, label, language, folder)


def _given(
    folder: Path, jobs: Sequence[Job], asked: Sequence[Known], situations: Mapping[str, Any]
) -> dict[tuple[str, str | None], int]:
    """Write all that is learnt or asked, each with the signs of its situation; answers the place of what is learnt."""
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
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "given.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return {pair: place for place, pair in enumerate(pairs)}


def _fitted(
    python: Path, folder: Path, jobs: Sequence[Job], places: Mapping[tuple[str, str | None], int], tell: Tell
) -> Iterator[dict[str, Any]]:
    """What each job reads. Raises StartError: the bot's Python failed."""
    said = "".join(
        json.dumps(
            {
                "rows": [places[one.text, one.situation] for one in job.learnt],
                "labels": [one.label for one in job.learnt],
                "seed": job.seed,
            }
        )
        + "\n"
        for job in jobs
    )
    (folder / "jobs.jsonl").write_text(said, encoding="utf-8")
    tell.step(f"{len(jobs)} trainings")
    with (folder / "jobs.jsonl").open("rb") as given, (folder / "heads.log").open("wb") as log:
        child = subprocess.Popen(
            [str(python), str(HEADS), str(folder)], stdin=given, stdout=subprocess.PIPE, stderr=log, text=True
        )
        with child:
            for number, line in enumerate(child.stdout or (), start=1):
                tell.progress(number, len(jobs))
                yield json.loads(line)
        if child.returncode:
            raise StartError(f"The heads could not be fitted. Look into {folder / 'heads.log'}.")


def _document(asked: Sequence[Known], jobs: Sequence[Job], found: Sequence[dict[str, Any]]) -> dict[str, Any]:
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
            before=_is_right(one, before["read"][place]),
            after=_is_right(one, after["read"][place]),
            sure_before=before["sure"][place],
            sure_after=after["sure"][place],
        )
        for place, one in enumerate(asked)
    ]
    return Comparison(
        read=tuple(read), milliseconds_before=1.0, milliseconds_after=1.0, leaked=leaked, leakable=leakable
    )


def _is_right(known: Known, read: str) -> bool:
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
