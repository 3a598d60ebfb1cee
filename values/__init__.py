"""What residents' values look like, mean, and show of themselves. Knows no bot, no dialogue, no desk, no service.

Three environments run it, stock Rasa on Python 3.11 among them. A type of value is one file in `types/`; nothing else
is edited for it.
"""
