"""Roles: how processes of the product know each other. May not know what they say; all environments stand on it."""
