"""The bounded selection of tests/scenarios; all of them: script/scenarios, or here with VIGIE_SLOW=1."""

import os
import subprocess
import unittest

import harness

RUNNER = os.path.join(harness.ROOT, "script", "scenarios")


class Scenarios(unittest.TestCase):
    def play(self, *options):
        done = subprocess.run([harness.PYTHON, RUNNER, "--vigie", harness.vigie_path, *options], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_vigie_why_says_about_a_selection(self):
        self.play("--ci", "--jobs", "6")

    def test_what_vigie_why_says_about_the_recordings_of_them(self):
        self.play("--replay", "--jobs", "2")

    @unittest.skipUnless(os.environ.get("VIGIE_SLOW"), "all scenarios take a quarter of an hour: VIGIE_SLOW=1")
    def test_what_vigie_why_says_about_all(self):
        self.play()


if __name__ == "__main__":
    unittest.main()
