"""`desk check`: are the files that make a city right? Looks at the database too, where there is one."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="check", help="Check city files, services, texts, secrets and migrations.")


@app.default
def check(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Check city files, services, texts, secrets and migrations; exits with 1 when something is to be mended."""
    from desk.cli.checking import findings  # what is looked at stands on all of the product: seconds of loading
    from desk.cli.report import show

    if not show(findings(), as_json=as_json):
        sys.exit(1)
