"""A preset that trains in seconds, in a folder of its own, and a program that runs one of its stages.

`python -m tests.tiny FOLDER STAGE SAMPLES` trains until SAMPLES are seen.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from zipar_training.detail import FINE
from zipar_training.presets import FIXTURE, SHIPPED_MODELS, Preset
from zipar_training.stages import STAGES


@dataclass(frozen=True)
class TinyPreset(Preset):
    folder: Path = field(default=Path())

    @property
    def work_folder(self) -> Path:
        return self.folder

    @property
    def product_folder(self) -> Path:
        return self.folder.parent / "product"


def tiny_preset(folder: Path, samples: int) -> TinyPreset:
    """Pictures of 64 pixels and 8x8 tokens, for a model that ships."""
    values = {name: getattr(FIXTURE, name) for name in Preset.__dataclass_fields__}
    values |= {
        "name": "tiny", "side": 64, "models": SHIPPED_MODELS, "pictures": 1000, "encoded": 2000, "detail": FINE, "judge_side": 64, "judge_samples": samples, "prompts": 4,
        "tokenizer": replace(FIXTURE.tokenizer, samples=samples, polish_samples=samples, batch=2, crop=32),
        "transformer": replace(FIXTURE.transformer, samples=samples, batch=4),
    }
    return TinyPreset(**values, folder=folder)


def lay_out(folder: Path) -> None:
    """Random pictures and tokens, as the stages before would leave them."""
    random = np.random.default_rng(1)
    for name in ("pictures", "tokens"):
        (folder / name).mkdir(parents=True)
    for split in ("train", "seen", "held-out"):
        count = 1000 if split == "train" else 100
        np.save(folder / "pictures" / f"{split}-0000000.npy", random.integers(256, size=(count, 64, 64, 3), dtype=np.uint8))
        np.save(folder / "tokens" / f"{split}-0000000.npy", random.integers(FIXTURE.tokenizer.codes, size=(count, 64), dtype=np.int16))


if __name__ == "__main__":
    STAGES[sys.argv[2]](tiny_preset(Path(sys.argv[1]), int(sys.argv[3])))
