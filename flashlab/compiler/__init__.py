"""Compile a kernel for a card that is not there, and say what it would need.

    report = flashlab.compile_for(kernel, "T4", args=(q, k, v, out, n), BLOCK_M=64, BLOCK_N=64)
    print(report)                 # shared memory, registers, spills, tensor cores, occupancy
    report.can_launch, report.why # False, "needs 96 KB of shared memory; a T4 has 64 KB a block"

The compiler runs in a process of its own, for three reasons: a kernel that makes it abort must not
take the notebook along; where the interpreter runs, triton.language is itself interpreted and
cannot be compiled; and nothing has to be patched. That process is started once (about a second)
and then kept, and it imports triton and nothing of the learner's: the kernel, the helpers it calls
and the constants it uses are read from their source (`flashlab.compiler.source`).

Results are kept in memory, by source; Triton keeps the compiled code on disk, as it always does.
`python -m flashlab.compiler` prints the reference kernel's table over cards and block sizes.
"""

from flashlab.compiler.compile import compile_for, compile_source
from flashlab.compiler.report import CompilerUnavailable, Occupancy, Report, Reports, occupancy
from flashlab.compiler.source import SourceError

__all__ = [
    "CompilerUnavailable",
    "Occupancy",
    "Report",
    "Reports",
    "SourceError",
    "compile_for",
    "compile_source",
    "occupancy",
]
