"""Many clients with every verb on one run at the same time: nothing starts twice, hangs, crashes or lies.

For some seconds with a few clients; VIGIE_SLOW=1: for 20 s with 30. VIGIE_SEED repeats what they choose.
"""

import collections
import json
import os
import pty
import random
import select
import shutil
import signal
import subprocess
import threading
import time

import harness
import lives

SLOW = os.environ.get("VIGIE_SLOW") == "1"
CLIENTS, SECONDS = (30, 20) if SLOW else (8, 4)
DEADLINE = 60  # seconds that one client may take among all the others
NAME = "storm"

# What they do, and how often. `rm` forgets it when it is over; `run` makes another one of the same name.
VERBS = {
    "ls": 4, "why": 2, "tree": 3, "logs": 3, "attach": 2, "stop": 4, "kill": 4, "pause": 3, "resume": 6, "signal": 3,
    "renice": 2, "limit": 2, "restart": 12, "rm": 2, "wait": 3, "run": 6, "adopt": 3, "end": 3,
}


class Storm(lives.LifeTest):
    def run_command(self):
        return ["run", "--name", NAME, "--restart", "on-failure", "--backoff", "10ms", "--", *self.job()]

    def arguments(self, verb, random_):
        record = next(iter(self.records().values()), {})
        pid = str(record.get("leader", {}).get("pid") or 0)
        return {
            "ls": ["ls", "--json", "--interval", "0"], "why": ["why", NAME, "--json", "--interval", "0.2"],
            "tree": ["tree", NAME, "--interval", "0"], "logs": ["logs", "-n", "5", NAME],
            "stop": ["stop", NAME, "--grace", random_.choice(["0.1s", "1s"])], "kill": ["kill", NAME],
            "pause": ["pause", NAME], "resume": ["resume", NAME],
            "signal": ["signal", "USR1", NAME, *random_.choice([[], ["--tree"]])],
            "renice": ["renice", "5", NAME], "limit": ["limit", NAME, "--memory", "4G"],
            "restart": ["restart", NAME], "rm": ["rm", NAME], "run": self.run_command(),
            "adopt": ["adopt", pid, "--name", random_.choice([NAME, "adopted"])], "wait": ["wait", NAME],
        }[verb]

    def one_client(self, seed):
        random_ = random.Random(seed)
        while time.monotonic() < self.end and not self.problems:
            verb, began = random_.choices(list(VERBS), VERBS.values())[0], time.monotonic()
            try:
                if verb == "end":
                    self.let_it_end(random_.choice("0077"))
                elif verb == "attach":
                    self.judge(verb, *self.attach(random_))
                elif verb == "wait":
                    self.judge(verb, *self.wait_a_while())
                else:
                    self.judge(verb, *self.ask(*self.arguments(verb, random_), deadline=DEADLINE))
            except Exception as error:  # pylint: disable=broad-except  # a thread that ends says nothing to anybody
                self.problems.append((verb, repr(error)))
            self.took.append((time.monotonic() - began, verb))

    def let_it_end(self, code):
        with open(self.place + "/end.new", "w", encoding="utf-8") as file:
            file.write(code)
        try:
            os.rename(self.place + "/end.new", self.place + "/end")
        except FileNotFoundError:
            pass  # another client was quicker

    def wait_a_while(self):
        """Waits for the end, or is killed when that takes too long."""
        client = subprocess.Popen([harness.vigie_path, "wait", NAME], env=self.env, cwd=self.dir,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = client.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            client.kill()
            client.communicate()
            return 0, "", ""
        return client.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def attach(self, random_):
        """Looks for a moment, and detaches by its keys until it has."""
        master, slave = pty.openpty()
        client = subprocess.Popen([harness.vigie_path, "attach", "--read-only", NAME], cwd=self.dir, stdin=slave,
                                  stdout=slave, stderr=slave, env={**self.env, "TERM": "xterm"}, start_new_session=True)
        os.close(slave)
        end, said = time.monotonic() + DEADLINE, b""
        detach_at = time.monotonic() + random_.random()
        try:
            while client.poll() is None:
                if time.monotonic() > end:
                    client.kill()
                    client.wait()
                    return "hang", said.decode(errors="replace"), ""
                if select.select([master], [], [], 0.05)[0]:
                    try:
                        said += os.read(master, 65536)
                    except OSError:  # it has closed its side
                        client.wait(DEADLINE)
                if time.monotonic() > detach_at:
                    detach_at = time.monotonic() + 0.5
                    os.write(master, b"\x02d")
        finally:
            os.close(master)
        return client.returncode, said.decode(errors="replace"), ""

    def judge(self, verb, status, out, err):
        self.counts[verb, status] += 1
        good = {0, 1, 2, 3, 4}
        if verb in ("wait", "attach"):  # these end as the run did
            good |= {7, 9, 128 + signal.SIGTERM, 128 + signal.SIGKILL, 128 + signal.SIGUSR1}
        if status not in good:
            self.problems.append((verb, status, out[-500:], err[-1500:]))
        if verb == "ls" and status == 0:
            for run in json.loads(out)["runs"]:
                if run["name"] == NAME and run["state"] == "lost":
                    self.problems.append((verb, "it is called lost, and no keeper was killed", run))
        if verb == "adopt" and status == 0:
            self.problems.append((verb, "it adopted a process that a run has already", out))

    def look_on(self):
        """Whoever reads the record sees a whole one, at any moment."""
        while not self.calm.is_set():
            try:
                self.records()
            except AssertionError as error:
                self.problems.append(("record", str(error)))
                return
            time.sleep(0.002)

    def test_every_verb_at_once_on_one_run(self):
        seed = int(os.environ.get("VIGIE_SEED") or random.randrange(1 << 32))
        print(f"      VIGIE_SEED={seed}: {CLIENTS} clients for {SECONDS} s")
        self.problems, self.took, self.counts, self.calm = [], [], collections.Counter(), threading.Event()
        self.vigie(*self.run_command(), expect=0)
        self.end = time.monotonic() + SECONDS
        watcher = threading.Thread(target=self.look_on, daemon=True)
        clients = [threading.Thread(target=self.one_client, args=(seed + number,), daemon=True)
                   for number in range(CLIENTS)]
        for thread in (watcher, *clients):
            thread.start()
        for thread in clients:
            thread.join()
        self.calm.set()
        watcher.join()
        slowest = ", ".join(f"{verb} {seconds:.1f} s" for seconds, verb in sorted(self.took, reverse=True)[:3])
        print(f"      {len(self.took)} commands, the slowest: {slowest}", flush=True)
        self.maxDiff = None
        self.check_copies()
        self.assertEqual(self.problems, [], f"VIGIE_SEED={seed}: {self.counts}")
        self.agrees_with_what_is_there()
        self.ends_as_it_should()

    def agrees_with_what_is_there(self):
        """Once all are gone, the state that is shown is the state of the processes."""
        seen = None

        def agrees():
            nonlocal seen
            row, copies = self.row(NAME), self.copies()
            seen = (row and (row["state"], row["pid"]), copies)
            if row is None or row["state"] in ("queued", *lives.ENDED):
                return copies == []
            return row["state"] in ("running", "paused") and row["pid"] in copies

        try:
            harness.eventually("state and processes agree", agrees)
        except AssertionError as error:
            self.fail(f"{error}: {seen}{self.census()}")

    def ends_as_it_should(self):
        """The last run of that name: one line in the ledger for each attempt that began, and nothing is left."""
        if self.row(NAME) is None:
            self.vigie(*self.run_command(), expect=0)
        if self.row(NAME)["state"] not in lives.OVER:
            self.vigie("kill", NAME)  # it may just have ended
        self.wait_state(NAME, *lives.ENDED)
        record = self.record(NAME)
        self.assertIn(record["state"], lives.ENDED)
        self.assertEqual(self.copies(), [])
        ledger = self.ledger(record["id"])
        self.assertEqual(ledger, sorted(set(ledger)), "an attempt ends once")
        begun = {int(attempt) for _, _, run, attempt in self.noted("start") if run == record["id"]}
        self.assertEqual(begun - set(ledger), set(), "attempts that began, and whose end is not in the ledger")
        self.assertLessEqual(set(ledger), set(range(1, record["attempt"] + 1)))
        harness.eventually("its keepers are gone", lambda: not self.marked())
        if os.path.exists(self.place + "/end"):  # nobody has come to it
            os.unlink(self.place + "/end")
        self.vigie("restart", NAME, expect=0)
        self.wait_state(NAME, "running")
        self.vigie("kill", NAME, expect=0)
        self.check_copies()


class Starting(harness.VigieTest):
    """What the storm met: moments of a start in which another command came."""

    def hold(self, variable="VIGIE_HELD"):
        """Who it says waits (held.c), until touch("go")."""
        if shutil.which("cc") is None:
            self.skipTest("no C compiler to make the job wait with")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "held.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.path("held.so"), source, "-ldl"], check=True)
        self.env.update(LD_PRELOAD=self.path("held.so"), **{variable: self.path("go")})

    def held(self, *options):
        """A client that starts a run, and the process that waits."""
        client = self.spawn(harness.vigie_path, "run", "--name", "held", *options, stdout=subprocess.DEVNULL)
        record = harness.eventually("its process is known", lambda: (self.record("held") or {"leader": {"pid": 0}})
                                    ["leader"]["pid"] and self.record("held"))
        return client, record["leader"]["pid"]

    def test_a_run_that_is_paused_before_it_begins_has_started(self):
        self.hold()
        for options in ((), ("--no-cgroup",)):
            with self.subTest(options=options):
                client, pid = self.held(*options, "--", "sleep", "1000")
                self.vigie("pause", "held", expect=0)
                self.assertEqual(client.wait(harness.DEADLINE), 0)
                self.assertEqual(self.row("held")["state"], "paused")
                self.assertNotEqual(self.vigie("restart", "held", timeout=5).code, 0, "nobody waits for its start")
                self.touch("go")
                self.vigie("resume", "held", expect=0)
                harness.eventually("it is its program",
                                   lambda who=pid: os.readlink(f"/proc/{who}/exe").endswith("/sleep"))
                self.assertEqual(self.row("held")["state"], "running")
                self.vigie("kill", "held", expect=0)
                self.vigie("rm", "held", expect=0)
                os.unlink(self.path("go"))

    def test_and_one_that_cannot_be_executed_fails_when_it_goes_on(self):
        self.hold()
        program = shutil.copy(shutil.which("sleep"), self.path("program"))
        client, _ = self.held("--no-cgroup", "--", program, "1000")
        os.unlink(program)
        self.vigie("pause", "held", expect=0)
        self.assertEqual(client.wait(harness.DEADLINE), 0)
        self.touch("go")
        self.vigie("resume", "held", expect=0)
        self.vigie("wait", "held", expect=127)
        self.assertEqual(self.row("held")["state"], "failed")

    def test_a_recorder_that_has_just_begun_is_not_of_the_job(self):
        """It has no lock yet and is in no record; paused as one of the job, it was never resumed."""
        self.hold("VIGIE_HELD_RECORDER")
        self.start("held", "sleep", "1000", options=["--no-cgroup"])
        holder = self.record("held")["holder"]["pid"]
        job = self.record("held")["leader"]["pid"]
        recorder = harness.eventually("the recorder has begun", lambda: [
            pid for pid in self.marked() if harness.parent_of(pid) == holder and pid != job])[0]
        self.vigie("pause", "held", expect=0)
        self.assertEqual(harness.state_of(job), "T")
        self.assertNotEqual(harness.state_of(recorder), "T")
        self.touch("go")
        self.wait_state("held", "paused")
        self.vigie("stop", "held", expect=0)
        self.assertEqual(self.row("held")["state"], "cancelled")
