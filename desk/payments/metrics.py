"""Measures of the payments room."""

from prometheus_client import Counter

ORDERS = Counter("desk_orders_total", "What happened to orders", ["event"])
NOTIFICATIONS = Counter("desk_payment_notifications_total", "Notifications of the gateway", ["outcome"])
ALARMS = Counter("desk_payment_alarms_total", "What a person must look at: money and orders do not agree", ["kind"])
