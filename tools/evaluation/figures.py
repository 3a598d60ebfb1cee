"""Figures of an evaluation: accuracy, F1, confusion, calibration, entities, the gate at other thresholds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tools.evaluation.lines import OUT_OF_SCOPE, Cost, Line, Span, Understood

type Pair = tuple[Line, Understood]

CALIBRATION_STEPS = 10
CURVE_STEPS = 50
CONFUSIONS = 30


def document(pairs: Sequence[Pair], cost: Cost) -> dict[str, Any]:
    """All figures, as JSON has them. Shares are between 0 and 1."""
    intents = [(line.intent, understood.gated) for line, understood in pairs]
    return {
        "lines": len(pairs),
        "intent": {"accuracy": accuracy(pairs), "macro_f1": macro_f1(intents)},
        "by_lang": {lang: _part(part) for lang, part in _grouped(pairs, "lang").items()},
        "entities": entity_f1(pairs),
        "out_of_scope": out_of_scope(pairs),
        "sentences_per_second": round(len(pairs) / cost.seconds, 1) if cost.seconds else None,
        "by_intent": {
            intent: {
                **f1(intents, intent),
                "by_lang": {lang: _part(own) for lang, own in _grouped(part, "lang").items()},
            }
            for intent, part in _grouped(pairs, "intent").items()
        },
        "by_entity": by_entity(pairs),
        "confusion": [
            {"intent": meant, "understood": guessed, "lines": count}
            for (meant, guessed), count in Counter(pair for pair in intents if pair[0] != pair[1]).most_common(
                CONFUSIONS
            )
        ],
        "calibration": calibration(pairs),
        "threshold_curve": threshold_curve(pairs),
        "languages": _languages(pairs),
        "load_seconds": round(cost.load_seconds, 2),
        "memory_bytes": cost.memory_bytes,
    }


def accuracy(pairs: Sequence[Pair]) -> float:
    """The share of lines whose intent is understood, after the gate."""
    return _share(sum(line.intent == understood.gated for line, understood in pairs), len(pairs))


def f1(intents: Sequence[tuple[str, str]], intent: str) -> dict[str, float | int]:
    """Precision, recall and F1 of one intent."""
    right = sum(meant == guessed == intent for meant, guessed in intents)
    wanted, found = sum(meant == intent for meant, _ in intents), sum(guessed == intent for _, guessed in intents)
    return {"lines": wanted, **_precision_recall(right, found, wanted)}


def macro_f1(intents: Sequence[tuple[str, str]]) -> float:
    """The mean F1 of the intents that the lines have."""
    names = sorted({meant for meant, _ in intents})
    return round(sum(float(f1(intents, name)["f1"]) for name in names) / len(names), 4)


def entity_f1(pairs: Sequence[Pair]) -> dict[str, float]:
    """Over type and exact span of all entities."""
    right = sum(len(line.spans & understood.spans) for line, understood in pairs)
    found = sum(len(understood.spans) for _, understood in pairs)
    return _precision_recall(right, found, sum(len(line.spans) for line, _ in pairs))


def by_entity(pairs: Sequence[Pair]) -> dict[str, dict[str, float | int]]:
    """The same for each type of entity that was wanted or found."""
    right, found, wanted = _types(line.spans & got.spans for line, got in pairs), Counter[str](), Counter[str]()
    found.update(_types(got.spans for _, got in pairs))
    wanted.update(_types(line.spans for line, _ in pairs))
    return {
        name: {"spans": wanted[name], **_precision_recall(right[name], found[name], wanted[name])}
        for name in sorted(found | wanted)
    }


def out_of_scope(pairs: Sequence[Pair]) -> dict[str, float]:
    """`recall`: foreign lines refused. `false_refusals`: lines in scope refused."""
    foreign = [understood.gated == OUT_OF_SCOPE for line, understood in pairs if line.intent == OUT_OF_SCOPE]
    own = [understood.gated == OUT_OF_SCOPE for line, understood in pairs if line.intent != OUT_OF_SCOPE]
    return {"recall": _share(sum(foreign), len(foreign)), "false_refusals": _share(sum(own), len(own))}


def calibration(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Confidence against being right before the gate, in ten steps; `error` is the expected calibration error."""
    steps: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for line, understood in pairs:
        step = min(CALIBRATION_STEPS - 1, int(understood.confidence * CALIBRATION_STEPS))
        steps[step].append((understood.confidence, _likeliest(understood) == line.intent))
    bins = [
        {
            "from": step / CALIBRATION_STEPS,
            "lines": len(found),
            "confidence": _share(sum(confidence for confidence, _ in found), len(found)),
            "right": _share(sum(right for _, right in found), len(found)),
        }
        for step, found in sorted(steps.items())
    ]
    error = sum(part["lines"] * abs(part["confidence"] - part["right"]) for part in bins) / len(pairs)
    return {"error": round(error, 4), "bins": bins}


def threshold_curve(pairs: Sequence[Pair]) -> list[dict[str, float]]:
    """What the gate would do at other thresholds of confidence."""
    return [_at(pairs, step / CURVE_STEPS) for step in range(CURVE_STEPS)]


def _at(pairs: Sequence[Pair], threshold: float) -> dict[str, float]:
    gated = [
        (line.intent, _likeliest(understood) if understood.confidence >= threshold else OUT_OF_SCOPE)
        for line, understood in pairs
    ]
    foreign = [guessed == OUT_OF_SCOPE for meant, guessed in gated if meant == OUT_OF_SCOPE]
    own = [guessed == OUT_OF_SCOPE for meant, guessed in gated if meant != OUT_OF_SCOPE]
    return {
        "threshold": threshold,
        "accuracy": _share(sum(meant == guessed for meant, guessed in gated), len(gated)),
        "recall": _share(sum(foreign), len(foreign)),
        "false_refusals": _share(sum(own), len(own)),
    }


def _likeliest(understood: Understood) -> str:
    return understood.ranking[0][0] if understood.ranking else understood.gated


def _languages(pairs: Sequence[Pair]) -> dict[str, int]:
    told = [(line.lang, understood.language) for line, understood in pairs if line.lang != "mixed"]
    return {
        "right": sum(lang == language for lang, language in told),
        "none": sum(language is None for _, language in told),
        "wrong": sum(language not in (None, lang) for lang, language in told),
    }


def _grouped(pairs: Iterable[Pair], label: str) -> dict[str, list[Pair]]:
    groups: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[str(getattr(pair[0], label))].append(pair)
    return dict(sorted(groups.items()))


def _part(pairs: Sequence[Pair]) -> dict[str, float | int]:
    return {"lines": len(pairs), "accuracy": accuracy(pairs)}


def _types(spans: Iterable[Iterable[Span]]) -> Counter[str]:
    return Counter(entity for line in spans for entity, _, _ in line)


def _precision_recall(right: int, found: int, wanted: int) -> dict[str, float]:
    return {
        "precision": _share(right, found),
        "recall": _share(right, wanted),
        "f1": _share(2 * right, found + wanted),
    }


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
