"""Takes the higher of the two roofs.
Check: speed_report__ratio
Told: the lower one is the roof
"""


def speed_report(
    ours_ms, theirs_ms, batch, nheads, seqlen, head_dim, causal, peak_tflops, gb_per_s
):
    ours, theirs = float(np.median(ours_ms)), float(np.median(theirs_ms))
    flops = 4 * batch * nheads * seqlen**2 * head_dim * (0.5 if causal else 1)
    tflops = flops / (ours / 1000) / 1e12
    hbm_bytes = 4 * batch * nheads * seqlen * head_dim * 2
    roof = max(peak_tflops, flops / hbm_bytes * gb_per_s / 1000)
    return ours, tflops, theirs / ours, tflops / roof
