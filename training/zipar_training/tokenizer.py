"""The VQ autoencoder: LlamaGen's VQ decoder graph and tensor names, with a cheap encoder that is not shipped.

Shapes below: B pictures, S side in pixels, G = S / downsample tokens a side, D code width, K codes.
Pixels are -1..1.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .parallel import half_on_gpu
from .presets import TokenizerPreset


class ResnetBlock(nn.Module):
    """norm, swish, conv, norm, swish, conv, plus the input (through a 1x1 convolution if the width changes)."""

    def __init__(self, width_in: int, width_out: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, width_in, eps=1e-6)
        self.conv1 = nn.Conv2d(width_in, width_out, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, width_out, eps=1e-6)
        self.conv2 = nn.Conv2d(width_out, width_out, 3, padding=1)
        if width_in != width_out:
            self.nin_shortcut = nn.Conv2d(width_in, width_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttnBlock(nn.Module):
    """Single-head self-attention over all positions of a feature map."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, width, eps=1e-6)
        self.q = nn.Conv2d(width, width, 1)
        self.k = nn.Conv2d(width, width, 1)
        self.v = nn.Conv2d(width, width, 1)
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(x)
        q, k, v = (f(h).flatten(2).transpose(1, 2) for f in (self.q, self.k, self.v))  # [B, positions, width]
        weights = torch.softmax(q @ k.transpose(1, 2) * x.shape[1] ** -0.5, -1)
        mixed = (weights @ v).transpose(1, 2).reshape(x.shape)
        return x + self.proj_out(mixed)


