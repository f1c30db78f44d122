"""Everything that differs between the models: for a data-centre GPU, for two CPU cores, and for tests.

Lengths of training are in samples, never in minutes, so that a slow or stopped machine changes no schedule.
The model that ships is that of `gpu`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from .detail import COARSE, FINE, Detail

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED_MODELS = "sidecar/models"
"""The folder of the models that ship, in the repository."""


@dataclass(frozen=True)
class TokenizerPreset:
    codes: int
    code_width: int
    encoder_channels: int
    channels: int
    multipliers: tuple[int, ...]
    res_blocks: int
    z_channels: int
    groups: int
    samples: int
    """Pictures of training (a crop counts as the part of a picture that it is); the learning rate reaches zero after the last."""
    polish_samples: int
    """Further training of the decoder alone, once tokens are fixed."""
    batch: int
    learning_rate: float
    crop: int
    """Side of the training crops in the first part of training; full pictures afterwards."""

    @property
    def downsample(self) -> int:
        return 2 ** (len(self.multipliers) - 1)


@dataclass(frozen=True)
class TransformerPreset:
    width: int
    layers: int
    heads: int
    samples: int
    """(caption, tokens) pairs of training; the learning rate reaches zero after the last."""
    batch: int
    learning_rate: float
    prefix: int = 20


@dataclass(frozen=True)
class Preset:
    name: str
    model_name: str
    side: int
    pictures: int
    """Training pictures."""
    encoded: int
    """How many of them become tokens for the transformer (encoding takes a tenth of the time of training on a picture); those beyond `pictures` are rendered for it and not kept."""
    tokenizer: TokenizerPreset
    transformer: TransformerPreset
    judge_samples: int
    """Pictures that the judge learns from; with none there is no judge, and nothing to evaluate."""
    processes: int
    device: str
    guidance: float
    top_k: int
    """Sampling defaults, found by the sweep of `evaluate`."""
    window: int
    """Default ZipAR window."""
    validation: int = 1000
    """Held-out pictures, once for known and once for held-out combinations."""
    detail: Detail = COARSE
    judge_side: int = 128
    """Side of the pictures that the judge looks at; larger ones are averaged down."""
    prompts: int = 256
    """Prompts a split in `evaluate`."""
    tells: bool = False
    """Whether training captions name everything that stands in the picture (`telling_caption`) or leave some of it out."""
    models: str = SHIPPED_MODELS
    """Where `export` puts the model folder."""

    @property
    def grid(self) -> int:
        return self.side // self.tokenizer.downsample

    @property
    def work_folder(self) -> Path:
        return REPOSITORY / ".training" / self.name

    @property
    def product_folder(self) -> Path:
        """Where `export` puts model, judge and fixtures of tests."""
        return REPOSITORY

    @property
    def ships(self) -> bool:
        """Whether `export` puts the judge and the expected values of tests into the product, too."""
        return self.models == SHIPPED_MODELS

    @property
    def model_folder(self) -> Path:
        return self.product_folder / self.models / self.model_name

    @property
    def judge_folder(self) -> Path:
        """Where the judge stands until `export` moves it to the product."""
        return self.work_folder / "judge"


CPU = Preset(
    name="cpu",
    model_name="vista-16",
    side=128,
    pictures=30_000,
    encoded=30_000,
    tokenizer=TokenizerPreset(
        codes=1024, code_width=8, encoder_channels=64, channels=24, multipliers=(1, 1, 2, 4), res_blocks=1, z_channels=64, groups=8,
        samples=17_400, polish_samples=18_800, batch=8, learning_rate=1.5e-3, crop=64,
    ),
    transformer=TransformerPreset(width=192, layers=6, heads=4, samples=133_000, batch=16, learning_rate=2e-3),
    judge_samples=24_000,
    processes=2,
    device="cpu",
    guidance=2.0,
    top_k=20,
    window=9,
    models=".training/cpu/models",
)

GPU = Preset(
    name="gpu",
    model_name="vista-32",
    side=256,
    pictures=120_000,
    encoded=120_000,
    tokenizer=TokenizerPreset(
        codes=1024, code_width=8, encoder_channels=64, channels=24, multipliers=(1, 1, 2, 4), res_blocks=1, z_channels=64, groups=8,
        samples=90_000, polish_samples=60_000, batch=128, learning_rate=1.5e-3, crop=128,
    ),
    transformer=TransformerPreset(width=256, layers=6, heads=4, samples=900_000, batch=128, learning_rate=2e-3),
    judge_samples=100_000,
    processes=16,
    device="cuda",
    guidance=1.6,
    top_k=10,
    window=16,
    detail=FINE,
    prompts=500,
    tells=True,
)

FIXTURE = replace(
    CPU,
    name="fixture",
    model_name="vista-small",
    pictures=4_000,
    encoded=4_000,
    tokenizer=replace(
        CPU.tokenizer, codes=256, encoder_channels=16, channels=8, z_channels=32, groups=4, samples=6_000, polish_samples=2_000,
    ),
    transformer=replace(CPU.transformer, width=64, layers=2, heads=2, samples=24_000),
    judge_samples=0,
    tells=True,
    models="test/fixtures/models",
)
"""A model of some hundred kilobytes for the product's tests: quick, and no better than they need it."""

PRESETS = {preset.name: preset for preset in (CPU, GPU, FIXTURE)}
