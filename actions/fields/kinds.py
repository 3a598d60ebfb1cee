"""The kinds of fields by the name that `service.yml` uses. A new one is a module and a line here."""

from collections.abc import Callable, Mapping

from actions.fields.choice import Choice
from actions.fields.clock import Clock
from actions.fields.codes import account_number, one_time_code, permit_number
from actions.fields.day import Day
from actions.fields.id_number import IdNumber
from actions.fields.person_name import PersonName
from actions.fields.phone import Phone
from actions.fields.photo import Photo
from actions.fields.place import Place
from actions.fields.plate import Plate
from actions.fields.reading import Circumstances, FieldKind
from actions.fields.vin import VinLast6
from actions.fields.words import Words

FIELD_KINDS: Mapping[str, Callable[[Circumstances], FieldKind]] = {
    "account_number": lambda _: account_number(),
    "choice": lambda at: Choice(at.options),
    "date": Day,
    "id_number": IdNumber,
    "one_time_code": lambda _: one_time_code(),
    "permit_number": lambda _: permit_number(),
    "person_name": lambda _: PersonName(),
    "phone": lambda _: Phone(),
    "photo": lambda _: Photo(),
    "place": lambda _: Place(),
    "plate": lambda _: Plate(),
    "time": lambda _: Clock(),
    "vin_last6": lambda _: VinLast6(),
    "words": lambda _: Words(),
}


def field_kind(name: str, at: Circumstances | None = None) -> FieldKind:
    """The kind of a name, for one turn; without circumstances one that needs none.

    Raises:
        KeyError: there is none.
    """
    return FIELD_KINDS[name](at or Circumstances())
