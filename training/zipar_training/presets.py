"""Everything that differs between a model for two CPU cores and one for a data-centre GPU."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


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
    minutes: float
    """Wall time of training; the learning rate reaches zero when it is spent."""
    polish_minutes: float
    """Further training of the decoder alone, once tokens are fixed."""
    batch: int
    learning_rate: float
    crop: int
    """Side of the training crops during the first half of the time; full pictures afterwards."""

    @property
    def downsample(self) -> int:
        return 2 ** (len(self.multipliers) - 1)


@dataclass(frozen=True)
class TransformerPreset:
    width: int
    layers: int
    heads: int
    minutes: float
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
    """How many of them become tokens for the transformer (encoding takes a tenth of the time of training on a picture)."""
    tokenizer: TokenizerPreset
    transformer: TransformerPreset
    judge_minutes: float
    processes: int
    device: str
    guidance: float
    top_k: int
    """Sampling defaults, found by the sweep of `evaluate`."""
    window: int
    """Default ZipAR window."""
    validation: int = 1000
    """Held-out pictures, once for known and once for held-out combinations."""

    @property
    def grid(self) -> int:
        return self.side // self.tokenizer.downsample

    @property
    def work_folder(self) -> Path:
        return REPOSITORY / ".training" / self.name

    @property
    def model_folder(self) -> Path:
        return REPOSITORY / "sidecar" / "models" / self.model_name

    @property
    def judge_folder(self) -> Path:
        return REPOSITORY / "sidecar" / "judge"


CPU = Preset(
    name="cpu",
    model_name="vista-16",
    side=128,
    pictures=30_000,
    encoded=30_000,
    tokenizer=TokenizerPreset(
        codes=1024, code_width=8, encoder_channels=64, channels=24, multipliers=(1, 1, 2, 4), res_blocks=1, z_channels=64, groups=8,
        minutes=60, polish_minutes=40, batch=8, learning_rate=1.5e-3, crop=64,
    ),
    transformer=TransformerPreset(width=192, layers=6, heads=4, minutes=170, batch=16, learning_rate=2e-3),
    judge_minutes=6,
    processes=2,
    device="cpu",
    guidance=2.0,
    top_k=20,
    window=9,
)

GPU = Preset(
    name="gpu",
    model_name="vista-32",
    side=256,
    pictures=120_000,
    encoded=120_000,
    tokenizer=TokenizerPreset(
        codes=4096, code_width=8, encoder_channels=128, channels=64, multipliers=(1, 1, 2, 4), res_blocks=1, z_channels=128, groups=8,
        minutes=10, polish_minutes=4, batch=64, learning_rate=6e-4, crop=128,
    ),
    transformer=TransformerPreset(width=384, layers=9, heads=6, minutes=18, batch=128, learning_rate=1e-3),
    judge_minutes=3,
    processes=16,
    device="cuda",
    guidance=2.0,
    top_k=200,
    window=16,
)

PRESETS = {preset.name: preset for preset in (CPU, GPU)}
