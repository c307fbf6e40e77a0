"""`vigie why` in both directions, and runs that vigie did not start."""

import json
import os
import signal
import subprocess

import harness

PROGRAMS = os.path.join(harness.ROOT, "tests", "scenarios", "programs")


class Verdicts(harness.VigieTest):
    def train(self, name, *options):
        return self.start(name, *self.train_command(*options, "--epochs", "200"))

    def test_a_healthy_training_is_left_in_peace(self):
        self.train("healthy", "--workers", "1", "--transform-cost", "0")
        self.wait_row("healthy", "it is past its start", lambda row: row["elapsed_seconds"] > 12
                      and self.steps(row) > 20, 90)
        for _ in range(2):
            done = self.vigie("why", "healthy", "--json")
            self.of_itself(json.loads(done.out)["findings"])
            self.assertEqual(done.code, 0, done)

    def test_a_trainer_that_loads_its_data_itself_is_told_so(self):
        self.need_idle_cpus(1.7)
        self.train("serial", "--workers", "0", "--transform-cost", "20")
        self.wait_steps("serial", 4, 90)
        finding = self.verdict("serial")
        self.assertEqual(finding["rule"], "loader-serial", finding)
        self.assertIn("num_workers", " ".join(finding["actions"]))

    def test_a_training_started_by_hand_shows_up_and_can_be_judged_and_stopped(self):
        with open(self.path("output"), "wb") as output:
            child = self.spawn(*self.train_command("--workers", "1", "--transform-cost", "20", "--epochs", "200"),
                               stdout=output, stderr=subprocess.STDOUT)

        def observed():
            return next((run for run in self.runs() if run["pid"] == child.pid), None)

        row = harness.eventually("the training is in vigie ls", observed, 60)
        self.assertEqual(row["state"], "running")
        self.assertIn("train", row["name"])
        harness.eventually("its worker has started", lambda: observed()["processes"] >= 2, 60)
        harness.eventually("it has made steps", lambda: b"it/s" in read(self.path("output"))
                           or b"s/it" in read(self.path("output")), 60)
        finding = self.verdict(row["name"])
        self.assertEqual(finding["rule"], "loader-cpu", finding)
        document = self.json("stop", "--yes", str(row["name"]))
        self.assertEqual(child.wait(harness.DEADLINE), 143)
        self.assertEqual(document["left"], [])
        self.assertTrue(os.listdir(self.path("checkpoint")))

    def test_a_notebook_with_pytorch_is_a_run(self):
        with open(self.path("ipykernel_launcher.py"), "w", encoding="utf-8") as kernel:
            kernel.write("import torch, time\nprint('ready', flush=True)\ntime.sleep(1000)\n")
        child = self.spawn(harness.PYTHON, "-m", "ipykernel_launcher", "-f", "kernel-1.json", stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        row = self.row(f"notebook-{child.pid}")
        self.assertEqual((row["pid"], row["supervised"]), (child.pid, False))

    def test_a_relaunch_is_compared_with_the_run_before(self):
        bar = [harness.PYTHON, os.path.join(PROGRAMS, "bar_stops.py"), "--steps", "1000", "--pause"]
        self.start("before", *bar, "0.2")
        self.wait_steps("before", 12)
        self.vigie("stop", "before", expect=0)
        self.start("after", *bar, "0.05")
        self.wait_steps("after", 40)
        relaunch = json.loads(self.vigie("why", "after", "--interval", "0.5", "--json").out)["relaunches"][0]
        self.assertEqual((relaunch["run"], relaunch["earlier_run"]), ("after", "before"))
        self.assertEqual(relaunch["changes"], ["--pause 0.2 → 0.05"])
        self.assertGreater(relaunch["change_percent"], 50)
        self.assertIn("since run before", self.vigie("why", "after", "--interval", "0.5").out)

    def test_any_process_can_be_asked_about_and_may_end_meanwhile(self):
        child = self.spawn("sleep", "1000")
        child.send_signal(signal.SIGSTOP)
        harness.eventually("it is stopped", lambda: harness.state_of(child.pid) == "T")
        finding = json.loads(self.vigie("why", str(child.pid), "--interval", "0.3", "--json").out)["findings"][0]
        self.assertEqual(finding["rule"], "stopped", finding)
        child.send_signal(signal.SIGCONT)
        looking = subprocess.Popen([harness.vigie_path, "why", str(child.pid), "--interval", "3"], env=self.env,
                                   stdout=subprocess.PIPE, text=True)
        self.children.append(looking)
        harness.eventually("vigie has looked at it", lambda: opens(looking.pid, f"/proc/{child.pid}/")
                           or looking.poll() is not None)
        child.kill()
        child.wait()
        out, _ = looking.communicate(timeout=harness.DEADLINE)
        self.assertEqual(looking.returncode, 0, out)
        self.assertIn("ended while vigie looked at it", out)

    def test_what_may_not_be_read_is_said_and_not_guessed(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        hides = "import ctypes, signal; ctypes.CDLL(None).prctl(4, 0); print('hidden', flush=True); signal.pause()"  # PR_SET_DUMPABLE
        child = self.spawn("/usr/bin/python3", "-c", hides, stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"hidden\n")
        done = self.vigie("why", str(child.pid), "--interval", "1")
        self.assertIn("note: what 1 of the processes sleep in may not be read", done.out)
        sources = {source["name"]: source for source in self.json("why", str(child.pid), "--interval", "1")["sources"]}
        self.assertEqual(sources["samples"]["status"], "partial")

    def test_pause_and_resume_by_pid(self):
        child = self.spawn("sleep", "1000")
        self.vigie("pause", str(child.pid), expect=0)
        harness.eventually("it is stopped", lambda: harness.state_of(child.pid) == "T")
        self.vigie("resume", str(child.pid), expect=0)
        harness.eventually("it goes on", lambda: harness.state_of(child.pid) == "S")
        self.vigie("stop", str(child.pid), expect=0)
        self.assertEqual(child.wait(harness.DEADLINE), -signal.SIGTERM)


def opens(pid, prefix):
    """Whether a process has a file open below `prefix`."""
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{fd}").startswith(prefix) for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def read(path):
    with open(path, "rb") as file:
        return file.read()
