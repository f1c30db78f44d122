"""The judge looks at pictures of the preset's side."""

from __future__ import annotations

import unittest

import torch

from zipar_training.judge import ATTRIBUTES, FEATURES, Judge
from zipar_training.presets import CPU, GPU


class JudgeTest(unittest.TestCase):
    def test_reads_pictures_of_its_side_and_larger_ones(self) -> None:
        for preset in (CPU, GPU):
            judge = Judge(preset.judge_side).eval()
            for side in (preset.judge_side, 2 * preset.judge_side):
                pixels = torch.rand(2, 3, side, side) * 2 - 1
                self.assertEqual(judge.features(pixels).shape, (2, FEATURES))
                self.assertEqual(judge.read(pixels).shape, (2, len(ATTRIBUTES)))

    def test_larger_pictures_are_averaged(self) -> None:
        judge = Judge(GPU.judge_side).eval()
        small = torch.rand(1, 3, GPU.judge_side, GPU.judge_side) * 2 - 1
        large = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
        torch.testing.assert_close(judge.features(large), judge.features(small), rtol=1e-4, atol=1e-4)


if __name__ == "__main__":
    unittest.main()
