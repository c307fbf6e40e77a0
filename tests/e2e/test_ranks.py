"""Ranks that torchrun did not start: one run with roles, whatever program started them."""

import os
import shutil
import signal
import subprocess

import harness
from harness import PYTHON, eventually

RANK = "import time\nwhile True: time.sleep(0.02)"
PARENT = f"""
import os, subprocess, sys, time
for rank in ("0", "1"):
    subprocess.Popen([sys.executable, "-c", {RANK!r}], env=dict(os.environ, RANK=rank, LOCAL_RANK=rank, WORLD_SIZE="2"))
time.sleep(1000)
"""


class Ranks(harness.VigieTest):
    def launch(self, *command):
        """Its pid; with all that it starts it ends with the test."""
        pid = self.spawn(*command, stdout=subprocess.DEVNULL, start_new_session=True).pid
        self.addCleanup(os.killpg, pid, signal.SIGKILL)
        return pid

    def roles(self, pid):
        """Of all that is below the process, when it has both ranks."""
        rows = self.json("tree", str(pid))["processes"]
        roles = [row["role"] for row in rows if row["role"]]
        return roles if {"rank 0", "rank 1"} <= set(roles) else None

    def check_one_run(self, pid):
        roles = eventually("both ranks are there", lambda: self.roles(pid))
        self.assertEqual(sorted(roles), ["launcher", "rank 0", "rank 1"])
        runs = [run for run in self.json("ls", "--interval", "0")["runs"] if run["pid"] == pid]
        self.assertEqual(len(runs), 1)
        self.assertGreaterEqual(runs[0]["processes"], 3)

    def test_of_a_python_program(self):
        self.check_one_run(self.launch(PYTHON, "-c", PARENT))

    def test_of_a_shell_script(self):
        with open(self.path("launch.sh"), "w", encoding="ascii") as file:
            file.write(f"for r in 0 1; do RANK=$r WORLD_SIZE=2 {PYTHON} -c '{RANK}' & done; wait\n")
        self.check_one_run(self.launch("sh", self.path("launch.sh")))

    def test_of_xargs(self):
        with open(self.path("ranks"), "w", encoding="ascii") as file:
            file.write("0\n1\n")
        code = f"RANK={{}} WORLD_SIZE=2 {PYTHON} -c '{RANK}'; true"
        self.check_one_run(self.launch("xargs", "-a", self.path("ranks"), "-P", "2", "-I{}", "sh", "-c", code))

    def test_of_mpirun(self):
        if shutil.which("mpirun") is None:
            self.skipTest("mpirun is not installed")
        self.check_one_run(self.launch("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2", PYTHON, "-c", RANK))

    def test_of_a_supervised_run(self):
        self.vigie("run", "--name", "plain", "--", PYTHON, "-c", PARENT)
        eventually("both ranks are there", lambda: self.roles("plain"))
        self.assertEqual(sorted(self.roles("plain")), ["launcher", "rank 0", "rank 1"])
