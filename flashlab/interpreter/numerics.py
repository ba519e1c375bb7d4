"""bf16 computed rightly, tf32 on request.

Triton's interpreter keeps bf16 as raw 16-bit patterns and computes on those as if they were whole
numbers. Here every operation on bf16 widens to float32 (exact), computes, and rounds the result to
the nearest bf16, ties to even. A sum over a tile is accumulated in float32 and rounded once; a GPU
adds in some tree order and rounds as its instructions do, so its last bit may differ.
"""

from __future__ import annotations

import numpy as np
import triton.language as tl
from triton.runtime import interpreter as I

BF16 = tl.bfloat16


def widen(raw: np.ndarray) -> np.ndarray:
    """float32 from bf16 bit patterns; exact."""
    return (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)


def narrow(x: np.ndarray) -> np.ndarray:
    """bf16 bit patterns from float32, rounded to nearest, ties to even; NaN stays NaN."""
    x = np.ascontiguousarray(x, np.float32)
    bits = x.view(np.uint32)
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = ((bits + np.uint32(0x7FFF) + odd) >> np.uint32(16)).astype(np.uint16)
    return np.where(np.isnan(x), np.uint16(0x7FC0), rounded)


def to_tf32(x: np.ndarray) -> np.ndarray:
    """float32 with 10 bits of mantissa, the others cut off.

    Triton hands a tensor core the float32 as it is, and the tensor core reads its upper 19 bits:
    measured on an H100 (benchmarks/gpu_parts/correctness.py). cuBLAS rounds to nearest first.
    """
    bits = np.ascontiguousarray(x).view(np.uint32) & np.uint32(0xFFFFE000)
    return np.where(np.isfinite(x), bits.view(np.float32), x)


def is_bf16(handle) -> bool:
    return handle.dtype.scalar == BF16 and handle.data.dtype == np.uint16


def as_float32(handle):
    """The same values with float32 data; other handles as they are."""
    return I.TensorHandle(widen(handle.data), tl.float32) if is_bf16(handle) else handle


def builder_methods(builder, tf32: bool) -> dict:
    """{name: function} to lay over the builder's own methods."""
    stock = type(builder)

    def binary_op(lhs, rhs, op):
        if not (is_bf16(lhs) or is_bf16(rhs)):
            return stock.binary_op(builder, lhs, rhs, op)
        if op in (np.bitwise_and, np.bitwise_or, np.bitwise_xor):
            return stock.binary_op(builder, lhs, rhs, op)
        out = op(as_float32(lhs).data, as_float32(rhs).data)
        # a comparison keeps its truth values, in the type that the stock interpreter gives it
        return I.TensorHandle(out if out.dtype == bool else narrow(out), BF16)

    def unary_op(arg, op):
        if is_bf16(arg):
            return I.TensorHandle(narrow(op(widen(arg.data))), BF16)
        return stock.unary_op(builder, arg, op)

    def ternary_op(a, b, c, op):
        if op is np.where or not any(map(is_bf16, (a, b, c))):
            return stock.ternary_op(builder, a, b, c, op)
        out = op(*(as_float32(x).data for x in (a, b, c)))
        return I.TensorHandle(narrow(out), BF16)

    def clampf(arg, low, high, propagate_nans):
        if not is_bf16(arg):
            return stock.create_clampf(builder, arg, low, high, propagate_nans)
        wide = [as_float32(x) for x in (arg, low, high)]
        out = stock.create_clampf(builder, *wide, propagate_nans)
        return I.TensorHandle(narrow(out.data), BF16)

    def fma(x, y, z):
        if not is_bf16(z):
            return stock.create_fma(builder, x, y, z)
        out = as_float32(x).data * as_float32(y).data + as_float32(z).data
        return I.TensorHandle(narrow(out), BF16)

    def rsqrt(arg):
        return unary_op(arg, lambda x: 1 / np.sqrt(x))

    def erf(arg):
        if not is_bf16(arg):
            return stock.create_erf(builder, arg)
        return I.TensorHandle(narrow(stock.create_erf(builder, as_float32(arg)).data), BF16)

    def cast_impl(src, dst_type):
        source, target = src.dtype.scalar, dst_type.scalar
        if source == target or BF16 not in (source, target) or isinstance(target, tl.pointer_type):
            return stock.cast_impl(builder, src, dst_type)
        if source == BF16:
            return stock.cast_impl(builder, as_float32(src), dst_type)
        return I.TensorHandle(narrow(src.data.astype(np.float32)), BF16)

    def fp_to_fp(src, dst_type, rounding):
        plain = (tl.float16, tl.float32, tl.float64)
        pair = {src.dtype.scalar, dst_type.scalar}
        toward_zero = "RTZ" in str(rounding)
        if BF16 in pair and pair & set(plain) and not toward_zero:
            return cast_impl(src, dst_type)
        return stock.create_fp_to_fp(builder, src, dst_type, rounding)

    def dot(a, b, acc, precision, *rest):
        a, b = as_float32(a), as_float32(b)
        said = str(precision).upper()
        if tf32 and "TF32" in said and "X3" not in said and a.data.dtype == np.float32:
            if a.dtype.scalar == tl.float32 == b.dtype.scalar:
                a = I.TensorHandle(to_tf32(a.data), a.dtype)
                b = I.TensorHandle(to_tf32(b.data), b.dtype)
        return stock.create_dot(builder, a, b, acc, precision, *rest)

    return dict(
        binary_op=binary_op,
        unary_op=unary_op,
        ternary_op=ternary_op,
        cast_impl=cast_impl,
        create_clampf=clampf,
        create_fma=fma,
        create_rsqrt=rsqrt,
        create_erf=erf,
        create_fp_to_fp=fp_to_fp,
        create_dot=dot,
        get_bf16=lambda value: I.TensorHandle(narrow(np.array([value], np.float32)), BF16),
    )


def reductions() -> list[tuple[type, str, object]]:
    """(class, method, function) to lay over triton's own, for bf16 tiles.

    Up to 3.8 Triton widens bf16 itself before all of these but the sum; 3.9 does not.
    """

    def widened(method):
        def reduce(self, input, *args, **kwargs):
            first = input[0] if isinstance(input, tuple) else input
            if not is_bf16(first.handle):
                return method(self, input, *args, **kwargs)
            wide = tl.core.tensor(as_float32(first.handle), _with_element(first.type, tl.float32))
            out = method(self, wide, *args, **kwargs)
            if isinstance(out, (tuple, list)):
                return type(out)(map(_narrowed, out))
            return _narrowed(out)

        return reduce

    return [
        (cls, name, widened(getattr(cls, name)))
        for cls, names in ((I.ReduceOps, ("sum", "min_max")), (I.ScanOps, ("cumsum", "cumprod")))
        for name in names
    ]


def _narrowed(x):
    if x.dtype.scalar != tl.float32:
        return x  # the index of an extreme
    handle = I.TensorHandle(narrow(x.handle.data), BF16)
    return tl.core.tensor(handle, _with_element(x.type, BF16))


def _with_element(kind, element):
    """The same shape with another element type."""
    return tl.block_type(element, list(kind.shape)) if kind.is_block() else element