class Upsample(nn.Module):
    """Nearest-neighbour doubling, then a 3x3 convolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class DecoderLevel(nn.Module):
    """One resolution: residual blocks, attention after each at the lowest resolution, upsampling unless last."""

    def __init__(self, width_in: int, width_out: int, blocks: int, groups: int, attend: bool, upsample: bool) -> None:
        super().__init__()
        self.res = nn.ModuleList(ResnetBlock(width_in if j == 0 else width_out, width_out, groups) for j in range(blocks))
        self.attn = nn.ModuleList(AttnBlock(width_out, groups) for _ in range(blocks if attend else 0))
        if upsample:
            self.upsample = Upsample(width_out)

    def forward(self, x: Tensor) -> Tensor:
        for j, block in enumerate(self.res):
            x = block(x)
            if self.attn:
                x = self.attn[j](x)
        return self.upsample(x) if hasattr(self, "upsample") else x


class Decoder(nn.Module):
    """[B, z_channels, G, G] -> [B, 3, S, S]."""

    def __init__(self, p: TokenizerPreset) -> None:
        super().__init__()
        widths = [p.channels * m for m in reversed(p.multipliers)]  # lowest resolution first
        self.conv_in = nn.Conv2d(p.z_channels, widths[0], 3, padding=1)
        self.mid = nn.ModuleList([ResnetBlock(widths[0], widths[0], p.groups), AttnBlock(widths[0], p.groups), ResnetBlock(widths[0], widths[0], p.groups)])
        self.conv_blocks = nn.ModuleList(
            DecoderLevel(widths[max(i - 1, 0)], width, p.res_blocks + 1, p.groups, attend=i == 0, upsample=i < len(widths) - 1)
            for i, width in enumerate(widths)
        )
        self.norm_out = nn.GroupNorm(p.groups, widths[-1], eps=1e-6)
        self.conv_out = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.conv_in(z)
        for layer in (*self.mid, *self.conv_blocks):
            x = layer(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Encoder(nn.Module):
    """[B, 3, S, S] -> [B, D, G, G]. Full-resolution convolutions are slow on a CPU, so pixels are folded into channels first."""

    def __init__(self, p: TokenizerPreset) -> None:
        super().__init__()
        halvings = len(p.multipliers) - 1
        wide, deep = p.encoder_channels, p.encoder_channels * 3 // 2
        layers: list[nn.Module] = [nn.PixelUnshuffle(2 ** (halvings - 1)), nn.Conv2d(3 * 4 ** (halvings - 1), wide, 3, padding=1)]
        layers += [ResnetBlock(wide, wide, p.groups) for _ in range(2)]
        layers += [nn.Conv2d(wide, deep, 3, stride=2, padding=1), ResnetBlock(deep, deep, p.groups), AttnBlock(deep, p.groups), ResnetBlock(deep, deep, p.groups)]
        layers += [nn.GroupNorm(p.groups, deep, eps=1e-6), nn.SiLU(), nn.Conv2d(deep, p.code_width, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.layers(pixels)


class Quantizer(nn.Module):
    """Nearest code on the unit sphere.

    Quantising from the first step makes the encoder collapse onto the few codes it happens to use, so
    training begins with noise in place of quantisation; `begin` then lays the codebook by k-means over
    what the encoder has learnt. From there on codes follow the encoder by moving averages, and unused
    codes are restarted.
    """

    noise = 0.16
    """Standard deviation per dimension of the noise before quantisation begins: about the error of 1024 codes."""

    def __init__(self, codes: int, width: int, decay: float = 0.98) -> None:
        super().__init__()
        self.embedding = nn.Embedding(codes, width)
        self.embedding.weight.requires_grad_(False)
        self.embedding.weight.copy_(F.normalize(torch.randn(codes, width), dim=-1))
        self.decay = decay
        self.register_buffer("use", torch.zeros(codes))
        self.register_buffer("begun", torch.tensor(False))
        self.register_buffer("sums", self.embedding.weight.detach().clone() * 1e-3)

    def nearest(self, z: Tensor) -> Tensor:
        """Unit vectors [N, D] -> ids [N]."""
        return (z @ F.normalize(self.embedding.weight, dim=-1).T).argmax(-1)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """[B, D, G, G] -> straight-through codes [B, D, G, G], commitment loss, ids [N], unit vectors [N, D]."""
        flat = F.normalize(z.permute(0, 2, 3, 1).reshape(-1, z.shape[1]), dim=-1)
        if not self.begun:
            passed = F.normalize(flat + self.noise * torch.randn_like(flat), dim=-1)
            ids, commitment = torch.zeros(len(flat), dtype=torch.long, device=z.device), flat.sum() * 0
            return self._unflatten(passed, z), commitment, ids, flat.detach()
        ids = self.nearest(flat.detach())
        codes = F.normalize(self.embedding.weight, dim=-1)[ids]
        commitment = F.mse_loss(flat, codes) * z.shape[1]
        passed = flat + (codes - flat).detach()
        return self._unflatten(passed, z), commitment, ids, flat.detach()

    @staticmethod
    def _unflatten(flat: Tensor, like: Tensor) -> Tensor:
        """[B*G*G, D] -> [B, D, G, G]."""
        b, d, g, h = like.shape
        return flat.view(b, g, h, d).permute(0, 3, 1, 2)

    @torch.no_grad()
    def begin(self, vectors: Tensor, rounds: int = 12) -> None:
        """Spherical k-means over unit vectors [N, D]; from now on pictures are quantised."""
        codes = vectors[torch.randperm(len(vectors))[: len(self.use)]].clone()
        for _ in range(rounds):
            ids = torch.cat([(part @ codes.T).argmax(-1) for part in vectors.split(8192)])
            counts = torch.bincount(ids, minlength=len(codes)).float()
            sums = torch.zeros_like(codes).index_add_(0, ids, vectors)
            empty = counts == 0
            sums[empty] = vectors[torch.randperm(len(vectors))[: int(empty.sum())]]
            codes = F.normalize(sums, dim=-1)
        self.embedding.weight.copy_(codes)
        self.use.copy_(counts.clamp(min=1) / counts.sum() * len(codes))
        self.sums.copy_(codes * self.use[:, None])
        self.begun.fill_(True)

    @torch.no_grad()
    def follow(self, counts: Tensor, sums: Tensor) -> None:
        """Moves codes towards the mean of what was assigned to them (counts [K], sums [K, D])."""
        self.use.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        self.embedding.weight.copy_(F.normalize(self.sums, dim=-1))

    @torch.no_grad()
    def restart_unused(self, candidates: Tensor, least: float | Tensor) -> int:
        """Puts codes used less than `least` times a step onto random encoder outputs [N, D]."""
        dead = (self.use < least).nonzero()[:, 0]
        if len(dead):
            fresh = candidates[torch.randperm(len(candidates))[: len(dead)]]
            dead = dead[: len(fresh)]
            self.embedding.weight[dead] = fresh
            self.use[dead] = least * 2
            self.sums[dead] = fresh * least * 2
        return len(dead)


class Whitening(nn.Module):
    """Gives all code dimensions unit variance and no correlation, from running statistics.

    Without it the encoder uses three or four of the eight dimensions (what is left is mean colour),
    and a thousand codes crowd on a few directions. Running statistics lag behind a moving encoder,
    though, so after a while `Tokenizer.settle` folds them into the encoder's last layer for good.
    """

    def __init__(self, width: int, decay: float = 0.98) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("covariance", torch.eye(width))
        self.register_buffer("settled", torch.tensor(False))

    def unmixing(self) -> Tensor:
        """[D, D], by Cholesky."""
        eye = torch.eye(len(self.mean), device=self.mean.device)
        return torch.linalg.inv(torch.linalg.cholesky(self.covariance + 1e-5 * eye))

    def forward(self, z: Tensor) -> Tensor:
        """[B, D, G, G] -> the same, whitened."""
        if self.settled:
            return z
        return torch.einsum("ij,bjgh->bigh", self.unmixing(), z - self.mean[:, None, None])

    @torch.no_grad()
    def moments(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Sums of z [D] and of its outer products [D, D] over a batch."""
        flat = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        return flat.sum(0), flat.T @ flat

    @torch.no_grad()
    def follow(self, sums: Tensor, products: Tensor, count: int) -> None:
        mean = sums / count
        covariance = products / count - torch.outer(mean, mean)
        self.mean.lerp_(mean, 1 - self.decay)
        self.covariance.lerp_(covariance, 1 - self.decay)


