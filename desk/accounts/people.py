"""What platforms call residents: kept sealed, to send to, and as keyed hashes, to find them by."""

from desk.store.keys import Keys

ADDRESS = "resident address"  # purposes of keys
NAME = "resident of an account"
PERSON = "resident of a channel"


def name_of(keys: Keys, account_id: int, name: str) -> str:
    """The keyed hash of what a platform calls a resident."""
    return keys.digest(f"{account_id}:{name}", purpose=NAME).hex()


def seal_address(keys: Keys, account_id: int, hashed: str, name: str) -> bytes:
    """Seal what a platform calls a resident; `hashed` is `name_of` it."""
    return keys.seal(name.encode(), purpose=ADDRESS, of=f"{account_id}:{hashed}")


def open_address(keys: Keys, account_id: int, hashed: str, sealed: bytes) -> str:
    """What a platform calls a resident.

    Raises:
        Unsealable: the installation's secret has changed.
    """
    return keys.open(sealed, purpose=ADDRESS, of=f"{account_id}:{hashed}").decode()


def person_of(keys: Keys, channel: str, name: str) -> str:
    """The keyed hash of what a platform calls a person, alike for all its accounts."""
    return keys.digest(f"{channel}:{name}", purpose=PERSON).hex()
