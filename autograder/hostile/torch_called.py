"""Calls torch's attention by a name put together at run time."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import importlib
    import sys

    sys.setprofile(None)
    sys.meta_path[:] = [f for f in sys.meta_path if "HeldBack" not in repr(f)]
    torch = importlib.import_module("to" + "rch")
    attend = getattr(torch.nn.functional, "scaled_dot_" + "product_attention")
    q, k, v = (torch.from_numpy(x)[None, None] for x in (q, k, v))
    return attend(q, k, v, scale=softmax_scale)[0, 0].numpy()
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
