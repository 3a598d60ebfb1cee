"""Fits linear classifiers on sparse rows that another process made: `python -m bot.fit_linear < job > weights`.

The job is one JSON object: {"columns": number, "rows": [[column, …], …], "values": [[number, …], …], "tasks":
[{"labels": [label or null, …], "weights": [number, …], "regularisation": C}]}. A null label leaves a row out. The
answer: {"tasks": [{"classes": [label, …], "weights": [[[column, number], …], …], "bias": [number, …]}]}, one list of
weights a class, or one alone, of the second, where there are two. Deterministic. For `desk nlu signs`.
"""

from bot.quiet import hush, one_thread

one_thread()
hush()

import json  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from typing import Any, Dict  # noqa: E402

import numpy as np  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402

PASSES = 100
LEAST = 1e-3
"""Smaller weights are left out."""
_SEED = 5


def main() -> int:
    """Reads the job, fits, writes."""
    job = json.load(sys.stdin)
    lengths = [len(row) for row in job["rows"]]
    columns = np.fromiter((column for row in job["rows"] for column in row), np.int32)
    values = np.fromiter((value for row in job["values"] for value in row), np.float64)
    inputs = csr_matrix((values, columns, np.cumsum([0, *lengths])), shape=(len(lengths), job["columns"]))
    json.dump({"tasks": [_fit(inputs, task) for task in job["tasks"]]}, sys.stdout)
    return 0


def _fit(inputs: csr_matrix, task: Dict[str, Any]) -> Dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    used = np.array([label is not None for label in task["labels"]])
    labels = np.array([label for label in task["labels"] if label is not None])
    model = LogisticRegression(
        C=task["regularisation"], solver="liblinear", dual=True, max_iter=PASSES, random_state=_SEED
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "failed to converge" within so many passes
        model.fit(inputs[used], labels, sample_weight=np.array(task["weights"])[used])
    return {
        "classes": [str(label) for label in model.classes_],
        "weights": [
            [[int(column), round(float(row[column]), 4)] for column in np.flatnonzero(np.abs(row) > LEAST)]
            for row in model.coef_
        ],
        "bias": [round(float(one), 4) for one in model.intercept_],
    }


if __name__ == "__main__":
    sys.exit(main())
