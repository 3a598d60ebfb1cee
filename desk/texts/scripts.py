"""Converters between the scripts of Chinese: each is made when it is first wanted, once in a process."""

from functools import cache

from opencc import OpenCC


@cache
def converter(step: str) -> OpenCC:
    """Give what converts from one script to another (`t2s`, `s2tw`); to make one takes 50 ms."""
    return OpenCC(step)
