"""Passkeys (WebAuthn Level 3, https://www.w3.org/TR/webauthn-3/): discoverable, each use with the person verified.

A challenge is good once and for ten minutes, for whoever it was made for. It is kept in Valkey: while that is away,
passwords and codes still let people in.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from desk.audit.trail import record
from desk.contract.errors import Conflict, DeskError
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.staff.alerts import tell_oneself
from desk.staff.authentication import Authentication, LoginRefused
from desk.staff.register import member
from desk.staff.secrets import ISSUER
from desk.store.database import transaction

PREFIX = "desk:passkey:"
GOOD_SECONDS = 600
REDIS_SECONDS = 2.0
CHALLENGE_BYTES = 32
LONGEST_NAME = 40  # characters
MOST = 10  # of one person

FIND = text("""
    SELECT passkey.id, passkey.public_key, passkey.sign_count, staff.id AS staff_id, staff.login
    FROM staff_passkeys AS passkey JOIN staff ON staff.id = passkey.staff_id
    WHERE passkey.id = :id AND staff.disabled_at IS NULL FOR UPDATE
""")
USED = text("UPDATE staff_passkeys SET sign_count = :count, used_at = clock_timestamp() WHERE id = :id")
OF = text("SELECT id FROM staff_passkeys WHERE staff_id = :staff_id")
ADD = text("""
    INSERT INTO staff_passkeys (id, staff_id, public_key, sign_count, name)
    VALUES (:id, :staff_id, :public_key, :count, :name) ON CONFLICT (id) DO NOTHING RETURNING id
""")


class PasskeyRefused(LoginRefused):
    """The passkey is not known here, or its answer is not right."""


class ChallengesAway(DeskError):
    """Challenges cannot be kept just now."""


@dataclass(frozen=True, slots=True)
class Site:
    """For which site a passkey is: its host, and the origin of its pages."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Challenges:
    """Makes challenges and takes each back once."""

    redis: Redis

    async def make(self, of: str) -> bytes:
        """Make a challenge for somebody.

        Raises:
            ChallengesAway: it cannot be kept.
        """
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        await self._asked(self.redis.set(_key(of, challenge), "1", ex=GOOD_SECONDS))
        return challenge

    async def take(self, of: str, credential: str) -> bytes:
        """Take back the challenge that a browser answered.

        Raises:
            PasskeyRefused: it was used, is over, was another's or never made.
            ChallengesAway: it cannot be looked up.
        """
        try:
            answered = json.loads(credential)["response"]["clientDataJSON"]
            challenge = parse_client_data_json(base64url_to_bytes(answered)).challenge
        except (WebAuthnException, ValueError, KeyError, TypeError, RecursionError) as exc:
            raise PasskeyRefused from exc
        if await self._asked(self.redis.getdel(_key(of, challenge))) is None:
            raise PasskeyRefused
        return challenge

    async def _asked(self, asking: Any) -> Any:
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                return await asking
        except (RedisError, TimeoutError, OSError) as exc:
            raise ChallengesAway(said=Text(key="console.error_passkeys_away")) from exc


