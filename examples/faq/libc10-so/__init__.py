"""Counts devices."""
import torch  # noqa: F401  loads libc10.so, which the next line needs

from .counter import count

__all__ = ["count"]
