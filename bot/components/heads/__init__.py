"""Heads: what guesses intents, commands, questions and emergencies, and how sure each is."""
