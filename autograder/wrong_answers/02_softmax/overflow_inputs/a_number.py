"""A number, not a list.
Told: Write a list of 1 to 8 numbers
"""

breaks_fp16 = 12.0
breaks_fp32 = 89.0
