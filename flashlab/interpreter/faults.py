"""What went wrong in a kernel: one exception, its facts as fields, its text for the learner."""

from __future__ import annotations

import linecache
import os

from flashlab import errors

# Every kind of fault, and how its text begins.
KINDS = {
    "out-of-bounds": "out-of-bounds {access}",
    "foreign-pointer": "{access} through a pointer that belongs to no argument",
    "misaligned": "misaligned {access}",
    "read-before-write": "read before write",
    "never-written": "never written",
    "write-race": "write race",
    "read-race": "read race",
    "tile-truth": "a tile has no truth value",
    "small-dot": "tl.dot is too small",
    "too-long": "stopped",
    "error": "error in the kernel",
    "unfinished": "not finished",
}


class KernelFault(errors.FlashlabError, RuntimeError):
    """A kernel did what it must not do. `str` of it says what, where and the likely cause.

    kind: a key of `KINDS`. tensor: the argument's name, "" where none is meant. index: the first
    bad element, also one that does not exist, (113, 0) for q[113, 0]; None where none is meant.
    program: the program instance (x, y, z); None after the launch. line: of the cell or file, 0
    when unknown; code: its text; function: the kernel or helper it stands in; place: "the cell" or
    a file's name. lanes, active: how many of the active lanes are bad. cause: the likely one, "".
    """

    def __init__(
        self,
        kind: str,
        what: str,
        *,
        access: str = "access",
        tensor: str = "",
        index: tuple[int, ...] | None = None,
        program: tuple[int, int, int] | None = None,
        line: int = 0,
        code: str = "",
        function: str = "",
        place: str = "",
        lanes: int = 0,
        active: int = 0,
        note: str = "",
        cause: str = "",
    ) -> None:
        self.kind, self.what, self.access = kind, what, access
        self.tensor, self.index, self.program = tensor, index, program
        self.line, self.code, self.function, self.place = line, code, function, place
        self.lanes, self.active, self.note, self.cause = lanes, active, note, cause
        super().__init__(self.text)

    def __reduce__(self):
        fields = dict(self.__dict__)
        return _rebuild, (fields.pop("kind"), fields.pop("what"), fields)

    @property
    def element(self) -> str:
        """The first bad element as an index, "q[113, 0]"."""
        return "" if self.index is None else f"{self.tensor}{list(self.index)}"

    @property
    def text(self) -> str:
        """What, where and the likely cause, one to a line."""
        lines = [f"{KINDS[self.kind].format(access=self.access)}: {self.what}"]
        if self.line:
            lines.append(f"  Line {self.line} of {self.place}, in {self.function}: {self.code}")
        counts = []
        if self.program is not None:
            counts.append(f"program instance {self.program}")
        if self.lanes:
            counts.append(f"at fault: {self.lanes:,} of {self.active:,} active lanes")
        if self.note:
            counts.append(self.note)
        if counts:
            where = "; ".join(counts)
            lines.append(f"  {where[0].upper()}{where[1:]}.")
        if self.cause:
            lines.append(f"  Likely cause: {self.cause}")
        return "\n".join(lines)


class Unfinished(KernelFault, errors.Unfinished):
    """A kernel stopped at its stub, `tl.static_assert(False, "YOUR CODE HERE")`."""


class LaunchError(errors.FlashlabError, TypeError):
    """The launch itself is wrong: an argument is missing, the grid is no tuple of whole numbers."""


def place_of(filename: str) -> str:
    """How a text names a source file: "the cell" in a notebook."""
    if "ipykernel" in filename or filename.startswith("<ipython"):
        return "the cell"
    return os.path.basename(filename)


def code_at(filename: str, line: int) -> str:
    return linecache.getline(filename, line).strip()


def _rebuild(kind: str, what: str, fields: dict) -> KernelFault:
    cls = Unfinished if kind == "unfinished" else KernelFault
    return cls(kind, what, **fields)
