"""Tickets: a conversation in a person's hands. May not know the bot or the web."""
