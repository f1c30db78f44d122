"""Stage "export": the model folder that ships, written beside its place and moved in file by file.

`export_fixture` writes float32 reference outputs of exactly those float16 weights, for checking
other implementations of the graph.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from .encode import load_tokenizer
from .model_card import write_model_card
from .presets import Preset
from .sampling import sample
from .tokenizer import Tokenizer
from .transformer import NORM_EPS, ROPE_BASE, Transformer
from .vocabulary import EXAMPLES, IGNORED, PLACEMENT, SYNONYMS, WORDS, encode_caption, read_prompt

JUDGE_FIXTURE = "fixture.safetensors"
"""What the judge must say about one picture, beside the judge until `export` moves it."""

SHIPPED = ("quantize.embedding.", "post_quant_conv.", "decoder.")


def load_transformer(preset: Preset) -> Transformer:
    model = Transformer(preset)
    model.load_state_dict(torch.load(preset.work_folder / "transformer.pt", map_location="cpu")["model"])
    return model.eval().to(preset.device)


def export_model(preset: Preset) -> None:
    """The model, and what belongs to the one that ships: its judge and the expected values of tests."""
    here = replace(preset, device="cpu")  # what a GPU has trained is exported anywhere
    write_model_folder(preset, load_transformer(here), load_tokenizer(here), preset.model_folder)
    if not preset.ships:
        return
    _export_judge(preset)
    export_fixture(preset, preset.model_folder, _fixtures(preset) / f"{preset.model_folder.name}.safetensors")


def _export_judge(preset: Preset) -> None:
    """Moves the judge of the work folder to the product, and its expected values to the product's tests."""
    folder, fixtures = preset.product_folder / "sidecar" / "judge", _fixtures(preset)
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(preset.judge_folder.iterdir()):
        _copy(source, fixtures / "judge.safetensors" if source.name == JUDGE_FIXTURE else folder / source.name)


def _fixtures(preset: Preset) -> Path:
    folder = preset.product_folder / "test" / "fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copy(source: Path, target: Path) -> None:
    temporary = target.with_suffix(".part")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def write_model_folder(preset: Preset, transformer: Transformer, tokenizer: Tokenizer, folder: Path) -> None:
    """Every file appears whole: written under another name, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    _save_weights(folder / "transformer.safetensors", transformer.state_dict())
    _save_weights(folder / "vq.safetensors", {n: t for n, t in tokenizer.state_dict().items() if n.startswith(SHIPPED)})
    _save_weights(folder / "encoder.safetensors", {n: t for n, t in tokenizer.state_dict().items() if n.startswith("encoder.")})
    _save_text(folder / "zipar-model.json", json.dumps(manifest(preset), indent=2) + "\n")
    _save_text(folder / "vocabulary.json", json.dumps(vocabulary(), indent=2) + "\n")
    if preset.judge_samples:
        _save_text(folder / "MODEL_CARD.md", write_model_card(preset, folder))


def _save_weights(target: Path, tensors: dict[str, Tensor]) -> None:
    temporary = target.with_suffix(".part")
    save_file({name: t.detach().cpu().half().contiguous() for name, t in tensors.items()}, temporary)
    temporary.chmod(0o644)
    temporary.rename(target)


def _save_text(target: Path, text: str) -> None:
    temporary = target.with_suffix(".part")
    temporary.write_text(text)
    temporary.rename(target)


def manifest(preset: Preset) -> dict[str, object]:
    t, v = preset.transformer, preset.tokenizer
    return {
        "format": "zipar-model",
        "version": 1,
        "name": preset.model_name,
        "family": "llamagen",
        "grid": [preset.grid, preset.grid],
        "transformer": {
            "weights": "transformer.safetensors", "layers": t.layers, "dim": t.width, "heads": t.heads, "kvHeads": t.heads,
            "vocab": v.codes, "ropeBase": ROPE_BASE, "normEps": NORM_EPS,
        },
        "condition": {"kind": "words", "tokens": t.prefix, "vocabulary": "vocabulary.json", "rotary": "identity"},
        "vq": {
            "weights": "vq.safetensors", "codebookSize": v.codes, "codebookDim": v.code_width, "channels": v.channels,
            "channelMultipliers": list(v.multipliers), "resBlocks": v.res_blocks, "zChannels": v.z_channels,
            "downsample": v.downsample, "normGroups": v.groups,
        },
        "defaults": {"guidance": preset.guidance, "temperature": 1, "topK": preset.top_k, "topP": 1, "window": preset.window},
    }


def vocabulary() -> dict[str, object]:
    unknown = [w for value in SYNONYMS.values() for w in value.split() if w not in WORDS]
    assert not unknown, f"synonyms point at unknown words: {unknown}"
    return {
        "format": "zipar-vocabulary", "version": 1, "words": list(WORDS), "synonyms": SYNONYMS,
        "ignored": list(IGNORED), "examples": list(EXAMPLES), "placement": PLACEMENT,
    }


def load_exported(preset: Preset, folder: Path) -> tuple[Transformer, Tokenizer]:
    """The exported float16 weights in float32 models (the tokenizer's encoder stays untrained)."""
    transformer, tokenizer = Transformer(preset), Tokenizer(preset.tokenizer)
    transformer.load_state_dict({n: t.float() for n, t in load_file(folder / "transformer.safetensors").items()})
    tokenizer.load_state_dict({n: t.float() for n, t in load_file(folder / "vq.safetensors").items()}, strict=False)
    return transformer.eval(), tokenizer.eval()


@torch.no_grad()
def export_fixture(preset: Preset, folder: Path, target: Path) -> None:
    """For the product's tests: words int64 [T], tokens int64 [P], every 16th row of the logits float32 [P/16, K] (conditional only), image float32 [3, S, S]."""
    transformer, tokenizer = load_exported(preset, folder)
    words = torch.tensor([encode_caption(read_prompt(EXAMPLES[0]), preset.transformer.prefix)])
    tokens = sample(transformer, words, preset.guidance, preset.top_k, torch.Generator().manual_seed(0))
    logits = transformer.forward_padded(words, tokens)
    unpadded = transformer(words[:, (words[0] == 0).sum() :], tokens)
    assert torch.allclose(logits, unpadded, atol=1e-3), "padded and unpadded prefixes must agree"
    temporary = target.with_suffix(".part")
    save_file({"words": words[0], "tokens": tokens[0], "logits": logits[0, ::16].contiguous(), "image": tokenizer.decode(tokens)[0].contiguous()}, temporary)
    temporary.chmod(0o644)
    temporary.rename(target)
