"""The rules about GPUs held against logs of real cards (tests/gpu/windows.py), where these are beside the project."""

import os
import subprocess
import unittest

import harness

RUNNER = os.path.join(harness.ROOT, "tests", "gpu", "windows.py")
SKIPPED = 77


class GpuLogs(unittest.TestCase):
    def test_no_window_of_a_log_of_a_real_card_is_a_false_alarm(self):
        done = subprocess.run([harness.PYTHON, RUNNER], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode == SKIPPED:
            self.skipTest(done.stdout.strip().removeprefix("skip: "))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("0 false alarms, 0 first causes wrong", done.stdout)


if __name__ == "__main__":
    unittest.main()
