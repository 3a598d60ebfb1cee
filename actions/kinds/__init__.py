"""Kinds of services, which run what a service file declares. May not know any one service or city."""
