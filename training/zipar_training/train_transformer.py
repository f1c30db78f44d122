"""Stage "transformer": next-token training on (caption, tokens) pairs.

Batches hold captions of one length, so that nothing is padded and attention is plainly causal: pairs
wait in a bucket per caption length until one is full. A tenth of the captions is dropped.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from random import Random

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

from .checkpoint import load_checkpoint, save_checkpoint
from .encode import load_tokens, scene_of_tokens
from .layout import LayoutHead, layout_of
from .muon import Muon
from .parallel import SampleClock, Timer, Work, average_gradients, fed, half_on_gpu, run_workers
from .presets import Preset
from .scenes import random_caption, sentence, telling_caption
from .transformer import Transformer
from .vocabulary import NULL, WORD_IDS, read_prompt

DROPPED = 0.1
WARM_UP = 150
MUON_RATE = 0.02
STEADY_UNTIL = 0.3
"""Part of the samples at the full learning rate, which then falls to zero in a straight line."""
FEEDERS = 4
"""Processes that make captions for a GPU."""
LAYOUT_WEIGHT = 2.0
"""Of the layout head's loss, next to the loss over tokens."""

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""int64 words [batch, N], tokens [batch, P], layouts [batch, 3, questions]."""


def train_transformer(preset: Preset) -> None:
    run_workers(_train, preset.processes if preset.device == "cpu" else 1, preset)


def caption_batches(preset: Preset, batch: int, seed: int, rank: int, world: int) -> Iterator[Batch]:
    """Endless; each process walks its own share of every epoch."""
    tokens = load_tokens(preset, "train")
    buckets: dict[int, list[tuple[list[int], np.ndarray, list[list[int]]]]] = defaultdict(list)
    caption_of = telling_caption if preset.tells else random_caption
    rng = Random(seed * 1009 + rank)
    order = np.random.default_rng(seed)
    while True:
        for index in order.permutation(len(tokens))[rank::world]:
            scene = scene_of_tokens("train", int(index))
            words = [NULL] if rng.random() < DROPPED else [WORD_IDS[w] for w in caption_of(scene, rng)]
            bucket = buckets[len(words)]
            bucket.append((words, tokens[index], layout_of(scene)))
            if len(bucket) == batch:
                captions, pictures, layouts = zip(*bucket)
                yield np.array(captions), np.stack(pictures).astype(np.int64), np.array(layouts)
                bucket.clear()


def _optimizers(model: Transformer, head: LayoutHead, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings, norms, the output and the layout head."""
    matrices = {n: p for n, p in model.named_parameters() if n.startswith("layers.") and p.dim() == 2}
    fused = [p for n, p in matrices.items() if n.endswith("wqkv.weight")]
    single = [p for n, p in matrices.items() if not n.endswith("wqkv.weight")]
    others = [p for n, p in model.named_parameters() if n not in matrices]
    muon = Muon([{"params": fused, "parts": 3}, {"params": single}], lr=MUON_RATE, weight_decay=0.02)
    return [muon, torch.optim.AdamW([*others, *head.parameters()], lr=rate, betas=(0.9, 0.95), weight_decay=0)]


