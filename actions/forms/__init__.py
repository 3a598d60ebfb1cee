"""Filling in the fields of a service in a conversation: in any order, several at once, corrected, skipped.

What every kind with fields shares. May not know any one service, nor what is done when all is given.
"""
