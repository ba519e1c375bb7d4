"""Computed."""

strides = [7 * 4 * 32, 32, 4 * 32, 1]
offset = sum(i * s for i, s in zip([1, 3, 5, 2], strides, strict=True))
batch_and_head = divmod(6, 4)
first_too_far = 2**31 // (32 * 16384 * 128)
