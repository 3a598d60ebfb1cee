"""The outbox: what was said is sent, once, in order, as fast as platforms allow. May not know turns, or any channel."""
