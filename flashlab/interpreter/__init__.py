"""The instrumented interpreter: a Triton kernel on the CPU, every byte counted and checked.

    DEVICE = flashlab.device()                 # before triton is imported; the set-up cell does it
    with flashlab.metered(outputs=("out",)) as meter:
        kernel[grid](x, out, n, BLOCK=64)      # the learner's kernel and launch, unchanged
    meter                                      # a table: bytes by tensor
    meter.traffic.read_bytes("x")              # the record, a flashlab.traffic.Traffic
    meter.trace(program=(3,))                  # what one program instance did, in order

How it works
------------
Triton's own interpreter runs each operation of a kernel in NumPy, one program instance after
another. It is left as it is in all but five places, each a module of this package:

- `launch` takes over `kernel[grid](...)`. Launches on CPU tensors are interpreted, whether or not
  TRITON_INTERPRET was set; launches on GPU tensors are Triton's. `source` makes the kernel's Python
  ready, without a trace in the notebook's globals, and knows the way back to the learner's line.
  `language` changes triton.language for the length of a launch and puts it back.
- `tensors` gives every tensor argument a virtual address in a window of its own. A pointer then
  says by itself which argument it came from and how far off it is.
- `access` is where every load, store and atomic ends, through pointers, block pointers and tensor
  descriptors alike: the tensor is found, the address checked before any memory is touched, the
  active lanes counted. It also keeps, for each element, who wrote it, who read it first, and
  whether an output holds something yet.
- `faults` is the exception; `bounds`, `order` and `causes` find its words: which element, which
  program instance, which line of which cell, how many lanes, and the likely cause.
- `numerics` computes bf16 rightly and, on request, tf32 dots as a GPU does.

What a number means
-------------------
Bytes are those of the active lanes: a masked-off lane, and what a descriptor pads, moves nothing.
An atomic counts once. Two lanes that load the same element count twice, as two program instances
do: this is what the kernel asks HBM for, without any cache. `metered(sectors=True)` counts distinct
bytes, and 32-byte sectors, as well.

What it makes visible: outputs start as NaN; masked-off lanes of a load without `other=` are NaN,
since a GPU leaves them undefined; `tl.device_assert` always counts.

What it cannot see
------------------
- A wrong offset that stays inside its tensor. Where it makes two program instances store to one
  element, the race is told; otherwise only wrong values show it.
- Caches, coalescing, shared memory, registers, time. `flashlab.compile_for` tells what a card's
  compiler makes of the kernel, and what the compiler refuses: the interpreter runs Python, so
  `break`, lists or a variable that changes its type pass here and not there. A kernel has passed
  when both accept it.
- Races inside one program instance's threads (Triton orders those), and races between program
  instances once a kernel takes a lock (`atomic_cas`, `atomic_xchg`): from then on it is taken to
  order them itself.
- The order of additions. A GPU adds in another order and, in bf16, rounds in other places; the last
  bits may differ. fp8 is left to Triton's interpreter. Inline assembly and libdevice do not run.
- One kernel at a time: not for threads.
"""

from __future__ import annotations

from flashlab.interpreter.faults import KernelFault, LaunchError, Unfinished
from flashlab.interpreter.mode import TooLate, device, require

__all__ = [
    "KernelFault",
    "LaunchError",
    "Meter",
    "NotMetered",
    "TooLate",
    "Unfinished",
    "device",
    "metered",
]


def __getattr__(name: str):
    """What needs torch and triton, or one clear line where they are missing."""
    if name not in ("Meter", "NotMetered", "metered"):
        raise AttributeError(f"module 'flashlab.interpreter' has no attribute {name!r}")
    require()
    from flashlab.interpreter import meter

    return getattr(meter, name)
