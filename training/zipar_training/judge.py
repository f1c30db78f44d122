"""A small classifier that reads every attribute of a scene off a picture.

Convolution, ReLU and max pooling only (batch norms are folded in on export), so that it is easy to run anywhere.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .scenes import BODIES, KINDS, PLACES, TERRAINS, THING_COLOURS, TIMES, WONDERS, Scene

# Every attribute with its classes; "none" is a class of its own where a scene may lack it.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "time": TIMES,
    "terrain": TERRAINS,
    "terrain colour": ("none", "blue", "purple", "green", "yellow", "red"),
    "body": BODIES,
    "body colour": ("none", "yellow", "orange", "red", "white"),
    "body place": ("none", *PLACES),
    "stars": ("no", "yes"),
    "clouds": ("no", "yes"),
    "wonder": WONDERS,
    **{f"{kind} place": ("none", *PLACES) for kind in KINDS},
    **{f"{kind} colour": ("none", *colours) for kind, colours in THING_COLOURS.items() if colours},
}
CONVOLUTIONS = ((48, 64), (64, 64), (64, 96), (96, 96), (96, 128), (128, 48))
"""Widths in and out of the 3x3 convolutions; 2x2 max pooling follows the second and the fourth."""
POOL_AFTER = (1, 3)
FOLD = 4
FEATURES = 128


def attributes_of(scene: Scene) -> dict[str, str]:
    """The class name of every attribute of a scene."""
    things = {thing.kind: thing for thing in scene.things}
    found = {
        "time": scene.time, "terrain": scene.terrain, "terrain colour": scene.terrain_colour, "body": scene.body,
        "body colour": scene.body_colour, "body place": scene.body_place, "stars": "yes" if scene.stars else "no",
        "clouds": "yes" if scene.clouds else "no", "wonder": scene.wonder,
    }
    for kind in KINDS:
        found[f"{kind} place"] = things[kind].place if kind in things else ""
        if THING_COLOURS[kind]:
            found[f"{kind} colour"] = things[kind].colour if kind in things else ""
    return {name: found[name] or "none" for name in ATTRIBUTES}


def classes_of(scene: Scene) -> list[int]:
    return [ATTRIBUTES[name].index(value) for name, value in attributes_of(scene).items()]


class Judge(nn.Module):
    """Pixels [B, 3, side, side] in -1..1 (larger pictures are averaged down) -> features [B, FEATURES] -> logits per attribute."""

    def __init__(self, side: int = 128) -> None:
        super().__init__()
        self.side = side
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in CONVOLUTIONS)
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b in CONVOLUTIONS)
        self.hidden = nn.Linear(CONVOLUTIONS[-1][1] * (side // FOLD // 4) ** 2, FEATURES)
        self.heads = nn.Linear(FEATURES, sum(len(classes) for classes in ATTRIBUTES.values()))

    def features(self, pixels: Tensor) -> Tensor:
        if pixels.shape[-1] != self.side:
            pixels = F.adaptive_avg_pool2d(pixels, self.side)
        x = F.pixel_unshuffle(pixels, FOLD)
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            x = F.relu(norm(convolution(x)))
            if index in POOL_AFTER:
                x = F.max_pool2d(x, 2)
        return F.relu(self.hidden(x.flatten(1)))

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Logits [B, classes] of every attribute, in the order of ATTRIBUTES."""
        return list(self.heads(self.features(pixels)).split([len(c) for c in ATTRIBUTES.values()], 1))

    @torch.no_grad()
    def read(self, pixels: Tensor) -> Tensor:
        """Class index per picture and attribute [B, attributes]."""
        return torch.stack([logits.argmax(-1) for logits in self(pixels)], 1)

    def folded(self) -> dict[str, Tensor]:
        """Plain convolutions with biases, the norms multiplied in; the linear layers as they are."""
        tensors: dict[str, Tensor] = {}
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            tensors[f"convolutions.{index}.weight"] = convolution.weight * scale[:, None, None, None]
            tensors[f"convolutions.{index}.bias"] = norm.bias - norm.running_mean * scale
        for name in ("hidden", "heads"):
            tensors[f"{name}.weight"] = getattr(self, name).weight
            tensors[f"{name}.bias"] = getattr(self, name).bias
        return {name: tensor.detach() for name, tensor in tensors.items()}


def frechet_distance(mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor) -> float:
    """Squared Fréchet distance between two normal distributions, in float64.

    Features are first divided by their standard deviations in the first distribution (the reference), so that none counts
    for more than another because of its scale; those that never vary there are left out.
    """
    a, b, difference = covariance.double(), other_covariance.double(), (mean - other_mean).double()
    deviation = a.diag().sqrt()
    varied = deviation > 1e-3 * deviation.max()
    scale = deviation[varied].reciprocal()
    a, b, difference = a[varied][:, varied] * torch.outer(scale, scale), b[varied][:, varied] * torch.outer(scale, scale), difference[varied] * scale
    values, vectors = torch.linalg.eigh(a)
    root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ b @ root).clamp(min=0).sqrt().sum()
    return float(difference.square().sum() + a.trace() + b.trace() - 2 * cross)


def statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [F] and covariance [F, F] of features [N, F]."""
    return features.mean(0), torch.cov(features.double().T).float()
