"""Pictures side by side in one PNG.

`python -m zipar_training.contact_sheet out.png gpu [first seed]` shows renderings.
`python -m zipar_training.contact_sheet out.png --tokens gpu` shows 16 validation renderings, each above its reconstruction.
`python -m zipar_training.contact_sheet out.png --model gpu` shows 32 unselected samples, seeds 0..31, prompts printed.
"""

from __future__ import annotations

import sys
import textwrap

import numpy as np
from PIL import Image, ImageDraw


def contact_sheet(pictures: list[np.ndarray], columns: int, gap: int = 4) -> Image.Image:
    """uint8 pictures [side, side, 3] in rows of `columns` on white."""
    side = pictures[0].shape[0]
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (side + gap) + gap, columns * (side + gap) + gap, 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = gap + index // columns * (side + gap), gap + index % columns * (side + gap)
        sheet[top : top + side, left : left + side] = picture
    return Image.fromarray(sheet)


def labelled_sheet(pictures: list[np.ndarray], labels: list[str], columns: int, scale: int = 2) -> Image.Image:
    """Pictures enlarged `scale` times, each above its label in lines of words."""
    side, gap, room = pictures[0].shape[0] * scale, 8, 44
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (side + gap) + gap, rows * (side + room + gap) + gap), "white")
    pen = ImageDraw.Draw(sheet)
    for index, (picture, label) in enumerate(zip(pictures, labels)):
        left, top = gap + index % columns * (side + gap), gap + index // columns * (side + room + gap)
        sheet.paste(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS), (left, top))
        pen.multiline_text((left, top + side + 4), "\n".join(textwrap.wrap(label, side // 7)), fill="black", font_size=12)
    return sheet


def samples_sheet(preset_name: str) -> Image.Image:
    """The example prompts twice over, one seed a picture, nothing selected."""
    import torch

    from .evaluate import decode_pictures
    from .export import load_exported
    from .presets import PRESETS
    from .sampling import sample
    from .vocabulary import EXAMPLES, encode_caption, read_prompt

    preset = PRESETS[preset_name]
    transformer, tokenizer = load_exported(preset, preset.model_folder)
    prompts = (list(EXAMPLES) * 2)[:32]
    words = torch.tensor([encode_caption(read_prompt(prompt), preset.transformer.prefix) for prompt in prompts])
    tokens = sample(transformer, words, preset.guidance, preset.top_k, [torch.Generator().manual_seed(seed) for seed in range(32)])
    return labelled_sheet(list(decode_pictures(tokenizer, tokens)), [f"{seed}: {prompt}" for seed, prompt in enumerate(prompts)], 8, scale=max(1, 256 // preset.side))


def tokens_sheet(preset_name: str) -> Image.Image:
    """Renderings that training never saw, each above what the tokenizer makes of it."""
    from .encode import load_tokenizer
    from .evaluate import decode_pictures
    from .pictures import render_shard
    from .presets import PRESETS
    from .train_tokenizer import to_pixels

    preset = PRESETS[preset_name]
    tokenizer = load_tokenizer(preset)
    pictures = render_shard("seen", 0, preset.side, preset.detail, 16)
    again = decode_pictures(tokenizer, tokenizer.encode(to_pixels(pictures, preset.device)))
    return contact_sheet([row for half in (0, 8) for some in (pictures, again) for row in some[half : half + 8]], 8)


if __name__ == "__main__":
    sheets = {"--model": samples_sheet, "--tokens": tokens_sheet}
    if sys.argv[2:3] and sys.argv[2] in sheets:
        sheets[sys.argv[2]](sys.argv[3]).save(sys.argv[1], optimize=True)
        sys.exit()

    from .presets import PRESETS
    from .renderer import render
    from .scenes import scene_of

    shown = PRESETS[sys.argv[2] if len(sys.argv) > 2 else "cpu"]
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    contact_sheet([render(scene_of(s, False), s, shown.side, shown.detail) for s in range(first, first + 48)], 8).save(sys.argv[1])
