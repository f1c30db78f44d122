"""One command per preset, from nothing to a finished model folder: `python -m zipar_training cpu`.

Every stage resumes from its checkpoints: run the same command again after an interruption.
`python -m zipar_training cpu tokenizer encode` runs only the named stages.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable

import torch

from .encode import encode_pictures
from .evaluate import evaluate
from .export import export_model
from .pictures import render_all
from .presets import PRESETS, Preset
from .train_decoder import train_decoder
from .train_judge import train_judge
from .train_tokenizer import train_tokenizer
from .train_transformer import train_transformer

STAGES: dict[str, Callable[[Preset], None]] = {
    "render": render_all,
    "tokenizer": train_tokenizer,
    "encode": encode_pictures,
    "transformer": train_transformer,
    "polish": train_decoder,
    "judge": train_judge,
    "evaluate": evaluate,
    "export": export_model,
}


def main(arguments: list[str]) -> None:
    if not arguments or arguments[0] not in PRESETS or any(name not in STAGES for name in arguments[1:]):
        sys.exit(f"usage: python -m zipar_training {{{','.join(PRESETS)}}} [{' '.join(STAGES)}]")
    preset = PRESETS[arguments[0]]
    preset.work_folder.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or STAGES:
        started = time.time()
        STAGES[name](preset)
        _record(preset, name, time.time() - started)


def _record(preset: Preset, stage: str, seconds: float) -> None:
    """Notes wall time, versions and hardware of a stage for the model card."""
    entry = {
        "stage": stage,
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "processor": torch.cuda.get_device_name() if torch.cuda.is_available() else f"{os.cpu_count()} x {_processor()}",
    }
    with open(preset.work_folder / "stages.jsonl", "a") as log:
        log.write(json.dumps(entry) + "\n")
    print(json.dumps(entry), flush=True)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            return next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()
