"""Conversations: opened, turns taken, the stream of what was said. May not know channels or the web."""