def _train(rank: int, preset: Preset) -> None:
    p, device = preset.transformer, preset.device
    torch.manual_seed(2)
    model = Transformer(preset).to(device)
    head = LayoutHead(preset).to(device)
    optimizers = _optimizers(model, head, p.learning_rate)
    peaks = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    checkpoint = preset.work_folder / "transformer.pt"
    step, samples, minutes = 0, 0, 0.0
    if state := load_checkpoint(checkpoint, device):
        model.load_state_dict(state["model"])
        head.load_state_dict(state["head"])
        for optimizer, saved in zip(optimizers, state.get("optimizers", ())):
            optimizer.load_state_dict(saved)
        step, samples, minutes = state["step"], state["samples"], state["minutes"]
    cold = 0 if state is None or "optimizers" in state else step  # the step from which optimizers warm up
    world = dist.get_world_size()
    if device == "cpu":
        batches, length, run_layers = caption_batches(preset, p.batch // world, 3 + step, rank, world), 0, model.run_layers
    else:
        batches = fed(caption_batches, FEEDERS, preset, p.batch, 3 + step)
        length, run_layers = p.prefix + preset.grid**2 - 1, torch.compile(model.run_layers)
    validation = {split: validation_pairs(preset, split, 96) for split in ("seen", "held-out")}
    clock, work = SampleClock(p.samples, samples), Work(minutes)
    saving, reporting = Timer(120, time.time), Timer(600 if device == "cpu" else 45, time.process_time)
    running: list[Tensor] = []
    learning = [*model.parameters(), *head.parameters()]

    def save() -> None:
        states = [optimizer.state_dict() for optimizer in optimizers]
        save_checkpoint(checkpoint, {"model": model.state_dict(), "head": head.state_dict(), "optimizers": states, "step": step, "samples": clock.seen, "minutes": work.minutes})

    def report() -> None:
        _report(preset, model, validation, step, clock.seen, work.minutes, running)
        running.clear()

    while (progress := clock.progress) < 1:
        for optimizer, peak in zip(optimizers, peaks):
            for group in optimizer.param_groups:
                group["lr"] = peak * min((step - cold + 1) / WARM_UP, 1) * min(1, max((1 - progress) / (1 - STEADY_UNTIL), 0.01))
        words, tokens, layouts = (torch.from_numpy(part).to(device) for part in next(batches))
        with half_on_gpu(device):
            logits, stream = model.forward_with_state(words, tokens, head.depth, length, run_layers)
            loss = F.cross_entropy(logits.flatten(0, 1), tokens.flatten())
            layout = head.loss(stream, layouts)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        (loss + LAYOUT_WEIGHT * layout).backward()
        average_gradients(learning)
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        clock.advance(len(words) * world)
        running.append(torch.stack((loss.detach(), layout.detach())))
        if rank == 0 and saving.rings():
            save()
        if rank == 0 and reporting.rings():
            report()
    if rank == 0:
        report()
        save()


def validation_pairs(preset: Preset, split: str, count: int) -> list[tuple[list[int], np.ndarray]]:
    """The first `count` validation pictures of a split with prompts that say everything about them."""
    tokens = load_tokens(preset, split)[:count].astype(np.int64)
    return [([WORD_IDS[w] for w in read_prompt(sentence(scene_of_tokens(split, i)))], t) for i, t in enumerate(tokens)]


@torch.no_grad()
def negative_log_likelihood(model: Transformer, pairs: list[tuple[list[int], np.ndarray]]) -> float:
    """Mean nats a token."""
    by_length: dict[int, list[tuple[list[int], np.ndarray]]] = defaultdict(list)
    for pair in pairs:
        by_length[len(pair[0])].append(pair)
    device, total = model.rotation.device, 0.0
    for same in by_length.values():
        words = torch.tensor([w for w, _ in same], device=device)
        tokens = torch.from_numpy(np.stack([t for _, t in same])).to(device)
        total += float(F.cross_entropy(model(words, tokens).flatten(0, 1), tokens.flatten(), reduction="sum"))
    return total / sum(len(t) for _, t in pairs)


def _report(preset: Preset, model: Transformer, validation: dict[str, list[tuple[list[int], np.ndarray]]], step: int, samples: float, minutes: float, losses: list[Tensor]) -> None:
    train, layout = torch.stack(losses).mean(0).tolist() if losses else (math.nan, math.nan)
    line = {"step": step, "samples": round(samples), "minutes": round(minutes, 2), "train": round(train, 4), "layout": round(layout, 4)}
    line |= {split: round(negative_log_likelihood(model, pairs), 4) for split, pairs in validation.items()}
    print("transformer:", json.dumps(line), flush=True)
    with open(preset.work_folder / "transformer-log.jsonl", "a") as log:
        log.write(json.dumps(line) + "\n")
