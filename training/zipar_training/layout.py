"""What a picture shall hold and where, asked of the transformer while it learns; nothing of it ships.

Which thing in which colour stands where is worth a nat or two of a picture's 250: next to the noise of
ridges and clouds the loss over tokens hardly notices it, and words are bound to places only after
very many samples. A linear head on the middle of the network therefore has to name, for every cell, what
its third of the picture holds. The layers behind the head find it spelled out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .presets import Preset
from .scenes import BODIES, BODY_COLOURS, KINDS, PLACES, THING_COLOURS, WONDERS, Scene

THINGS = ("", *(f"{colour} {kind}".strip() for kind in KINDS for colour in THING_COLOURS[kind] or ("",)))
LIGHTS = ("", *(f"{colour} {body}" for body in BODIES if body != "none" for colour in BODY_COLOURS[body]))
QUESTIONS = (len(THINGS), len(LIGHTS), 2, 2, len(WONDERS))
"""Classes of each question: thing and light in this third; clouds, stars and wonder anywhere."""


def layout_of(scene: Scene) -> list[list[int]]:
    """The answers [3 places][questions] of a scene."""
    things = {thing.place: THINGS.index(f"{thing.colour} {thing.kind}".strip()) for thing in scene.things}
    lights = {scene.body_place: LIGHTS.index(f"{scene.body_colour} {scene.body}")} if scene.body != "none" else {}
    everywhere = [int(scene.clouds), int(scene.stars), WONDERS.index(scene.wonder)]
    return [[things.get(place, 0), lights.get(place, 0), *everywhere] for place in PLACES]


class LayoutHead(nn.Module):
    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.depth = preset.transformer.layers * 2 // 3 - 1
        """Index of the layer whose output is asked."""
        self.answers = nn.Linear(preset.transformer.width, sum(QUESTIONS))
        columns = torch.arange(preset.grid**2) % preset.grid
        self.register_buffer("place", columns * len(PLACES) // preset.grid, persistent=False)

    def loss(self, state: Tensor, layouts: Tensor) -> Tensor:
        """Mean nats a question from state [B, P, C] and layouts [B, 3, questions]."""
        scaled = state * torch.rsqrt(state.square().mean(-1, keepdim=True) + 1e-5)
        wanted = layouts[:, self.place]  # [B, P, questions]
        guesses = self.answers(scaled).split(QUESTIONS, -1)
        return torch.stack([F.cross_entropy(guess.flatten(0, 1), wanted[..., i].flatten()) for i, guess in enumerate(guesses)]).mean()
