"""What members of staff log in with."""

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from desk.contract.errors import Conflict
from desk.staff.secrets import check, fresh_token, hashed, is_password, nobody


@pytest.mark.parametrize(
    ("login", "password"),
    [("lin", "linfangaizhonghua"), ("lin", "Berlin in the rain"), ("mei.wang", "my mei.wang walks by the lake")],
)
def test_a_login_among_much_else_makes_no_password_bad(login: str, password: str) -> None:
    """A short login stands in many words, and in the name of whoever has it."""
    check(password, login)


@pytest.mark.parametrize(
    ("login", "password"),
    [("meiwang", "meiwang20267"), ("lin", "LINlinlin-42x"), ("wangxiaoming", "wangxiaoming"), ("lin", "lin!lin?a7lin")],
)
def test_a_password_that_is_mostly_the_login_is_refused(login: str, password: str) -> None:
    """And the reason says so, whatever else could be said of it."""
    with pytest.raises(Conflict) as refused:
        check(password, login)
    assert refused.value.said is not None
    assert refused.value.said.key == "console.error_password_login"


def test_a_token_is_letters_and_digits() -> None:
    """It is typed behind an option, and stands at the end of a link in a mail: nothing in it means something there."""
    assert all(fresh_token().isalnum() for _ in range(200))


async def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    """64 MiB and three passes (RFC 9106, second choice), 128 bits of salt: the same password looks different twice."""
    one, two = [await hashed("plum blossom in March") for _ in range(2)]
    costs = extract_parameters(one)
    assert (costs.type, costs.memory_cost, costs.time_cost, costs.salt_len) == (Type.ID, 64 * 1024, 3, 16)
    assert one != two
    assert "plum" not in one


async def test_nobodys_password_is_looked_at_for_as_long_as_anybodys() -> None:
    """Its hash has the costs of a real one and is read as one, and no password fits it."""
    real = await hashed("plum blossom in March")
    assert extract_parameters(nobody()) == extract_parameters(real)
    assert not PasswordHasher().check_needs_rehash(nobody())
    assert await is_password(real, "plum blossom in March")
    assert not await is_password(None, "plum blossom in March")
