"""Scenes, captions and renderings."""

from __future__ import annotations

import unittest
from random import Random

import numpy as np

from zipar_training.canvas import Canvas
from zipar_training.detail import COARSE, FINE
from zipar_training.renderer import PLACE_X, render
from zipar_training.scenes import Scene, Thing, scene_of, telling_caption

MEANS = [150.49, 145.97, 108.37, 151.09, 154.25, 138.42]
SUNNY = Scene("day", "snow", "", "sun", "red", "center", False, False, "none", ())


def place_of_sun(picture: np.ndarray) -> tuple[float, float]:
    """Middle of what is strongly red, in parts of the side."""
    red = (picture[..., 0] > 200) & (picture[..., 1] < 80)
    rows, columns = np.nonzero(red)
    return float(columns.mean() + 0.5) / len(picture), float(rows.mean() + 0.5) / len(picture)


class PictureTest(unittest.TestCase):
    def test_captions_name_every_thing_and_its_place(self) -> None:
        rng = Random(1)
        for seed in range(400):
            scene = scene_of(seed, False)
            caption = telling_caption(scene, rng)
            self.assertLessEqual(len(caption), 20)
            for thing in scene.things:
                self.assertIn(thing.kind, caption)
                self.assertIn(thing.place, caption)

    def test_sun_stands_on_whole_tokens_beside_its_place(self) -> None:
        found = {tuple(round(part * 64) for part in place_of_sun(render(SUNNY, seed, 256, FINE))) for seed in range(40)}
        self.assertEqual(found, {(x, y) for x in (30, 32, 34) for y in (12, 14)})

    def test_coarse_pictures_stay_as_they_were(self) -> None:
        """Means of renderings that vista-16 was trained on, to a hundredth of a level."""
        means = [round(float(render(scene_of(seed, False), seed, 128).mean()), 2) for seed in range(6)]
        self.assertEqual(means, MEANS)
        self.assertTrue(np.array_equal(render(SUNNY, 1, 128), render(SUNNY, 1, 128, COARSE)))

    def test_lattice(self) -> None:
        coarse, fine = Canvas(128), Canvas(256, FINE)
        self.assertEqual(coarse.aligned(18.5 / 32), 18.5 / 32)
        self.assertEqual(fine.aligned(18.3 / 32) * 64, 37)
        self.assertEqual([fine.aligned(place) for place in PLACE_X.values()], list(PLACE_X.values()))

    def test_things_are_drawn_where_they_are_named(self) -> None:
        for place, centre in PLACE_X.items():
            empty = render(SUNNY, 3, 256, FINE)
            house = render(Scene(**{**SUNNY.__dict__, "things": (Thing("house", "blue", place),)}), 3, 256, FINE)
            columns = np.nonzero(np.abs(house.astype(int) - empty).sum((0, 2)))[0]
            self.assertLess(abs(columns.mean() / 256 - centre), 0.1)


if __name__ == "__main__":
    unittest.main()
