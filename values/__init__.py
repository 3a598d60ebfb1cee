"""What residents' values look like, mean, and show of themselves. Knows no bot, no dialogue, no desk, no service.

Two Pythons run it, 3.10 and 3.13. A type of value is one file in `types/`; nothing else is edited for it.
"""
