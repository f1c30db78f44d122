"""A model that begins as the embedded one says what that one says."""

from __future__ import annotations

import json
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.tiny import lay_out, tiny_preset
from zipar_training.checkpoint import load_checkpoint
from zipar_training.export import load_exported
from zipar_training.grow import grown_transformer
from zipar_training.presets import CPU, CPU24
from zipar_training.train_echo import tokenizer_to_start_from, train_echo
from zipar_training.train_encoder import train_encoder


class StartTest(unittest.TestCase):
    def test_grown_transformer_predicts_as_the_smaller_one(self) -> None:
        small, _ = load_exported(CPU, CPU24.start_folder)
        grown = grown_transformer(replace(CPU24, side=CPU.side))
        self.assertEqual((len(small.layers), len(grown.layers)), (6, 8))
        words, tokens = torch.randint(2, 39, (2, 7)), torch.randint(1024, (2, 256))
        with torch.no_grad():
            torch.testing.assert_close(grown(words, tokens), small(words, tokens), rtol=0, atol=1e-4)

    def test_new_layers_learn(self) -> None:
        grown = grown_transformer(CPU24)
        words, tokens = torch.randint(2, 39, (1, 7)), torch.randint(1024, (1, 576))
        grown(words, tokens).square().mean().backward()
        self.assertGreater(float(grown.layers[3].attention.wo.weight.grad.abs().max()), 0)

    def test_codebook_never_moves(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            preset = tiny_preset(Path(room) / "work", 8)
            lay_out(preset.work_folder)
            train_encoder(preset)
            trained = load_checkpoint(preset.work_folder / "tokenizer.pt")["model"]
        start = load_file(CPU24.start_folder / "vq.safetensors")
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
        self.assertGreater(last["right"], 0.03)  # a guess is right once in 1,024
        self.assertGreater(last["cosine"], 0.6)

    def test_decoder_at_the_start_is_the_embedded_one(self) -> None:
        _, tokenizer = load_exported(CPU, CPU24.start_folder)
        tokens = torch.randint(1024, (1, 256))
        with torch.no_grad():
            torch.testing.assert_close(tokenizer_to_start_from(CPU24).decode(tokens), tokenizer.decode(tokens))


if __name__ == "__main__":
    unittest.main()
