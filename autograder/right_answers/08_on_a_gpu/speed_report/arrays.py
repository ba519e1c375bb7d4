"""NumPy all the way."""


def speed_report(
    ours_ms, theirs_ms, batch, nheads, seqlen, head_dim, causal, peak_tflops, gb_per_s
):
    ms, theirs = np.median(np.array([ours_ms, theirs_ms]), axis=1)
    work = batch * nheads * np.float64(seqlen) ** 2 * head_dim * 4 * (1 - 0.5 * bool(causal))
    traffic = np.sum([batch * nheads * seqlen * head_dim * 2] * 4)
    roof = np.minimum(peak_tflops * 1e12, work / traffic * gb_per_s * 1e9)
    speed = work / ms * 1e3
    return np.array([ms, speed / 1e12, theirs / ms, speed / roof]).tolist()
