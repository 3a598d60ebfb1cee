"""Checking: what to look at once more before an announcement is submitted or approved. It stops nobody."""
