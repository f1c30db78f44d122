"""Foreground things, each drawn in its own frame by a `Pen`: big, clear, in saturated colours."""

from __future__ import annotations

from random import Random

import numpy as np

from .canvas import Canvas, Pen, rgb
from .scenes import Scene, Thing

PAINT = {
    "red": rgb(222, 36, 40),
    "orange": rgb(245, 138, 30),
    "yellow": rgb(252, 206, 40),
    "green": rgb(40, 172, 82),
    "blue": rgb(32, 84, 220),
    "purple": rgb(142, 56, 196),
    "white": rgb(250, 250, 250),
}
LAMP = rgb(255, 222, 110)


def tinted(colour: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """A surface colour in the light of the hour."""
    return (colour * tint).astype(np.float32)


def draw_thing(canvas: Canvas, thing: Thing, scene: Scene, tint: np.ndarray, x: float, y: float, rng: Random) -> None:
    """Draws a thing with its foot at (x, y); things on water get a reflection first."""
    tint = 0.45 + 0.55 * tint  # near things keep more of their colour than the land does
    if thing.kind == "boat":
        _boat(Pen(canvas, x, y + 0.012, 0.27, mirror=True, opacity=0.3), thing, scene, tint)
    size, reach = SIZES[thing.kind]
    DRAW[thing.kind](Pen(canvas, x, y, size, reach), thing, scene, tint)


def _is_dark(scene: Scene) -> bool:
    return scene.time in ("dusk", "night")


def _pine(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray, u: float = 0, size: float = 1) -> None:
    leaf, trunk = tinted(rgb(28, 112, 74), tint), tinted(rgb(104, 66, 44), tint)
    pen.polygon([(u - 0.045 * size, 0), (u + 0.045 * size, 0), (u + 0.045 * size, 0.2 * size), (u - 0.045 * size, 0.2 * size)], trunk)
    for foot, top, half in ((0.14, 0.55, 0.3), (0.36, 0.78, 0.24), (0.58, 1.0, 0.17)):
        foot, top, half = foot * size, top * size, half * size
        pen.polygon([(u - half, foot), (u + half, foot), (u, top)], leaf * 0.72)
        pen.polygon([(u - half, foot), (u + 0.1 * half, foot), (u, top)], leaf * 1.12)
        if scene.terrain == "snow":
            cut = top - (top - foot) * 0.42
            pen.polygon([(u - half * 0.42, cut), (u + half * 0.42, cut), (u, top)], tinted(rgb(250, 252, 255), tint))


def _pines(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray) -> None:
    """Three in a row, the middle one tallest."""
    _pine(pen, thing, scene, tint, -0.36, 0.7)
    _pine(pen, thing, scene, tint, 0.36, 0.7)
    _pine(pen, thing, scene, tint, 0, 1)


def _boat(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray) -> None:
    sail = tinted(PAINT[thing.colour], tint)
    pen.line((0.02, 0.1), (0.02, 0.98), 0.02, tinted(rgb(84, 56, 44), tint))
    pen.polygon([(0.07, 0.24), (0.5, 0.24), (0.07, 0.96)], sail)
    pen.polygon([(-0.03, 0.24), (-0.38, 0.24), (-0.03, 0.84)], sail * 0.8)
    pen.polygon([(-0.5, 0.18), (0.56, 0.18), (0.4, -0.02), (-0.36, -0.02)], tinted(rgb(96, 58, 42), tint))
    pen.polygon([(-0.5, 0.2), (0.57, 0.2), (0.55, 0.14), (-0.48, 0.14)], tinted(rgb(240, 232, 216), tint))


def _house(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray) -> None:
    wall, roof = tinted(PAINT[thing.colour], tint), tinted(rgb(82, 62, 70), tint)
    window = LAMP if _is_dark(scene) else tinted(rgb(70, 96, 130), tint)
    pen.polygon([(0.24, 0.6), (0.38, 0.6), (0.38, 1.0), (0.24, 1.0)], tinted(rgb(120, 78, 66), tint))
    pen.polygon([(-0.5, 0), (0.5, 0), (0.5, 0.56), (-0.5, 0.56)], wall)
    pen.polygon([(0.2, 0), (0.5, 0), (0.5, 0.56), (0.2, 0.56)], wall * 0.8)
    pen.polygon([(-0.62, 0.52), (0.62, 0.52), (0.4, 0.92), (-0.4, 0.92)], roof)
    pen.polygon([(-0.1, 0), (0.1, 0), (0.1, 0.36), (-0.1, 0.36)], tinted(rgb(74, 48, 42), tint))
    for u in (-0.31, 0.33):
        if _is_dark(scene):
            pen.glow(u, 0.3, 0.24, LAMP, 0.5)
        pen.polygon([(u - 0.1, 0.2), (u + 0.1, 0.2), (u + 0.1, 0.42), (u - 0.1, 0.42)], window)


def _lighthouse(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray) -> None:
    paint, white = tinted(PAINT[thing.colour], tint), tinted(PAINT["white"], tint)

    def half_width(v: float) -> float:
        return 0.135 - 0.055 * v / 0.74

    if _is_dark(scene):
        beam = np.clip(1 - np.abs(pen.v - 0.83) / (0.03 + 0.14 * np.abs(pen.u)), 0, 1) * np.exp(-np.abs(pen.u) / 0.6)
        part = pen.canvas.pixels[pen.rows, pen.columns]
        part += (beam * 0.55)[..., None] * LAMP * (1 - part)
    for index in range(4):
        low, high = 0.185 * index, 0.185 * (index + 1)
        colour = paint if index % 2 == 0 else white
        left, right = (-half_width(low), -half_width(high)), (half_width(low), half_width(high))
        pen.polygon([(left[0], low), (right[0], low), (right[1], high), (left[1], high)], colour)
        pen.polygon([(right[0] * 0.35, low), (right[0], low), (right[1], high), (right[1] * 0.35, high)], colour * 0.78)
    dark = tinted(rgb(56, 56, 72), tint)
    pen.polygon([(-0.075, 0.74), (0.075, 0.74), (0.075, 0.9), (-0.075, 0.9)], LAMP if _is_dark(scene) else tinted(rgb(250, 226, 140), tint))
    pen.polygon([(-0.13, 0.73), (0.13, 0.73), (0.13, 0.775), (-0.13, 0.775)], dark)
    pen.polygon([(-0.11, 0.89), (0.11, 0.89), (0, 1.02)], paint)
    if _is_dark(scene):
        pen.glow(0, 0.82, 0.15, LAMP, 0.8)


def _balloon(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray) -> None:
    paint = tinted(PAINT[thing.colour], tint)
    dark = tinted(rgb(92, 60, 44), tint)
    pen.line((-0.16, 0.34), (-0.075, 0.12), 0.012, dark)
    pen.line((0.16, 0.34), (0.075, 0.12), 0.012, dark)
    u, v = pen.u, pen.v
    ball = np.hypot(u, v - 0.65) - 0.36
    neck = np.maximum(np.abs(u) - 0.12 - (v - 0.28) * 0.72, np.maximum(0.28 - v, v - 0.55)) * 0.8
    shape = np.minimum(ball, neck)
    bulge = np.sqrt(np.clip(1 - np.square((v - 0.65) / 0.37), 0.08, 1))
    stripe = np.clip(0.5 - (np.abs(np.abs(u / bulge) - 0.2) - 0.065) * pen.size * pen.canvas.side, 0, 1)[..., None]
    shade = (1.08 - 0.3 * np.clip(u / 0.36, -1, 1) * np.ones_like(v))[..., None]
    light = paint + (tinted(rgb(255, 250, 235), tint) - paint) * 0.62
    pen.fill(shape, (paint * (1 - stripe) + light * stripe) * shade)
    pen.polygon([(-0.1, 0.12), (0.1, 0.12), (0.08, -0.03), (-0.08, -0.03)], dark)


def _birds(pen: Pen, thing: Thing, scene: Scene, tint: np.ndarray) -> None:
    """Three in flight, wings up."""
    ink = rgb(226, 234, 250) if scene.time == "night" else rgb(34, 34, 52)
    for u, v, size in ((-0.3, 0.0, 0.28), (0.28, 0.1, 0.3), (-0.02, 0.42, 0.34)):
        for sign in (-1, 1):
            elbow, tip = (u + sign * 0.45 * size, v + 0.4 * size), (u + sign * size, v + 0.16 * size)
            pen.line((u, v), elbow, 0.034, ink)
            pen.line(elbow, tip, 0.03, ink)


# Size (in picture sides) of the unit of each thing's frame, and how far it reaches in that unit.
SIZES = {
    "pine": (0.4, 1.1),
    "pines": (0.36, 1.1),
    "boat": (0.27, 1.1),
    "house": (0.25, 1.1),
    "lighthouse": (0.44, 1.1),
    "balloon": (0.33, 1.1),
    "birds": (0.2, 1.0),
}
DRAW = {"pine": _pine, "pines": _pines, "boat": _boat, "house": _house, "lighthouse": _lighthouse, "balloon": _balloon, "birds": _birds}
