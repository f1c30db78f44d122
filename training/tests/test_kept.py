"""What git keeps of a training is enough to go on with it."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import torch

from tests.tiny import lay_out, tiny_preset
from zipar_training.checkpoint import load_checkpoint
from zipar_training.kept import LARGE, keep, restore
from zipar_training.train_encoder import train_encoder
from zipar_training.train_transformer import train_transformer


class KeptTest(unittest.TestCase):
    def setUp(self) -> None:
        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        self.folder = Path(room.name) / "work"
        lay_out(self.folder)

    def test_training_goes_on_from_what_is_kept(self) -> None:
        for train, name, first in ((train_encoder, "tokenizer", 8), (train_transformer, "transformer", 40)):
            with self.subTest(stage=name):
                checkpoint = self.folder / f"{name}.pt"
                train(tiny_preset(self.folder, first))
                before = load_checkpoint(checkpoint)
                keep(tiny_preset(self.folder, first))
                checkpoint.unlink()
                restore(tiny_preset(self.folder, first))
                after = load_checkpoint(checkpoint)
                self.assertEqual([before[count] for count in ("step", "samples")], [after[count] for count in ("step", "samples")])
                self.assertEqual(before["model"].keys(), after["model"].keys())
                for key, tensor in before["model"].items():
                    self.assertEqual(tensor.dtype, after["model"][key].dtype)
                    if not tensor.is_floating_point():
                        self.assertTrue(torch.equal(tensor, after["model"][key]))
                        continue
                    # A row's largest number tells how exact 8 bits are; small tensors are kept in 16.
                    large = tensor.numel() >= LARGE and tensor.dim() > 1
                    largest = tensor.flatten(1).abs().amax(1) if large else tensor.abs().max()
                    off = (tensor - after["model"][key]).abs()
                    self.assertTrue(bool((off.flatten(1).amax(1) <= largest / 253).all() if large else off.max() <= largest / 1024 + 1e-7), key)
                train(tiny_preset(self.folder, 2 * first))
                self.assertGreaterEqual(load_checkpoint(checkpoint)["samples"], 2 * first)

    def test_newer_checkpoint_is_not_overwritten(self) -> None:
        train_encoder(tiny_preset(self.folder, 4))
        keep(tiny_preset(self.folder, 4))
        train_encoder(tiny_preset(self.folder, 8))
        restore(tiny_preset(self.folder, 8))
        self.assertGreaterEqual(load_checkpoint(self.folder / "tokenizer.pt")["samples"], 8)


if __name__ == "__main__":
    unittest.main()
