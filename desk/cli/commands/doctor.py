"""`desk doctor`: why does it not run here? Looks at the machine, the data directory and each role."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="doctor", help="Look at the machine, the data directory and each role, and say the mend.")


@app.default
def doctor(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Look at everything that a start needs; exits with 1 when something is to be mended."""
    from desk.app.runtime import runtime
    from desk.cli.examining import findings  # what is looked at stands on most of the product
    from desk.cli.report import show_table

    if not show_table(findings(runtime()), as_json=as_json):
        sys.exit(1)
