"""The whole recipe, from no pictures at all to a model folder, in small."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from safetensors.torch import load_file

from tests.tiny import tiny_preset
from zipar_training.encode import load_tokens
from zipar_training.stages import STAGES


class StagesTest(unittest.TestCase):
    def test_every_stage_leaves_what_the_next_one_needs(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            preset = tiny_preset(Path(room) / "work", 64)
            preset.work_folder.mkdir()
            for stage in STAGES.values():
                stage(preset)
            self.assertEqual(load_tokens(preset, "train").shape, (2000, 64))
            self.assertEqual(len(list((preset.work_folder / "pictures").glob("train-*"))), 1)
            evaluation = json.loads((preset.work_folder / "evaluation.json").read_text())
            self.assertEqual(evaluation["sampling"]["prompts per split"], 4)
            self.assertGreater(evaluation["tokenizer"]["psnr"], 11)
            judge = json.loads((preset.product_folder / "sidecar" / "judge" / "judge.json").read_text())
            self.assertEqual(judge["input"]["side"], 64)
            manifest = json.loads((preset.model_folder / "zipar-model.json").read_text())
            self.assertEqual((manifest["name"], manifest["grid"]), ("vista-small", [8, 8]))
            files = {file.name for file in preset.model_folder.iterdir()}
            self.assertLessEqual({"transformer.safetensors", "vq.safetensors", "encoder.safetensors", "vocabulary.json", "MODEL_CARD.md", "transformer-nll.svg"}, files)
            self.assertIn("4 prompts a column", (preset.model_folder / "MODEL_CARD.md").read_text())
            fixtures = preset.product_folder / "test" / "fixtures"
            self.assertEqual(load_file(fixtures / "vista-small.safetensors")["tokens"].shape, (64,))
            self.assertEqual(load_file(fixtures / "judge.safetensors")["picture"].shape, (64, 64, 3))


if __name__ == "__main__":
    unittest.main()
