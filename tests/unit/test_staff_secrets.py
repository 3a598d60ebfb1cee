"""What members of staff log in with."""

from desk.staff.secrets import fresh_token


def test_a_token_is_letters_and_digits() -> None:
    """It is typed behind an option, and stands at the end of a link in a mail: nothing in it means something there."""
    assert all(fresh_token().isalnum() for _ in range(200))
