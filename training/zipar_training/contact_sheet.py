"""Pictures side by side in one PNG: `python -m zipar_training.contact_sheet out.png` shows renderings."""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image


def contact_sheet(pictures: list[np.ndarray], columns: int, gap: int = 4) -> Image.Image:
    """uint8 pictures [side, side, 3] in rows of `columns` on white."""
    side = pictures[0].shape[0]
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (side + gap) + gap, columns * (side + gap) + gap, 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = gap + index // columns * (side + gap), gap + index % columns * (side + gap)
        sheet[top : top + side, left : left + side] = picture
    return Image.fromarray(sheet)


if __name__ == "__main__":
    from .renderer import render
    from .scenes import scene_of

    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    side = int(sys.argv[3]) if len(sys.argv) > 3 else 128
    contact_sheet([render(scene_of(s, False), s, side) for s in range(first, first + 48)], 8).save(sys.argv[1])
