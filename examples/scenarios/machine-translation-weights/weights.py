"""Trained weights in a folder, with what they are and how they came."""

import dataclasses
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from subwords import Subwords
from translator import Config, Translator

MANIFEST = "manifest.json"


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def save_model(folder: Path, model: Translator, subwords: Subwords) -> None:
    """Half the bytes: the tests show that float16 is exact enough."""
    half = {
        name: tensor.half().contiguous()
        for name, tensor in model.state_dict().items()
    }
    save_file(half, folder / "model.safetensors")
    subwords.save(folder / "tokenizer.json")


def seal(folder: Path, config: Config, facts: dict[str, Any]) -> None:
    """Write down what is in the folder, after everything else."""
    names = sorted(p.name for p in folder.iterdir() if p.name != MANIFEST)
    manifest = {
        "config": dataclasses.asdict(config),
        **facts,
        "files": {name: digest(folder / name) for name in names},
    }
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / MANIFEST).write_text(text)


def check(folder: Path) -> dict[str, Any]:
    """The manifest, if the files are those that it names.

    Raises:
        ValueError: they are not.
    """
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    for name, expected in manifest["files"].items():
        if digest(folder / name) != expected:
            raise ValueError(f"{name} is not the file that was sealed")
    return manifest


def load(folder: Path) -> tuple[Translator, Subwords, dict[str, Any]]:
    """Model, vocabulary and manifest of a folder that was checked."""
    manifest = check(folder)
    model = Translator(Config(**manifest["config"]))
    tensors = load_file(folder / "model.safetensors")
    model.load_state_dict({n: t.to(torch.float32) for n, t in tensors.items()})
    return model.eval(), Subwords.load(folder / "tokenizer.json"), manifest
