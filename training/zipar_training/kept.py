"""Stage products that are kept in git: `training/weights/<preset>/`, without the state of optimizers.

Matrices are kept in 8 bits with a scale a row, since git keeps every version for good. Small tensors, such as the codebook, are
float16. Training goes on from there and soon makes up for the difference.

`python -m zipar_training cpu24 keep` writes them. Where the work folder lacks a checkpoint every run begins with what is
kept, finished or not, so that hours of training survive the folder that git ignores.
"""

from __future__ import annotations

import json
import shutil

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .checkpoint import load_checkpoint, save_checkpoint
from .presets import Preset

PRODUCTS = ("echo", "tokenizer", "judge", "transformer", "decoder")
"""Names of checkpoints."""
WEIGHTS = ("encoder", "model", "head")
"""Entries of a checkpoint that hold weights."""
COUNTS = ("step", "samples", "minutes")
LOGS = "*.jsonl"
LARGE = 16_384
"""Tensors of so many numbers are kept in 8 bits."""
SCALE = ".scale"


def keep(preset: Preset) -> None:
    """Copies the weights of every checkpoint, and the logs. An echo is left out once there is a tokenizer that began with it."""
    folder = preset.kept_folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in PRODUCTS:
        state = load_checkpoint(preset.work_folder / f"{name}.pt")
        target = folder / f"{name}.safetensors"
        if state is None:
            continue
        if name == "echo" and (preset.work_folder / "tokenizer.pt").exists():
            target.unlink(missing_ok=True)
            continue
        tensors = {key: tensor for part in WEIGHTS for inner, weight in state.get(part, {}).items() for key, tensor in _small(f"{part}.{inner}", weight).items()}
        temporary = target.with_suffix(".part")
        save_file(tensors, temporary, {"counts": json.dumps({count: state[count] for count in COUNTS})})
        temporary.chmod(0o644)
        temporary.replace(target)
        print(f"keep: {target.name}, {target.stat().st_size / 1e6:.1f} MB, {state['samples']:.0f} samples", flush=True)
    for log in preset.work_folder.glob(LOGS):
        shutil.copyfile(log, folder / log.name)


def restore(preset: Preset) -> None:
    """Makes a checkpoint of everything that is kept and has none; optimizers begin anew there."""
    for name in PRODUCTS:
        source, target = preset.kept_folder / f"{name}.safetensors", preset.work_folder / f"{name}.pt"
        if not source.exists() or target.exists():
            continue
        state: dict[str, object] = {}
        with safe_open(source, "pt") as file:
            keys = set(file.keys())
            for key in keys:
                if key.endswith(SCALE) and key.removesuffix(SCALE) in keys:
                    continue
                part, _, inner = key.partition(".")
                tensor = file.get_tensor(key)
                if key + SCALE in keys:
                    tensor = tensor.float() * file.get_tensor(key + SCALE)
                state.setdefault(part, {})[inner] = tensor.float() if tensor.dtype == torch.float16 else tensor
            state |= json.loads(file.metadata()["counts"])
        save_checkpoint(target, state)
        print(f"{name}: goes on from {source.relative_to(preset.kept_folder.parents[2])}, {state['samples']:.0f} samples", flush=True)
    for log in preset.kept_folder.glob(LOGS):
        if not (preset.work_folder / log.name).exists():
            shutil.copyfile(log, preset.work_folder / log.name)


def _small(key: str, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype != torch.float32:
        return {key: tensor}
    if tensor.numel() < LARGE or tensor.dim() < 2:
        return {key: tensor.half()}
    scale = tensor.abs().amax(dim=tuple(range(1, tensor.dim())), keepdim=True).clamp(min=1e-12) / 127
    return {key: (tensor / scale).round().to(torch.int8), key + SCALE: scale}
