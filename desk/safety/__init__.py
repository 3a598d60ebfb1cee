"""Emergencies, answered before everything else. May not know services, the bot's model or any channel."""
