"""Stage "polish": the picture decoder learns on, from stored tokens, while encoder and codebook stand still.

Tokens do not change, so this may run after, or beside, the transformer's training.
"""

from __future__ import annotations

import json
import math
import time

import numpy as np
import torch
import torch.distributed as dist

from .checkpoint import load_checkpoint, save_checkpoint
from .encode import is_mirrored, load_tokenizer, load_tokens
from .parallel import SampleClock, Timer, Work, average_gradients, half_on_gpu, run_workers
from .pictures import load_pictures
from .presets import Preset
from .tokenizer import Tokenizer, reconstruction_loss
from .train_tokenizer import reconstruction_quality, to_pixels

WARM_UP = 60


def train_decoder(preset: Preset) -> None:
    run_workers(_train, preset.processes if preset.device == "cpu" else 1, preset)


def _train(rank: int, preset: Preset) -> None:
    p, device, world = preset.tokenizer, preset.device, dist.get_world_size()
    model = load_tokenizer(preset)
    learning = [*model.post_quant_conv.parameters(), *model.decoder.parameters()]
    optimizer = torch.optim.AdamW(learning, lr=p.learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    file = preset.work_folder / "decoder.pt"
    step, samples, minutes = 0, 0.0, 0.0
    if state := load_checkpoint(file, device):
        if "optimizer" in state:
            optimizer.load_state_dict(state["optimizer"])
        step, samples, minutes = state["step"], state["samples"], state["minutes"]
    cold = 0 if state is None or "optimizer" in state else step  # the step from which the optimizer warms up
    rng = np.random.default_rng(6 + rank + step * 13)
    shards, tokens, seen = load_pictures(preset, "train"), load_tokens(preset, "train"), load_pictures(preset, "seen")
    clock, work = SampleClock(p.polish_samples, samples), Work(minutes)
    saving, reporting = Timer(120, time.time), Timer(150 if device == "cpu" else 20, time.process_time)
    count, choice = max(1, round(p.batch // world * p.crop**2 / preset.side**2)), min(len(tokens), preset.pictures)

    def save() -> None:
        shipped = {n: t for n, t in model.state_dict().items() if n.startswith(("decoder.", "post_quant_conv."))}
        save_checkpoint(file, {"model": shipped, "optimizer": optimizer.state_dict(), "step": step, "samples": clock.seen, "minutes": work.minutes})

    while (progress := clock.progress) < 1:
        for group in optimizer.param_groups:
            group["lr"] = p.learning_rate * 0.6 * min(1, (step - cold + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * progress))
        chosen = rng.integers(choice, size=count)
        pixels = to_pixels(np.stack([_picture(shards, int(i)) for i in chosen]), device).contiguous()
        ids = torch.from_numpy(tokens[chosen].astype(np.int64)).to(device)
        with half_on_gpu(device):
            made = model.decode(ids)
        loss = reconstruction_loss(made.float(), pixels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        average_gradients(learning)
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        step += 1
        clock.advance(count * world)
        if rank == 0 and saving.rings():
            save()
        if rank == 0 and reporting.rings():
            _report(preset, model, seen, step, clock.seen, work.minutes)
    if rank == 0:
        _report(preset, model, seen, step, clock.seen, work.minutes)
        save()


def _picture(shards: list[np.ndarray], index: int) -> np.ndarray:
    """The training picture as it was encoded."""
    size = len(shards[0])
    picture = shards[index // size][index % size]
    return picture[:, ::-1] if is_mirrored("train", index) else picture


def _report(preset: Preset, model: Tokenizer, seen: list[np.ndarray], step: int, samples: float, minutes: float) -> None:
    psnr, _ = reconstruction_quality(model, np.asarray(seen[0][:64]), preset.device)
    line = {"step": step, "samples": round(samples), "minutes": round(minutes, 2), "psnr": round(psnr, 2)}
    print("polish:", json.dumps(line), flush=True)
    with open(preset.work_folder / "decoder-log.jsonl", "a") as log:
        log.write(json.dumps(line) + "\n")
