"""The pretend Telegram: the Bot API with its bounds and refusals, and residents' phones. May not know the desk."""
