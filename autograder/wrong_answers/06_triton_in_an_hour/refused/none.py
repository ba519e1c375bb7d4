"""Believes the interpreter.
Check: refused__letters
Told: the compiler refuses sum_b
"""

refused = []
