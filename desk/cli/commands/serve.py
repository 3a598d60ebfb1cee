"""`desk serve`: the web server (chat, pages, API) alone. Addresses are set, or those of the stack that runs here."""

from cyclopts import App

from desk.cli.loading import loading

app = App(name="serve", help="Run the web server: chat, pages, API.")


@app.default
def serve() -> None:
    """Run the web server: chat, pages, API, until SIGTERM."""
    with loading():
        from desk.app.loop import run
        from desk.app.runtime import configure_logs, runtime
        from desk.app.serve import serve as run_serve
        from desk.app.spans import spans
    configure_logs()
    with spans("serve"):
        run(run_serve(runtime()))
