"""The names of intents, by what the dialogue does with them. They are shared with the words in nlu/ and never change.

A city service or an account matter has a text `<intent>.title`; services that are built say it in their service file.
"""

CITY_SERVICES = (
    "traffic_fines",
    "next_bus",
    "bus_route",
    "utility_bills",
    "marriage_registration",
    "travel_permit",
    "report_problem",
    "hospital_appointment",
    "social_insurance",
    "housing_fund",
    "residence_permit",
    "air_quality",
    "service_guide",
)
"""What a resident wants of the city."""

IN_PROGRESS = ("request_status", "payment_status", "refund", "change_appointment")
"""What a resident wants to know of something that was begun."""

NOTICES = ("latest_announcements", "subscribe", "unsubscribe")
"""What a resident wants to be told unasked."""

SUBSCRIPTIONS = "subscribe"
"""The matter that notices are: where facts of them stand."""

WISHES = frozenset((*CITY_SERVICES, *IN_PROGRESS, *NOTICES))
"""Intents that a service answers, or that are honestly said not to be offered."""

ANSWERS = frozenset({"inform", "correct", "choose", "affirm", "deny", "go_back"})
"""Intents that mean nothing by themselves: the service that is being talked about knows."""

NAVIGATION = frozenset({"cancel", "restart", "human_agent", "list_services", "delete_my_data", "deny", "affirm"})
"""Intents of buttons that stand beside a choice and are none of its options."""
