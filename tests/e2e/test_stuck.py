"""A process that is stuck with the lock on its memory: ps, pgrep and top wait for it; vigie does not."""

import os
import subprocess
import sys
import time

import harness

STUCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stuck.py")


class Stuck(harness.VigieTest):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can mount the file system of a dead server")
        os.mkdir(self.path("dead"))
        self.scene = subprocess.Popen([sys.executable, STUCK, self.path("dead")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        said = self.scene.stdout.readline().strip()
        if not said.isdigit():
            self.end_scene()
            self.skipTest(said)
        self.stuck = int(said)

    def tearDown(self):
        self.end_scene()

    def end_scene(self):
        if hasattr(self, "scene"):
            self.scene.communicate()
            del self.scene

    def test_lists_come_all_the_same_and_say_what_is_left_out(self):
        mine = self.spawn("sleep", "1000")
        looks = (["ps", "-a", "--interval", "0"], ["ps", "sleep 1000", "--interval", "0"], ["tree", "-a", "--interval", "0"],
                 ["ls", "--interval", "0"], ["ps", "-a", "--interval", "0.2", "-o", "pid,state,command,io"])
        for look in looks:
            began = time.monotonic()
            done = self.vigie(*look, timeout=30)
            self.assertEqual(done.code, 0, done)
            self.assertLess(time.monotonic() - began, 10, look)
            if look[0] == "ps":
                self.assertIn(f"{mine.pid} ", done.out)
        row = next(row for row in self.json("ps", "-a", "--interval", "0")["processes"] if row["pid"] == self.stuck)
        self.assertTrue(row["comm"].startswith("python3"), row)
        self.assertGreater(row["rss_bytes"], 0)
        done = self.vigie("ps", "-a", "--interval", "0")
        self.assertIn(f"process {self.stuck} does not let its memory be read", done.out)

    def test_one_process_in_depth_says_that_it_cannot(self):
        for look in (["env"], ["maps"], ["files"]):
            began = time.monotonic()
            done = self.vigie(*look, str(self.stuck), timeout=60)
            self.assertLess(time.monotonic() - began, 30, look)
            if look[0] != "files":
                self.assertEqual(done.code, 1, done)
                self.assertIn(str(self.stuck), done.err)
