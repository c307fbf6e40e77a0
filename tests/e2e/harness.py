"""What the end-to-end tests share: one vigie with a state directory of its own, and waiting for events.

Nothing here sleeps for a fixed time and hopes: every wait names what it waits for, looks again and has a deadline.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON = sys.executable
TRAIN = os.path.join(ROOT, "examples", "train.py")
DEADLINE = 20.0  # seconds for things that take milliseconds on an idle machine
patience = 1.0  # how much longer things may take: in a kernel that runs under emulation

vigie_path = os.path.join(ROOT, "build", "release", "vigie")
_shared = None


def shared_directory():
    """One directory for the whole session: the training's images are generated once."""
    global _shared
    if _shared is None:
        _shared = tempfile.mkdtemp(prefix="vigie-e2e-data-")
    return _shared


def remove_shared_directory():
    if _shared is not None:
        shutil.rmtree(_shared, ignore_errors=True)


_kill = os.kill


def kill_one(pid, number):
    """os.kill() for tests: 0 and below would mean the tests themselves, whose runner then stands still for ever."""
    if pid <= 0:
        raise AssertionError(f"signal {number} to {pid}: the process is not known yet")
    _kill(pid, number)


os.kill = kill_one


class Done:
    """How a command ended and what it said."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


def eventually(what, probe, deadline=DEADLINE):
    """The first true value of probe(); fails with `what` when none came in time."""
    end = time.monotonic() + deadline * patience
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what}")
        time.sleep(0.1)


def unescaped(text):
    """What a text in vigie's JSON stands for (docs/json.md), with bytes that are not UTF-8 as Python has them."""
    return re.sub("[\U0010FC80-\U0010FCFF]", lambda found: chr(0xDC00 + ord(found[0]) - 0x10FC00), text)


def state_of(pid):
    """The letter of proc(5): "S" sleeps; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0].decode()
    except OSError:
        return None


def parent_of(pid):
    """None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[1])
    except OSError:
        return None


def alive(pid):
    """Whether a process exists and has not ended (a zombie has)."""
    return state_of(pid) not in (None, "Z")


def own_v2_group():
    """The control group of version 2 that this process is in, as a directory; None where none can be seen. The tree may be
    mounted more than once, in part, or where another mount hides it: what has this process in it is right."""
    with open("/proc/self/cgroup", encoding="utf-8") as groups:
        own = next((line.strip()[3:] for line in groups if line.startswith("0::/")), None)
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        points = [line.split()[3:5] for line in mounts if " - cgroup2 " in line]
    for top, point in points if own else ():
        directory = (point + "/" + os.path.relpath(own, top)).removesuffix("/.")
        try:
            with open(directory + "/cgroup.procs", encoding="utf-8") as procs:
                if str(os.getpid()) in procs.read().split():
                    return directory
        except OSError:
            pass
    return None


def idle_cpus():
    """How many CPUs had nothing to do during one second."""

    def idle_ticks():
        with open("/proc/stat", encoding="utf-8") as stat:
            return int(stat.readline().split()[4])

    before, began = idle_ticks(), time.monotonic()
    time.sleep(1)
    return (idle_ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)


def where_it_is(pid):
    """What /proc says about a process that does not end."""
    facts = []
    for name in ("comm", "wchan", "stack"):
        try:
            with open(f"/proc/{pid}/{name}", encoding="utf-8") as file:
                facts.append(file.read().strip())
        except OSError as failed:
            facts.append(failed.strerror)
    return (pid, *facts)


