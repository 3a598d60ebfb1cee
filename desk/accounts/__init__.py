"""Accounts: agencies and the channel accounts they speak through. May not know conversations."""
