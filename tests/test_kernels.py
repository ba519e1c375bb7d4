"""The reference kernels, interpreted, against float64 by the 2x rule."""

import numpy as np
import pytest
import torch

from flashlab import reference
from flashlab.checks.harness import error_bound
from flashlab.kernels import flash_attention, flash_backward, flash_forward, matmul, row_softmax

CONFIG = dict(BLOCK_M=32, BLOCK_N=32, num_warps=4, num_stages=1)
BACKWARD = {"dkdv": dict(CONFIG, BLOCK_M=16), "dq": dict(CONFIG, BLOCK_N=16)}
DTYPES = [torch.float32, torch.float16]
NAMES = {torch.float32: np.float32, torch.float16: np.float16}


def random(*shape, dtype, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def plain_attention(q, k, v, mask):
    """The ordinary implementation in the dtype of q; differentiable, fully masked rows give 0."""
    group = q.shape[1] // k.shape[1]
    k, v = (x.repeat_interleave(group, dim=1) for x in (k, v))
    s = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    seen = torch.as_tensor(mask).any(-1, keepdim=True)
    s = s.masked_fill(~torch.as_tensor(mask) & seen, float("-inf"))
    return (torch.softmax(s, -1) * seen) @ v


def near(got, expected, plain, dtype, what):
    got, plain = got.detach().double().numpy(), plain.detach().double().numpy()
    assert got.shape == expected.shape
    bound = error_bound(expected, plain, NAMES[dtype])
    if np.abs(expected).max() < 1e-12:
        # one key: dP - delta cancels to 0, and plain, which takes the same sum twice, does so
        # exactly; another order of the 16 terms of order 1 may be some units of float32 off
        bound = 16 * 8 * float(np.finfo(np.float32).eps)
    worst = np.abs(got - expected).max()  # NaN compares false
    assert worst <= bound, f"{what}: off by {worst:.3g}, bound {bound:.3g}"


def expected_of(q, k, v, do, mask):
    """Float64 (out, lse, dq, dk, dv); the gradients of shared heads are summed."""
    group, heads_k = q.shape[1] // k.shape[1], k.shape[1]
    q, k, v, do = (x.double().numpy() for x in (q, k, v, do))
    k, v = (np.repeat(x, group, axis=1) for x in (k, v))
    dq, dk, dv = reference.attention_grads(q, k, v, do, mask=mask)
    shape = (q.shape[0], heads_k, group, *k.shape[2:])
    dk, dv = (x.reshape(shape).sum(2) for x in (dk, dv))
    out = reference.attention(q, k, v, mask=mask)
    return out, reference.attention_lse(q, k, mask=mask), dq, dk, dv


CASES = [  # (seqlen_q, seqlen_k, heads, heads_k, head_dim, causal)
    (1, 1, 1, 1, 16, False),
    (17, 17, 2, 2, 16, True),
    (33, 33, 1, 1, 64, True),
    (33, 33, 1, 1, 40, False),
    (113, 203, 1, 1, 32, False),
    (113, 203, 1, 1, 32, True),
    (70, 20, 1, 1, 16, True),  # rows 0 to 49 see no key
    (17, 40, 4, 2, 16, True),
    (20, 33, 6, 2, 16, False),
]


@pytest.mark.parametrize("dtype", DTYPES, ids=["fp32", "fp16"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_are_forward_and_backward_right(case, dtype):
    seqlen_q, seqlen_k, heads, heads_k, head_dim, causal = case
    q = random(2, heads, seqlen_q, head_dim, dtype=dtype, seed=1)
    k = random(2, heads_k, seqlen_k, head_dim, dtype=dtype, seed=2)
    v = random(2, heads_k, seqlen_k, head_dim, dtype=dtype, seed=3)
    do = random(2, heads, seqlen_q, head_dim, dtype=dtype, seed=4)
    mask = reference.causal_mask(seqlen_q, seqlen_k) if causal else None
    mask = np.ones((seqlen_q, seqlen_k), bool) if mask is None else mask
    expected = expected_of(q, k, v, do, mask)

    leaves = [x.clone().requires_grad_() for x in (q, k, v)]
    plain = plain_attention(*leaves, mask)
    plain_grads = torch.autograd.grad(plain, leaves, do)

    out, lse = flash_forward(q, k, v, causal=causal, config=CONFIG)
    grads = flash_backward(q, k, v, out, lse, do, causal=causal, config=BACKWARD)
    assert out.dtype == dtype and lse.dtype == torch.float32
    near(out, expected[0], plain, dtype, "out")
    np.testing.assert_allclose(lse.numpy(), expected[1], rtol=1e-5, atol=1e-5)
    for name, got, want, ordinary in zip(
        ("dq", "dk", "dv"), grads, expected[2:], plain_grads, strict=True
    ):
        near(got, want, ordinary, dtype, name)
    unseen = ~mask.any(1)
    assert (out[:, :, unseen] == 0).all() and (grads[0][:, :, unseen] == 0).all()
    assert torch.isneginf(lse[:, :, unseen]).all()


@pytest.mark.parametrize("causal", [False, True])
def test_is_the_default_configuration_right_one_past_a_tile(causal):
    q, k, v = (random(1, 1, 65, 64, dtype=torch.float16, seed=s) for s in (1, 2, 3))
    mask = reference.causal_mask(65, 65) if causal else np.ones((65, 65), bool)
    expected = reference.attention(*(x.double().numpy() for x in (q, k, v)), mask=mask)
    out, _ = flash_forward(q, k, v, causal=causal)
    near(out, expected, plain_attention(q, k, v, mask), torch.float16, "out")


def test_do_strides_not_matter_and_do_gradients_flow():
    # (batch, seqlen, heads, head_dim) seen as (batch, heads, ...), and a transposed last axis
    q = random(2, 19, 3, 16, dtype=torch.float32, seed=1).transpose(1, 2)
    k = random(2, 3, 16, 23, dtype=torch.float32, seed=2).transpose(2, 3)
    v = random(2, 3, 46, 32, dtype=torch.float32, seed=3)[:, :, ::2, 5:21]
    do = random(2, 3, 19, 1, dtype=torch.float32, seed=4).expand(-1, -1, -1, 16)
    mask = np.ones((19, 23), bool)
    expected = expected_of(q, k, v, do, mask)
    leaves = [x.detach().requires_grad_() for x in (q, k, v)]
    plain = plain_attention(*leaves, mask)
    plain_grads = torch.autograd.grad(plain, leaves, do)
    out = flash_attention(*leaves)
    grads = torch.autograd.grad(out, leaves, do)
    near(out, expected[0], plain, torch.float32, "out")
    for got, want, ordinary in zip(grads, expected[2:], plain_grads, strict=True):
        near(got, want, ordinary, torch.float32, "gradient")


def test_are_unfit_inputs_refused_in_one_line():
    q = torch.zeros(1, 3, 4, 16)
    for bad in [(q, q[:, :2], q[:, :2]), (q[0], q, q), (q, q.half(), q), (q[..., :8],) * 3]:
        with pytest.raises(ValueError) as raised:
            flash_forward(*bad)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("dtype", DTYPES, ids=["fp32", "fp16"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 17), (5, 64), (2, 203)], ids=str)
def test_is_row_softmax_right(shape, dtype):
    x = 4 * random(*shape, dtype=dtype, seed=5)
    expected = reference.softmax(x.double().numpy())
    near(row_softmax(x), expected, torch.softmax(x, -1), dtype, "softmax")
    x[0] = float("-inf")
    assert (row_softmax(x)[0] == 0).all()
    assert not row_softmax(x.repeat(1, 2)[:, ::2]).isnan().any()


@pytest.mark.parametrize("dtype", DTYPES, ids=["fp32", "fp16"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (17, 33, 65), (40, 7, 100)], ids=str)
def test_is_a_ragged_matmul_right(shape, dtype):
    M, N, K = shape
    a = random(K, M, dtype=dtype, seed=6).T
    b = random(K, N, dtype=dtype, seed=7)
    config = dict(BLOCK_M=16, BLOCK_N=32, BLOCK_K=16, num_warps=4, num_stages=1)
    expected = a.double().numpy() @ b.double().numpy()
    near(matmul(a, b, config=config), expected, a @ b, dtype, "product")
