"""The share as a ratio of times."""


def speed_report(
    ours_ms, theirs_ms, batch, nheads, seqlen, head_dim, causal, peak_tflops, gb_per_s
):
    heads, n = batch * nheads, sorted(ours_ms)
    middle = (n[(len(n) - 1) // 2] + n[len(n) // 2]) / 2
    flops = heads * (2 if causal else 4) * seqlen**2 * head_dim
    compute_ms = flops / peak_tflops / 1e9
    memory_ms = heads * 4 * seqlen * head_dim * 2 / gb_per_s / 1e6
    best = max(compute_ms, memory_ms)
    return [middle, flops / middle / 1e9, np.median(theirs_ms) / middle, best / middle]