class VigieTest(unittest.TestCase):
    """A test with state, configuration and runtime directories of its own; ends everything it started."""

    def setUp(self):
        # Not tearDown, which nobody calls after a setUp that failed or skipped.
        self.addCleanup(self.leave_directories)
        self.enter_directories()

    def enter_directories(self):
        self.children = []
        self.dir = tempfile.mkdtemp(prefix="vigie-e2e-")
        self.state = os.path.join(self.dir, "state")
        self.env = dict(os.environ)
        for name in ("STATE", "CONFIG", "CACHE"):
            self.env[f"XDG_{name}_HOME"] = os.path.join(self.dir, name.lower())
        self.env["XDG_RUNTIME_DIR"] = os.path.join(self.dir, "runtime")
        self.env["NO_COLOR"] = "1"
        os.mkdir(self.env["XDG_RUNTIME_DIR"], 0o700)

    def leave_directories(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
            for stream in (child.stdout, child.stderr):
                if stream:
                    stream.close()
        try:  # a dead mount of another test may hold one of them up until that test ends
            eventually("the runs of this test are gone", lambda: not self.kill_all(), 60)
        except AssertionError as late:
            raise AssertionError(f"{late}: {[where_it_is(pid) for pid in self.marked()]}") from None
        self.remove_groups()
        shutil.rmtree(self.dir, ignore_errors=True)

    def remove_groups(self):
        """Keepers that were killed could not remove their runs' control groups."""
        runs = os.path.join(self.state, "vigie", "runs")
        for entry in os.listdir(runs) if os.path.isdir(runs) else []:
            try:
                with open(os.path.join(runs, entry, "run.json"), encoding="utf-8") as file:
                    os.rmdir(json.load(file)["cgroup"]["directory"])
            except (OSError, KeyError, ValueError):
                pass  # it has none, or its keeper was quicker

    def need_idle_cpus(self, count, patience=20):
        """Skips what can only be shown where others leave `count` CPUs alone: measurements of speed and of idleness."""
        end = time.monotonic() + patience
        while (idle := idle_cpus()) < count:
            if time.monotonic() > end:
                self.skipTest(f"others use this host: {idle:.1f} CPUs idle, {count} are needed")

    def of_itself(self, findings):
        """The findings about a run; skips where they are about others, who take the CPUs from it at this moment."""
        if findings and findings[0]["rule"] == "cpu-contention":
            taken = self.cpus_of_others()
            if taken > 0.3:
                self.skipTest(f"others use this host: {taken:.1f} CPUs, and the run waits for one")
        return findings

    def cpus_of_others(self):
        def ticks():
            with open("/proc/stat", encoding="utf-8") as stat:
                cpu = [int(value) for value in stat.readline().split()[1:9]]
            own = 0
            for pid in self.marked():
                try:
                    with open(f"/proc/{pid}/stat", "rb") as stat:
                        own += sum(int(value) for value in stat.read().rpartition(b")")[2].split()[11:13])
                except OSError:
                    pass
            return sum(cpu) - cpu[3] - cpu[4] - own

        before, began = ticks(), time.monotonic()
        time.sleep(1)
        return (ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)

    def marked(self):
        """PIDs of the processes whose environment names this test's state directory."""
        marker = f"XDG_STATE_HOME={self.env['XDG_STATE_HOME']}".encode()
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as environ:
                    if marker in environ.read().split(b"\0") and alive(entry):
                        found.append(int(entry))
            except OSError:
                pass
        return found

    def kill_all(self):
        """SIGKILL to all of them; how many there were."""
        found = self.marked()
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        return len(found)

    # --- running vigie

    def vigie(self, *args, expect=None, timeout=60, env=None):
        done = subprocess.run([vigie_path, *args], env=env or self.env, cwd=self.dir, timeout=timeout * patience,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        done = Done(done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                    done.stderr.decode("utf-8", "surrogateescape"))
        if expect is not None:
            self.assertEqual(done.code, expect, f"vigie {' '.join(args)}: {done!r}")
        return done

    def json(self, *args, expect=0, timeout=60):
        done = self.vigie(*args, "--json", expect=expect, timeout=timeout)
        return json.loads(done.out)

    def spawn(self, *command, **options):
        """A process beside the test, ended with it."""
        options.setdefault("env", self.env)
        options.setdefault("cwd", self.dir)
        options.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(command, **options)
        self.children.append(child)
        return child

    def start(self, name, *command, options=()):
        done = self.vigie("run", "--name", name, *options, "--", *command, expect=0)
        self.assertEqual(done.out.strip(), name)
        return name

    def keep_state_on_a_small_disk(self, size):
        """The state directory is one of `size`, as tmpfs takes it."""
        if os.geteuid() != 0:
            self.skipTest("a file system of its own takes root")
        small = self.path("small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", small], check=False).returncode != 0:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=False)
        self.env["XDG_STATE_HOME"] = self.state = small
        return small

    # --- looking

    def runs(self):
        """The runs of this test: another test's training, beside it, is found by vigie, too."""
        rows = self.json("ls", "--interval", "0")["runs"]
        own = set() if all(row["supervised"] for row in rows) else set(self.marked())
        return [row for row in rows if row["supervised"] or row["pid"] in own]

    def row(self, name):
        for run in self.runs():
            if run["name"] == name:
                return run
        return None

    def wait_row(self, name, what, predicate, deadline=DEADLINE):
        last = None

        def probe():
            nonlocal last
            last = self.row(name)
            return last if last is not None and predicate(last) else None

        try:
            return eventually(f"{name}: {what}", probe, deadline)
        except AssertionError as error:
            log = self.vigie("logs", "-n", "15", name)
            raise AssertionError(f"{error}\nlast seen: {last}\nlog: {log!r}") from None

    def wait_state(self, name, *states, deadline=DEADLINE):
        return self.wait_row(name, f"state is {' or '.join(states)}", lambda row: row["state"] in states, deadline)

    @staticmethod
    def steps(row):
        """Steps over all epochs; 0 before the progress bar appears."""
        progress = row["progress"] or {}
        if progress.get("step") is None:
            return 0
        return ((progress.get("epoch") or 1) - 1) * progress["total"] + progress["step"]

    def wait_steps(self, name, count, deadline=60):
        return self.wait_row(name, f"{count} steps are done", lambda row: self.steps(row) >= count, deadline)

    def verdict(self, name, deadline=30):
        """The primary finding about a run. A training that has only just started is not judged yet: asks again."""
        return eventually(f"vigie why has a finding about {name}",
                          lambda: self.of_itself(json.loads(self.vigie("why", name, "--json").out)["findings"]),
                          deadline)[0]

    def record(self, name):
        """Of a run that has begun, with the recorder that its living holder has started or is about to start."""
        end = time.monotonic() + 2
        while True:
            record = self.written_record(name)
            begins = record is not None and record["state"] == "running" and record["shim"]["pid"] == 0
            if not begins or not alive(record["holder"]["pid"]) or time.monotonic() > end:
                return record
            time.sleep(0.02)

    def written_record(self, name):
        runs = os.path.join(self.state, "vigie", "runs")
        for entry in os.listdir(runs) if os.path.isdir(runs) else []:
            path = os.path.join(runs, entry, "run.json")
            try:
                with open(path, encoding="utf-8") as file:
                    record = json.load(file)
            except (FileNotFoundError, NotADirectoryError):  # a run that another thread has just removed; .lock
                continue
            if record["name"] == name:
                record["directory"] = os.path.dirname(path)
                return record
        return None

    def raw_log(self, name):
        with open(os.path.join(self.record(name)["directory"], "output.log"), "rb") as log:
            return log.read()

    def wait_log(self, name, text, deadline=DEADLINE):
        def probe():
            try:
                return text in self.raw_log(name)
            except FileNotFoundError:
                return False  # the shim has only just begun

        eventually(f"{text!r} is in the log of {name}", probe, deadline)

    def path(self, name):
        return os.path.join(self.dir, name)

    def touch(self, name):
        with open(self.path(name), "w", encoding="utf-8"):
            pass

    def until(self, name):
        """Shell text that waits for touch(name)."""
        return f"while [ ! -e '{self.path(name)}' ]; do sleep 0.05; done"

    # --- the training

    def train_command(self, *options, checkpoint="checkpoint"):
        return [PYTHON, TRAIN, "--data", os.path.join(shared_directory(), "images"),
                "--checkpoint", self.path(checkpoint), *options]
