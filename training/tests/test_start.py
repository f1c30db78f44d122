"""A model that begins as another one says what that one says."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.tiny import lay_out, tiny_preset
from zipar_training.checkpoint import load_checkpoint
from zipar_training.export import load_exported
from zipar_training.presets import FIXTURE
from zipar_training.start import tokenizer_to_start_from, transformer_as_it_is, transformer_to_start_from
from zipar_training.train_echo import train_echo
from zipar_training.train_encoder import train_encoder


LARGER = tiny_preset(Path(), 0, side=192)
"""Begins with the small model of the product's tests, on a larger grid."""
CODES = FIXTURE.tokenizer.codes


class StartTest(unittest.TestCase):
    def test_transformer_predicts_as_the_one_at_the_start(self) -> None:
        """On the grid of that one, and on the larger grid for what both have: the first row of 16 tokens."""
        start, _ = load_exported(FIXTURE, LARGER.start_folder)
        as_it_is, larger = transformer_as_it_is(LARGER), transformer_to_start_from(LARGER)
        words, tokens = torch.randint(2, 39, (2, 7)), torch.randint(CODES, (2, 256))
        with torch.no_grad():
            expected = start(words, tokens)
            torch.testing.assert_close(as_it_is(words, tokens), expected, rtol=0, atol=1e-4)
            torch.testing.assert_close(larger(words, tokens[:, :16]), expected[:, :16], rtol=0, atol=1e-4)
            self.assertEqual(larger(words, torch.randint(CODES, (2, 576))).shape, (2, 576, CODES))

    def test_codebook_never_moves(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            preset = tiny_preset(Path(room) / "work", 8)
            lay_out(preset.work_folder)
            train_encoder(preset)
            trained = load_checkpoint(preset.work_folder / "tokenizer.pt")["model"]
        start = load_file(LARGER.start_folder / "vq.safetensors")
        self.assertTrue(torch.equal(trained["quantize.embedding.weight"], start["quantize.embedding.weight"].float()))
        self.assertFalse(torch.equal(trained["decoder.conv_in.weight"], start["decoder.conv_in.weight"].float()))
        self.assertTrue(bool(trained["quantize.begun"]))

    def test_echo_names_codes(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            preset = tiny_preset(Path(room) / "work", 120)
            preset.work_folder.mkdir()
            train_echo(preset)
            last = json.loads((preset.work_folder / "echo-log.jsonl").read_text().splitlines()[-1])
        self.assertEqual(last["samples"], 120)
        self.assertGreater(last["right"], 0.03)  # a guess is right once in 256
        self.assertGreater(last["cosine"], 0.4)

    def test_decoder_is_the_one_at_the_start(self) -> None:
        _, tokenizer = load_exported(FIXTURE, LARGER.start_folder)
        tokens = torch.randint(CODES, (1, 256))
        with torch.no_grad():
            torch.testing.assert_close(tokenizer_to_start_from(LARGER).decode(tokens), tokenizer.decode(tokens))


if __name__ == "__main__":
    unittest.main()
