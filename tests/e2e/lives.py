"""What the tests of a run's whole life share: the job that notices a second copy of itself, and what must hold."""

import json
import os
import subprocess

import harness

JOB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "one_copy.py")
OVER = ("exited", "failed", "cancelled", "killed", "lost")
ENDED = ("exited", "failed", "cancelled", "killed")
STATES = ("queued", "starting", "running", "paused", "stopping", "exiting", *OVER, "elsewhere")


class LifeTest(harness.VigieTest):
    def enter_directories(self):
        super().enter_directories()
        self.place = self.path("job")
        os.mkdir(self.place, 0o700)

    def job(self):
        return [harness.PYTHON, "-SE", JOB, self.place]

    def noted(self, *words):
        """Lines of the job's own log that begin with one of these words, each as a list."""
        try:
            with open(self.place + "/log", encoding="utf-8") as log:
                return [line.split() for line in log if line.split()[0] in words]
        except FileNotFoundError:
            return []

    def copies(self):
        """PIDs of everything of the job that is alive."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/cmdline", "rb") as cmdline:
                        arguments = cmdline.read().split(b"\0")
                except OSError:
                    continue
                # Not the client that starts it, which has all this on its command line, too.
                if arguments[2:4] == [JOB.encode(), self.place.encode()] and harness.alive(entry):
                    found.append(int(entry))
        return found

    def ask(self, *args, deadline=60):
        """One client: (status, out, err); the status is "hang" when it had to be killed."""
        client = subprocess.Popen([harness.vigie_path, *args], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = client.communicate(timeout=deadline)
            return client.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        except subprocess.TimeoutExpired:
            there = self.census()
            client.kill()
            out, err = client.communicate()
            return "hang", out.decode(errors="replace"), err.decode(errors="replace") + there

    def census(self):
        """The processes of this test, for a message: PID, state, what it sleeps in, command."""
        def read(pid, name):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    return file.read().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                return "-"

        return "".join(f"\n{pid} {harness.state_of(pid)} {read(pid, 'wchan')} {read(pid, 'comm').strip()}: "
                       f"{read(pid, 'cmdline')[:120]}" for pid in sorted({*self.marked(), *self.copies()}))

    def records(self):
        """{id: record} of every run directory; fails on one that is no JSON. A reader sees the old one or the new one."""
        runs = os.path.join(self.state, "vigie", "runs")
        found = {}
        for entry in os.listdir(runs) if os.path.isdir(runs) else []:
            if entry.startswith("."):
                continue
            try:
                with open(os.path.join(runs, entry, "run.json"), "rb") as file:
                    text = file.read()
            except (FileNotFoundError, NotADirectoryError):
                continue  # just made, or just removed
            try:
                found[entry] = json.loads(text)
            except ValueError as error:
                raise AssertionError(f"the record of {entry} is no JSON: {error}: {text[:300]!r}") from None
        return found

    def ledger(self, run):
        """The attempts of a run that are in its ledger."""
        path = os.path.join(self.state, "vigie", "runs", run, "attempts.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line)["attempt"] for line in file]

    def check_copies(self):
        """The job is started once for each attempt, and never while another copy is alive."""
        self.assertEqual(self.noted("second"), [], "a copy of the job was started while another one was alive")
        begun = [(run, attempt) for _, _, run, attempt in self.noted("start")]
        self.assertEqual(len(begun), len(set(begun)), f"an attempt was started twice: {begun}")
        attempts = {}
        for run, attempt in begun:
            self.assertGreater(int(attempt), attempts.get(run, 0), f"attempts go up: {begun}")
            attempts[run] = int(attempt)


def signal_quietly(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def is_stopped(pid):
    return harness.state_of(pid) in ("T", "t")
