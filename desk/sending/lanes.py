"""The lanes of the outbox, as measures, pages and commands call them (`desk.conversations.stream` numbers them)."""

LANES = ("replies", "bulk", "urgent")
"""What a delivery is, by the number of its lane."""
