"""Residents who use several channels and want them to be one: linked by a code. May not know what is talked about."""
