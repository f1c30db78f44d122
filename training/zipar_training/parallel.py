"""Data-parallel training: a few processes that average their gradients, paced by samples.

Two processes of one thread move more samples on two cores than one process of two threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor


PATIENCE = timedelta(days=7)
"""How long a process waits for another: a training that was stopped for a night goes on."""


def run_workers(work: Callable[..., None], processes: int, *arguments: object) -> None:
    """Runs `work(rank, *arguments)` in every process, joined by a gloo group."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ["MASTER_PORT"] = str(29_500 + os.getpid() % 1000)
    mp.spawn(_worker, (work, processes, arguments), nprocs=processes)


def _worker(rank: int, work: Callable[..., None], processes: int, arguments: tuple[object, ...]) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // processes))
    dist.init_process_group("gloo", rank=rank, world_size=processes, timeout=PATIENCE)
    work(rank, *arguments)
    dist.destroy_process_group()


def half_on_gpu(device: str) -> torch.autocast:
    """Products in bfloat16 on a GPU, for training; float32 on a CPU."""
    return torch.autocast("cuda" if device == "cuda" else "cpu", torch.bfloat16, enabled=device == "cuda")


def average_gradients(parameters: Iterable[torch.nn.Parameter], *extra_sums: Tensor) -> None:
    """Replaces every gradient by its mean over processes, and each extra tensor by its sum, in one exchange."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    world = dist.get_world_size()
    if world == 1:
        return
    flat = torch.cat([g.reshape(-1) for g in gradients] + [e.reshape(-1) * world for e in extra_sums])
    dist.all_reduce(flat)
    flat /= world
    offset = 0
    for tensor in (*gradients, *extra_sums):
        tensor.copy_(flat[offset : offset + tensor.numel()].view_as(tensor))
        offset += tensor.numel()


def share(tensor: Tensor) -> None:
    """Gives every process the first one's values."""
    if dist.get_world_size() > 1:
        dist.broadcast(tensor, 0)


def fed(make: Callable[..., Iterator[Any]], feeders: int, *arguments: object) -> Iterator[Any]:
    """What `make(*arguments, number, feeders)` yields, made by that many other processes and taken from them in turn.

    A GPU then does not wait for Python. With no feeders it is made here. Endless, and the same every time.
    """
    if not feeders:
        yield from make(*arguments, 0, 1)
    context = mp.get_context("spawn")
    queues = [context.Queue(8) for _ in range(feeders)]
    for number, queue in enumerate(queues):
        context.Process(target=_feed, args=(queue, make, *arguments, number, feeders), daemon=True).start()
    for queue in cycle(queues):
        yield queue.get()


def _feed(queue: Any, make: Callable[..., Iterator[Any]], *arguments: object) -> None:
    torch.set_num_threads(1)
    for item in make(*arguments):
        queue.put(item)


class SampleClock:
    """Progress 0..1 through a stage by samples seen: a stop or a slow machine changes no schedule.

    Every process counts alike, so that none has to ask another.
    """

    def __init__(self, total: float, seen: float = 0) -> None:
        self.total, self.seen = total, seen

    def advance(self, samples: float) -> None:
        """Counts the samples of one step, those of all processes together."""
        self.seen += samples

    @property
    def progress(self) -> float:
        return min(self.seen / self.total, 1.0)


class Timer:
    """Says when a while has passed since it last said so; for saving and reporting, never for schedules."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds, self.clock = seconds, clock
        self.last = clock()

    def rings(self) -> bool:
        now = self.clock()
        if now - self.last < self.seconds:
            return False
        self.last = now
        return True


class Work:
    """Processor minutes of one process in a stage, kept across resumption; what a stop or other work takes is not in it."""

    def __init__(self, minutes_before: float = 0) -> None:
        self.before, self.started = minutes_before, time.process_time()

    @property
    def minutes(self) -> float:
        return self.before + (time.process_time() - self.started) / 60
