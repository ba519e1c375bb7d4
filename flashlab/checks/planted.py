"""Functions with one planted mistake, which a learner's own test is called with.

They take and return plain data: a grader that runs the learner's test in another process is called
back from there, so that the test sees no more of them than of any function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

State = tuple[float, float]  # (m, l); (-inf, 0) is the state of no score


@dataclass(frozen=True, repr=False)
class Merge:
    """A merge of two states of the online softmax: right, or wrong in the `way` named."""

    way: str
    __name__ = "merge"

    def __call__(self, a: State, b: State) -> State:
        with np.errstate(all="ignore"):
            return WAYS[self.way](*a, *b)

    def __repr__(self) -> str:
        return "a merge"


def _right(m1, l1, m2, l2):
    m = max(m1, m2)
    shift = 0.0 if m == -np.inf else m
    return m, np.exp(m1 - shift) * l1 + np.exp(m2 - shift) * l2


def _logarithms(m1, l1, m2, l2):
    m = max(m1, m2)
    lse = np.logaddexp(m1 + np.log(l1), m2 + np.log(l2))
    return (m, 0.0) if m == -np.inf else (m, np.exp(lse - m))


def _larger_first(m1, l1, m2, l2):
    if m1 < m2:
        return _larger_first(m2, l2, m1, l1)
    return (m1, l1) if l2 == 0 else (m1, l1 + l2 * np.exp(m2 - m1))


def _float32(m1, l1, m2, l2):
    m, l = _right(m1, l1, m2, l2)
    return m, np.float32(l)


def _not_rescaled(m1, l1, m2, l2):
    return max(m1, m2), l1 + l2


def _inverse(m1, l1, m2, l2):
    m = max(m1, m2)
    l1 = np.exp(m - m1) * l1 if l1 else 0.0
    return m, l1 + (np.exp(m - m2) * l2 if l2 else 0.0)


def _left_only(m1, l1, m2, l2):
    m = max(m1, m2)
    return m, (np.exp(m1 - m) * l1 if l1 else 0.0) + l2


def _unit_of_left(m1, l1, m2, l2):
    return (m2, l2) if l1 == 0 else (m1, l1 + np.exp(m2 - m1) * l2)


def _start_at_zero(m1, l1, m2, l2):
    m = max(m1, m2, 0.0)
    return m, np.exp(m1 - m) * l1 + np.exp(m2 - m) * l2


def _ties(m1, l1, m2, l2):
    return (m1, l1) if m1 == m2 else _right(m1, l1, m2, l2)


def _empty_nan(m1, l1, m2, l2):
    m = max(m1, m2)
    return m, np.exp(m1 - m) * l1 + np.exp(m2 - m) * l2


def _no_shift(m1, l1, m2, l2):
    m = max(m1, m2)
    shift = 0.0 if m == -np.inf else m
    return m, (np.exp(m1) * l1 + np.exp(m2) * l2) / np.exp(shift)


def _mean(m1, l1, m2, l2):
    m, l = _right(m1, l1, m2, l2)
    return m, l / 2 if l1 and l2 else l


def _one_percent(m1, l1, m2, l2):
    m, l = _right(m1, l1, m2, l2)
    return m, 1.01 * l if l1 and l2 else l


WAYS: dict[str, Callable[..., State]] = {
    name.removeprefix("_"): value
    for name, value in list(globals().items())
    if name.startswith("_") and getattr(value, "__module__", "") == __name__
}
RIGHT = ("right", "logarithms", "larger_first", "float32")
