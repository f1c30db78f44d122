"""Writes MODEL_CARD.md from the logs. No number in it is typed by hand.

`limits/<preset>.md` holds what only a person can say after looking at samples.
"""

from __future__ import annotations

import json
from pathlib import Path

from .loss_curve import loss_curve
from .presets import Preset
from .scenes import BODIES, KINDS, PLACES, TERRAINS, TIMES
from .vocabulary import SYNONYMS, WORDS


def write_model_card(preset: Preset, folder: Path) -> str:
    """Returns the card, and writes the loss curves beside it as SVG."""
    evaluation = _json(preset.work_folder / "evaluation.json")
    sections = [_head(preset, folder), _data(preset), _training(preset, folder), _numbers(preset, evaluation), _limits(preset), _licence()]
    return "\n\n".join(section for section in sections if section) + "\n"


def _json(file: Path) -> dict:
    return json.loads(file.read_text()) if file.exists() else {}


def _lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _parameters(preset: Preset) -> tuple[float, float]:
    """Millions of parameters of transformer and picture decoder."""
    import torch

    count = {}
    for name in ("transformer", "tokenizer"):
        state = torch.load(preset.work_folder / f"{name}.pt", map_location="cpu")["model"] if (preset.work_folder / f"{name}.pt").exists() else {}
        count[name] = sum(t.numel() for n, t in state.items() if name == "transformer" or n.startswith(("decoder.", "post_quant_conv."))) / 1e6
    return count["transformer"], count["tokenizer"]


def _head(preset: Preset, folder: Path) -> str:
    transformer, decoder = _parameters(preset)
    t, v = preset.transformer, preset.tokenizer
    return f"""# {preset.model_name}

A small autoregressive text-to-picture model, made for ZipAR Studio. It paints stylised landscapes of
{preset.side}x{preset.side} pixels, {preset.grid}x{preset.grid} tokens each, from a caption of known words.
Its purpose is to show and measure parallel decoding on an ordinary CPU. It is not a general picture model.

| part | architecture | size |
|---|---|---|
| transformer | LlamaGen's GPT: {t.layers} layers, width {t.width}, {t.heads} heads, 2D rotary positions, SwiGLU; {t.prefix} caption slots in front of the picture (left-padded, not rotated) | {transformer:.2f} M parameters |
| picture decoder | LlamaGen's VQ decoder: {v.channels} channels x {list(v.multipliers)}, {v.codes} l2-normalised codes of width {v.code_width}, {v.groups} groups a norm, {v.downsample} pixels a token side | {decoder:.2f} M parameters |

Weights are float16 safetensors. {_standing()}"""


def _standing() -> str:
    return "`encoder.safetensors` turns pictures into tokens (graph: `training/zipar_training/tokenizer.py`)."


def _data(preset: Preset) -> str:
    return f"""## Data

This repository renders all {preset.pictures:,} pictures by `training/zipar_training/renderer.py`, from a compositional grammar (`scenes.py`).
No picture comes from anywhere else. A scene has these parts:

- time of day: {', '.join(TIMES)};
- sun or moon: {', '.join(BODIES[1:])}, with colour and place;
- stars, clouds, aurora and rainbow;
- terrain: {', '.join(TERRAINS)}, some with a colour;
- none, one or two things: {', '.join(KINDS)}, with colour, and with a place ({'/'.join(PLACES)}).

The tokenizer and the judge see pictures in both orientations. The transformer learns from {preset.encoded:,}{_beyond(preset)}. Every second one
is in mirror image, with left and right swapped in its caption. {_captions(preset)}.
A tenth of the captions is dropped for classifier-free guidance. Training never shows a tenth of the combinations of time, terrain,
sun or moon, and things ("held-out" below). The vocabulary has {len(WORDS) - 2} words and {len(SYNONYMS)} synonyms."""


def _captions(preset: Preset) -> str:
    if preset.tells:
        return "Captions vary in phrasing and order; they name every thing with its place, and mostly all the rest"
    return "Captions vary in phrasing, order and in what they leave out"


def _beyond(preset: Preset) -> str:
    return " of them" if preset.encoded <= preset.pictures else f" (those and {preset.encoded - preset.pictures:,} more)"


