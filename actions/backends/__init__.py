"""Clients of the cities' systems. May not know residents, dialogues or texts; nothing personal is logged."""
