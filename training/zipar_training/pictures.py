"""Stage "render": the training and validation pictures, in resumable shards on disk."""

from __future__ import annotations

import time
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from .detail import Detail
from .presets import Preset
from .renderer import render
from .scenes import Scene, scene_of

SHARD = 1000
# The first seed of each split: the splits never share a scene seed.
FIRST_SEED = {"train": 0, "seen": 10_000_000, "held-out": 20_000_000}


def scene_at(split: str, index: int) -> Scene:
    return scene_of(FIRST_SEED[split] + index, held_out=split == "held-out")


def shard_file(folder: Path, split: str, first: int) -> Path:
    return folder / "pictures" / f"{split}-{first:07d}.npy"


def render_shard(split: str, first: int, side: int, detail: Detail, count: int = SHARD) -> np.ndarray:
    """uint8 [count, side, side, 3], from picture number `first` on."""
    return np.stack([render(scene_at(split, i), FIRST_SEED[split] + i, side, detail) for i in range(first, first + count)])


def _render_shard(job: tuple[Path, str, int, int, Detail]) -> None:
    folder, split, first, side, detail = job
    target = shard_file(folder, split, first)
    shard = render_shard(split, first, side, detail)
    temporary = target.with_suffix(".part.npy")
    np.save(temporary, shard)
    temporary.rename(target)


def render_all(preset: Preset) -> None:
    """Renders whatever shards are missing."""
    (preset.work_folder / "pictures").mkdir(parents=True, exist_ok=True)
    wanted = [("seen", first) for first in range(0, preset.validation, SHARD)]
    wanted += [("held-out", first) for first in range(0, preset.validation, SHARD)]
    wanted += [("train", first) for first in range(0, preset.pictures, SHARD)]
    jobs = [
        (preset.work_folder, split, first, preset.side, preset.detail)
        for split, first in wanted
        if not shard_file(preset.work_folder, split, first).exists()
    ]
    started = time.time()
    with Pool(preset.processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(_render_shard, jobs), 1):
            print(f"render: {done}/{len(jobs)} shards, {time.time() - started:.0f} s", flush=True)


def load_pictures(preset: Preset, split: str) -> list[np.ndarray]:
    """The rendered shards of a split, memory-mapped: each uint8 [1000, side, side, 3]."""
    files = sorted((preset.work_folder / "pictures").glob(f"{split}-*[0-9].npy"))
    return [np.load(file, mmap_mode="r") for file in files]
