"""Data-parallel training: a few processes that average their gradients, paced by wall time.

Two processes of one thread move more samples on two cores than one process of two threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor


def run_workers(work: Callable[..., None], processes: int, *arguments: object) -> None:
    """Runs `work(rank, *arguments)` in every process, joined by a gloo group."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ["MASTER_PORT"] = str(29_500 + os.getpid() % 1000)
    mp.spawn(_worker, (work, processes, arguments), nprocs=processes)


def _worker(rank: int, work: Callable[..., None], processes: int, arguments: tuple[object, ...]) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // processes))
    dist.init_process_group("gloo", rank=rank, world_size=processes)
    work(rank, *arguments)
    dist.destroy_process_group()


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


class WallClock:
    """Progress 0..1 through a stage by wall time, the same in every process, kept across resumption."""

    def __init__(self, minutes: float, spent_seconds: float = 0, stop_at: float | None = None) -> None:
        """`stop_at` (Unix time) re-plans a resumed stage: it then ends at that moment."""
        self.spent_before = spent_seconds
        self.started = time.time()
        left = stop_at - time.time() if stop_at else minutes * 60 - spent_seconds
        self.total = max(spent_seconds + left, 1.0)

    @property
    def spent(self) -> float:
        return self.spent_before + time.time() - self.started

    def progress(self) -> float:
        now = torch.tensor([min(self.spent / self.total, 1.0)])
        if dist.is_initialized() and dist.get_world_size() > 1:
            dist.broadcast(now, 0)
        return float(now)
