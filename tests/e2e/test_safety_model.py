"""The life of a run (docs/run-life.md), walked at random against the real program: commands, commands that are killed,
several at once, keepers and jobs that are killed or stopped in the middle, hosts that boot. After each step must hold:

    at most one copy of the job is alive, and each attempt was started once
    a run is never lost while a keeper is alive, and never exited, failed or killed while the job is
    processes and runs that look like it, and are not, live on
    a run that exists and was not removed is there
    a command ends, with a status of 0 to 4, and its word holds

For 40 s; VIGIE_SLOW=1: for 10 minutes. VIGIE_SEED repeats what is done (not how the kernel schedules it).
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import harness
import lives
from lives import signal_quietly

SECONDS = 600 if os.environ.get("VIGIE_SLOW") == "1" else 40
STEPS = 30  # of one run, until the next one has its place
DEADLINE = 45  # seconds for one command
NAME = "model"
NOBODY = 65534
OPTIONS = ([], ["--restart", "on-failure", "--backoff", "10ms"], ["--no-cgroup"], ["--no-pty"],
           ["--no-cgroup", "--restart", "always", "--backoff", "50ms"])

# A command's arguments after its name; how often it is chosen.
COMMANDS = {
    "restart": ([], 5), "stop": (["--grace", "0.2s"], 4), "kill": ([], 4), "pause": ([], 3), "resume": ([], 4),
    "renice": (None, 1), "signal": (None, 1), "logs": ([], 1), "tree": (["--interval", "0"], 1), "rm": ([], 2), "run": (None, 4),
}


class Walk(lives.LifeTest):
    def enter_directories(self):
        super().enter_directories()
        self.trace, self.options, self.run_id = [], [], None
        self.wished_over = None  # starts noted when a user ended it: there must be no more until somebody starts it
        self.random = random.Random()

    def leave_directories(self):
        for pid in self.marked():
            signal_quietly(pid, signal.SIGCONT)
        super().leave_directories()

    # --- who there is

    def keepers(self):
        """{(pid, start time)} of the run's holder and shim, whatever its record says."""
        found = set()
        for pid in self.marked():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                    arguments = cmdline.read().split(b"\0")
            except OSError:
                continue
            if self.run_id and arguments[1:3] == [b"shim", self.run_id.encode()]:
                found.add((pid, self.start_time(pid)))
        return {one for one in found if one[1] is not None}

    @staticmethod
    def start_time(pid):
        try:
            with open(f"/proc/{pid}/stat", "rb") as stat:
                return int(stat.read().rpartition(b")")[2].split()[19])
        except OSError:
            return None

    def keeper(self, which):
        """The PID that the record gives for its holder or shim, when that is really one of its keepers; else 0."""
        record = self.records().get(self.run_id or "", {}).get(which) or {}
        return record.get("pid", 0) if record.get("pid") in {pid for pid, _ in self.keepers()} else 0

    def victims(self, who):
        if who == "keepers":
            return [pid for pid, _ in self.keepers()]
        if who == "job":
            return self.copies()[:1]
        if who == "everything":
            return [*(pid for pid, _ in self.keepers()), *self.copies()]
        return [pid for pid in [self.keeper(who)] if pid]

    def look(self):
        """The row of the run; None when there is none."""
        status, out, err = self.ask("ls", "--json", "--interval", "0", deadline=DEADLINE)
        self.assertEqual(status, 0, err)
        rows = json.loads(out)["runs"]
        self.other_run_is_well([row for row in rows if row["name"] == NAME + "-2"])
        rows = [row for row in rows if row["name"] == NAME]
        self.assertLessEqual(len(rows), 1, "two runs of one name")
        return rows[0] if rows else None

    # --- innocents

    def spawn_innocents(self):
        """Processes and a run that are not of it, however much they look like it."""
        other = self.path("job-2")
        os.mkdir(other)
        self.vigie("run", "--name", NAME + "-2", "--", harness.PYTHON, "-SE", lives.JOB, other, expect=0)
        self.other_pid = self.wait_row(NAME + "-2", "it works", lambda row: row["pid"] and row["state"] == "running")["pid"]
        alike = self.path("job-3")
        os.mkdir(alike)
        keeper = shutil.copy(shutil.which("sleep"), self.path("vigie-keeper"))
        script = self.path(NAME + "ling.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write("import time\ntime.sleep(100000)\n")
        env = {name: value for name, value in self.env.items() if not name.startswith("VIGIE_")}
        commands = ([harness.PYTHON, "-SE", lives.JOB, alike], [keeper, "100000"], [harness.PYTHON, script],
                    ["bash", "-c", f"exec -a {NAME} sleep 100000"])
        self.innocents = [self.spawn(*command, env=env, start_new_session=True, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
                          for command in commands]

    def spawn_namesake(self):
        """Somebody else's process that says it belongs to this run: only root can tell that it does not work."""
        if os.geteuid() == 0:
            def enter():
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)

            self.innocents.append(self.spawn("sleep", "100000", cwd="/", preexec_fn=enter, start_new_session=True,
                                             env={"PATH": os.environ["PATH"], "VIGIE_RUN_ID": self.run_id}))

    def other_run_is_well(self, rows):
        self.assertEqual([(row["state"], row["pid"]) for row in rows], [("running", self.other_pid)],
                         "another run was hit")

    def innocents_are_well(self):
        for child in self.innocents:
            self.assertIsNone(child.poll(), f"{child.args} is not of the run, and was ended")
            self.assertFalse(lives.is_stopped(child.pid), f"{child.args} is not of the run, and was stopped")
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, child.pid), os.getpriority(os.PRIO_PROCESS, 0),
                             f"{child.args} is not of the run, and was given another nice value")

    # --- steps

    def arguments(self, verb):
        if verb == "run":
            return ["run", "--name", NAME, *self.options, "--", *self.job()]
        if verb == "renice":
            return ["renice", "7", NAME]
        if verb == "signal":
            return ["signal", "USR1", NAME, *self.random.choice([[], ["--tree"]])]
        return [verb, *COMMANDS[verb][0], NAME]

    def choose_verb(self):
        """Most is at stake while it lives."""
        if not self.copies() and self.random.random() < 0.6:
            return "restart" if self.run_id else "run"
        return self.random.choices(list(COMMANDS), [often for _, often in COMMANDS.values()])[0]

    def begin(self, verb):
        if verb in ("restart", "run"):
            self.wished_over = None
        return subprocess.Popen([harness.vigie_path, *self.arguments(verb)], env=self.env, cwd=self.dir,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, verb, client):
        """Its status; nobody hangs or crashes."""
        try:
            out, err = client.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            there = self.census()
            client.kill()
            out, err = client.communicate()
            self.fail(f"{verb} hangs: {out[-300:]!r} {err[-300:]!r}{there}")
        self.trace.append(f"    {verb}: {client.returncode} {(out + err)[-150:]!r}")
        self.assertIn(client.returncode, (0, 1, 2, 3, 4), f"{verb}: {out[-300:]!r} {err[-300:]!r}")
        return client.returncode

    def do_command(self):
        """One command, with nobody else at work: its word must hold."""
        verb = self.choose_verb()
        before, running = self.run_id, self.copies()
        kept = self.keepers()
        status = self.finish(verb, self.begin(verb))
        if verb == "run" and status == 0:
            self.assertIsNone(before, "a second run was given the name of one that exists")
        if verb == "rm" and status == 0:
            self.assertEqual(self.copies(), [], "a run with living processes was removed")
            self.run_id = None
        if verb == "restart" and status == 0 and running and kept:
            self.assertFalse(set(running) & set(self.copies()), "a living run was started again")
        if verb in ("stop", "kill") and status == 0:
            self.assertEqual(self.copies(), [], f"{verb} says that nothing is left of it")
            self.wished_over = len(self.noted("start"))

    def do_cut(self):
        """A command whose client is killed in the middle."""
        verb = self.choose_verb()
        client = self.begin(verb)
        time.sleep(self.random.random() * 0.06)
        client.kill()
        client.communicate()
        self.trace.append(f"    {verb} was killed")
        self.uncertain = verb in ("run", "rm")

    def do_crowd(self):
        """Several at once, among them more than one that would start it."""
        verbs = [self.random.choice(["restart", "run", "kill", "stop", "rm", "resume", self.choose_verb()]) for _ in range(2)]
        verbs += ["restart"] * self.random.choice([0, 2, 4])
        clients = [(verb, self.begin(verb)) for verb in verbs]
        for verb, client in clients:
            self.finish(verb, client)
        self.uncertain = True

    def do_die(self):
        who = self.random.choice(["holder", "shim", "keepers", "job", "job", "everything"])
        for pid in self.victims(who):
            signal_quietly(pid, signal.SIGKILL)
        self.trace.append(f"    SIGKILL to {who}")

    def do_die_meanwhile(self):
        who, verb = self.random.choice(["holder", "shim", "keepers", "job"]), self.choose_verb()
        client = self.begin(verb)
        time.sleep(self.random.random() * 0.08)
        for pid in self.victims(who):
            signal_quietly(pid, signal.SIGKILL)
        self.trace.append(f"    SIGKILL to {who} during {verb}")
        self.finish(verb, client)
        self.uncertain = verb in ("run", "rm")

    def do_stop_meanwhile(self):
        """A keeper that does not answer, for a while: what was asked for meanwhile still counts."""
        who = self.random.choice(["holder", "shim"])
        verb = self.random.choice(["stop", "kill", self.choose_verb(), self.choose_verb()])
        # Whoever ends a run waits some seconds for an answer, and then does without.
        patience = self.random.choice([1.5 * self.random.random(), 8 if verb in ("stop", "kill") else 1])
        stopped = [(pid, self.start_time(pid)) for pid in self.victims(who)]
        for pid, _ in stopped:
            signal_quietly(pid, signal.SIGSTOP)
        client = self.begin(verb)
        try:
            client.wait(patience)
        except subprocess.TimeoutExpired:
            pass
        if verb in ("stop", "kill") and client.poll() == 0:
            self.wished_over = len(self.noted("start"))
        for pid, start in stopped:
            if self.start_time(pid) == start:
                signal_quietly(pid, signal.SIGCONT)
        self.trace.append(f"    SIGSTOP to {who} ({stopped}) during {verb}")
        self.finish(verb, client)
        self.uncertain = verb in ("run", "rm")

    def do_end(self):
        with open(self.place + "/end.new", "w", encoding="utf-8") as file:
            file.write(self.random.choice(["0", "3"]))
        os.rename(self.place + "/end.new", self.place + "/end")
        self.trace.append("    the job shall end")
        time.sleep(self.random.random() * 0.2)

    def do_linger(self):
        path = self.place + "/linger"
        if os.path.exists(path):
            os.unlink(path)
        else:
            open(path, "w", encoding="utf-8").close()
        self.trace.append(f"    the helper {'stays' if os.path.exists(path) else 'ends with it'}")

    def do_reboot(self):
        """All that lived is gone at once, and the boot id of the record is another one."""
        self.do_linger() if os.path.exists(self.place + "/linger") else None
        while left := self.victims("everything"):
            for pid in left:
                signal_quietly(pid, signal.SIGKILL)
            time.sleep(0.01)
        path = os.path.join(self.state, "vigie", "runs", self.run_id or "-", "run.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            text, changed = re.subn(r'("boot_id":\s*")[0-9a-f-]{36}', r"\g<1>00000000-0000-4000-8000-000000000000", text)
            self.assertLessEqual(changed, 1)
            with open(path + ".test", "w", encoding="utf-8") as file:
                file.write(text)
            os.rename(path + ".test", path)
        self.trace.append("    another boot")

    STEPS = {"command": 10, "cut": 3, "crowd": 3, "die": 4, "die_meanwhile": 4, "stop_meanwhile": 3, "end": 2, "linger": 1,
             "reboot": 1}

    # --- what must hold

    def check(self):
        self.check_copies()
        self.records()
        self.innocents_are_well()
        self.settles(self.contradiction)
        if self.wished_over is not None:
            self.assertEqual(len(self.noted("start")), self.wished_over, "it was ended by its user, and started again")

    def settles(self, contradiction):
        """What is said about a run may be a moment old. Fails when it still is not so after some seconds."""
        end = time.monotonic() + 12
        while said := contradiction():
            if time.monotonic() > end:
                self.fail(said)
            time.sleep(0.1)

    def contradiction(self):
        """What the program says against what there is, if both stood still while it was asked."""
        keepers, copies = self.keepers(), set(self.copies())
        row = self.look()
        if row is None and self.run_id is not None and not self.uncertain:
            return f"run {self.run_id} has vanished"
        if self.run_id is not None and row is not None and row["id"] != self.run_id and not self.uncertain:
            return f"run {self.run_id} has become {row['id']}"
        new = row["id"] if row else None
        if new != self.run_id:
            self.run_id = new
            if new:
                self.spawn_namesake()
            return "" if new is None else "another run is there: look again"
        kept, living = keepers & self.keepers(), copies & set(self.copies())
        if row is None:
            return f"the job is alive and its run is not there: {living}" if living else ""
        if row["state"] not in lives.STATES:
            return f"the state is {row['state']}"
        if row["state"] == "lost" and kept:
            return f"it is called lost and its keeper lives: {kept}"
        if row["state"] in lives.ENDED and living:
            return f"it is called {row['state']} and its job lives: {living}"
        if row["state"] not in lives.OVER and not keepers and not living and not self.keepers():
            return f"it is called {row['state']} and nothing of it lives"
        if row["state"] == "lost" and living:
            return self.lost_with_living(living)
        return ""

    def lost_with_living(self, living):
        """No keeper, and a job: nothing may start beside it or forget it, and `kill` ends it."""
        self.trace.append(f"    lost with living processes {sorted(living)}")
        for verb in ("restart", "rm"):
            if self.random.random() < 0.5 and self.finish(verb, self.begin(verb)) == 0:
                # What was about to end by itself may have done so before the command looked.
                self.assertEqual(living & set(self.copies()), set(), f"{verb} of a lost run whose processes live")
                self.run_id = None if verb == "rm" else self.run_id
        self.check_copies()
        if self.random.random() < 0.5 and self.look() is not None:
            self.finish("kill", self.begin("kill"))
            self.assertEqual(living & set(self.copies()), set(), "kill ends what is left of a lost run")
        return ""

    def bring_to_an_end(self):
        """Whatever was done to it: a run can be ended and removed."""
        if os.path.exists(self.place + "/linger"):
            self.do_linger()
        row = self.look()
        if row is None:
            self.assertEqual(self.copies(), [])
            return
        self.finish("kill", self.begin("kill"))
        self.wished_over = None
        self.settles(lambda: "" if (self.look() or {"state": "lost"})["state"] in lives.OVER else "it does not end")
        self.assertEqual(self.copies(), [], "it is over and its job lives")
        self.assertEqual(self.finish("rm", self.begin("rm")), 0, "a run that is over can be removed")
        self.run_id = None

    def one_life(self, end):
        self.options = list(self.random.choice(OPTIONS))
        self.trace.append(f"a run with {self.options}")
        self.uncertain = True
        self.finish("run", self.begin("run"))
        self.check()
        for _ in range(STEPS):
            if time.monotonic() > end:
                break
            step = self.random.choices(list(self.STEPS), self.STEPS.values())[0]
            self.trace.append(f"  {step}")
            self.uncertain = False
            getattr(self, "do_" + step)()
            self.steps_taken += 1
            self.check()
        self.uncertain = True
        self.bring_to_an_end()

    def test_whatever_happens_to_a_run(self):
        seed = int(os.environ.get("VIGIE_SEED") or random.randrange(1 << 32))
        self.random.seed(seed)
        print(f"      VIGIE_SEED={seed}: for {SECONDS} s", flush=True)
        self.uncertain, self.steps_taken = True, 0
        self.spawn_innocents()
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                self.one_life(end)
        except AssertionError as error:
            raise AssertionError(f"VIGIE_SEED={seed}, step {self.steps_taken}: {error}\n" + "\n".join(self.trace[-40:])) from None
        print(f"      {self.steps_taken} steps")
        self.check_copies()
