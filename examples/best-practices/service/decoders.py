"""Processes that read the bytes of strangers, and that can be killed.

A thread that hangs in a decoder can only be waited for. A process can be
killed and replaced, has a limit on its memory, and takes nothing with it
when it crashes. It answers with bytes and JSON, never with a pickle, so that
a decoder that was taken over cannot give the service objects to load.

    python decoders.py DESCRIPTOR BYTES    is what `Decoders` starts
"""

import contextlib
import importlib
import json
import logging
import os
import queue
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

# What a job is: bytes and options in, an array and a note for its caller out.
Job = Callable[..., tuple[np.ndarray, str]]
READY_S = 60  # to start; a machine that is busy may take long
MOST = 1 << 30  # bytes of an answer
log = logging.getLogger("service")


class DecoderFailed(Exception):
    """The decoder was killed or crashed; another one takes its place."""


class TooMuchMemory(Exception):
    """The job asked for more memory than a decoder may have."""


class Decoder:
    """One process. Raises `DecoderFailed` where it does not answer."""

    def __init__(self, memory: int) -> None:
        self.connection, theirs = Pipe()
        variables = {
            "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        command = [sys.executable, __file__, str(theirs.fileno()), str(memory)]
        self.process = subprocess.Popen(
            command,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        try:
            self.receive(READY_S)
        except DecoderFailed:
            self.kill()
            raise

    def receive(self, seconds: float) -> bytes:
        try:
            if not self.connection.poll(seconds):
                raise DecoderFailed(f"decoding took more than {seconds:g} s")
            return self.connection.recv_bytes(MOST)
        except (EOFError, OSError):
            raise DecoderFailed("the decoder crashed") from None

    def ask(
        self, job: Job, data: bytes, options: dict[str, Any], seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        where = f"{job.__module__}:{job.__qualname__}"
        try:
            self.connection.send_bytes(json.dumps([where, options]).encode())
            self.connection.send_bytes(data)
        except OSError:
            raise DecoderFailed("the decoder crashed") from None
        head = json.loads(self.receive(seconds))
        return head, b"" if "error" in head else self.receive(seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.connection.close()


class Decoders:
    """A few decoders, each of which is killed when it takes too long.

    Args:
        count: how many jobs may run at once.
        seconds: that one job may take.
        memory: bytes that one job may use, beyond what the process needs.
        errors: what a job may raise; anything else is a bug.
        killed: called when one had to be replaced.
    """

    def __init__(
        self,
        count: int,
        *,
        seconds: float,
        memory: int,
        errors: tuple[type[Exception], ...],
        killed: Callable[[], None] = lambda: None,
    ) -> None:
        self._seconds, self._memory, self._killed = seconds, memory, killed
        self._errors = {kind.__name__: kind for kind in errors}
        self._errors[TooMuchMemory.__name__] = TooMuchMemory
        self._idle: queue.SimpleQueue[Decoder | None] = queue.SimpleQueue()
        self._all: set[Decoder] = set()
        self._closed = False
        for _ in range(count):
            self._start()

    @property
    def up(self) -> int:
        """Decoders that run: none of them is a reason not to be ready."""
        return len(self._all)

    def run(
        self, job: Job, data: bytes, **options: Any
    ) -> tuple[np.ndarray, str]:
        """Do a job in an idle decoder; waits for one. Call it in a thread.

        Raises:
            DecoderFailed: it took too long or crashed, and was replaced.
            TooMuchMemory, and `errors`: as the job raised them.
        """
        decoder = self._idle.get()
        if decoder is None:
            raise DecoderFailed("the service is closing")
        try:
            head, body = decoder.ask(job, data, options, self._seconds)
        except BaseException:
            self._replace(decoder)
            raise
        self._idle.put(decoder)
        if kind := head.get("error"):
            if kind not in self._errors:
                raise RuntimeError(f"{kind} in {job.__name__}")
            raise self._errors[kind](head["message"])
        array = np.frombuffer(body, head["dtype"])
        return array.reshape(head["shape"]), head["note"]

    def close(self) -> None:
        """Kill them all; whoever waits for one gets a `DecoderFailed`."""
        self._closed = True
        for decoder in list(self._all):
            decoder.process.kill()
            self._idle.put(None)

    def _start(self) -> None:
        """Start one; on a machine in trouble, try until it is possible."""
        while not self._closed:
            try:
                decoder = Decoder(self._memory)
            except (DecoderFailed, OSError):
                log.exception("no decoder")
                time.sleep(1)
                continue
            self._all.add(decoder)
            self._idle.put(decoder)
            if self._closed:
                self.close()
            return

    def _replace(self, decoder: Decoder) -> None:
        self._all.discard(decoder)
        decoder.kill()
        if not self._closed:
            self._killed()
            self._start()


def work(connection: Connection, memory: int) -> None:
    """Do jobs until the service is gone: the life of one decoder."""
    for number in (signal.SIGTERM, signal.SIGINT):  # the service ends it
        signal.signal(number, signal.SIG_IGN)
    for module in ("imaging", "tensors"):
        importlib.import_module(module)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with contextlib.suppress(OSError):  # the first that the kernel kills
        Path("/proc/self/oom_score_adj").write_text("1000")
    connection.send_bytes(b"ready")
    while True:
        try:
            where, options = json.loads(connection.recv_bytes())
            data = connection.recv_bytes()
        except EOFError:
            return
        module, _, name = where.partition(":")
        body = b""
        try:
            job = getattr(importlib.import_module(module), name)
            array, note = job(data, **options)
            head = {
                "dtype": array.dtype.str,
                "shape": array.shape,
                "note": note,
            }
            body = array.tobytes()
        except MemoryError:
            text = "needs more memory than one request may"
            head = {"error": TooMuchMemory.__name__, "message": text}
        except Exception as error:
            head = {"error": type(error).__name__, "message": str(error)}
        connection.send_bytes(json.dumps(head).encode())
        if body:
            connection.send_bytes(body)
        del data, body


if __name__ == "__main__":
    work(Connection(int(sys.argv[1])), int(sys.argv[2]))
