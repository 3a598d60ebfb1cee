"""The kill switch: whether the bot may speak, everywhere, in a city or by an account. May not know turns or the web."""
