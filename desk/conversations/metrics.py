"""Measures of turns (`docs/reference/metrics.md`)."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

TURNS = Counter("desk_turns_total", "Turns by outcome; `later` is a turn that will be tried again", ["outcome"])
FAILURES = Counter("desk_turn_failures_total", "Turns in which the bot gave no answer, by kind of failure", ["error"])
TURN_SECONDS = Histogram("desk_turn_seconds", "How long a turn held its conversation, in seconds", buckets=SECONDS)
MESSAGE_AGE = Histogram(
    "desk_message_age_seconds", "How old a message was when its turn began, in seconds", buckets=SECONDS
)
IN_FLIGHT = Gauge("desk_turns_in_flight", "Turns that this worker holds open")
WAITING = Gauge("desk_conversations_waiting", "Conversations with a message to answer, as the last sweep saw them")
OLDEST = Gauge("desk_oldest_waiting_seconds", "How long the message that has waited longest waits, in seconds")
