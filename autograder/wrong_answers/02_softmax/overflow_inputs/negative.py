"""Underflow is not overflow.
Told: which is finite
"""

breaks_fp16 = [-12.0, -12.0]
breaks_fp32 = [-90.0]
