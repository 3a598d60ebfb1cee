"""What members of staff log in with."""

from argon2 import PasswordHasher, extract_parameters

from desk.staff.secrets import NOBODY, fresh_token, hashed, is_password


def test_a_token_is_letters_and_digits() -> None:
    """It is typed behind an option, and stands at the end of a link in a mail: nothing in it means something there."""
    assert all(fresh_token().isalnum() for _ in range(200))


async def test_nobodys_password_is_looked_at_for_as_long_as_anybodys() -> None:
    """Its hash has the costs of a real one and is read as one, and no password fits it."""
    real = await hashed("plum blossom in March")
    assert extract_parameters(NOBODY) == extract_parameters(real)
    assert not PasswordHasher().check_needs_rehash(NOBODY)
    assert await is_password(real, "plum blossom in March")
    assert not await is_password(None, "plum blossom in March")
