"""A small SVG line chart of training logs, for the model card."""

from __future__ import annotations

WIDTH, HEIGHT, MARGIN = 560, 220, 44
COLOURS = ("#2563eb", "#ea580c", "#16a34a")


def loss_curve(title: str, samples: list[float], series: dict[str, list[float]]) -> str:
    """Lines over samples seen; every series has as many values as `samples`."""
    values = [value for line in series.values() for value in line]
    low, high, end = min(values), max(values), max(samples)

    def point(seen: float, value: float) -> str:
        x = MARGIN + (WIDTH - 2 * MARGIN) * seen / end
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / ((high - low) or 1)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{MARGIN}" y="20" font-size="13">{title}</text>',
        f'<path d="M{MARGIN},{MARGIN} V{HEIGHT - MARGIN} H{WIDTH - MARGIN}" fill="none" stroke="#888"/>',
        f'<text x="4" y="{MARGIN + 4}">{high:.2f}</text><text x="4" y="{HEIGHT - MARGIN}">{low:.2f}</text>',
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - MARGIN + 16}" text-anchor="end">{end:,.0f} samples</text>',
    ]
    for (name, line), colour, index in zip(series.items(), COLOURS, range(3)):
        points = " ".join(point(m, v) for m, v in zip(samples, line))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        parts.append(f'<text x="{MARGIN + 10 + 150 * index}" y="{HEIGHT - 10}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
