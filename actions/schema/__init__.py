"""Services as data: what `nlu/<service>/service.yml` may say. One module a kind; may not know any one service.

A service file names a kind, which runs it, and texts by key. A folder of `nlu/` without a service file is something
the account understands and does not offer. The fields are described in docs/reference/service-files.md.
"""

from actions.schema.application import ApplicationService
from actions.schema.appointment import AppointmentService
from actions.schema.bill import BillService
from actions.schema.code import CodeService
from actions.schema.field import FormService, ServiceField
from actions.schema.file import Key, ServiceFile, ServiceModel
from actions.schema.guide import GuideService
from actions.schema.loading import Service, load_service, load_services, require_bookings
from actions.schema.record import RecordService
from actions.schema.report import ReportService

__all__ = [
    "ApplicationService",
    "AppointmentService",
    "BillService",
    "CodeService",
    "FormService",
    "GuideService",
    "Key",
    "RecordService",
    "ReportService",
    "Service",
    "ServiceField",
    "ServiceFile",
    "ServiceModel",
    "load_service",
    "load_services",
    "require_bookings",
]
