"""A pretend Alipay on the real wire protocol. May not know cities, fines, or what the desk does with the money.

Written from the protocol alone and not from the desk's client, so that each finds the other's mistakes.
Source: Alipay's documents. Where the real one's behaviour is not documented it is as awkward as the documents allow.
"""
