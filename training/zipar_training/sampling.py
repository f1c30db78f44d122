"""Raster decoding with a key/value cache, classifier-free guidance and top-k, in batches."""

from __future__ import annotations

import torch
from torch import Tensor

from .transformer import Cache, Transformer, padding_mask
from .vocabulary import NULL, PAD


@torch.no_grad()
def sample(model: Transformer, words: Tensor, guidance: float, top_k: int, generators: torch.Generator | list[torch.Generator], temperature: float = 1.0) -> Tensor:
    """words [B, T] left-padded -> tokens [B, P], drawn row by row, left to right; one generator for all, or one a picture."""
    batch, slots = words.shape
    nothing = torch.full_like(words, PAD)
    nothing[:, -1] = NULL
    both = torch.cat((words, nothing)) if guidance != 1 else words
    cells, device = len(model.rotation), words.device
    length = slots + cells - 1
    head_width = model.width // model.heads
    caches = [Cache(len(both), model.heads, length, head_width, device) for _ in model.layers]
    rotation = model.rotations(slots, cells)
    mask = padding_mask(both, length)
    x = model.cls_embedding(both)
    start = 0
    tokens = torch.empty(batch, cells, dtype=torch.long, device=device)
    for cell in range(cells):
        stop = start + x.shape[1]
        for layer, cache in zip(model.layers, caches):
            x = layer(x, rotation[start:stop], mask[:, :, start:stop, :stop], cache, start)
        logits = model.output(model.norm(x[:, -1]))
        tokens[:, cell] = draw(guided(logits, batch, guidance), top_k, temperature, generators)
        start = stop
        again = tokens[:, cell : cell + 1]
        x = model.tok_embeddings(torch.cat((again, again)) if guidance != 1 else again)
    return tokens


def guided(logits: Tensor, batch: int, guidance: float) -> Tensor:
    """Unconditional + guidance * (conditional - unconditional); guidance 1 is conditional only."""
    if guidance == 1:
        return logits
    conditional, unconditional = logits[:batch], logits[batch:]
    return unconditional + guidance * (conditional - unconditional)


def draw(logits: Tensor, top_k: int, temperature: float, generators: torch.Generator | list[torch.Generator]) -> Tensor:
    """One token a row of logits [B, K] among the `top_k` likeliest (0: all)."""
    if top_k:
        least = logits.topk(top_k, -1).values[:, -1:]
        logits = logits.masked_fill(logits < least, float("-inf"))
    odds = torch.softmax(logits / temperature, -1)
    if isinstance(generators, list):
        return torch.cat([torch.multinomial(row, 1, generator=own) for row, own in zip(odds, generators)])
    return torch.multinomial(odds, 1, generator=generators)[:, 0]