def _training(preset: Preset, folder: Path) -> str:
    stages = _lines(preset.work_folder / "stages.jsonl")
    tokenizer, transformer, decoder = (_lines(preset.work_folder / f"{name}-log.jsonl") for name in ("tokenizer", "transformer", "decoder"))
    rows = []
    for log, name, what in ((tokenizer, "tokenizer", "tokenizer"), (transformer, "transformer", "transformer"), (decoder, "decoder", "picture decoder alone, from the same tokens")):
        if log:
            last = log[-1]
            figure = {"tokenizer": "PSNR {psnr} dB on the first validation pictures", "transformer": "training loss {train}", "decoder": "PSNR {psnr} dB on 64 validation pictures"}[name]
            rows.append(f"| {what} | {last['samples']:,} | {last['step']:,} | {last['minutes'] * (preset.processes if preset.device == 'cpu' else 1):.0f} min | {figure.format(**last)} |")
    curves = [("tokenizer-psnr.svg", "Tokenizer: PSNR on validation pictures (dB)", tokenizer, ("psnr",)), ("transformer-nll.svg", "Transformer: nats a token", transformer, ("train", "seen", "held-out")), ("decoder-psnr.svg", "Picture decoder alone: PSNR on 64 validation pictures (dB)", decoder, ("psnr",))]
    for file, title, log, names in curves:
        if log:
            (folder / file).write_text(loss_curve(title, [x["samples"] for x in log], {name: [x[name] for x in log] for name in names}))
    about = next((stage for stage in reversed(stages) if stage["stage"] == "transformer"), {})
    return "\n".join([
        "## Training", "",
        f"`training/train.sh {preset.name}`, seeds fixed in the code; Python {about.get('python', '?')}, PyTorch {about.get('torch', '?')}, {about.get('processor', '?')}, "
        f"lengths in samples. Minutes are {'those of all processors together' if preset.device == 'cpu' else 'processor time of the process that fed the GPU'}. "
        "During training, a linear head reads from the middle of the transformer what each third of the picture holds (`layout.py`). The head does not ship.", "",
        "| stage | samples | steps | processor time | |", "|---|---|---|---|---|", *rows, "",
        "\n\n".join(f"![{title}]({file})" for file, title, log, _ in curves if log),
    ]).rstrip()


def _numbers(preset: Preset, evaluation: dict) -> str:
    if not evaluation:
        return "## Numbers\n\nThis is an early export. It has not been evaluated yet."
    tokenizer, sampling = evaluation["tokenizer"], evaluation["sampling"]
    columns = {"seen combinations": evaluation["judged, seen"], "held-out combinations": evaluation["judged, held-out"], "reconstructions (ceiling)": tokenizer["judged reconstructions"]}
    names = list(columns["seen combinations"])
    table = [f"| {name} | " + " | ".join(f"{100 * column[name]:.1f} %" if name in column else "-" for column in columns.values()) + " |" for name in names]
    judge = evaluation["judge on renderings"]
    judge_rates = [rate for split in judge.values() for rate in split.values()]
    return "\n".join([
        "## Numbers", "",
        f"All numbers are from `training/train.sh {preset.name} evaluate`, over validation renderings and prompts that training never saw. Conditions: raster decoding, "
        f"guidance {sampling['guidance']}, top-k {sampling['topK']}, {sampling['prompts per split']} prompts a column, float32 weights.", "",
        f"- Reconstruction: **{tokenizer['psnr']} dB** mean PSNR over {2 * preset.validation:,} pictures; **{100 * tokenizer['codes used']:.0f} %** of the codebook is in use, {tokenizer['bits a token']} bits a token.",
        f"- Validation negative log-likelihood: {evaluation['nll']['seen']} nats a token (seen combinations), {evaluation['nll']['held-out']} (held-out).",
        f"- Fréchet distance in the judge's standardised features to 10,000 renderings: {evaluation['frechet']['samples']} for {evaluation['frechet']['pictures']} samples. For as many validation renderings it is {evaluation['frechet']['renderings']}, which is the floor.",
        f"- The judge itself: {100 * sum(judge_rates) / len(judge_rates):.2f} % mean over attributes on validation renderings, {100 * min(judge_rates):.1f} % on its worst attribute.", "",
        "The table shows judged accuracy, each attribute over the prompts that mention it.", "",
        "| attribute | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns), *table,
    ])


def _limits(preset: Preset) -> str:
    file = Path(__file__).parent / "limits" / f"{preset.name}.md"
    return "## Limits\n\n" + file.read_text().strip() if file.exists() else ""


def _licence() -> str:
    return "## Licence\n\nMIT, like the rest of this repository. This repository also renders the pictures that the model was trained on."
