"""Checkpoints that are whole or not there: written under another name, flushed, then renamed."""

from __future__ import annotations

import os
from pathlib import Path

import torch


def save_checkpoint(target: Path, state: dict[str, object]) -> None:
    temporary = target.with_suffix(".part")
    with open(temporary, "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)


def load_checkpoint(source: Path, device: str = "cpu") -> dict[str, object] | None:
    """The state that was saved last, or None where nothing was."""
    return torch.load(source, map_location=device) if source.exists() else None
