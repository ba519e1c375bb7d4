"""Asks torch."""

x = torch.empty(2, 7, 4, 32).transpose(1, 2)
strides = x.stride()
offset = x[1, 3, 5, 2:].storage_offset()
batch_and_head = np.array([1, 2])
first_too_far = np.int64(32)
