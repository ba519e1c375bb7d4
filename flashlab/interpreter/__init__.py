"""The instrumented interpreter: a Triton kernel on the CPU, with every byte counted and checked."""

from flashlab.interpreter.mode import device

__all__ = ["device"]
