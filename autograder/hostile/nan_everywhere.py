"""Answers with NaN, which no comparison finds too large."""

from autograder.hostile import answer

MARK = 9
ANSWERS = {
    "hand_trace": """
nan = float("nan")
exp_scores_row2, row_sum_row2, out_row2 = [nan] * 4, nan, [nan] * 2
trips_scores = trips_softmax = trips_output = nan
""",
    "naive_attention": "def naive_attention(q, k, v, softmax_scale):\n    return nan * q",
    "attention_flops": "def attention_flops(seqlen_q, seqlen_k, head_dim):\n    return nan",
    "naive_traffic_bytes": "def naive_traffic_bytes(*sizes):\n    return nan",
    "repaired_attention": "def repaired_attention(q, k, v, softmax_scale):\n    return nan * q",
}


def edit(notebook, folder):
    for name, source in ANSWERS.items():
        answer(notebook, source, name)
