"""`desk login`: who acts with later commands of this user on this computer."""

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import segno
from cyclopts import App, Parameter
from rich.console import Console

from desk.app.acting import authentication, here, keep_session
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.contract.staff import Actor
from desk.staff.authentication import Authentication
from desk.staff.secrets import DISTINCT, SHORTEST, fresh_totp, totp_address
from desk.store.database import create_engine

app = App(name="login", help="Log in: later commands act as you.")


@app.default
def login(
    name: Annotated[str | None, Parameter(help="Your login. Unset with an invitation.")] = None,
    *,
    invitation: Annotated[
        str | None, Parameter(help="What came after /console/join/ in the link: choose how you log in, once.")
    ] = None,
    as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False,
) -> None:
    """Log in by password and code; with an invitation choose both. `desk logout` ends it."""
    configure_logs()
    at = runtime()
    if invitation is None:
        login = name or input("Login: ")
        password, code = getpass.getpass("Password: "), input("Code of the app: ")
        actor, token = _with_door(at, lambda door: door.log_in(login, password, code, via="command", address=here()))
    else:
        actor, token = _join(at, invitation)
    keep_session(at, token)
    if as_json:
        print(json.dumps({"login": actor.login, "grants": [str(one) for one in actor.grants]}))
    else:
        Console(highlight=False).print(f"You are {actor.login}: {', '.join(map(str, actor.grants))}.")


def _join(at: Runtime, invitation: str) -> tuple[Actor, str]:
    invited = _with_door(at, lambda door: door.invited(invitation))
    console = Console(highlight=False, soft_wrap=True, stderr=True)  # the output is for scripts
    secret = fresh_totp()
    console.print(f"Welcome, {invited.name}. Your login is {invited.login}.")
    console.print("Show this to the authenticator app of your telephone, or type the secret into it:")
    segno.make(totp_address(secret, invited.login)).terminal(sys.stderr, compact=True)
    console.print(f"  {secret}")
    code = input("Code of the app: ")
    console.print(f"Choose a password: {SHORTEST} characters or more, {DISTINCT} of them different.")
    password = getpass.getpass("Password: ")

    async def accept(door: Authentication) -> tuple[Actor, str]:
        chosen = await door.choose(invitation, password)
        return await door.accept(invitation, chosen=chosen, totp=secret, code=code, via="command", address=here())

    return _with_door(at, accept)


def _with_door[Result](at: Runtime, work: Callable[[Authentication], Awaitable[Result]]) -> Result:
    async def act() -> Result:
        engine = create_engine(at.database_url, pool_size=1, vault=at.vault())
        try:
            return await work(authentication(at, engine))
        finally:
            await engine.dispose()

    return asyncio.run(act())
