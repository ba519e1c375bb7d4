"""Writes outside of the arrays and into the inputs."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    port = out._port
    for name, region in (("out", ((0, 10**6), (0, 1))), ("secret", ((0, 1),)), ("q", "x")):
        try:
            port.write(name, region, np.ones(1))
        except Exception:
            pass
    out[:] = 0.0
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "naive_attention_hbm")
