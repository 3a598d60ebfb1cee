"""Counts what may be guesses or too much, the same for all channels, and has codes sent. May not know the dialogue."""
