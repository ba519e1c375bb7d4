"""A word.
Told: Write a list of numbers
"""

breaks_fp16 = "twelve"
breaks_fp32 = "ninety"
