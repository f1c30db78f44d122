"""What a stop, a slow machine or the end of a process does to a training: nothing but time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import torch

from tests.tiny import lay_out
from zipar_training.checkpoint import load_checkpoint, save_checkpoint
from zipar_training.parallel import SampleClock, Timer

TRAINING = Path(__file__).resolve().parents[1]


def start(folder: Path, stage: str, samples: int) -> subprocess.Popen[bytes]:
    """A stage in a process group of its own."""
    command = [sys.executable, "-m", "tests.tiny", str(folder), stage, str(samples)]
    return subprocess.Popen(command, cwd=TRAINING, start_new_session=True, stdout=subprocess.DEVNULL)


def wait_for_step(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Waits until the processes of a group have worked for so many seconds of processor time."""
    ticks = os.sysconf("SC_CLK_TCK")
    while process.poll() is None:
        spent = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == process.pid:
                spent += int(fields[11]) + int(fields[12])
        if spent / ticks > seconds:
            return
        time.sleep(0.05)


class PacingTest(unittest.TestCase):
    def setUp(self) -> None:
        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        self.folder = Path(room.name)

    def laid_out(self, name: str) -> Path:
        folder = self.folder / name
        lay_out(folder)
        return folder

    def test_progress_is_counted_in_samples(self) -> None:
        clock = SampleClock(100, 20)
        self.assertEqual(clock.progress, 0.2)
        time.sleep(0.01)
        self.assertEqual(clock.progress, 0.2)
        clock.advance(30)
        self.assertEqual(clock.progress, 0.5)
        clock.advance(500)
        self.assertEqual(clock.progress, 1)

    def test_timer_rings_once_a_while(self) -> None:
        now = [0.0]
        timer = Timer(10, lambda: now[0])
        heard = []
        for now[0] in (1, 9, 10, 11, 19, 20, 500, 501):
            heard.append(timer.rings())
        self.assertEqual(heard, [False, False, True, False, False, True, True, False])

    def test_stopped_training_ends_with_the_same_weights(self) -> None:
        for stage, product in (("transformer", "transformer.pt"), ("tokenizer", "tokenizer.pt")):
            with self.subTest(stage=stage):
                samples = 160 if stage == "transformer" else 12
                through, stopped = self.laid_out(f"{stage}-through"), self.laid_out(f"{stage}-stopped")
                self.assertEqual(start(through, stage, samples).wait(), 0)
                process = start(stopped, stage, samples)
                for seconds in (6, 8, 9):
                    wait_for_step(process, seconds)
                    if process.poll() is None:
                        os.killpg(process.pid, signal.SIGSTOP)
                        time.sleep(1)
                        os.killpg(process.pid, signal.SIGCONT)
                self.assertEqual(process.wait(), 0)
                first, second = load_checkpoint(through / product), load_checkpoint(stopped / product)
                self.assertEqual((first["step"], first["samples"]), (second["step"], second["samples"]))
                for name, tensor in first["model"].items():
                    self.assertTrue(torch.equal(tensor, second["model"][name]), name)

    def test_ended_training_goes_on_where_it_was(self) -> None:
        folder = self.laid_out("ended")
        self.assertEqual(start(folder, "transformer", 80).wait(), 0)
        half = load_checkpoint(folder / "transformer.pt")
        self.assertEqual(start(folder, "transformer", 160).wait(), 0)
        whole = load_checkpoint(folder / "transformer.pt")
        self.assertEqual((half["step"], half["samples"]), (20, 80))
        self.assertEqual((whole["step"], whole["samples"]), (40, 160))
        log = [json.loads(line) for line in (folder / "transformer-log.jsonl").read_text().splitlines()]
        self.assertEqual([line["samples"] for line in log], [80, 160])
        self.assertGreater(log[1]["minutes"], log[0]["minutes"])

    def test_finished_training_is_not_trained_on(self) -> None:
        folder = self.laid_out("finished")
        self.assertEqual(start(folder, "transformer", 40).wait(), 0)
        before = load_checkpoint(folder / "transformer.pt")
        self.assertEqual(start(folder, "transformer", 40).wait(), 0)
        after = load_checkpoint(folder / "transformer.pt")
        self.assertEqual(before["step"], after["step"])
        self.assertTrue(all(torch.equal(tensor, after["model"][name]) for name, tensor in before["model"].items()))

    def test_failed_saving_keeps_the_checkpoint_before(self) -> None:
        target = self.folder / "a.pt"
        save_checkpoint(target, {"step": 1})
        with self.assertRaises(Exception):
            save_checkpoint(target, {"step": 2, "unsaveable": lambda: None})
        self.assertEqual(load_checkpoint(target), {"step": 1})
        self.assertIsNone(load_checkpoint(self.folder / "missing.pt"))


if __name__ == "__main__":
    unittest.main()