@dataclass(frozen=True)
class Passkeys:
    """Lets members of staff in by passkey, and gives them new ones. `of` names whose browser a challenge is for."""

    door: Authentication
    challenges: Challenges

    async def asked_to_log_in(self, site: Site, of: str) -> str:
        """What a browser is asked to log somebody in, as JSON.

        Raises:
            ChallengesAway: passkeys cannot be used just now.
        """
        options = generate_authentication_options(
            rp_id=site.host,
            challenge=await self.challenges.make(of),
            timeout=GOOD_SECONDS * 1000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    async def log_in(self, site: Site, of: str, credential: str, *, address: str) -> tuple[Actor, str]:
        """Log in by what a browser answered. Gives actor and session.

        Raises:
            PasskeyRefused: it is not right, and is not said why.
            ChallengesAway: passkeys cannot be used just now.
        """
        challenge = await self.challenges.take(of, credential)
        async with transaction(self.door.engine) as connection:
            row = await self._proved(connection, site, challenge, credential)
            if row is not None:
                return await self.door.enter(connection, row.login, "console", address, "staff.log_in", way="passkey")
            nobody = Actor(login="", via="console", address=address)
            await record(connection, nobody, "staff.log_in_failed", details={"way": "passkey"})
        raise PasskeyRefused

    async def asked_to_add(self, site: Site, of: str, login: str) -> str:
        """What a browser is asked to make a passkey for somebody, as JSON.

        Raises:
            ChallengesAway: passkeys cannot be used just now.
        """
        async with self.door.engine.connect() as connection:
            found = await member(connection, login)
            known = (await connection.execute(OF, {"staff_id": found.id})).scalars().all()
        options = generate_registration_options(
            rp_id=site.host,
            rp_name=ISSUER,
            user_id=found.id.bytes,
            user_name=found.login,
            user_display_name=found.name,
            challenge=await self.challenges.make(of),
            timeout=GOOD_SECONDS * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_described(known),
        )
        return options_to_json(options)

    async def add(self, actor: Actor, site: Site, of: str, credential: str, *, name: str) -> None:
        """Add a passkey to one's own.

        Raises:
            NotPermitted: the actor proved too long ago who they are.
            PasskeyRefused: what the browser answered is not right.
            Conflict: there are too many, or the name is unfit.
            ChallengesAway: passkeys cannot be used just now.
        """
        actor.require_fresh()
        named = passkey_name(name)
        made = made_by(site, await self.challenges.take(of, credential), credential)
        async with transaction(self.door.engine) as connection:
            found = await member(connection, actor.login)
            if found.passkeys >= MOST:
                raise Conflict(f"One person has {MOST} passkeys at the most.", said=_most())
            await _keep(connection, found.id, made, named)
            await record(connection, actor, "staff.passkey_add", subject=actor.login, details={"name": named})
            await tell_oneself(connection, actor.login, "passkey")

    async def prove(self, actor: Actor, site: Site, of: str, credential: str) -> None:
        """Insist that one of the actor's own passkeys is at hand.

        Raises:
            PasskeyRefused: none is.
            ChallengesAway: passkeys cannot be used just now.
        """
        challenge = await self.challenges.take(of, credential)
        async with transaction(self.door.engine) as connection:
            row = await self._proved(connection, site, challenge, credential)
        if row is None or row.login != actor.login:
            raise PasskeyRefused

    async def join(
        self, token: str, site: Site, of: str, credential: str, *, name: str, address: str
    ) -> tuple[Actor, str]:
        """Choose a passkey with an invitation, which is used up. Gives actor and session.

        Raises:
            NotFound: the invitation was used, is over, or never was.
            PasskeyRefused: what the browser answered is not right.
            ChallengesAway: passkeys cannot be used just now.
        """
        made = made_by(site, await self.challenges.take(of, credential), credential)
        async with transaction(self.door.engine) as connection:
            found = await self.door.take_invitation(connection, token)
            await _keep(connection, found.id, made, passkey_name(name))
            return await self.door.enter(connection, found.login, "console", address, "staff.join", way="passkey")

    async def _proved(
        self, connection: AsyncConnection, site: Site, challenge: bytes, credential: str
    ) -> Row[Any] | None:
        """The passkey that a credential proves to be at hand; None: it proves nothing."""
        try:
            given = json.loads(credential)
            row = (await connection.execute(FIND, {"id": base64url_to_bytes(given["id"])})).one_or_none()
            if row is None or base64url_to_bytes(given["response"]["userHandle"]) != row.staff_id.bytes:
                return None
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        await connection.execute(USED, {"id": row.id, "count": verified.new_sign_count})
        return row


def passkey_name(given: str) -> str:
    """What a passkey is called, as it is kept.

    Raises:
        Conflict: it is empty or too long.
    """
    name = " ".join(given.split())
    if not 0 < len(name) <= LONGEST_NAME:
        said = Text(key="console.error_name_form", args={"most": LONGEST_NAME})
        raise Conflict(f"A name has 1 to {LONGEST_NAME} characters.", said=said)
    return name


def made_by(site: Site, challenge: bytes, credential: str) -> VerifiedRegistration:
    """The passkey that a browser made for a challenge.

    Raises:
        PasskeyRefused: it made none that counts here.
    """
    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as exc:
        raise PasskeyRefused(said=Text(key="console.error_passkey_made")) from exc


async def _keep(connection: AsyncConnection, staff_id: object, made: VerifiedRegistration, name: str) -> None:
    values = {"id": made.credential_id, "staff_id": staff_id, "public_key": made.credential_public_key}
    kept = await connection.execute(ADD, {**values, "count": made.sign_count, "name": name})
    if kept.one_or_none() is None:
        raise Conflict("This passkey is known already.", said=Text(key="console.error_passkey_known"))


def _described(known: Sequence[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one) for one in known]


def _most() -> Text:
    return Text(key="console.error_passkeys_most", args={"most": MOST})


def _key(of: str, challenge: bytes) -> str:
    return PREFIX + hashlib.sha256(of.encode() + b"\0" + challenge).hexdigest()
