"""The standard library, one head after the other."""


def speed_report(
    ours_ms, theirs_ms, batch, nheads, seqlen, head_dim, causal, peak_tflops, gb_per_s
):
    from statistics import median

    ms = median(ours_ms)
    per_head = 4 * seqlen * seqlen * head_dim / (2 if causal else 1)
    tflops = sum(per_head for _ in range(batch * nheads)) / ms * 1e-9
    intensity = per_head / (8 * seqlen * head_dim)
    return (
        ms,
        tflops,
        median(theirs_ms) / ms,
        tflops / min(peak_tflops, intensity * gb_per_s * 1e-3),
    )
