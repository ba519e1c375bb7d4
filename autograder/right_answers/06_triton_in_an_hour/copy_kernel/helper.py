"""The offsets come from a helper."""


@triton.jit
def tile_of(n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    return offs, offs < n


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs, inside = tile_of(n, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=inside), mask=inside)
