"""Reference kernels, written to be read: plain pointers, masks, nothing else.

The same source runs in Triton's interpreter, compiles for a card that is not there and runs on a
GPU. The checks and the benchmark are held against them. Importing this package imports triton and
torch; set TRITON_INTERPRET=1 before that to run without a GPU.
"""

from flashlab.kernels.attention import flash_attention
from flashlab.kernels.backward import flash_backward
from flashlab.kernels.forward import flash_forward
from flashlab.kernels.matmul import matmul
from flashlab.kernels.softmax import row_softmax

__all__ = ["flash_attention", "flash_backward", "flash_forward", "matmul", "row_softmax"]
