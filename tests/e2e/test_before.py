"""Runs that an older vigie started and keeps, under this one's commands: VIGIE_BEFORE names the older program."""

import json
import os
import subprocess

import harness
from test_attach import Terminal, pyte

BEFORE = os.environ.get("VIGIE_BEFORE") or os.path.join(harness.ROOT, "build", "before", "vigie")
SAVES = "trap 'echo saved; exit 0' TERM; echo begun; while :; do sleep 0.05; done"


class Before(harness.VigieTest):
    def setUp(self):
        super().setUp()
        if not os.access(BEFORE, os.X_OK):
            self.skipTest("there is no older program: script/before builds one, VIGIE_BEFORE names one")

    def start_before(self, name, *command):
        done = subprocess.run([BEFORE, "run", "--name", name, "--", *command], env=self.env, cwd=self.dir, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done)
        self.wait_state(name, "running")

    def test_it_is_listed_with_its_log_and_ends_as_it_is_asked_to(self):
        self.start_before("old", "sh", "-c", SAVES)
        self.wait_log("old", b"begun")
        row = self.row("old")
        self.assertEqual((row["state"], row["supervised"]), ("running", True))
        self.assertIn("begun", self.vigie("logs", "old", expect=0).out)
        self.vigie("pause", "old", expect=0)
        self.wait_state("old", "paused")
        self.vigie("resume", "old", expect=0)
        self.assertIn("old cancelled", self.vigie("stop", "old", expect=0).out)
        self.assertIn("saved", self.vigie("logs", "old", expect=0).out)

    def test_it_can_be_attached_to(self):
        if pyte is None:
            self.skipTest("python3-pyte is not installed")
        self.start_before("old", "cat")
        terminal = Terminal(self, "attach", "old")
        terminal.type(b"hello\r")
        terminal.wait_for("hello\nhello")
        terminal.type(b"\x04")
        terminal.wait_end(0)

    def test_it_is_killed_with_all_that_it_started(self):
        self.start_before("old", "sh", "-c", "setsid sleep 1000 & sleep 1000; true")
        harness.eventually("both are there", lambda: self.row("old")["processes"] >= 3)
        self.assertIn("nothing of it is left", self.vigie("kill", "old", expect=0).out)

    def test_its_record_is_started_again_by_this_program_and_removed(self):
        done = subprocess.run([BEFORE, "run", "--name", "over", "--", "sh", "-c", "exit 3"], env=self.env, cwd=self.dir, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done)
        self.vigie("wait", "over", expect=3)
        self.vigie("restart", "over", expect=0)
        self.vigie("wait", "over", expect=3)
        self.assertEqual(self.row("over")["attempt"], 2)
        self.vigie("rm", "over", expect=0)

    def test_an_older_client_sees_and_stops_what_this_program_started(self):
        """The other way round: a client on another machine of the same home, or in a script that has its path."""
        self.start("new", "sh", "-c", SAVES)
        self.wait_log("new", b"begun")

        def old(*command):
            return subprocess.run([BEFORE, *command], env=self.env, cwd=self.dir, timeout=60, stdin=subprocess.DEVNULL,
                                  capture_output=True, check=False)

        runs = json.loads(old("ls", "--json", "--interval", "0").stdout)["runs"]
        self.assertEqual([run["state"] for run in runs if run["name"] == "new"], ["running"])
        self.assertEqual(old("stop", "new").returncode, 0)
        self.assertIn("saved", self.vigie("logs", "new", expect=0).out)
