"""A pretend Weibo with the rules of the real one, as its wiki tells them. May not know the product.

Addresses and error codes are those of the open platform. What its documents do not tell stands in `rules.py` as ours.
"""
