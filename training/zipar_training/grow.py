"""The transformer of a smaller model as the beginning of a deeper one on a larger grid."""

from __future__ import annotations

import json
from dataclasses import replace

from safetensors.torch import load_file

from .presets import Preset
from .transformer import Transformer


def start_transformer(preset: Preset) -> Transformer:
    """The transformer of the `start` model, on the grid and in the size that its manifest says."""
    manifest = json.loads((preset.start_folder / "zipar-model.json").read_text())
    sizes = manifest["transformer"]
    smaller = replace(
        preset, side=manifest["grid"][0] * preset.tokenizer.downsample,
        transformer=replace(preset.transformer, width=sizes["dim"], layers=sizes["layers"], heads=sizes["heads"]),
    )
    model = Transformer(smaller)
    model.load_state_dict({n: t.float() for n, t in load_file(preset.start_folder / "transformer.safetensors").items()})
    return model


def grown_transformer(preset: Preset) -> Transformer:
    """A transformer that says what the `start` model says: same words, same codes, positions by rotation on any grid.

    Layers that the smaller model lacks write nothing to the residual stream at first (`Transformer` initialises them so).
    """
    model = Transformer(preset)
    start = start_transformer(preset).state_dict()
    weights = model.state_dict()
    for name in weights:
        source = name
        if name.startswith("layers."):
            _, layer, rest = name.split(".", 2)
            origin = preset.transformer.grown_from[int(layer)]
            if origin is None:
                continue
            source = f"layers.{origin}.{rest}"
        weights[name] = start[source]
    model.load_state_dict(weights)
    return model
