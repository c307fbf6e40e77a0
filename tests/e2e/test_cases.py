"""Inputs from public bug reports of other tools, each with the right value: read where they lie beside the project
(../shared/cases); what stands for their kinds has tests of its own."""

import os
import shutil
import subprocess
import unittest

import harness
from harness import eventually

CASES = os.path.join(os.path.dirname(harness.ROOT), "shared", "cases")
ROOT_USER = os.geteuid() == 0


@unittest.skipUnless(os.path.isdir(CASES), "the cases are not beside the project")
class Cases(harness.VigieTest):
    def case(self, name):
        """A copy of its own: cases write files."""
        place = self.path(name)
        if not os.path.isdir(place):
            shutil.copytree(os.path.join(CASES, name), place)
        return place

    def saved(self, name, *command, expect=None):
        return self.vigie("--root", os.path.join(self.case(name), "root"), *command, expect=expect)

    def shown(self, name, *command):
        self.start(name, "sh", "-c", f"cd {self.case(name)} && {' '.join(command)}; sleep 60")
        eventually(f"{name} printed", lambda: self.vigie("logs", name).out)

    def progress(self, name, *parts, command=("cat in.txt",)):
        self.shown(name, *command)
        eventually(f"the progress of {name}", lambda: all(part in self.vigie("ls", "--interval", "0", name).out for part in parts))

    def finding(self, name, *command):
        self.start(name, "sh", "-c", f"cd {self.case(name)} && exec {' '.join(command)}")
        self.vigie("wait", name, timeout=90)
        return self.json("why", name, expect=1)["findings"][0]

    def script(self, name, *command, timeout=90):
        done = subprocess.run([*command, harness.vigie_path], cwd=self.case(name), env=self.env, timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return (done.stdout + done.stderr).decode("utf-8", "replace")

    # --- progress

    def test_detectron2(self):
        self.progress("progress-detectron2", "step 19", "eta 1d")

    def test_mmdet(self):
        self.progress("progress-mmdet", "epoch 2", "100/900")

    def test_mnist(self):
        self.progress("progress-mnist", "6400/60000", "epoch 1")

    def test_ultralytics(self):
        self.progress("progress-ultralytics-new", "epoch 7/50", "27/60", "45%")

    def test_settings_are_none(self):
        self.shown("progress-ultralytics-config", "cat in.txt")
        self.vigie("why", "progress-ultralytics-config", timeout=60)  # time to read what it printed
        self.assertIsNone(self.row("progress-ultralytics-config")["progress"])

    # --- after an end

    def test_an_old_warning(self):
        finding = self.finding("pm-old-warning", harness.PYTHON, "t.py")
        self.assertEqual(finding["rule"], "failed")
        self.assertIn("KeyError", finding["summary"])

    def test_a_time_out_before_memory_ran_out(self):
        self.assertEqual(self.finding("pm-timeout-then-oom", "sh", "t.sh")["rule"], "collective-wait")

    # --- saved hosts

    def test_the_cache_of_zfs(self):
        self.assertRegex(self.saved("mem-zfs-arc", "check").out, r"memory.available 49\b.*\bok\b")

    def test_a_pin_without_a_sensor(self):
        self.assertRegex(self.saved("sensors-floating-pin", "check").out, r"temperature +48 .*\bok\b")

    def test_a_node_of_memory_alone(self):
        self.assertIn("no CPUs", self.saved("numa-no-cpus", "mem").out)

    def test_more_available_than_there_is(self):
        self.assertNotIn("122G", self.saved("mem-available-above-total", "mem").out)

    # --- others

    @unittest.skipUnless(ROOT_USER, "namespaces and mounts take root here")
    def test_zombies_that_are_hidden(self):
        said = self.script("hidepid-zombies", "bash", "t.sh")
        self.assertRegex(said, r"tasks.zombies +30 ")
        self.assertRegex(said, r"tasks.zombies +- .*unknown")

    @unittest.skipUnless(ROOT_USER, "namespaces and mounts take root here")
    def test_a_table_of_mounts_beyond_a_megabyte(self):
        self.assertRegex(self.script("mountinfo-large", "unshare", "-m", "bash", "t.sh"), r"space.cwd +9[89].* critical")

    @unittest.skipUnless(ROOT_USER, "namespaces and mounts take root here")
    def test_a_state_directory_that_a_container_shares(self):
        said = self.script("shared-state-pidns", "sh", "t.sh")
        self.assertIn("elsewhere", said)
        self.assertNotIn("removed", said)

    def test_a_long_command_line(self):
        self.script("long-command-line", harness.PYTHON, "t.py")
        self.vigie("logs", "longcl", expect=0)
        self.vigie("kill", "longcl")
        self.vigie("rm", "longcl", expect=0)

    def test_the_first_size_of_a_terminal(self):
        place = self.case("attach-initial-size")
        subprocess.run([harness.PYTHON, "inpty.py", "80", "24", harness.vigie_path, "run", "--attach", "--name", "ini", "--", "stty", "size"],
                       cwd=place, env=dict(self.env, TERM="xterm"), stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
        self.assertEqual(self.raw_log("ini").split()[:2], [b"24", b"80"])

    def test_detach_keys_with_num_lock(self):
        done = subprocess.run([harness.PYTHON, "detach.py", harness.vigie_path, r"\x1b[98;133ud"], cwd=self.case("kitty-keyboard"),
                              env=dict(self.env, TERM="xterm"), stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
        self.assertIn(b" detached kitty flags taken back", done.stdout)


if __name__ == "__main__":
    unittest.main()
