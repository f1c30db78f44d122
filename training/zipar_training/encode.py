"""Stage "encode": pictures become tokens, once. Every other picture is encoded in mirror image.

Pictures beyond those that were stored are rendered here and not kept.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from .parallel import run_workers
from .pictures import SHARD, render_shard, scene_at, shard_file
from .presets import Preset
from .scenes import Scene, mirrored
from .tokenizer import Tokenizer
from .train_tokenizer import to_pixels


def load_tokenizer(preset: Preset) -> Tokenizer:
    """The trained tokenizer, with the polished decoder if there is one."""
    model = Tokenizer(preset.tokenizer)
    model.load_state_dict(torch.load(preset.work_folder / "tokenizer.pt", map_location="cpu")["model"])
    polished = preset.work_folder / "decoder.pt"
    if polished.exists():
        model.load_state_dict(torch.load(polished, map_location="cpu")["model"], strict=False)
    return model.eval().to(preset.device)


def tokens_file(preset: Preset, split: str, shard: int) -> Path:
    return preset.work_folder / "tokens" / f"{split}-{shard * SHARD:07d}.npy"


def is_mirrored(split: str, index: int) -> bool:
    """Training pictures with odd numbers are used in mirror image."""
    return split == "train" and index % 2 == 1


def scene_of_tokens(split: str, index: int) -> Scene:
    """The scene that the stored tokens show."""
    scene = scene_at(split, index)
    return mirrored(scene) if is_mirrored(split, index) else scene


def encode_pictures(preset: Preset) -> None:
    (preset.work_folder / "tokens").mkdir(exist_ok=True)
    run_workers(_encode, preset.processes if preset.device == "cpu" else 1, preset)


def _encode(rank: int, preset: Preset) -> None:
    model = load_tokenizer(preset)
    jobs = [(split, number) for split in ("seen", "held-out", "train") for number in range((preset.encoded if split == "train" else preset.validation) // SHARD)]
    for split, number in jobs[rank :: torch.distributed.get_world_size()]:
        target = tokens_file(preset, split, number)
        if target.exists():
            continue
        stored = shard_file(preset.work_folder, split, number * SHARD)
        shard = np.load(stored, mmap_mode="r") if stored.exists() else render_shard(split, number * SHARD, preset.side, preset.detail)
        tokens = []
        for first in range(0, len(shard), 50):
            batch = np.array(shard[first : first + 50])
            for offset in range(len(batch)):
                if is_mirrored(split, first + offset):
                    batch[offset] = batch[offset, :, ::-1].copy()
            tokens.append(model.encode(to_pixels(batch, preset.device)).cpu().numpy().astype(np.int16))
        temporary = target.with_suffix(".part.npy")
        np.save(temporary, np.concatenate(tokens))
        temporary.rename(target)
        print(f"encode: {split} shard {number}", flush=True)


def load_tokens(preset: Preset, split: str) -> np.ndarray:
    """int16 [N, P] of a split, in order."""
    files = sorted((preset.work_folder / "tokens").glob(f"{split}-*[0-9].npy"))
    return np.concatenate([np.load(file) for file in files])
