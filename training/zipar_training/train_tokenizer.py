"""Stage "tokenizer": trains the VQ autoencoder on crops, then on whole pictures."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from .checkpoint import load_checkpoint, save_checkpoint
from .parallel import SampleClock, Timer, Work, average_gradients, fed, run_workers, share
from .pictures import load_pictures
from .presets import Preset
from .tokenizer import Tokenizer, reconstruction_loss

CROPS_UNTIL = 0.65
"""Part of the samples spent on crops; whole pictures afterwards, so that group statistics match use."""
QUANTISE_FROM = 0.1
SETTLE_AT = 0.35
COMMITMENT = 0.02
"""Small: with whitening, pulling the encoder towards its codes shrinks the weak dimensions without end."""
RESTARTS_UNTIL = 0.75
FEEDERS = 4
"""Processes that cut crops for a GPU."""


def train_tokenizer(preset: Preset) -> None:
    run_workers(_train, preset.processes if preset.device == "cpu" else 1, preset)


def to_pixels(pictures: np.ndarray, device: str = "cpu") -> Tensor:
    """uint8 [B, S, S, 3] -> float [B, 3, S, S] in -1..1."""
    return torch.from_numpy(np.array(pictures)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


def _train(rank: int, preset: Preset) -> None:
    p, device = preset.tokenizer, preset.device
    torch.manual_seed(1)
    model = Tokenizer(p).to(device)
    optimizer = torch.optim.AdamW((q for q in model.parameters() if q.requires_grad), lr=p.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    checkpoint = preset.work_folder / "tokenizer.pt"
    step, samples, minutes = 0, 0.0, 0.0
    if state := load_checkpoint(checkpoint, device):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, samples, minutes = state["step"], state["samples"], state["minutes"]
    torch.manual_seed(1000 + rank + step * 17)
    rng = np.random.default_rng(1000 + rank + step * 17)
    shards, seen = load_pictures(preset, "train"), load_pictures(preset, "seen")
    clock, work = SampleClock(p.samples, samples), Work(minutes)
    saving, reporting = Timer(120, time.time), Timer(150 if device == "cpu" else 20, time.process_time)
    world = dist.get_world_size()
    portion = max(1, p.batch // world)
    running: list[Tensor] = []
    shape = (0, 0)  # of the batches that are being made

    def save() -> None:
        save_checkpoint(checkpoint, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "samples": clock.seen, "minutes": work.minutes})

    def report() -> None:
        _report(preset, model, seen, {"step": step, "samples": round(clock.seen), "minutes": round(work.minutes, 2), "loss": round(float(torch.stack(running).mean()) if running else math.nan, 5)})
        running.clear()

    while (progress := clock.progress) < 1:
        crops = progress < CROPS_UNTIL
        side = p.crop if crops else preset.side
        count = portion if crops else max(2, portion * p.crop**2 // preset.side**2)
        if (count, side) != shape:
            shape = count, side
            batches = fed(crop_batches, 0 if device == "cpu" else FEEDERS, preset, *shape, 2000 + rank + step * 17)
        pixels = to_pixels(next(batches), device).contiguous()
        if progress > QUANTISE_FROM and not model.quantize.begun:
            _begin_quantising(model, _some_pictures(shards, rng, preset))
        if progress > SETTLE_AT and not model.whiten.settled:
            pictures = _some_pictures(shards, rng, preset)
            for parameter in model.settle(pictures).parameters():
                optimizer.state.pop(parameter, None)
                share(parameter.data)
            _begin_quantising(model, pictures)
        rate = p.learning_rate * min(1, (step + 1) / 100) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * progress)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        made, commitment, ids, flat, z = model(pixels)
        reconstruction = reconstruction_loss(made, pixels)
        optimizer.zero_grad(set_to_none=True)
        (reconstruction + COMMITMENT * commitment).backward()
        counts = torch.bincount(ids, minlength=p.codes).float()
        sums = torch.zeros(p.codes, p.code_width, device=device).index_add_(0, ids, flat)
        moments = model.whiten.moments(z)
        average_gradients(model.parameters(), counts, sums, *moments)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if not model.whiten.settled:
            model.whiten.follow(*moments, len(ids) * world)
        step += 1
        clock.advance(count * world * side**2 / preset.side**2)
        if model.quantize.begun:
            model.quantize.follow(counts, sums)
            if step % 20 == 0 and progress < RESTARTS_UNTIL:
                model.quantize.restart_unused(flat, least=0.04 * counts.mean())
                _share_codebook(model)
        running.append(reconstruction.detach())
        if rank == 0 and saving.rings():
            save()
        if rank == 0 and reporting.rings():
            report()
    if rank == 0:
        report()
        save()


def _some_pictures(shards: list[np.ndarray], rng: np.random.Generator, preset: Preset) -> list[Tensor]:
    """160 whole pictures, as a list of batches."""
    return [to_pixels(random_crops(shards, rng, 16, preset.side), preset.device) for _ in range(10)]


def _begin_quantising(model: Tokenizer, pictures: list[Tensor]) -> None:
    """Lays the codebook over what the encoder says about some pictures."""
    model.quantize.begin(torch.cat([model.unit_vectors(pixels) for pixels in pictures]))
    _share_codebook(model)


def _share_codebook(model: Tokenizer) -> None:
    for shared in (model.quantize.embedding.weight, model.quantize.use, model.quantize.sums):
        share(shared.data)


def crop_batches(preset: Preset, count: int, side: int, seed: int, number: int, feeders: int) -> Iterator[np.ndarray]:
    """Endless: `count` crops of training pictures at a time."""
    shards, rng = load_pictures(preset, "train"), np.random.default_rng((seed, number, feeders))
    while True:
        yield random_crops(shards, rng, count, side)


def random_crops(shards: list[np.ndarray], rng: np.random.Generator, count: int, side: int) -> np.ndarray:
    """Random crops [count, side, side, 3], half of them mirrored."""
    crops = []
    for _ in range(count):
        shard = shards[rng.integers(len(shards))]
        room = shard.shape[1] - side + 1
        top, left = rng.integers(room), rng.integers(room)
        crop = shard[rng.integers(len(shard)), top : top + side, left : left + side]
        crops.append(crop[:, ::-1] if rng.random() < 0.5 else crop)
    return np.stack(crops)


@torch.no_grad()
def reconstruction_quality(model: Tokenizer, pictures: np.ndarray, device: str) -> tuple[float, Tensor]:
    """Mean PSNR in dB over uint8 pictures [N, S, S, 3] (output rounded to 8 bits) and how often each code was used [K]."""
    ratios, use = [], torch.zeros(model.quantize.embedding.num_embeddings)
    for first in range(0, len(pictures), 16):
        batch = pictures[first : first + 16]
        ids = model.encode(to_pixels(batch, device))
        use += torch.bincount(ids.flatten().cpu(), minlength=len(use))
        made = ((model.decode(ids).clamp(-1, 1) + 1) * 127.5).round().cpu().permute(0, 2, 3, 1)
        error = (made - torch.from_numpy(np.array(batch)).float()).square().mean((1, 2, 3))
        ratios.append(10 * torch.log10(255**2 / error.clamp(min=1e-6)))
    return float(torch.cat(ratios).mean()), use


def _report(preset: Preset, model: Tokenizer, seen: list[np.ndarray], line: dict[str, object]) -> None:
    psnr, use = reconstruction_quality(model, np.asarray(seen[0][:64]), preset.device)
    line |= {"psnr": round(psnr, 2), "quantised": bool(model.quantize.begun), "codes used (64 pictures)": int((use > 0).sum())}
    print("tokenizer:", json.dumps(line), flush=True)
    with open(preset.work_folder / "tokenizer-log.jsonl", "a") as log:
        log.write(json.dumps(line) + "\n")
