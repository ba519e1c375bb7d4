"""Exact fractions."""

from fractions import Fraction

m_first, m_second = 1, 3
l_first, alpha = Fraction(3, 2), Fraction(1, 4)
l_second = alpha * l_first + Fraction(3, 2)
weights = [Fraction(n, 15) for n in (2, 1, 8, 4)]
