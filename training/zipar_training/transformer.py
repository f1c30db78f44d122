"""LlamaGen's GPT with a prefix of caption words: RMSNorm, 2D rotary attention, SwiGLU, no biases.

Shapes below: B samples, N prefix slots in use, P = G * G picture tokens, C width, H heads, D = C / H.
The one deviation from LlamaGen: queries and keys of prefix slots are left unrotated (LlamaGen zeroes
them), so that attention to words goes by content.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .presets import Preset
from .vocabulary import PAD, WORDS

ROPE_BASE = 10_000
NORM_EPS = 1e-5


RunLayers = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]
"""`Transformer.run_layers`, or the same compiled."""


class RMSNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + NORM_EPS) * self.weight


def rotary_table(grid: int, head_width: int) -> Tensor:
    """Cosines and sines [P, D/2, 2]: the first half of the pairs turns with the row, the second with the column."""
    half = head_width // 2
    frequencies = 1.0 / ROPE_BASE ** (torch.arange(0, half, 2)[: half // 2].float() / half)  # [D/4]
    angles = torch.outer(torch.arange(grid).float(), frequencies)  # [G, D/4]
    rows = angles[:, None].expand(grid, grid, -1)
    columns = angles[None].expand(grid, grid, -1)
    angles = torch.cat((rows, columns), -1).reshape(grid * grid, -1)
    return torch.stack((angles.cos(), angles.sin()), -1)


def rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Turns consecutive pairs of x [B, L, H, D] by rotation [L, D/2, 2]."""
    first, second = x.unflatten(-1, (-1, 2)).unbind(-1)
    cosine, sine = rotation[:, None].unbind(-1)
    return torch.stack((first * cosine - second * sine, first * sine + second * cosine), -1).flatten(-2).type_as(x)


