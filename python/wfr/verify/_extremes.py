"""Generators whose first uniform numbers are as extreme as they can be."""

from __future__ import annotations

from typing import Any

import numpy as np

#: The numbers that are drawn first.
EXTREMES = ("0", "1 − 2⁻⁵³")
#: 32-bit words that are extreme; the others are random, so that loops which reject such numbers end.
WORDS = 64


def extreme(which: str, seed: int) -> np.random.Generator:
    """A Mersenne Twister whose next 32 uniform numbers are 0, or the largest below 1."""
    bits = np.random.MT19937(seed)
    state: Any = bits.state
    key = state["state"]["key"].copy()
    key[:WORDS] = untempered(0 if which == EXTREMES[0] else 0xFFFFFFFF)
    state["state"] = {"key": key, "pos": 0}
    bits.state = state
    return np.random.Generator(bits)


def untempered(word: int) -> int:
    """The word of the state that is drawn as this one: the tempering of Matsumoto and Nishimura (1998), undone bit by bit."""
    y = word ^ (word >> 18)
    y ^= (y << 15) & 0xEFC60000
    own = y
    for _ in range(5):
        own = y ^ ((own << 7) & 0x9D2C5680)
    y = own & 0xFFFFFFFF
    own = y
    for _ in range(3):
        own = y ^ (own >> 11)
    return own & 0xFFFFFFFF
