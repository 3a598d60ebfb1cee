"""Answers to questions of the account and of what is talked about, one file a kind of them."""
