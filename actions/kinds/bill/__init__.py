"""The kind `bill`: identify, look up, show, pay."""
