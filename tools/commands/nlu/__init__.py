"""`desk nlu`: how well residents are understood, and the names that the model is given."""

import ast
from pathlib import Path

from cyclopts import App

app = App(name="nlu", help="How well residents are understood, and the names that the model is given.")

COMMANDS = {
    "evaluating": ("evaluate", "errors", "agreement"),
    "comparing": ("compare",),
    "measuring": ("emergencies", "questions", "suspects", "signs", "benchmark", "names", "readings"),
}
"""By the module of this folder in which they stand, which is loaded by who asks for one of them: it takes a second."""


def _said(module: str) -> dict[str, str]:
    """What functions of a module say that they are for, read out of its file."""
    tree = ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))
    found = {one.name: ast.get_docstring(one) or "" for one in tree.body if isinstance(one, ast.FunctionDef)}
    return {name: said.partition("\n\nArgs:")[0] for name, said in found.items()}


for place, names in COMMANDS.items():
    said = _said(place)
    for name in names:
        app.command(f"{__name__}.{place}:{name}", name=name, help=said[name])
