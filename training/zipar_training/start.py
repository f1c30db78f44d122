"""What a model takes over from the `start` model of its preset: everything but the encoder, which no model folder holds."""

from __future__ import annotations

import json
from dataclasses import replace

from safetensors.torch import load_file

from .presets import Preset
from .tokenizer import Tokenizer
from .transformer import Transformer


def transformer_to_start_from(preset: Preset) -> Transformer:
    """The same words, codes and layers; positions turn by rotation, so that they reach over a grid of any size."""
    model = Transformer(preset)
    model.load_state_dict({n: t.float() for n, t in load_file(preset.start_folder / "transformer.safetensors").items()})
    return model.to(preset.device)


def transformer_as_it_is(preset: Preset) -> Transformer:
    """The transformer of the `start` model on its own grid."""
    grid = json.loads((preset.start_folder / "zipar-model.json").read_text())["grid"][0]
    return transformer_to_start_from(replace(preset, side=grid * preset.tokenizer.downsample))


def tokenizer_to_start_from(preset: Preset) -> Tokenizer:
    """Codebook and decoder of the `start` model; the encoder is new."""
    model = Tokenizer(preset.tokenizer)
    model.load_state_dict({n: t.float() for n, t in load_file(preset.start_folder / "vq.safetensors").items()}, strict=False)
    model.whiten.settled.fill_(True)
    model.quantize.begun.fill_(True)
    return model.to(preset.device)
