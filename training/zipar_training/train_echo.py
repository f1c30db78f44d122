"""Stage "echo": the new encoder first learns to name the codes of pictures that the `start` model itself draws.

Their codes are known, so that no gradient has to come through the decoder: five times the pictures in the same time, and
each token has an answer. What it does not learn here, sharp edges and larger pictures, is left to stage "encoder".
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from .checkpoint import load_checkpoint, save_checkpoint
from .parallel import SampleClock, Timer, Work, average_gradients, run_workers
from .presets import Preset
from .sampling import sample
from .scenes import random_caption, scene_of
from .start import tokenizer_to_start_from, transformer_as_it_is
from .train_tokenizer import to_pixels
from .vocabulary import encode_caption

DRAWN = 25
"""Pictures that are drawn at once."""
SHARPNESS = 12.0
"""Factor from cosines to logits over codes."""
WARM_UP = 60


def train_echo(preset: Preset) -> None:
    if not preset.start:
        return
    (preset.work_folder / "echo").mkdir(exist_ok=True)
    run_workers(_draw, preset.processes if preset.device == "cpu" else 1, preset)
    run_workers(_train, preset.processes if preset.device == "cpu" else 1, preset)


@torch.no_grad()
def _draw(rank: int, preset: Preset) -> None:
    """Draws what is missing: files of tokens int16 [DRAWN, P] and pictures uint8 [DRAWN, S, S, 3]."""
    transformer, tokenizer = transformer_as_it_is(preset).eval(), tokenizer_to_start_from(preset)
    for first in range(rank * DRAWN, preset.tokenizer.echo_pictures, DRAWN * dist.get_world_size()):
        target = _file(preset, first)
        if target.exists():
            continue
        rng = Random(first)
        words = [encode_caption(random_caption(scene_of(30_000_000 + first + i, False), rng), preset.transformer.prefix) for i in range(DRAWN)]
        tokens = sample(transformer, torch.tensor(words, device=preset.device), 1, 50, torch.Generator(preset.device).manual_seed(first))
        pixels = torch.cat([tokenizer.decode(part) for part in tokens.split(5)])
        pictures = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        temporary = target.with_suffix(".part.npz")
        np.savez(temporary, tokens=tokens.cpu().numpy().astype(np.int16), pictures=pictures)
        temporary.rename(target)
        print(f"echo: {first + DRAWN} pictures drawn", flush=True)


def _file(preset: Preset, first: int) -> Path:
    return preset.work_folder / "echo" / f"{first:06d}.npz"


def _train(rank: int, preset: Preset) -> None:
    p, device, world = preset.tokenizer, preset.device, dist.get_world_size()
    files = [np.load(_file(preset, first)) for first in range(0, p.echo_pictures, DRAWN)]
    tokens, pictures = (np.concatenate([file[name] for file in files]) for name in ("tokens", "pictures"))
    kept_back = max(1, len(tokens) // 20)
    torch.manual_seed(1)
    model = tokenizer_to_start_from(preset)
    learning = [*model.encoder.parameters()]
    optimizer = torch.optim.AdamW(learning, lr=p.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    checkpoint = preset.work_folder / "echo.pt"
    step, samples, minutes = 0, 0.0, 0.0
    if state := load_checkpoint(checkpoint, device):
        model.encoder.load_state_dict(state["encoder"])
        if "optimizer" in state:
            optimizer.load_state_dict(state["optimizer"])
        step, samples, minutes = state["step"], state["samples"], state["minutes"]
    rng = np.random.default_rng(500 + rank + step * 17)
    clock, work = SampleClock(p.echo_samples, samples), Work(minutes)
    timer, share = Timer(90, time.time), max(1, p.batch // world)
    codes = F.normalize(model.quantize.embedding.weight, dim=-1)

    def answer(chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits [N, K] of some pictures' tokens, and the right ones [N]."""
        vectors = F.normalize(model.encoder(to_pixels(pictures[chosen], device)).permute(0, 2, 3, 1).flatten(0, 2), dim=-1)
        return SHARPNESS * vectors @ codes.T, torch.from_numpy(tokens[chosen].astype(np.int64)).to(device).flatten()

    def save() -> None:
        with torch.no_grad():
            logits, right = answer(np.arange(kept_back)[:20])
        found = logits.argmax(-1)
        nearness = (codes[found] * codes[right]).sum(-1).mean()
        line = {"step": step, "samples": round(clock.seen), "minutes": round(work.minutes, 2), "right": round(float((found == right).float().mean()), 4), "cosine": round(float(nearness), 4)}
        print("echo:", json.dumps(line), flush=True)
        with open(preset.work_folder / "echo-log.jsonl", "a") as log:
            log.write(json.dumps(line) + "\n")
        save_checkpoint(checkpoint, {"encoder": model.encoder.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "samples": clock.seen, "minutes": work.minutes})

    while (progress := clock.progress) < 1:
        for group in optimizer.param_groups:
            group["lr"] = p.learning_rate * min(1, (step + 1) / WARM_UP) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * progress)))
        logits, right = answer(rng.integers(kept_back, len(tokens), size=share))
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(logits, right).backward()
        average_gradients(learning)
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        step += 1
        clock.advance(share * world)
        if rank == 0 and timer.rings():
            save()
    if rank == 0:
        save()
