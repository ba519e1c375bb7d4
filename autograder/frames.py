"""Typed, bounded messages between the grader and the sandbox: JSON and raw numbers, never a pickle.

A frame is two lengths (4 bytes each), a JSON head and the bytes of its arrays, one after the other.
The same file is used on both sides. The trusted side believes nothing that it reads: sizes, types,
shapes and depth are bounded before anything is built.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import select
import struct
import time
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np

MAX_HEAD = 1 << 20  # bytes of JSON
MAX_BODY = 64 << 20  # bytes of arrays
MAX_ITEMS = 50_000  # values in one message
MAX_DEPTH = 20
DTYPES = {f"<{kind}" for kind in ("f2", "f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8", "c8")}
DTYPES |= {"<c16", "|i1", "|u1", "|b1"}
_LENGTHS = struct.Struct("<II")
# numbers as they stand in an array: a text may quote the input, which stays hidden
_DATA = re.compile(r"[-+]?\d*\.\d{4,}(?:e[-+]?\d+)?|\d{7,}")


class FrameError(Exception):
    """What came is no message of ours, or it is larger than messages may be."""


class Closed(Exception):
    """The other side is gone."""


class OutOfTime(Exception):
    """The other side did not answer in time."""


class Opaque:
    """Stands for a value of the learner's that cannot cross; its class bears the type's name."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


# --------------------------------------------------------------------------------------------------
# Values


def dump(message: dict, keep: Callable | None = None, max_body: int = MAX_BODY) -> bytes:
    """The frame of `message`. keep(function) -> number under which the other side may call it.

    Raises FrameError when it is larger than a frame may be.
    """
    buffers: list[bytes] = []
    tree = _Encoder(buffers, keep, max_body).encode(message, 0)
    head = json.dumps(tree).encode()
    if len(head) > MAX_HEAD:
        raise FrameError(f"more than {MAX_HEAD >> 20} MB of numbers and text outside of arrays")
    return b"".join([_LENGTHS.pack(len(head), sum(map(len, buffers))), head, *buffers])


