"""Residents who come in through another platform's door: their lasting conversation, and who they are proved to be."""
