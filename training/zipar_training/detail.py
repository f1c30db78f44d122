"""How fine the patterns of a picture are. They follow the token grid, so that a small codebook can hold all their edges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Detail:
    """The numbers of one token grid; lengths are parts of the picture's side."""

    cells: int
    """Repeats of fine patterns (tree spires, windows, crests) along a side: one a token."""
    lattice: int
    """Places a side where sharp things may stand: two a token."""
    step: float
    """How far a thing may stand beside its place."""
    body_rows: tuple[float, float]
    """Heights of sun and moon."""
    towers: tuple[int, ...]
    """Widths of far towers, in places of the lattice; their heights lie between `tower_heights`."""
    tower_heights: tuple[int, int]
    window_columns: tuple[int, ...]
    window_floors: tuple[int, ...]
    city_foot: float
    """Where towers stand: below the edge of the meadow in front of them."""
    snow_caps: int
    """Teeth of the snow line along a side."""


COARSE = Detail(
    cells=16, lattice=32, step=1 / 32, body_rows=(6 / 32, 7 / 32), towers=(3, 4, 5), tower_heights=(6, 12),
    window_columns=(2, 2, 3), window_floors=(2, 3, 4), city_foot=27 / 32, snow_caps=26,
)
"""For 16x16 tokens, and what vista-16 was trained on."""

FINE = Detail(
    cells=32, lattice=64, step=2 / 64, body_rows=(12 / 64, 14 / 64), towers=(6, 8, 10), tower_heights=(12, 24),
    window_columns=(4, 4, 5), window_floors=(4, 6, 8), city_foot=55 / 64, snow_caps=32,
)
"""For 32x32 tokens. Things step aside by whole tokens, so that a moon is cut by the grid in one way at each place."""
