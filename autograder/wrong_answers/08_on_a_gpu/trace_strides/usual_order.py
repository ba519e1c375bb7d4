"""The strides of a tensor stored head by head.
Check: trace_strides__numbers
Told: seqlen comes before nheads
"""

# strides of (batch, nheads, seqlen, head_dim), in elements; the offset of [1, 3, 5, 2]
strides = [896, 224, 32, 1]
offset = 1634

# program_id(1) == 6 with nheads = 4: which batch, which head?
batch_and_head = [1, 2]

# 32 heads, seqlen 16384, head_dim 128, no gaps: the first batch whose start is no 32-bit number
first_too_far = 32
