"""Stage "encoder": teaches an encoder to speak the codes of a model that is there already.

The codebook never moves, and the encoder has learned its codes from that model's own pictures (stage "echo"), so that the
weights of the transformer keep their meaning. Encoder and decoder then learn together how the codes show larger pictures.
"""

from __future__ import annotations

import json
import math
import time
from copy import deepcopy

import numpy as np
import torch
import torch.distributed as dist

from .checkpoint import load_checkpoint, save_checkpoint
from .parallel import SampleClock, Timer, Work, average_gradients, run_workers
from .pictures import load_pictures
from .presets import Preset
from .start import tokenizer_to_start_from
from .tokenizer import Tokenizer, reconstruction_loss
from .train_tokenizer import random_crops, reconstruction_quality, to_pixels

ENCODER_RATE = 0.2
"""Part of the learning rate; straight-through gradients are rough, and the encoder knows its codes."""
DECODER_RATE = 0.35
AVERAGED = 0.99
"""Decay of the average over steps that is reported and used: two pictures a step shake the weights, and colours with them."""
COMMITMENT = 0.1
WARM_UP = 60


def train_encoder(preset: Preset) -> None:
    if not preset.start:
        return
    run_workers(_train, preset.processes if preset.device == "cpu" else 1, preset)


def _train(rank: int, preset: Preset) -> None:
    p, device, world = preset.tokenizer, preset.device, dist.get_world_size()
    torch.manual_seed(1)
    model = tokenizer_to_start_from(preset)
    if echo := load_checkpoint(preset.work_folder / "echo.pt", device):
        model.encoder.load_state_dict(echo["encoder"])
    encoder, decoder = [*model.encoder.parameters()], [*model.post_quant_conv.parameters(), *model.decoder.parameters()]
    optimizer = torch.optim.AdamW([{"params": encoder}, {"params": decoder}], lr=p.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    checkpoint = preset.work_folder / "tokenizer.pt"
    average = deepcopy(model).requires_grad_(False)
    step, seen_samples, minutes = 0, 0.0, 0.0
    if state := load_checkpoint(checkpoint, device):
        average.load_state_dict(state["model"])
        model.load_state_dict(state.get("latest", state["model"]))
        if "optimizer" in state:
            optimizer.load_state_dict(state["optimizer"])
        step, seen_samples, minutes = state["step"], state["samples"], state["minutes"]
    cold = 0 if state is None or "optimizer" in state else step  # the step from which the optimizer warms up
    torch.manual_seed(1000 + rank + step * 17)
    rng = np.random.default_rng(1000 + rank + step * 17)
    shards, seen = load_pictures(preset, "train"), load_pictures(preset, "seen")
    clock, work = SampleClock(p.samples, seen_samples), Work(minutes)
    saving, reporting = Timer(120, time.time), Timer(120, time.process_time)
    count = max(1, round(p.batch // world * p.crop**2 / preset.side**2))
    running: list[float] = []

    def save() -> None:
        save_checkpoint(checkpoint, {"model": average.state_dict(), "latest": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "samples": clock.seen, "minutes": work.minutes})

    def report() -> None:
        line = {"step": step, "samples": round(clock.seen), "minutes": round(work.minutes, 2), "loss": round(float(np.mean(running or [math.nan])), 5)}
        _report(preset, average, seen, line)
        running.clear()

    while (progress := clock.progress) < 1:
        for group, part in zip(optimizer.param_groups, (ENCODER_RATE, DECODER_RATE)):
            group["lr"] = p.learning_rate * part * min(1, (step - cold + 1) / WARM_UP) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * progress)))
        pixels = to_pixels(random_crops(shards, rng, count, preset.side), device)
        made, commitment, _, _, _ = model(pixels)
        reconstruction = reconstruction_loss(made, pixels)
        optimizer.zero_grad(set_to_none=True)
        (reconstruction + COMMITMENT * commitment).backward()
        average_gradients(model.parameters())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            for mean, latest in zip(average.parameters(), model.parameters()):
                mean.lerp_(latest, 1 - AVERAGED)
        step += 1
        clock.advance(count * world)
        running.append(float(reconstruction.detach()))
        if rank == 0 and saving.rings():
            save()
        if rank == 0 and reporting.rings():
            report()
    if rank == 0:
        report()
        save()


def _report(preset: Preset, model: Tokenizer, seen: list[np.ndarray], line: dict[str, object]) -> None:
    psnr, use = reconstruction_quality(model, np.asarray(seen[0][:32]), preset.device)
    line |= {"psnr": round(psnr, 2), "codes used (32 pictures)": int((use > 0).sum())}
    print("encoder:", json.dumps(line), flush=True)
    with open(preset.work_folder / "tokenizer-log.jsonl", "a") as log:
        log.write(json.dumps(line) + "\n")
