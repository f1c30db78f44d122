"""A picture being painted: float32 RGB in 0..1, with analytic anti-aliasing from signed distances.

Everything is in units of the picture's side (x to the right, y down, both 0..1), so that a scene
looks the same at any resolution.
"""

from __future__ import annotations

import functools

import numpy as np

from .detail import COARSE, Detail

Colour = tuple[float, float, float]


def rgb(red: int, green: int, blue: int) -> np.ndarray:
    return np.array((red, green, blue), np.float32) / 255


@functools.lru_cache(maxsize=4)
def pixel_centres(side: int) -> np.ndarray:
    return (np.arange(side, dtype=np.float32) + 0.5) / side


class Canvas:
    """`pixels` is [side, side, 3]; `x` is [1, side], `y` is [side, 1]."""

    def __init__(self, side: int, detail: Detail = COARSE) -> None:
        self.side, self.detail = side, detail
        centres = pixel_centres(side)
        self.x, self.y = centres[None, :], centres[:, None]
        self.pixels = np.zeros((side, side, 3), np.float32)

    def on_lattice(self, place: float) -> float:
        """The nearest place where sharp things may stand: half a token from the next."""
        return round(place * self.detail.lattice) / self.detail.lattice

    def aligned(self, place: float) -> float:
        """A place that is written in 32nds of the side: as it is on a lattice of 32nds, otherwise the nearest of the lattice."""
        return place if self.detail.lattice == 32 else self.on_lattice(place)

    def coverage(self, distance: np.ndarray) -> np.ndarray:
        """How much of a pixel lies inside a shape, from the signed distance (negative inside) to its edge."""
        return np.clip(0.5 - distance * self.side, 0, 1)

    def paint(self, alpha: np.ndarray, colour: np.ndarray, rows: slice = slice(None), columns: slice = slice(None)) -> None:
        """Lays `colour` ([3] or [..., 3]) over a part of the picture with opacity `alpha`."""
        part = self.pixels[rows, columns]
        part += alpha[..., None] * (colour - part)

    def shine(self, light: np.ndarray, colour: np.ndarray) -> None:
        """Adds light as a screen blend, which never exceeds white."""
        self.pixels += light[..., None] * colour * (1 - self.pixels)

    def below(self, heights: np.ndarray, slope: float | np.ndarray = 0) -> np.ndarray:
        """Coverage of everything under the line y = heights[x]."""
        return self.coverage((heights[None, :] - self.y) / np.sqrt(1 + np.square(slope)))


def vertical_gradient(y: np.ndarray, stops: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """Colours [len(y), 3] interpolated between (position, colour) stops."""
    positions = [position for position, _ in stops]
    return np.stack([np.interp(y, positions, [c[i] for _, c in stops]) for i in range(3)], -1).astype(np.float32)


class Pen:
    """Draws one thing in its own frame: (0, 0) is the middle of its foot, v points up, 1 is its size."""

    def __init__(self, canvas: Canvas, x: float, y: float, size: float, reach: float = 1.3, mirror: bool = False, opacity: float = 1) -> None:
        side = canvas.side
        lo_x, hi_x = int(max(0, (x - reach * size) * side)), int(min(side, (x + reach * size) * side + 1))
        lo_y, hi_y = int(max(0, (y - reach * size) * side)), int(min(side, (y + reach * size) * side + 1))
        self.canvas, self.size, self.opacity = canvas, size, opacity
        self.rows, self.columns = slice(lo_y, hi_y), slice(lo_x, hi_x)
        self.u = (canvas.x[:, self.columns] - x) / size
        self.v = (y - canvas.y[self.rows]) / size * (-1 if mirror else 1)
        self.clip: np.ndarray | float = 1.0
        if mirror:
            self.clip = (self.v > 0).astype(np.float32)

    def fill(self, distance: np.ndarray, colour: np.ndarray) -> None:
        alpha = self.canvas.coverage(distance * self.size) * self.opacity * self.clip
        self.canvas.paint(alpha, colour, self.rows, self.columns)

    def disc(self, u: float, v: float, radius: float, colour: np.ndarray) -> None:
        self.fill(np.hypot(self.u - u, self.v - v) - radius, colour)

    def polygon(self, points: list[tuple[float, float]], colour: np.ndarray) -> None:
        self.fill(convex_polygon(self.u, self.v, points), colour)

    def line(self, a: tuple[float, float], b: tuple[float, float], radius: float, colour: np.ndarray) -> None:
        self.fill(segment(self.u, self.v, a, b) - radius, colour)

    def glow(self, u: float, v: float, radius: float, colour: np.ndarray, strength: float) -> None:
        near = np.exp(-((self.u - u) ** 2 + (self.v - v) ** 2) / radius**2) * (strength * self.opacity)
        part = self.canvas.pixels[self.rows, self.columns]
        part += near[..., None] * colour * (1 - part)


def segment(u: np.ndarray, v: np.ndarray, a: tuple[float, float], b: tuple[float, float]) -> np.ndarray:
    """Distance to the line from a to b."""
    du, dv = b[0] - a[0], b[1] - a[1]
    along = np.clip(((u - a[0]) * du + (v - a[1]) * dv) / (du * du + dv * dv), 0, 1)
    return np.hypot(u - a[0] - along * du, v - a[1] - along * dv)


def convex_polygon(u: np.ndarray, v: np.ndarray, points: list[tuple[float, float]]) -> np.ndarray:
    """Distance to the nearest side's line: exact along sides, which is all that anti-aliasing needs."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))
    turn = 1.0 if area > 0 else -1.0
    distance = None
    for a, b in zip(points, points[1:] + points[:1]):
        du, dv = b[0] - a[0], b[1] - a[1]
        side = ((u - a[0]) * dv - (v - a[1]) * du) * (turn / np.hypot(du, dv))
        distance = side if distance is None else np.maximum(distance, side)
    return distance
