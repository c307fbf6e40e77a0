"""Progress read from what the real libraries print into the terminal of a run."""

import importlib.util
import unittest

import harness

# Draws until step 40 of 100 and rests there.
TQDM = ("import time, tqdm\n"
        "bar = tqdm.tqdm(range(100), desc='Epoch 2/5', mininterval=0)\n"
        "for i in bar:\n"
        "  if i == 40: bar.refresh(); time.sleep(1000)\n"
        "  bar.set_postfix(loss=0.25)\n")
TQDM_PARTS = ("import time, tqdm\n"
              "outer = tqdm.tqdm(total=10, desc='Epoch', position=0)\n"
              "inner = tqdm.tqdm(total=100, desc='train', position=1, leave=False)\n"
              "for i in range(40): inner.update(1)\n"
              "inner.refresh(); time.sleep(1000)\n")
RICH = ("import time\n"
        "from rich.progress import MofNCompleteColumn, Progress, TextColumn\n"
        "with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TextColumn('loss: {task.fields[loss]:.2f}'),\n"
        "              auto_refresh=False) as bars:\n"
        "  task = bars.add_task('Epoch 2/5', total=100, loss=1)\n"
        "  bars.update(task, advance=40, loss=0.25, refresh=True)\n"
        "  time.sleep(1000)\n")


LINES = ("import time\n"
         "for i in range(41): print(f'step {i}/100 loss {1 - i / 100:.2f} ' + 'x' * 70, flush=True)\n"
         "time.sleep(1000)\n")


class Progress(harness.VigieTest):
    def seen(self, name, program, step=40, options=()):
        """What `vigie ls` tells of it once it stands at the step."""
        self.start(name, "/usr/bin/python3", "-c", program, options=options)
        return self.wait_row(name, f"step {step}", lambda row: self.steps(row) >= step)["progress"]

    def test_tqdm(self):
        progress = self.seen("tqdm", TQDM)
        self.assertEqual((progress["total"], progress["epoch"], progress["epochs"]), (100, 2, 5))
        self.assertEqual(progress["metrics"], {"loss": 0.25})

    def test_the_moving_one_of_several_bars_of_tqdm(self):
        self.assertEqual(self.seen("bars", TQDM_PARTS)["total"], 100)

    def test_lines_in_a_terminal_and_in_a_pipe(self):
        for name, options in (("terminal", ()), ("pipe", ("--no-pty",))):
            progress = self.seen(name, LINES, options=options)
            self.assertEqual((progress["total"], progress["metrics"]["loss"]), (100, 0.6), name)

    @unittest.skipIf(importlib.util.find_spec("rich") is None, "python3-rich is not installed")
    def test_rich(self):
        self.env["TERM"] = "xterm"  # on a dumb terminal rich draws nothing until the end
        progress = self.seen("rich", RICH)
        self.assertEqual((progress["total"], progress["epoch"], progress["epochs"]), (100, 2, 5))
        self.assertEqual(progress["metrics"], {"loss": 0.25})
