"""Whom an announcement is for, as statements, and the lists that agencies bring. May not know how it is told."""
