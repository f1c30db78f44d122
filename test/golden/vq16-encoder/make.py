"""Makes the golden data of the VQ-16 encoder: `python make.py`, with PyTorch and safetensors installed.

It follows the published structure of LlamaGen's VQ-16 tokenizer in PyTorch, with narrow random weights. It writes
`model.safetensors` (float32) and `golden.safetensors`: `pixels` [3, 32, 32] in -1..1, `latent` [8, 8, 8] before its
length is brought to 1, `tokens` [64]. The two nearest codes of a cell differ by more than 0.001 in likeness.
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CHANNELS, MULTIPLIERS, BLOCKS, Z, CODES, CODE_WIDTH, SIDE = 32, (1, 1, 2), 1, 32, 64, 8, 32
torch.manual_seed(2)
weights: dict[str, torch.Tensor] = {}


def conv(x, name, out, kernel, stride=1, pad=None):
    weight = torch.randn(out, x.shape[1], kernel, kernel) / (x.shape[1] * kernel * kernel) ** 0.5
    bias = 0.1 * torch.randn(out)
    weights[f"{name}.weight"], weights[f"{name}.bias"] = weight, bias
    return F.conv2d(x, weight, bias, stride, (kernel - 1) // 2 if pad is None else pad)


def norm(x, name):
    gain, bias = 1 + 0.2 * torch.randn(x.shape[1]), 0.1 * torch.randn(x.shape[1])
    weights[f"{name}.weight"], weights[f"{name}.bias"] = gain, bias
    return F.group_norm(x, 32, gain, bias, 1e-6)


def residual(x, name, out):
    h = conv(F.silu(norm(x, f"{name}.norm1")), f"{name}.conv1", out, 3)
    h = conv(F.silu(norm(h, f"{name}.norm2")), f"{name}.conv2", out, 3)
    return (x if x.shape[1] == out else conv(x, f"{name}.nin_shortcut", out, 1)) + h


def attention(x, name):
    h, width = norm(x, f"{name}.norm"), x.shape[1]
    q, k, v = (conv(h, f"{name}.{part}", width, 1).flatten(2) for part in "qkv")
    mixing = torch.softmax(q.transpose(1, 2) @ k * width**-0.5, dim=2)
    return x + conv((v @ mixing.transpose(1, 2)).reshape(x.shape), f"{name}.proj_out", width, 1)


pixels = torch.rand(1, 3, SIDE, SIDE) * 2 - 1
x = conv(pixels, "encoder.conv_in", CHANNELS, 3)
for level, multiplier in enumerate(MULTIPLIERS):
    last = level == len(MULTIPLIERS) - 1
    for block in range(BLOCKS):
        x = residual(x, f"encoder.conv_blocks.{level}.res.{block}", CHANNELS * multiplier)
        if last:
            x = attention(x, f"encoder.conv_blocks.{level}.attn.{block}")
    if not last:
        x = conv(F.pad(x, (0, 1, 0, 1)), f"encoder.conv_blocks.{level}.downsample.conv", x.shape[1], 3, stride=2, pad=0)
x = residual(x, "encoder.mid.0", x.shape[1])
x = attention(x, "encoder.mid.1")
x = residual(x, "encoder.mid.2", x.shape[1])
x = conv(F.silu(norm(x, "encoder.norm_out")), "encoder.conv_out", Z, 3)
latent = conv(x, "quant_conv", CODE_WIDTH, 1)

codebook = torch.randn(CODES, CODE_WIDTH)
weights["quantize.embedding.weight"] = codebook
directions = F.normalize(latent.permute(0, 2, 3, 1).reshape(-1, CODE_WIDTH), dim=-1)
likeness = directions @ F.normalize(codebook, dim=-1).T
tokens = likeness.argmax(1)
best = likeness.topk(2).values
print("smallest margin", float((best[:, 0] - best[:, 1]).min()))

folder = pathlib.Path(__file__).parent
save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "model.safetensors")
save_file({"pixels": pixels[0], "latent": latent[0], "tokens": tokens.int()}, folder / "golden.safetensors")
