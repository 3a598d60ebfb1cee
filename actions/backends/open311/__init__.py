"""Client of agencies that take reports by Open311 GeoReport v2. May not know what residents say or are told.

The specification: https://wiki.open311.org/GeoReport_v2/. XML must be spoken, JSON may be; the city file says which.
"""

from actions.backends.open311.client import Open311, Unknown
from actions.backends.open311.models import Attribute, Category, Definition, Receipt, Report, Request, Value
from actions.backends.open311.protocol import Protocol

__all__ = [
    "Attribute",
    "Category",
    "Definition",
    "Open311",
    "Protocol",
    "Receipt",
    "Report",
    "Request",
    "Unknown",
    "Value",
]
