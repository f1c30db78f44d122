"""Paints a `Scene`: gradients, layered silhouettes, haze, light. Seeded, any resolution.

Painted back to front: sky, stars, wonder, sun or moon, clouds, terrain, foreground things. All
random numbers are scalars drawn from the seed, never per pixel, so resolution changes nothing.

Whatever has sharp edges sits on a lattice of half tokens (see `Detail`): a sun
has a handful of positions instead of a continuum, so that a thousand codes can hold all its edges
and a small model sees each arrangement often enough to learn it. Soft lines (hills, waves) are free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from .canvas import Canvas, rgb, vertical_gradient
from .detail import COARSE, Detail
from .scenes import Scene, sky_places
from .things import draw_thing, tinted

PLACE_X = {"left": 6 / 32, "center": 16 / 32, "right": 26 / 32}


@dataclass(frozen=True)
class Light:
    """The look of a time of day: sky from zenith to horizon, haze far away, tint and shine on things."""

    sky: tuple[np.ndarray, ...]
    haze: np.ndarray
    tint: np.ndarray
    cloud: np.ndarray
    cloud_shade: np.ndarray


LIGHTS = {
    "dawn": Light((rgb(96, 132, 205), rgb(178, 172, 214), rgb(247, 190, 190), rgb(255, 226, 196)), rgb(240, 200, 205), np.array((0.96, 0.86, 0.9), np.float32), rgb(255, 240, 236), rgb(226, 178, 196)),
    "day": Light((rgb(40, 120, 214), rgb(92, 168, 236), rgb(158, 208, 246), rgb(220, 240, 250)), rgb(196, 222, 242), np.ones(3, np.float32), rgb(255, 255, 255), rgb(188, 208, 232)),
    "dusk": Light((rgb(52, 34, 104), rgb(140, 52, 122), rgb(232, 98, 78), rgb(255, 186, 92)), rgb(178, 98, 136), np.array((0.8, 0.64, 0.72), np.float32), rgb(250, 150, 120), rgb(132, 58, 112)),
    "night": Light((rgb(8, 12, 40), rgb(18, 30, 78), rgb(36, 58, 118), rgb(66, 96, 156)), rgb(48, 74, 132), np.array((0.52, 0.6, 0.82), np.float32), rgb(104, 122, 176), rgb(46, 62, 118)),
}

BODY_LIGHT = {
    "sun": {"yellow": (rgb(255, 236, 120), rgb(255, 220, 120)), "orange": (rgb(255, 150, 36), rgb(255, 150, 60)), "red": (rgb(232, 44, 40), rgb(255, 90, 70))},
    "moon": {"white": (rgb(238, 242, 255), rgb(150, 180, 255)), "yellow": (rgb(255, 218, 96), rgb(255, 200, 100))},
}


def render(scene: Scene, seed: int, side: int, detail: Detail = COARSE) -> np.ndarray:
    """Returns uint8 pixels [side, side, 3]."""
    canvas, rng, light = Canvas(side, detail), Random(seed * 7919 + 13), LIGHTS[scene.time]
    horizon = canvas.aligned(TERRAINS[scene.terrain].horizon) + _aside(canvas, rng)
    _sky(canvas, light, horizon)
    if scene.stars:
        _stars(canvas, rng, keep_clear=[(PLACE_X[place], 0.25) for place in sky_places(scene)])
    if scene.wonder == "aurora":
        _aurora(canvas, rng)
    body_x = _body(canvas, scene, rng) if scene.body != "none" else 0.5
    if scene.wonder == "rainbow":
        _rainbow(canvas, horizon)
    if scene.clouds:
        _clouds(canvas, light, rng, [place for place in PLACE_X if place not in sky_places(scene)])
    places = Places(horizon, body_x)
    TERRAINS[scene.terrain].paint(canvas, scene, light, rng, places)
    for thing in sorted(scene.things, key=lambda t: t.kind not in ("balloon", "birds")):
        foot = PLACE_X[thing.place] + _aside(canvas, rng)
        draw_thing(canvas, thing, scene, light.tint, foot, canvas.aligned(places.foot_of(thing.kind)), rng)
    return (np.clip(canvas.pixels, 0, 1) * 255 + 0.5).astype(np.uint8)


def _aside(canvas: Canvas, rng: Random) -> float:
    """A small step to either side, or none."""
    return rng.choice((-1, 0, 1)) * canvas.detail.step


@dataclass
class Places:
    """Where the terrain begins and where things stand on it."""

    horizon: float
    body_x: float

    def foot_of(self, kind: str) -> float:
        if kind == "balloon":
            return 14 / 32
        if kind == "birds":
            return 11 / 32
        return 27 / 32 if kind == "boat" else 28 / 32


# --- the sky ------------------------------------------------------------------------------------


def _sky(canvas: Canvas, light: Light, horizon: float) -> None:
    stops = [(horizon * part, colour) for part, colour in zip((0.0, 0.38, 0.74, 1.0), light.sky)]
    canvas.pixels[:] = vertical_gradient(canvas.y[:, 0], stops)[:, None]


def _stars(canvas: Canvas, rng: Random, keep_clear: list[tuple[float, float]]) -> None:
    """Large stars on a jittered lattice: evenly spread, each with a soft glow that survives the tokenizer."""
    for row in range(4):
        for column in range(6):
            if rng.random() < 0.2:
                continue
            x = canvas.on_lattice((column + 0.5 + (row % 2) * 0.5 + rng.uniform(-0.3, 0.3)) / 6.5)
            y = canvas.on_lattice(0.05 + row * 0.135 + rng.uniform(-0.035, 0.035))
            radius = rng.choice((0.009, 0.0125))
            if any(abs(x - cx) < 0.16 and abs(y - cy) < 0.2 for cx, cy in keep_clear):
                continue
            lo_x, hi_x = int(max(0, (x - 0.05) * canvas.side)), int((x + 0.05) * canvas.side) + 1
            lo_y, hi_y = int(max(0, (y - 0.05) * canvas.side)), int((y + 0.05) * canvas.side) + 1
            rows, columns = slice(lo_y, hi_y), slice(lo_x, hi_x)
            distance = np.hypot(canvas.x[:, columns] - x, canvas.y[rows] - y)
            part = canvas.pixels[rows, columns]
            part += (np.exp(-((distance / (radius * 2.2)) ** 2)) * 0.35)[..., None] * (rgb(170, 195, 255) - part)
            canvas.paint(canvas.coverage(distance - radius), rgb(255, 252, 235), rows, columns)


def _aurora(canvas: Canvas, rng: Random) -> None:
    """Two curtains: a bright lower hem that fades upwards from green to violet."""
    x, y = canvas.x, canvas.y
    for index in range(2):
        phase, lift = rng.uniform(0, 6.28), rng.uniform(-0.03, 0.03)
        hem = 0.44 - 0.13 * index + lift + 0.06 * np.sin(x * 5.0 + phase) + 0.02 * np.sin(x * 13 + phase * 2)
        above = (hem - y) / 0.27
        light = np.where(above > 0, np.exp(-above * 2.6), np.exp(-np.square(above) * 90))
        light *= 0.75 + 0.25 * np.sin(x * 38 + phase * 3)
        blend = np.clip(above, 0, 1)[..., None]
        canvas.shine(light * (0.8 - 0.25 * index), rgb(60, 245, 150) * (1 - blend) + rgb(160, 80, 240) * blend)


RAINBOW = np.stack([rgb(*c) for c in ((232, 50, 50), (250, 140, 40), (255, 226, 70), (70, 200, 90), (60, 120, 235), (140, 70, 200))])


def _rainbow(canvas: Canvas, horizon: float) -> None:
    distance = np.hypot(canvas.x - 0.5, canvas.y - horizon - 0.04)
    outer, width = 0.47, 0.085
    band = np.clip((outer - distance) / width * 6 - 0.5, 0, 4.999)
    low = band.astype(np.int32)
    part = (band - low)[..., None]
    colours = RAINBOW[low] * (1 - part) + RAINBOW[low + 1] * part
    alpha = canvas.coverage(np.maximum(distance - outer, outer - width - distance)) * 0.72
    canvas.paint(alpha, colours)


def _body(canvas: Canvas, scene: Scene, rng: Random) -> float:
    """Sun: a clean disc in a wide glow. Full moon: a disc with seas. Crescent: a slim sickle. Returns its x."""
    x, y = PLACE_X[scene.body_place] + _aside(canvas, rng), rng.choice(canvas.detail.body_rows)
    disc, glow = BODY_LIGHT["sun" if scene.body == "sun" else "moon"][scene.body_colour]
    distance = np.hypot(canvas.x - x, canvas.y - y)
    wide = 0.55 if scene.body == "sun" else 0.32
    canvas.shine(np.exp(-np.square(distance / 0.2)) * wide + np.exp(-np.square(distance / 0.42)) * wide * 0.5, glow)
    radius = 0.1 if scene.body != "crescent" else 0.105
    edge = distance - radius
    if scene.body == "crescent":
        bite = np.hypot(canvas.x - x - 0.055, canvas.y - y + 0.022) - 0.088
        edge = np.maximum(edge, -bite)
    canvas.paint(canvas.coverage(edge), disc)
    if scene.body == "full":
        for dx, dy, r in ((-0.035, -0.025, 0.026), (0.03, 0.03, 0.03), (0.035, -0.045, 0.016), (-0.03, 0.05, 0.017)):
            canvas.paint(canvas.coverage(np.hypot(canvas.x - x - dx, canvas.y - y - dy) - r) * 0.9, disc * 0.76)
    return x


def _clouds(canvas: Canvas, light: Light, rng: Random, free: list[str]) -> None:
    """Cumulus clouds where the sky is free: domes on a flat base, bright above and shaded below."""
    heights = {"left": 10 / 32, "center": 5 / 32, "right": 11 / 32}
    spots = [(PLACE_X[place], heights[place]) for place in free]
    if len(free) == 1:
        step = canvas.detail.step
        spots = [(PLACE_X[free[0]] - step, 5 / 32), (PLACE_X[free[0]] + step, 11 / 32)]
    for x, y in spots:
        x, y, size = x + _aside(canvas, rng), canvas.aligned(y), rng.choice((0.9, 1.1))
        domes = ((-0.1, -0.018, 0.036), (-0.045, -0.045, 0.055), (0.035, -0.055, 0.062), (0.1, -0.02, 0.04))
        edge = None
        for dx, dy, r in domes:
            dome = np.hypot(canvas.x - x - dx * size, canvas.y - y - dy * size) - r * size
            edge = dome if edge is None else np.minimum(edge, dome)
        foot = np.maximum(np.abs(canvas.x - x) - 0.1 * size, np.abs(canvas.y - y + 0.012 * size) - 0.02 * size)
        edge = np.maximum(np.minimum(edge, foot), canvas.y - y - 0.004)
        shade = np.clip((y - canvas.y) / (0.105 * size), 0, 1)[..., None]
        canvas.paint(canvas.coverage(edge) * 0.95, light.cloud_shade * (1 - shade) + light.cloud * shade)


# --- terrain ------------------------------------------------------------------------------------


def _waves(x: np.ndarray, rng: Random, amplitude: float, length: float) -> tuple[np.ndarray, np.ndarray]:
    """A smooth line (two sines) and its slope, over x."""
    a, b, turn = rng.uniform(0, 6.28), rng.uniform(0, 6.28), 6.2832 / length
    heights = amplitude * (np.sin(x * turn + a) + 0.45 * np.sin(x * turn * 1.9 + b))
    slopes = amplitude * turn * (np.cos(x * turn + a) + 0.855 * np.cos(x * turn * 1.9 + b))
    return heights.astype(np.float32), slopes.astype(np.float32)


def _layer(canvas: Canvas, heights: np.ndarray, slopes: np.ndarray | float, top: np.ndarray, bottom: np.ndarray, depth: float) -> None:
    """Fills below a line with a gradient from `top` at the line to `bottom` `depth` further down."""
    part = np.clip((canvas.y - heights[None, :]) / depth, 0, 1)[..., None]
    canvas.paint(canvas.below(heights, slopes), top * (1 - part) + bottom * part)


def _meadow(canvas: Canvas, light: Light, rng: Random, colour: np.ndarray, y: float = 0.83) -> None:
    """The near ground on which things stand."""
    heights, slopes = _waves(canvas.x[0], rng, 0.008, 0.9)
    colour = tinted(colour, light.tint)
    _layer(canvas, y + heights, slopes, colour, colour * 0.62, 0.2)


def _treeline(canvas: Canvas, rng: Random, y: float, colour: np.ndarray, height: float = 0.05) -> None:
    """A far forest: tall spires on every token, shorter ones between."""
    x, step, turn = canvas.x[0], 1 / canvas.detail.cells, rng.randrange(4)
    tops = np.full_like(x, y)
    for shift, most in ((0.0, 1.0), (0.5, 0.72)):
        cell = np.floor(x / step + shift)
        tall = most * (1 - 0.16 * ((cell + turn) % 4 == 1) - 0.3 * ((cell + turn) % 4 == 2))
        spire = np.abs(x / step + shift - cell - 0.5) * 2
        tops = np.minimum(tops, y - height * tall * (1 - 0.85 * spire))
    canvas.paint(canvas.below(tops.astype(np.float32), 1.5), colour)


def _range(canvas: Canvas, rng: Random, foot: float, peaks: int, rise: float, lit: np.ndarray, shade: np.ndarray, haze: np.ndarray, sunward: float, snow: bool) -> None:
    """A range of faceted mountains: sunlit and shaded flanks, snow caps, haze towards the foot."""
    x, y, side = canvas.x[0], canvas.y, canvas.side
    tops = []
    for index in range(peaks):
        centre = canvas.on_lattice((index + 0.5 + rng.uniform(-0.22, 0.22)) / peaks)
        tops.append((centre, canvas.on_lattice(foot - rise * rng.uniform(0.72, 1.0)), 1.2 * rise / (0.62 / peaks)))
    lines = np.stack([top + np.abs(x - centre) * slope * 0.72 for centre, top, slope in tops])
    nearest = lines.argmin(0)
    heights = lines.min(0) + 0.006 * np.abs((x * canvas.detail.cells) % 2 - 1)
    centre = np.array([t[0] for t in tops], np.float32)[nearest][None, :]
    top = np.array([t[1] for t in tops], np.float32)[nearest][None, :]
    down = y - top
    ridge = canvas.x - centre - sunward * (0.12 * down + 0.012 * (np.abs((down * 22) % 2 - 1) - 0.5))
    facing = np.clip(0.5 - sunward * ridge * side, 0, 1)[..., None]
    colour = shade * (1 - facing) + lit * facing
    if snow:
        cap = np.clip(0.5 - (down - rise * 0.34 - 0.03 * np.abs((canvas.x * canvas.detail.snow_caps) % 2 - 1)) * side * 0.7, 0, 1)[..., None]
        white = rgb(250, 252, 255) * (0.55 + 0.45 * lit / lit.max())
        colour = colour * (1 - cap) + cap * white * (0.72 + 0.28 * facing)
    mist = np.clip((y - foot + 0.17) / 0.2, 0, 0.8)[..., None]
    canvas.paint(canvas.below(heights.astype(np.float32), 1.2), colour * (1 - mist) + haze * mist)


def _mountains(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    base = {"blue": rgb(70, 118, 190), "purple": rgb(142, 84, 178)}[scene.terrain_colour]
    sunward = -1.0 if places.body_x > 0.5 else 1.0
    base, far = tinted(base, light.tint), light.haze
    for depth, peaks, foot, rise in ((0.5, 4, 0.68, 0.25), (0.12, 3, 0.8, 0.33)):
        lit, shade = base * 1.22, base * 0.72
        _range(canvas, rng, foot, peaks, rise, lit * (1 - depth) + far * depth, shade * (1 - depth) + far * depth, far, sunward, snow=depth < 0.3)
    _treeline(canvas, rng, 0.83, tinted(rgb(34, 84, 66), light.tint), 0.055)
    _meadow(canvas, light, rng, rgb(70, 140, 70))


def _hills(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    base = {"green": rgb(86, 176, 72), "yellow": rgb(226, 184, 56)}[scene.terrain_colour]
    base = tinted(base, light.tint)
    for index, (y, haze) in enumerate(((0.53, 0.62), (0.61, 0.36), (0.7, 0.12), (0.81, 0.0))):
        heights, slopes = _waves(canvas.x[0], rng, 0.03 - 0.005 * index, 0.75 + 0.1 * index)
        top = base * (1.12 - 0.02 * index) * (1 - haze) + light.haze * haze
        _layer(canvas, y + heights, slopes, top, top * 0.66, 0.2)


def _dunes(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    base = {"yellow": rgb(244, 200, 108), "red": rgb(214, 92, 52)}[scene.terrain_colour]
    base = tinted(base, light.tint)
    sunward = -1.0 if places.body_x > 0.5 else 1.0
    x = canvas.x[0]
    for index, (y, haze) in enumerate(((0.58, 0.4), (0.67, 0.18), (0.78, 0.0))):
        phase, length = rng.randrange(8) / 8, 0.625 + 0.125 * index
        turn = (x / length + phase) % 1
        turn = turn if sunward > 0 else 1 - turn
        rise = np.where(turn < 0.64, np.sin(turn / 0.64 * 1.5708) ** 2, np.cos((turn - 0.64) / 0.36 * 1.5708) ** 2)
        heights = (y - 0.075 * rise).astype(np.float32)
        down = canvas.y - heights[None, :]
        ridge = (turn[None, :] - 0.64 - 1.1 * down - 0.05 * np.sin(down * 30)) * length
        shadow = (canvas.coverage(-ridge) * np.clip(1.25 - down / 0.14, 0, 1))[..., None]
        top = base * (1 - haze) + light.haze * haze
        fade = np.clip(down / 0.25, 0, 1)[..., None]
        colour = top * (1.05 - 0.25 * fade) * (1 - 0.4 * shadow)
        canvas.paint(canvas.below(heights, 0.6), colour)


def _glitter(canvas: Canvas, rng: Random, top: float, x: float, colour: np.ndarray) -> None:
    """Light on the water under the sun or moon: dashes that widen towards the viewer."""
    lattice = canvas.detail.lattice
    dashes = 6 * lattice // 32
    for index in range(dashes):
        y = top + (index + 0.75) / lattice
        width = (rng.choice((1, 2)) + index * 2 / dashes) / 32
        distance = np.maximum(np.abs(canvas.x - x) - width, np.abs(canvas.y - y) - 0.2496 / lattice)
        canvas.paint(canvas.coverage(distance) * (0.85 - 0.36 * index / dashes), colour)


def _islets(canvas: Canvas, scene: Scene, light: Light, places: Places) -> None:
    """Ground in the water for the things that do not swim."""
    for thing in scene.things:
        if thing.kind in ("boat", "balloon", "birds"):
            continue
        x, y = PLACE_X[thing.place], canvas.aligned(places.foot_of(thing.kind)) + 1 / 32
        rock = thing.kind == "lighthouse"
        base = tinted(rgb(120, 112, 118) if rock else rgb(104, 150, 78), light.tint)
        distance = (np.hypot((canvas.x - x) / 0.21, (canvas.y - y) / 0.062) - 1) * 0.062
        shade = np.clip((canvas.y - y + 0.06) / 0.12, 0, 1)[..., None]
        canvas.paint(canvas.coverage(np.maximum(distance, canvas.y - y - 0.012)), base * (1.1 - 0.6 * shade))


def _sea(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    horizon = places.horizon
    near = tinted(rgb(10, 84, 150), light.tint)
    far = light.sky[3] * 0.45 + tinted(rgb(60, 150, 200), light.tint) * 0.55
    _layer(canvas, np.full(canvas.side, horizon, np.float32), 0, far, near, 0.3)
    crest = far * 0.6 + 0.4
    cells, lattice = canvas.detail.cells, canvas.detail.lattice
    for index in range(7 * lattice // 32):
        y, x = horizon + (1.5 * index + 1.25) / lattice, rng.randrange(cells) / cells
        distance = np.maximum(np.abs((canvas.x - x + 0.5) % 1 - 0.5) - 0.07, np.abs(canvas.y - y) - 0.176 / lattice)
        canvas.paint(canvas.coverage(distance) * 0.35, crest)
    if scene.body != "none":
        kind = "sun" if scene.body == "sun" else "moon"
        _glitter(canvas, rng, horizon, places.body_x, BODY_LIGHT[kind][scene.body_colour][0])
    _islets(canvas, scene, light, places)


def _lake(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    """Far mountains and a treeline, mirrored with ripples; a reedy bank in front."""
    shore = canvas.aligned(places.horizon + 1 / 32)
    base = tinted(rgb(84, 110, 160), light.tint)
    heights, slopes = _waves(canvas.x[0], rng, 0.04, 0.6)
    far = base * 0.6 + light.haze * 0.4
    _layer(canvas, shore - 0.13 + heights, slopes, far * 1.05, light.haze, 0.24)
    _treeline(canvas, rng, shore - 0.005, tinted(rgb(30, 82, 70), light.tint), 0.075)
    side, y = canvas.side, canvas.y[:, 0]
    below = np.nonzero(y > shore)[0]
    depth = y[below] - shore
    source = np.clip(2 * shore - y[below] + 0.012 * depth / 0.3 * np.sin(depth * 150), 0, shore) * side - 0.5
    low = np.clip(source.astype(np.int32), 0, side - 2)
    part = np.clip(source - low, 0, 1)[:, None, None].astype(np.float32)
    mirror = canvas.pixels[low] * (1 - part) + canvas.pixels[low + 1] * part
    water = tinted(rgb(40, 96, 150), light.tint)
    murk = np.clip(0.16 + depth * 0.9, 0, 0.6)[:, None, None].astype(np.float32)
    canvas.pixels[below] = mirror * 0.9 * (1 - murk) + water * murk
    edge = np.abs(canvas.y - shore) - 0.004
    canvas.paint(canvas.coverage(edge) * 0.5 * np.ones_like(canvas.x), light.sky[3])
    _islets(canvas, scene, light, places)


def _snow(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    white = tinted(rgb(246, 250, 255), 0.25 + 0.75 * light.tint)
    blue = tinted(rgb(150, 182, 226), light.tint)
    heights, slopes = _waves(canvas.x[0], rng, 0.025, 0.8)
    far = white * 0.55 + light.haze * 0.45
    _layer(canvas, 0.56 + heights, slopes, far, far * 0.85, 0.2)
    _treeline(canvas, rng, 0.66, tinted(rgb(64, 104, 116), light.tint), 0.08)
    for y in (0.645, 0.76):
        heights, slopes = _waves(canvas.x[0], rng, 0.014, 0.7)
        _layer(canvas, y + heights, slopes, white, blue, 0.17)


def _city(canvas: Canvas, scene: Scene, light: Light, rng: Random, places: Places) -> None:
    """Two rows of towers; the near row has windows, lit when it is dark."""
    lit = scene.time in ("dusk", "night")
    far = tinted(rgb(126, 142, 176), light.tint) * 0.5 + light.haze * 0.5
    near = tinted(rgb(70, 84, 122), light.tint)
    window = rgb(255, 214, 104) if lit else tinted(rgb(176, 206, 232), light.tint)
    detail = canvas.detail
    half, cell = 1 / detail.lattice, 1 / detail.cells
    foot, x = detail.city_foot, -rng.choice((0, 1, 2)) * half
    while x < 1:
        width, height = rng.choice(detail.towers) * half, rng.randint(*detail.tower_heights) * half
        _tower(canvas, x, width, foot - height, foot, far)
        x += width
    x = -rng.choice((0, 1, 2)) * half
    while x < 1:
        columns, floors = rng.choice(detail.window_columns), rng.choice(detail.window_floors)
        top = foot - (floors + 0.25) * cell
        _tower(canvas, x, columns * cell, top, foot, near * rng.choice((0.85, 1.0, 1.15)))
        for column in range(columns):
            for floor in range(floors):
                if rng.random() < 0.7:
                    left, up = x + (column + 0.27) * cell, top + (floor + 0.3) * cell
                    _tower(canvas, left, 0.464 * cell, up, up + 0.544 * cell, window)
        x += columns * cell + rng.choice((0, 1)) * half
    _meadow(canvas, light, rng, rgb(62, 112, 84), 0.835)


def _tower(canvas: Canvas, left: float, width: float, top: float, foot: float, colour: np.ndarray) -> None:
    """An upright rectangle."""
    side = canvas.side
    lo, hi = max(0, int(left * side) - 1), min(side, int((left + width) * side) + 2)
    rows = slice(max(0, int(top * side) - 1), int(foot * side) + 2)
    columns = slice(lo, max(lo, hi))
    distance = np.maximum(np.abs(canvas.x[:, columns] - left - width / 2) - width / 2, np.abs(canvas.y[rows] - (top + foot) / 2) - (foot - top) / 2)
    canvas.paint(canvas.coverage(distance), colour, rows, columns)


@dataclass(frozen=True)
class Terrain:
    horizon: float
    paint: Callable[[Canvas, Scene, Light, Random, Places], None]


TERRAINS = {
    "mountains": Terrain(21 / 32, _mountains),
    "hills": Terrain(18.5 / 32, _hills),
    "dunes": Terrain(19 / 32, _dunes),
    "sea": Terrain(20 / 32, _sea),
    "lake": Terrain(18 / 32, _lake),
    "snow": Terrain(18.5 / 32, _snow),
    "city": Terrain(23 / 32, _city),
}
