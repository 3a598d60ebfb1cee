"""Services as data: what `nlu/<service>/service.yml` may say. One module a kind; may not know any one service.

A service file names a kind, which runs it, and texts by key. A folder of `nlu/` without a service file is something
the account understands and does not offer. The fields are described in docs/reference/service-files.md.
"""

from actions.services.application import ApplicationService
from actions.services.appointment import AppointmentService
from actions.services.bill import BillService
from actions.services.code import CodeService
from actions.services.field import FormService, ServiceField
from actions.services.file import Key, ServiceFile, ServiceModel
from actions.services.guide import GuideService
from actions.services.loading import Service, load_service, load_services, require_bookings
from actions.services.record import RecordService
from actions.services.report import ReportService

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
