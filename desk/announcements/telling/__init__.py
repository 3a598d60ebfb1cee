"""Telling residents: where, how fast, what later, and of which alerts. May not know pages."""
