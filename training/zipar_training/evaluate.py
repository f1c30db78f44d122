"""Stage "evaluate": what the finished model can do, on scenes that training never saw.

`python -m zipar_training cpu evaluate` writes evaluation.json and two contact sheets to the work folder.
`python -m zipar_training.evaluate cpu sweep` tries guidance and top-k settings first.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch

from .contact_sheet import contact_sheet
from .encode import load_tokenizer
from .export import load_transformer
from .judge import ATTRIBUTES, Judge, frechet_distance, statistics
from .pictures import load_pictures, scene_at
from .presets import PRESETS, Preset
from .sampling import sample
from .prompt_set import expectations, holds
from .scenes import Scene, sentence
from .tokenizer import Tokenizer
from .train_judge import features_of, judge_accuracy, load_judge, read_pictures
from .train_tokenizer import reconstruction_quality, to_pixels
from .train_transformer import negative_log_likelihood, validation_pairs
from .transformer import Transformer
from .vocabulary import EXAMPLES, encode_caption, read_prompt

BATCH = {"cpu": 64, "cuda": 500}


def evaluate(preset: Preset) -> dict[str, object]:
    if not preset.judge_samples:
        return {}
    torch.set_num_threads(preset.processes)
    prompts = preset.prompts
    tokenizer, transformer, judge = load_tokenizer(preset), load_transformer(preset), load_judge(preset)
    result: dict[str, object] = {"sampling": {"guidance": preset.guidance, "topK": preset.top_k, "prompts per split": prompts}}
    result["tokenizer"] = _tokenizer_quality(preset, tokenizer, judge)
    pairs = {split: validation_pairs(preset, split, 500) for split in ("seen", "held-out")}
    result["nll"] = {split: round(negative_log_likelihood(transformer, some), 4) for split, some in pairs.items()}
    result["judge on renderings"] = {split: judge_accuracy(preset, judge, split) for split in ("seen", "held-out")}
    pictures = {}
    started = time.time()
    for split in ("seen", "held-out"):
        scenes = [scene_at(split, i) for i in range(prompts)]
        pictures[split] = draw_scenes(preset, transformer, tokenizer, scenes, preset.guidance, preset.top_k)
        result[f"judged, {split}"] = judged(preset, judge, scenes, pictures[split])
    result["seconds a picture, batched raster"] = round((time.time() - started) / (2 * prompts), 3)
    result["frechet"] = _frechet(preset, judge, np.concatenate(list(pictures.values())))
    (preset.work_folder / "evaluation.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2), flush=True)
    contact_sheet(list(pictures["held-out"][:32]), 8).save(preset.work_folder / "samples-held-out.png")
    draw_examples(preset, transformer, tokenizer)
    return result


def _tokenizer_quality(preset: Preset, tokenizer: Tokenizer, judge: Judge) -> dict[str, float]:
    """PSNR and codebook use over the validation renderings, and what the judge still reads off reconstructions."""
    pictures = np.concatenate(load_pictures(preset, "seen") + load_pictures(preset, "held-out"))
    psnr, use = reconstruction_quality(tokenizer, pictures, preset.device)
    share = use / use.sum()
    entropy = float(-(share * torch.log2(share.clamp(min=1e-12))).sum())
    seen = np.asarray(load_pictures(preset, "seen")[0][:preset.prompts])
    ids = torch.cat([tokenizer.encode(to_pixels(seen[i : i + 16], preset.device)) for i in range(0, len(seen), 16)])
    again = decode_pictures(tokenizer, ids)
    ceiling = judged(preset, judge, [scene_at("seen", i) for i in range(len(seen))], again)
    return {
        "psnr": round(psnr, 2), "codes used": round(float((use > 0).float().mean()), 4), "bits a token": round(entropy, 2),
        "judged reconstructions": ceiling,
    }


def draw_scenes(preset: Preset, transformer: Transformer, tokenizer: Tokenizer, scenes: list[Scene], guidance: float, top_k: int) -> np.ndarray:
    """Raster samples for prompts that say everything about their scenes: uint8 [N, S, S, 3]."""
    captions = [read_prompt(sentence(scene)) for scene in scenes]
    return draw_captions(preset, transformer, tokenizer, captions, guidance, top_k)


def draw_captions(preset: Preset, transformer: Transformer, tokenizer: Tokenizer, captions: list[list[str]], guidance: float, top_k: int) -> np.ndarray:
    generator = torch.Generator(preset.device).manual_seed(0)
    words = torch.tensor([encode_caption(caption, preset.transformer.prefix) for caption in captions], device=preset.device)
    tokens = torch.cat([sample(transformer, part, guidance, top_k, generator) for part in words.split(BATCH[preset.device])])
    return decode_pictures(tokenizer, tokens)


@torch.no_grad()
def decode_pictures(tokenizer: Tokenizer, tokens: torch.Tensor) -> np.ndarray:
    """tokens [N, P] -> uint8 [N, S, S, 3]."""
    pixels = torch.cat([tokenizer.decode(part) for part in tokens.split(16)])
    return ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def judged(preset: Preset, judge: Judge, scenes: list[Scene], pictures: np.ndarray) -> dict[str, float]:
    """How often each thing that the prompt says is so in the picture, over the prompts that say it. "all right": everything at once."""
    names = list(ATTRIBUTES)
    read = read_pictures(judge, pictures, preset.device)
    hits: dict[str, list[bool]] = {}
    perfect = []
    for scene, row in zip(scenes, read):
        seen = {name: ATTRIBUTES[name][int(row[i])] for i, name in enumerate(names)}
        checks = [(rate, holds(conditions, seen)) for rate, conditions in expectations(scene)]
        for name, right in checks:
            hits.setdefault(name, []).append(right)
        perfect.append(all(right for _, right in checks))
    rates = {name: round(float(np.mean(values)), 4) for name, values in hits.items()}
    mean = round(float(np.mean(list(rates.values()))), 4)
    return {"mean over attributes": mean, "all right": round(float(np.mean(perfect)), 4), **rates}


def _frechet(preset: Preset, judge: Judge, pictures: np.ndarray) -> dict[str, float]:
    """Distance to 10,000 training renderings, in standardised features; the same for as many validation renderings shows the floor."""
    shards = load_pictures(preset, "train")[:10]
    reference = statistics(torch.cat([features_of(judge, shard, preset.device) for shard in shards]))
    half = len(pictures) // 2
    renderings = np.concatenate([load_pictures(preset, split)[0][:half] for split in ("seen", "held-out")])
    distance = {name: frechet_distance(*reference, *statistics(features_of(judge, some, preset.device))) for name, some in (("samples", pictures), ("renderings", renderings))}
    return {name: round(value, 3) for name, value in distance.items()} | {"pictures": len(pictures)}


def draw_examples(preset: Preset, transformer: Transformer, tokenizer: Tokenizer) -> None:
    """Two unselected samples of every example prompt."""
    captions = [read_prompt(text) for text in EXAMPLES for _ in range(2)]
    pictures = draw_captions(preset, transformer, tokenizer, captions, preset.guidance, preset.top_k)
    contact_sheet(list(pictures), 8).save(preset.work_folder / "samples-examples.png")


SWEPT = ((1.25, 30), (1.5, 20), (1.5, 50), (1.6, 10), (1.75, 20), (1.75, 50), (2, 20), (2, 30), (2, 100), (2.25, 60), (2.5, 30))
"""Guidance and top-k."""


def sweep(preset: Preset, prompts: int = 192) -> None:
    """Judged accuracy over a grid of guidance and top-k, on scenes that `evaluate` does not look at."""
    torch.set_num_threads(preset.processes)
    tokenizer, transformer, judge = load_tokenizer(preset), load_transformer(preset), load_judge(preset)
    scenes = [scene_at("seen", 500 + i) for i in range(prompts)]
    for guidance, top_k in SWEPT:
        pictures = draw_scenes(preset, transformer, tokenizer, scenes, guidance, top_k)
        rates = judged(preset, judge, scenes, pictures)
        print(json.dumps({"guidance": guidance, "topK": top_k, "mean": rates["mean over attributes"], "all right": rates["all right"]}), flush=True)


if __name__ == "__main__":
    if sys.argv[2:] != ["sweep"]:
        sys.exit("usage: python -m zipar_training.evaluate {cpu,gpu} sweep")
    sweep(PRESETS[sys.argv[1]])
