"""The alternate signal stack of this process, which libraries replace and free.

Python runs every handler of a signal on that stack where one is set. A library that leaves
freed memory there ends the process, without a word, at the next signal that Python handles:
a `SIGCHLD` of another page, hours later or never. OpenVINO does when two `Core` objects end
in the order in which they were made.
"""

from __future__ import annotations

import ctypes
import sys


class Stack(ctypes.Structure):
    """`stack_t` of Linux; `sigaltstack(2)` says what the fields mean."""

    _fields_ = (("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


def alternate_stack() -> Stack | None:
    """The alternate signal stack of the calling thread, or nothing where this is not Linux."""
    if sys.platform != "linux":
        return None
    stack = Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(stack))
    return stack


def use(stack: Stack | None) -> None:
    """Make this the alternate signal stack of the calling thread again.

    Args:
        stack: what `alternate_stack` has returned in the same thread.
    """
    if stack is not None:
        ctypes.CDLL(None).sigaltstack(ctypes.byref(stack), None)
