"""Stage "judge": trains the classifier on renderings, measures it, and exports it with the statistics of 10,000 renderings."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from .checkpoint import load_checkpoint, save_checkpoint
from .export import JUDGE_FIXTURE
from .judge import ATTRIBUTES, CONVOLUTIONS, FEATURES, FOLD, POOL_AFTER, Judge, classes_of, statistics
from .parallel import SampleClock, Timer, Work, average_gradients, run_workers
from .pictures import load_pictures, scene_at
from .presets import Preset
from .prompt_set import export_prompts
from .scenes import mirrored
from .train_tokenizer import to_pixels

BATCH = 32
LEARNING_RATE = 2e-3
STATISTICS_OF = 10_000


def train_judge(preset: Preset) -> None:
    if not preset.judge_samples:
        return
    run_workers(_train, preset.processes if preset.device == "cpu" else 1, preset)
    export_judge(preset)


def _blemished(pixels: Tensor) -> Tensor:
    """Half the pictures slightly blurred or noisy, as decoded pictures are; never so much that a colour changes."""
    style = torch.rand(len(pixels), 1, 1, 1, device=pixels.device)
    blurred = F.avg_pool2d(F.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, 1)
    noisy = pixels + torch.randn_like(pixels) * 0.06
    return torch.where(style < 0.25, 0.4 * pixels + 0.6 * blurred, torch.where(style < 0.5, noisy, pixels))


def _train(rank: int, preset: Preset) -> None:
    torch.manual_seed(4)
    model = Judge(preset.judge_side).to(preset.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    checkpoint = preset.work_folder / "judge.pt"
    step, samples, minutes = 0, 0.0, 0.0
    if state := load_checkpoint(checkpoint, preset.device):
        model.load_state_dict(state["model"])
        if "optimizer" in state:
            optimizer.load_state_dict(state["optimizer"])
        step, samples, minutes = state["step"], state["samples"], state["minutes"]
    torch.manual_seed(5 + rank + step)
    rng = np.random.default_rng(5 + rank + step * 31)
    shards, world = load_pictures(preset, "train"), torch.distributed.get_world_size()
    clock, work = SampleClock(preset.judge_samples, samples), Work(minutes)
    saving = Timer(120, time.time)

    def save() -> None:
        save_checkpoint(checkpoint, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "samples": clock.seen, "minutes": work.minutes})

    while (progress := clock.progress) < 1:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (0.5 + 0.5 * math.cos(math.pi * progress))
        pixels, classes = _batch(shards, rng, BATCH // world)
        logits = model(_blemished(to_pixels(pixels, preset.device)))
        loss = sum(F.cross_entropy(scores, classes[:, i].to(preset.device)) for i, scores in enumerate(logits))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        average_gradients(model.parameters())
        optimizer.step()
        step += 1
        clock.advance(len(pixels) * world)
        if rank == 0 and saving.rings():
            print(f"judge: step {step}, {clock.seen:.0f} samples, loss {float(loss):.4f}", flush=True)
            save()
    if rank == 0:
        save()


def _batch(shards: list[np.ndarray], rng: np.random.Generator, count: int) -> tuple[np.ndarray, Tensor]:
    pictures, classes = [], []
    for _ in range(count):
        number = int(rng.integers(len(shards)))
        index = int(rng.integers(len(shards[number])))
        picture, scene = shards[number][index], scene_at("train", number * len(shards[0]) + index)
        if rng.random() < 0.5:
            picture, scene = picture[:, ::-1], mirrored(scene)
        pictures.append(picture)
        classes.append(classes_of(scene))
    return np.stack(pictures), torch.tensor(classes)


def load_judge(preset: Preset) -> Judge:
    model = Judge(preset.judge_side)
    model.load_state_dict(torch.load(preset.work_folder / "judge.pt", map_location="cpu")["model"])
    return model.eval().to(preset.device)


@torch.no_grad()
def features_of(judge: Judge, pictures: np.ndarray, device: str) -> Tensor:
    """uint8 [N, S, S, 3] -> features [N, FEATURES]."""
    return torch.cat([judge.features(to_pixels(pictures[i : i + 100], device)).cpu() for i in range(0, len(pictures), 100)])


def read_pictures(judge: Judge, pictures: np.ndarray, device: str) -> Tensor:
    """uint8 [N, S, S, 3] -> class per attribute [N, attributes]."""
    return torch.cat([judge.read(to_pixels(pictures[i : i + 100], device)).cpu() for i in range(0, len(pictures), 100)])


def judge_accuracy(preset: Preset, judge: Judge, split: str) -> dict[str, float]:
    """Per attribute, over all validation renderings of a split."""
    pictures = np.concatenate(load_pictures(preset, split))
    right = read_pictures(judge, pictures, preset.device) == torch.tensor([classes_of(scene_at(split, i)) for i in range(len(pictures))])
    return {name: round(float(right[:, i].float().mean()), 4) for i, name in enumerate(ATTRIBUTES)}


def export_judge(preset: Preset) -> None:
    """judge.safetensors (float16), statistics.safetensors (float32), judge.json and the prompts for `zipar eval`."""
    judge, folder = load_judge(preset), preset.judge_folder
    folder.mkdir(parents=True, exist_ok=True)
    accuracy = {split: judge_accuracy(preset, judge, split) for split in ("seen", "held-out")}
    count = min(STATISTICS_OF, preset.pictures)
    shards = load_pictures(preset, "train")
    shards = shards[: -(-count // len(shards[0]))]
    mean, covariance = statistics(torch.cat([features_of(judge, shard, preset.device) for shard in shards])[:count])
    _write(folder / "judge.safetensors", {n: t.cpu().half().contiguous() for n, t in judge.folded().items()})
    _write(folder / "statistics.safetensors", {"mean": mean, "covariance": covariance.contiguous()})
    description = {
        "format": "zipar-judge", "version": 1, "weights": "judge.safetensors", "statistics": {"file": "statistics.safetensors", "renderings": count},
        "input": {"side": preset.judge_side, "range": [-1, 1], "pixelUnshuffle": FOLD},
        "convolutions": {"widths": [list(w) for w in CONVOLUTIONS], "kernel": 3, "activation": "relu", "maxPoolAfter": list(POOL_AFTER)},
        "features": FEATURES,
        "attributes": [{"name": name, "classes": list(classes)} for name, classes in ATTRIBUTES.items()],
        "accuracy": accuracy,
    }
    temporary = folder / "judge.json.part"
    temporary.write_text(json.dumps(description, indent=2) + "\n")
    temporary.rename(folder / "judge.json")
    export_prompts(folder / "prompts.json")
    _export_fixture(preset, judge)
    print("judge:", json.dumps({s: {"mean": round(float(np.mean(list(a.values()))), 4), "lowest": min(a.items(), key=lambda x: x[1])} for s, a in accuracy.items()}), flush=True)


@torch.no_grad()
def _export_fixture(preset: Preset, judge: Judge) -> None:
    """For the product's tests: a rendering uint8 [S, S, 3], its features float32 [F] and class per attribute int64."""
    picture = np.asarray(load_pictures(preset, "seen")[0][:1])
    tensors = {"picture": torch.from_numpy(picture[0].copy()), "features": features_of(judge, picture, preset.device)[0], "classes": read_pictures(judge, picture, preset.device)[0]}
    _write(preset.judge_folder / JUDGE_FIXTURE, {name: tensor.contiguous() for name, tensor in tensors.items()})


def _write(target: Path, tensors: dict[str, Tensor]) -> None:
    temporary = target.with_suffix(".part")
    save_file(tensors, temporary)
    temporary.chmod(0o644)
    temporary.rename(target)