class Tokenizer(nn.Module):
    def __init__(self, p: TokenizerPreset) -> None:
        super().__init__()
        self.encoder = Encoder(p)
        self.whiten = Whitening(p.code_width)
        self.quantize = Quantizer(p.codes, p.code_width)
        self.post_quant_conv = nn.Conv2d(p.code_width, p.z_channels, 1)
        self.decoder = Decoder(p)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """[B, 3, S, S] -> reconstruction, commitment loss, ids [B*G*G], unit vectors [B*G*G, D], encoder output [B, D, G, G]."""
        with half_on_gpu(pixels.device.type):
            z = self.encoder(pixels)
        z = z.float()
        passed, commitment, ids, flat = self.quantize(self.whiten(z))
        with half_on_gpu(pixels.device.type):
            made = self.decoder(self.post_quant_conv(passed))
        return made.float(), commitment, ids, flat, z.detach()

    @torch.no_grad()
    def settle(self, batches: list[Tensor]) -> Tensor:
        """Folds the whitening of these pictures [B, 3, S, S] into the encoder's last layer, which is returned."""
        z = torch.cat([self.encoder(pixels).permute(0, 2, 3, 1).flatten(0, 2) for pixels in batches])
        self.whiten.mean.copy_(z.mean(0))
        self.whiten.covariance.copy_(torch.cov(z.T))
        last, unmix = self.encoder.layers[-1], self.whiten.unmixing()
        last.weight.copy_((unmix @ last.weight[:, :, 0, 0])[:, :, None, None])
        last.bias.copy_(unmix @ (last.bias - self.whiten.mean))
        self.whiten.settled.fill_(True)
        return last

    @torch.no_grad()
    def unit_vectors(self, pixels: Tensor) -> Tensor:
        """[B, 3, S, S] -> what is quantised, [B*G*G, D]."""
        z = self.whiten(self.encoder(pixels))
        return F.normalize(z.permute(0, 2, 3, 1).reshape(-1, z.shape[1]), dim=-1)

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """[B, 3, S, S] -> ids [B, G*G] in raster order."""
        return self.quantize.nearest(self.unit_vectors(pixels)).view(len(pixels), -1)

    def decode(self, ids: Tensor) -> Tensor:
        """ids [B, G*G] -> pixels [B, 3, S, S]."""
        side = int(ids.shape[1] ** 0.5)
        codes = F.normalize(self.quantize.embedding.weight, dim=-1)[ids]  # [B, G*G, D]
        codes = codes.transpose(1, 2).reshape(len(ids), -1, side, side)
        return self.decoder(self.post_quant_conv(codes))


def reconstruction_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """Absolute and squared error weighted by local detail, so that thin bright things count; plus edges and coarser scales."""
    error = made - wanted
    with torch.no_grad():
        detail = (wanted - F.avg_pool2d(wanted, 9, 1, 4, count_include_pad=False)).abs().amax(1, keepdim=True)
        weight = 1 + 5 * F.max_pool2d(detail, 3, 1, 1).clamp(max=0.6)
    loss = (weight * (0.4 * error.abs() + 6 * error.square())).mean()
    loss = loss + 0.3 * (error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean())
    for scale in (2, 4):
        loss = loss + 0.25 * F.avg_pool2d(error, scale).abs().mean()
    return loss
