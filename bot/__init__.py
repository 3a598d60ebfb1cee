"""The bot as a function: Rasa 3.6 on its own Python 3.10. Imported by nobody; the only part that knows Rasa."""
