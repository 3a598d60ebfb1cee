"""The bot as a function: Rasa 3.6 in an environment of its own. Imported by nobody; the only part that knows Rasa."""
