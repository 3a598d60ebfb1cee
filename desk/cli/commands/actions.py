"""`desk actions`: the actions server alone. Addresses are set, or those of the stack that runs here."""

from typing import Annotated

from cyclopts import App, Parameter

from desk.cli.loading import loading

app = App(name="actions", help="Run the actions server.")


@app.default
def actions(
    *,
    for_rasa: Annotated[
        bool,
        Parameter(
            help="For development: answer anybody's Rasa (`rasa shell`), and nobody else. Refused unless a sandbox runs"
            " on this machine, every city is a pretend one, and no secret is set.",
            negative="",
        ),
    ] = False,
) -> None:
    """Run the actions server, until SIGTERM."""
    with loading():
        from desk.app.actions import actions as run_actions
        from desk.app.loop import run
        from desk.app.runtime import configure_logs, runtime
        from desk.app.spans import spans
    configure_logs()
    with spans("actions"):
        run(run_actions(runtime(), for_rasa=for_rasa))