class _Encoder:
    def __init__(self, buffers, keep, max_body) -> None:
        self.buffers, self.keep, self.room = buffers, keep, max_body
        self.items = 0

    def encode(self, value, depth: int):
        """JSON for `value`: itself where JSON has it, else {tag: content}."""
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise FrameError(f"nested deeper than {MAX_DEPTH}, or more than {MAX_ITEMS:,} values")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, np.generic):
            return self.array(np.asarray(value), "s")
        if isinstance(value, int):
            return int.__int__(value)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, str):
            return str.__str__(value)
        if hasattr(value, "detach") and hasattr(value, "cpu"):  # a tensor
            value = value.detach().cpu().numpy()
        if isinstance(value, np.ndarray):
            return self.array(value, "a")
        if isinstance(value, dict):
            pairs = [
                [self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()
            ]
            return {"d": pairs}
        for tag, kinds in (("t", tuple), ("l", list), ("e", (set, frozenset)), ("l", _VIEWS)):
            if isinstance(value, kinds):
                return {tag: [self.encode(v, depth + 1) for v in value]}
        return self.rare(value)

    def rare(self, value):
        if value is ...:
            return {"x": 0}
        if isinstance(value, complex):
            return {"c": [value.real, value.imag]}
        if isinstance(value, range):
            return {"r": [value.start, value.stop, value.step]}
        if isinstance(value, Fraction):
            return {"q": [value.numerator, value.denominator]}
        if isinstance(value, Decimal):
            return {"n": str(value)}
        if callable(value) and self.keep is not None:
            return {"f": self.keep(value)}
        return {"o": type(value).__name__}

    def array(self, array: np.ndarray, tag: str):
        array = np.array(array, subok=False, order="C", copy=None)
        kind = array.dtype.newbyteorder("<").str
        if kind not in DTYPES:
            return {"o": "ndarray of " + str(array.dtype)}
        self.room -= array.nbytes
        if self.room < 0:
            raise FrameError(f"more than {MAX_BODY >> 20} MB of arrays")
        self.buffers.append(array.astype(kind, copy=False).tobytes())
        return {tag: [kind, list(array.shape)]}


_VIEWS = (type({}.keys()), type({}.values()), type({}.items()))


def load(head: bytes | bytearray, body: bytes | bytearray, call: Callable | None = None) -> dict:
    """The message of a frame. call(number) -> function for what `keep` numbered on the other side.

    Arrays are fresh and writable. Raises FrameError for whatever is not as `dump` makes it.
    """
    try:
        message = _Decoder(body, call).decode(json.loads(head), 0)
    except FrameError:
        raise
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, MemoryError) as error:
        raise FrameError(f"malformed: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise FrameError("malformed: not a message")
    return message


class _Decoder:
    def __init__(self, body, call) -> None:
        self.body, self.at, self.call = body, 0, call
        self.items = 0

    def decode(self, tree, depth: int):
        self.items += 1
        if depth > MAX_DEPTH + 1 or self.items > MAX_ITEMS + 1:
            raise FrameError("malformed: too deep or too many values")
        if not isinstance(tree, dict):
            if isinstance(tree, list):
                raise FrameError("malformed: a bare list")
            return tree
        ((tag, content),) = tree.items()
        if tag in ("t", "l", "e"):
            values = [self.decode(v, depth + 1) for v in content]
            return {"t": tuple, "l": list, "e": set}[tag](values)
        if tag == "d":
            return {self.decode(k, depth + 1): self.decode(v, depth + 1) for k, v in content}
        if tag in ("a", "s"):
            array = self.array(*content)
            return array if tag == "a" else array[()]
        return self.rare(tag, content)

    def rare(self, tag: str, content):
        if tag == "x":
            return ...
        if tag == "c":
            return complex(*map(float, content))
        if tag == "r":
            return self.range(*map(int, content))
        if tag == "q":
            return Fraction(*map(int, content))
        if tag == "n":
            return self.decimal(str(content)[:400])
        if tag == "f" and self.call is not None:
            return self.call(int(content))
        if tag == "o":
            return opaque(content)
        raise FrameError(f"malformed: {str(tag)[:20]!r}")

    def range(self, start: int, stop: int, step: int):
        """Somebody may make a list of it."""
        found = range(start, stop, step)
        return found if found[MAX_ITEMS:] == range(0) else opaque("range")

    def decimal(self, text: str):
        """int() of it would write all its digits."""
        found = Decimal(text)
        return found if not found.is_finite() or abs(found.adjusted()) < 400 else opaque("Decimal")

    def array(self, kind: str, shape: list) -> np.ndarray:
        if kind not in DTYPES or len(shape) > 32:
            raise FrameError("malformed: type of an array")
        if not all(isinstance(n, int) and 0 <= n <= 1 << 30 for n in shape):
            raise FrameError("malformed: shape of an array")
        dtype, count = np.dtype(kind), math.prod(shape)
        if count * dtype.itemsize > len(self.body) - self.at:
            raise FrameError("malformed: an array longer than its bytes")
        raw = np.frombuffer(self.body, np.uint8, count * dtype.itemsize, self.at)
        self.at += raw.size
        values = raw != 0 if dtype.kind == "b" else raw.view(dtype)
        return values.reshape(shape).copy()


def without_data(text: str) -> str:
    return _DATA.sub("#", text)


def opaque(type_name) -> Opaque:
    """A stand-in whose type is called `type_name`."""
    name = "".join(c for c in without_data(str(type_name)[:60]) if c.isprintable())
    return type(name or "object", (Opaque,), {})()


# --------------------------------------------------------------------------------------------------
# Pipes


class Channel:
    """Frames over two pipes, with deadlines. `on_wait()` is called several times a second."""

    def __init__(self, read_fd: int, write_fd: int, on_wait: Callable | None = None) -> None:
        self.read_fd, self.write_fd, self.on_wait = read_fd, write_fd, on_wait
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Write a whole frame by `deadline` (time.monotonic()), or raise OutOfTime or Closed."""
        view = memoryview(frame)
        while view:
            self._wait(self.write_fd, select.POLLOUT, deadline)
            try:
                view = view[os.write(self.write_fd, view[: 1 << 20]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Closed from None

    def receive(self, deadline: float | None = None, max_body: int = MAX_BODY):
        """(head, body) of the next frame by `deadline`, or OutOfTime, Closed, FrameError."""
        n_head, n_body = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if n_head > MAX_HEAD or n_body > max_body:
            raise FrameError("a message larger than messages may be")
        return self._read(n_head, deadline), self._read(n_body, deadline)

    def _read(self, n: int, deadline: float | None) -> bytearray:
        got = bytearray()
        while len(got) < n:
            self._wait(self.read_fd, select.POLLIN, deadline)
            try:
                chunk = os.read(self.read_fd, min(n - len(got), 1 << 20))
            except BlockingIOError:
                continue
            except OSError:
                raise Closed from None
            if not chunk:
                raise Closed
            got += chunk
        return got

    def _wait(self, fd: int, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(fd, event)
        while True:
            left = math.inf if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise OutOfTime
            if poll.poll(1000 * min(left, 0.2)):
                return
            if self.on_wait is not None:
                self.on_wait()

    def close(self) -> None:
        for fd in (self.read_fd, self.write_fd):
            with contextlib.suppress(OSError):
                os.close(fd)
