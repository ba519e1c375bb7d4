"""Has an answer cell twice, the second as it was released."""

import copy

from autograder.hostile import cell

MARK = 26
TOLD = "is there 2 times"


def edit(notebook, folder):
    made = copy.deepcopy(cell(notebook, "naive_attention"))
    made["source"] = "def naive_attention(q, k, v, softmax_scale):\n    raise NotImplementedError"
    notebook["cells"].insert(0, made)
