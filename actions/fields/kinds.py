"""The kinds of fields by the name that `service.yml` uses. A new one is a module and a line here."""

from collections.abc import Mapping

from actions.fields.plate import Plate
from actions.fields.reading import FieldKind
from actions.fields.vin import VinLast6

FIELD_KINDS: Mapping[str, FieldKind] = {"plate": Plate(), "vin_last6": VinLast6()}
