"""From a checkpoint to a signed release, or to the gate that stops it.

    python release.py --key release.key [--weights file] [--version 1.0.0]

Compares with the last release in `release/`, whose signature must be of the
same key; `--first` says that there is none.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import numpy as np
import torch

from artifact import SIGNER, Manifest, verify
from build import build, crops, photographs
from imaging import PREPROCESSING, prepare
from model import Predict, open_model, self_test

RELEASES = Path("release")
CHANGED = 0.1  # share of decisions that a new version may change
LABELED = {"flower.jpg": "daisy", "china.jpg": "palace"}


class Stopped(Exception):
    """A gate did not hold; the message says what it saw."""


def no_code_inside(folder: Path) -> None:
    """No pickle in the program wants anything but tensors."""
    with zipfile.ZipFile(folder / "model.pt2") as archive:
        for name in archive.namelist():
            if name.endswith(".pt"):
                with archive.open(name) as member:
                    wanted = torch.serialization
                    found = wanted.get_unsafe_globals_in_checkpoint(member)
                if found:
                    raise Stopped(f"{name} wants {found}")


def labels(predict: Predict, folder: Path) -> None:
    """Photographs that people labeled: the model must know them."""
    names = (folder / "labels.txt").read_text().splitlines()
    for path in photographs():
        image = prepare(path.read_bytes(), 25_000_000)
        answer = names[int(predict(image[None])[0].argmax())]
        if answer != LABELED[path.name]:
            wanted = LABELED[path.name]
            raise Stopped(f"{path.name} is {wanted}, not {answer}")


def decisions(predict: Predict, images: np.ndarray) -> np.ndarray:
    """The most probable class of each image, in batches as when served."""
    parts = np.split(images, range(4, len(images), 4))
    return np.concatenate([predict(part).argmax(1) for part in parts])


def last_release(key: Path, first: bool) -> Path | None:
    """The artifact to compare with; None for the first release.

    Raises:
        Stopped: nothing to compare with, or not what was signed.
    """
    released = list(RELEASES.glob("*/artifact"))
    if first:
        if released:
            raise Stopped("this is not the first release")
        return None
    if not released:
        raise Stopped(f"nothing in {RELEASES}/ to compare with")
    last = max(released, key=lambda folder: folder.stat().st_mtime)
    verify_signature(last, key)
    return last


def changes(predict: Predict, last: Path) -> None:
    """A new version decides mostly as the released one does."""
    images = crops(32)
    manifest = verify(last, PREPROCESSING)
    old = open_model(last, manifest.export.format)
    same = decisions(old, images) == decisions(predict, images)
    changed = 1 - float(same.mean())
    if changed > CHANGED:
        raise Stopped(f"{changed:.0%} of decisions change; {CHANGED:.0%} may")


def batches(predict: Predict, tolerance: float) -> None:
    """An image gets the same answer in whichever batch it is."""
    images = crops(8)
    alone = np.concatenate([predict(image[None]) for image in images])
    difference = float(np.abs(predict(images) - alone).max())
    if difference > tolerance:
        raise Stopped(f"a batch changes answers by {difference:.1e}")


def served(folder: Path, tolerance: float) -> None:
    """The real server gives the golden answer, and stops when told to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"SERVICE_ARTIFACT": str(folder), "SERVICE_DRAIN_S": "0"}
    environment["SERVICE_DEADLINE_S"] = "60"  # a build machine may be busy
    environment["SERVICE_DECODE_S"] = "60"
    environment["SERVICE_ANONYMOUS"] = "true"  # for these few seconds
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command += ["server:create_app", "--port", str(port)]
    with Path("server.log").open("w") as log:
        server = subprocess.Popen(
            command, env=os.environ | environment, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            while True:
                try:
                    if client.get("/readyz").status_code == 200:
                        break
                    if client.get("/livez").status_code != 200:
                        raise Stopped("the server cannot open the artifact")
                except httpx.TransportError:
                    pass
                if server.poll() is not None:
                    raise Stopped("the server ends by itself")
                time.sleep(0.1)
            answer = client.post(
                "/v1/classify",
                content=(folder / "golden.jpg").read_bytes(),
                headers={"Content-Type": "image/jpeg"},
                timeout=60,
            ).raise_for_status()
        golden = max(json.loads((folder / "golden.json").read_text()))
        best = answer.json()["labels"][0]["probability"]
        if abs(best - golden) > tolerance:
            raise Stopped(f"served {best:.3f}, golden {golden:.3f}")
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
    finally:
        server.kill()
        server.wait()


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Stopped(done.stderr.strip().splitlines()[-1])


def sign(folder: Path, key: Path) -> None:
    where = "--signature", f"{folder}.sig", folder
    run(*SIGNER, "sign", "key", "--private_key", key, *where)


def verify_signature(folder: Path, key: Path) -> None:
    """Raises `Stopped` unless this key signed these very bytes."""
    public = key.with_suffix(".pub")
    run("openssl", "ec", "-in", key, "-pubout", "-out", public)
    where = "--signature", f"{folder}.sig", folder
    try:
        run(*SIGNER, "verify", "key", "--public_key", public, *where)
    except Stopped as error:
        raise Stopped(f"{folder} is not what was signed: {error}") from None


def release(
    key: Path, weights: Path | None, version: str, first: bool = False
) -> Path:
    """Everything between a checkpoint and a folder that may be deployed.

    Raises:
        Stopped: by the first gate that does not hold. Nothing is released.
    """
    target = RELEASES / f"efficientnet-lite0-{version}"
    if target.exists():
        raise Stopped(f"{target} was released before: take a new version")
    last = last_release(key, first)
    work = Path("candidate")
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "artifact"
    manifest: Manifest = build(folder, weights=weights, version=version)
    tolerance = manifest.tolerances.max_abs
    verify(folder, PREPROCESSING)
    no_code_inside(folder)
    print("ok    the manifest holds, no code inside")
    predict = open_model(folder, manifest.export.format)
    self_test(predict, folder, tolerance)
    batches(predict, tolerance)
    print("ok    golden answer, batch invariance")
    labels(predict, folder)
    print("ok    labeled photographs")
    if last is not None:
        changes(predict, last)
        print(f"ok    decisions of {last.parent.name}")
    served(folder, tolerance)
    print("ok    served by the real server, and stopped")
    sign(folder, key)
    print("ok    signed")
    RELEASES.mkdir(exist_ok=True)
    work.rename(target)
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--first", action="store_true")
    try:
        print("released", release(**vars(parser.parse_args())))
    except (Stopped, SystemExit) as stopped:
        sys.exit(f"STOP  {stopped}")
