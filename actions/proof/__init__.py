"""Proof of who a resident is before anything personal is shown: a one-time code to the telephone that the agency has.

A name and an id number prove nothing. May not know what is shown afterwards.
"""