class Cache:
    """Keys and values of one layer while sampling: [B, H, length, D] each."""

    def __init__(self, batch: int, heads: int, length: int, head_width: int, device: torch.device) -> None:
        self.keys = torch.zeros(batch, heads, length, head_width, device=device)
        self.values = torch.zeros_like(self.keys)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.wqkv = nn.Linear(width, 3 * width, bias=False)
        self.wo = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, rotation: Tensor, mask: Tensor | None = None, cache: Cache | None = None, start: int = 0) -> Tensor:
        """x [B, L, C]; without a mask attention is causal; with a cache, x holds positions start..start+L."""
        b, length, width = x.shape
        q, k, v = self.wqkv(x).view(b, length, 3, self.heads, -1).unbind(2)  # [B, L, H, D]
        q, k, v = rotate(q, rotation).transpose(1, 2), rotate(k, rotation).transpose(1, 2), v.transpose(1, 2)
        if cache is not None:
            cache.keys[:, :, start : start + length] = k
            cache.values[:, :, start : start + length] = v
            k, v = cache.keys[:, :, : start + length], cache.values[:, :, : start + length]
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        return self.wo(mixed.transpose(1, 2).reshape(b, length, width))


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = -(-int(2 * 4 * width / 3) // 32) * 32
        self.w1 = nn.Linear(width, hidden, bias=False)
        self.w3 = nn.Linear(width, hidden, bias=False)
        self.w2 = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.feed_forward = FeedForward(width)
        self.attention_norm = RMSNorm(width)
        self.ffn_norm = RMSNorm(width)

    def forward(self, x: Tensor, rotation: Tensor, mask: Tensor | None = None, cache: Cache | None = None, start: int = 0) -> Tensor:
        x = x + self.attention(self.attention_norm(x), rotation, mask, cache, start)
        return x + self.feed_forward(self.ffn_norm(x))


def sinusoids(slots: int, width: int) -> Tensor:
    """[slots, width]: sines and cosines of the slot's number, so that neighbours are alike from the start."""
    frequencies = 1.0 / 100 ** (torch.arange(0, width, 2) / width)
    angles = torch.outer(torch.arange(slots).float(), frequencies)
    return torch.cat((angles.sin(), angles.cos()), 1)


class WordEmbedding(nn.Module):
    """Word vectors plus a vector per slot; captions are left-padded, so slot T-1 is always the last word."""

    def __init__(self, slots: int, width: int) -> None:
        super().__init__()
        self.word_embedding = nn.Embedding(len(WORDS), width)
        self.position_embedding = nn.Parameter(sinusoids(slots, width) * 0.03)

    def forward(self, words: Tensor) -> Tensor:
        """ids [B, N], the last N slots of the prefix -> [B, N, C]."""
        return self.word_embedding(words) + self.position_embedding[-words.shape[1] :]


class Transformer(nn.Module):
    def __init__(self, preset: Preset) -> None:
        super().__init__()
        p = preset.transformer
        self.slots, self.heads, self.width = p.prefix, p.heads, p.width
        self.cls_embedding = WordEmbedding(p.prefix, p.width)
        self.tok_embeddings = nn.Embedding(preset.tokenizer.codes, p.width)
        self.layers = nn.ModuleList(Block(p.width, p.heads) for _ in range(p.layers))
        self.norm = RMSNorm(p.width)
        self.output = nn.Linear(p.width, preset.tokenizer.codes, bias=False)
        self.register_buffer("rotation", rotary_table(preset.grid, p.width // p.heads), persistent=False)
        self._initialise()

    def _initialise(self) -> None:
        """Small random weights; what writes to the residual stream and the output start at zero."""
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2 and not name.endswith("position_embedding"):
                nn.init.normal_(parameter, std=0.02 if "embedding" in name else self.width**-0.5 * 0.6)
            if name.endswith(("wo.weight", "w2.weight", "output.weight")):
                nn.init.zeros_(parameter)

    def rotations(self, prefix: int, pictures: int) -> Tensor:
        """Identity for prefix slots, then the grid's table: [prefix + pictures, D/2, 2]."""
        still = torch.zeros_like(self.rotation[:1]).expand(prefix, -1, -1) + self.rotation.new_tensor((1, 0))
        return torch.cat((still, self.rotation[:pictures]))

    def forward(self, words: Tensor, tokens: Tensor) -> Tensor:
        """Teacher-forced logits [B, P, K] from words [B, N] without padding and tokens [B, P]."""
        return self.forward_with_state(words, tokens, 0)[0]

    def forward_with_state(self, words: Tensor, tokens: Tensor, depth: int, length: int = 0, run_layers: RunLayers | None = None) -> tuple[Tensor, Tensor]:
        """The logits, and the residual stream [B, P, C] that layer `depth` makes where they are predicted.

        A sequence shorter than `length` is filled up at its end, where no earlier position looks: compiled `run_layers` want one shape.
        """
        x = torch.cat((self.cls_embedding(words), self.tok_embeddings(tokens[:, :-1])), 1)
        rotation = self.rotations(words.shape[1], tokens.shape[1] - 1)
        missing = max(0, length - x.shape[1])
        x, rotation = F.pad(x, (0, 0, 0, missing)), F.pad(rotation, (0, 0, 0, 0, 0, missing))
        x, state = (run_layers or self.run_layers)(x, rotation, depth)
        predicted = slice(words.shape[1] - 1, words.shape[1] - 1 + tokens.shape[1])
        return self.output(self.norm(x[:, predicted])), state[:, predicted]

    def run_layers(self, x: Tensor, rotation: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """[B, L, C] through all layers, and what layer `depth` made of it."""
        state = x
        for index, layer in enumerate(self.layers):
            x = layer(x, rotation)
            if index == depth:
                state = x
        return x, state

    def forward_padded(self, words: Tensor, tokens: Tensor) -> Tensor:
        """The same with all slots and left padding: words [B, T]; padded slots are seen by themselves only."""
        x = torch.cat((self.cls_embedding(words), self.tok_embeddings(tokens[:, :-1])), 1)
        rotation = self.rotations(self.slots, tokens.shape[1] - 1)
        mask = padding_mask(words, x.shape[1])
        for layer in self.layers:
            x = layer(x, rotation, mask)
        return self.output(self.norm(x[:, self.slots - 1 :]))


def padding_mask(words: Tensor, length: int) -> Tensor:
    """Who may look at whom, [B, 1, length, length]: causal, padding hidden from all but itself."""
    causal = torch.ones(length, length, dtype=torch.bool, device=words.device).tril()
    real = torch.ones(len(words), length, dtype=torch.bool, device=words.device)
    real[:, : words.shape[1]] = words != PAD
    itself = torch.eye(length, dtype=torch.bool, device=words.device)
    return ((causal & real[:, None, :]) | itself)[:, None]
