"""`desk worker`: a worker (turns and jobs) alone. Addresses are set, or those of the stack that runs here."""

from cyclopts import App

from desk.cli.loading import loading

app = App(name="worker", help="Run a worker: turns and jobs.")


@app.default
def worker() -> None:
    """Run a worker: turns and jobs, until SIGTERM."""
    with loading():
        from desk.app.loop import run
        from desk.app.runtime import configure_logs, runtime
        from desk.app.spans import spans
        from desk.app.worker import worker as run_worker
    configure_logs()
    with spans("worker"):
        run(run_worker(runtime()))
