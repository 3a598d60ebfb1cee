"""Channels declared by a file: how a platform's messages are found, signed and answered, without a line of code."""
