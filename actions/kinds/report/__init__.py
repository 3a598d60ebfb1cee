"""The kind `report`: category, place, photo; confirm; submit once; then followed until it is closed.

What can be reported, the agency's system says (Open311 GeoReport v2). A report is submitted under a key that follows
from the conversation and the frame: a repeated turn finds the first result.
"""

from actions.kinds.report.handler import Report, open_report

__all__ = ["Report", "open_report"]
