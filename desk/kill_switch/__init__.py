"""The kill switch: whether the bot may speak, by city and by account. May not know turns, the bot or the web."""
