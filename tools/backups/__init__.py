"""Copies of the embedded database, and its log of changes since: made, verified, restored, rehearsed. Holds no key."""
