"""What kills vigie, and what floods it: no run is lost, and what is said about it is true."""

import fcntl
import json
import os
import pty
import random
import signal
import struct
import subprocess
import termios
import threading
import time

import harness
from harness import alive, eventually

SLOW = os.environ.get("VIGIE_SLOW") == "1"
# It hears every signal that should not come, and writes down itself how it ends.
WITNESS = ("trap 'echo hup >> \"$0.hup\"' HUP; trap 'echo 9 > \"$0.end\"; exit 9' TERM; echo $$ > \"$0.begin\"; "
           "while :; do sleep 0.05; done")
ENDED = ("exited", "failed", "cancelled", "killed", "lost")


def contents(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


class HazardTest(harness.VigieTest):
    def kept(self, name):
        """The record of a run once its shim has written itself down."""
        return eventually(f"{name} is kept", lambda: (record := self.record(name))["shim"]["pid"] > 0 and record)

    def kill(self, *pids):
        for pid in pids:
            self.assertGreater(pid, 0, "that would be this process's own group")
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def run_processes(self, run_id):
        """Everything alive that has the mark of the run."""
        mark = f"VIGIE_RUN_ID={run_id}".encode()
        pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
        return [pid for pid in pids if mark in contents(f"/proc/{pid}/environ").split(b"\0") and alive(pid)]

    def records(self):
        runs, found = os.path.join(self.state, "vigie", "runs"), []
        for entry in os.listdir(runs) if os.path.isdir(runs) else []:
            text = contents(os.path.join(runs, entry, "run.json"))
            if text:
                found.append(dict(json.loads(text), directory=os.path.join(runs, entry)))
        return found

    def events(self, name):
        return [json.loads(line)["event"] for line in contents(os.path.join(self.record(name)["directory"], "events.jsonl")).splitlines()]


    def attach_on_terminal(self, name, rows=50, columns=200):
        """A real client on a real terminal, and that terminal; nobody reads on once the client has said something."""
        master, slave = pty.openpty()
        for end in (master, slave):
            self.addCleanup(os.close, end)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        client = self.spawn(harness.vigie_path, "attach", name, stdin=slave, stdout=slave, stderr=slave,
                            env=dict(self.env, TERM="xterm"), start_new_session=True)
        eventually("it is attached", lambda: os.read(master, 1))
        return client, master


class KilledInEveryState(HazardTest):
    """SIGKILL of the shim, of the holder, and of both, in each state that a run can be in."""

    def witness(self, name, *options, script=WITNESS):
        self.start(name, "sh", "-c", script, self.path(name), options=options)

    def queued(self, name):
        self.witness(name, "--after", "before")
        self.wait_state(name, "queued")

    def in_back_off(self, name):
        self.start(name, "sh", "-c", f"test $VIGIE_ATTEMPT = 1 && exit 4; {WITNESS}", self.path(name),
                   options=["--restart", "on-failure", "--backoff", "1h"])
        self.wait_state(name, "queued")

    def running(self, name):
        self.witness(name)
        self.wait_begun(name)

    def paused(self, name):
        self.running(name)
        self.vigie("pause", name, expect=0)
        self.wait_state(name, "paused")

    def stopping(self, name):
        self.witness(name, "--grace", "2s", script=WITNESS.replace("exit 9", ":"))
        self.wait_begun(name)
        self.spawn(harness.vigie_path, "stop", name, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_state(name, "stopping")

    def attached(self, name):
        self.running(name)
        self.attach_on_terminal(name)

    def exiting(self, name):
        self.start(name, "sh", "-c", f"setsid sh -c \"$1\" \"$0\" & {self.until(name + '.begin')}; exit 3", self.path(name), WITNESS)
        self.wait_state(name, "exiting")

    def wait_begun(self, name):
        eventually(f"{name} works", lambda: contents(self.path(name + ".begin")))

    def check(self, name, state, victims):
        record, row = self.record(name), self.row(name)
        end = record.get("exit")
        if row["state"] not in ENDED:
            stopped = self.vigie("stop", "--grace", "0.4s", name)
            if stopped.code != 0:
                self.assertIn("is over already", stopped.err, "it may end in between, as it was asked to")
            self.assertIn(self.row(name)["state"], ENDED, "it can be controlled")
            end = self.record(name).get("exit")
        elif self.run_processes(record["id"]):
            # Lost, with somebody left: it is said so, and can be ended all the same.
            self.assertEqual(row["state"], "lost")
            self.vigie("kill", name, expect=0)
        self.assertEqual(self.run_processes(record["id"]), [], "nothing of it is left")
        said = contents(self.path(name + ".end")).strip()
        if end and end["kind"] == "code":
            self.assertEqual(end["value"], 3 if state == "exiting" else 9)
            # What the main process left is asked to end, too, where its keepers know of it.
            self.assertIn(said, (b"", b"9") if state == "exiting" else (b"9",))
        elif end and end["kind"] == "signal":
            self.assertIn(end["value"], (signal.SIGKILL, signal.SIGHUP))
        if state == "exiting":
            self.assertEqual((end["kind"], end["value"]), ("code", 3), "what was known before is not forgotten")
        if victims == ("shim",):
            self.assertFalse(contents(self.path(name + ".hup")), "a run never gets SIGHUP")
            if state in ("running", "paused", "attached"):
                self.assertEqual((end["kind"], end["value"]), ("code", 9))
        self.vigie("wait", name, timeout=20)
        self.vigie("rm", name, expect=0)

    def hazard(self, *victims):
        self.start("before", "sleep", "1000")
        states = (self.queued, self.in_back_off, self.running, self.attached, self.paused, self.stopping,
                  self.exiting)
        names = [state.__name__.replace("_", "-") for state in states]
        for state, name in zip(states, names):
            state(name)
        dying = []
        for name in names:
            record = self.record(name) if "queued" in name or "back" in name else self.kept(name)
            dying += [record[victim]["pid"] for victim in victims if record[victim]["pid"] > 0]
        self.kill(*dying)
        eventually("they are dead", lambda: not any(alive(pid) for pid in dying))
        for state, name in zip(states, names):
            with self.subTest(state=name, victims=victims):
                self.check(name, name, victims)

    def test_the_shim_is_killed_in_every_state(self):
        self.hazard("shim")

    def test_the_holder_is_killed_in_every_state(self):
        self.hazard("holder")

    def test_holder_and_shim_are_killed_in_every_state(self):
        self.hazard("holder", "shim")

    def test_who_asks_while_no_shim_listens_is_heard_by_the_next_one(self):
        """As in the first moment of a run, too: `vigie run … && vigie stop …`."""
        for command, expected in ((("signal", "USR1"), 128 + signal.SIGUSR1), (("stop",), 128 + signal.SIGTERM)):
            with self.subTest(command=command):
                name = command[0]
                self.start(name, "sleep", "1000", options=["--on-stop", f"touch '{self.path('told')}'"])
                record = self.kept(name)
                os.kill(record["holder"]["pid"], signal.SIGSTOP)
                self.kill(record["shim"]["pid"])
                eventually("its shim is dead", lambda pid=record["shim"]["pid"]: not alive(pid))
                asking = self.spawn(harness.vigie_path, *command, name, stdout=subprocess.DEVNULL)
                try:
                    asking.wait(0.3)  # who does not wait is through
                except subprocess.TimeoutExpired:
                    pass
                os.kill(record["holder"]["pid"], signal.SIGCONT)
                self.assertEqual(asking.wait(20), 0)
                self.vigie("wait", name, expect=expected)
                self.assertTrue(self.record(name)["signalled" if name == "signal" else "stop"])
        self.assertTrue(os.path.exists(self.path("told")))

    def test_a_run_that_heeds_no_hangup_goes_on_without_its_holder_and_with_a_true_end(self):
        self.running("orphan")
        self.kill(self.kept("orphan")["holder"]["pid"])
        eventually("its keeper has noticed", lambda: "holder lost" in self.events("orphan"))
        self.assertEqual(self.row("orphan")["state"], "running")
        self.vigie("stop", "orphan", expect=0)
        end = self.record("orphan")["exit"]
        # Since Linux 6.15 the kernel tells how a process ended whose parent is another; before, it is not known.
        self.assertIn((end["kind"], end["value"]), (("code", 9), ("unknown", 0)))
        self.assertEqual(self.row("orphan")["state"], "cancelled")


class KilledWhileStarting(HazardTest):
    def starts(self, count, choose_victims, longest):
        """Starts runs and kills somebody at some moment of it; then every command that was executed has a true record."""
        command = f"echo $VIGIE_RUN_ID >> '{self.path('executed')}'; exec sleep 1000"
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        for number in range(count):
            option = ("--no-pty",) if number % 2 else ()
            client = self.spawn(harness.vigie_path, "run", "--name", f"r{number}", *option, "--", "sh", "-c", command,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            moment = time.monotonic() + chance.uniform(0, longest)
            while time.monotonic() < moment and client.poll() is None:
                pass
            self.kill(*choose_victims(client))
            client.wait()
        eventually("nobody starts any more", lambda: not self.keepers_at_work())
        # A shim whose holder was killed gives the kernel a second to tell how the main process ended.
        eventually("who runs no more is said to have ended",
                   lambda: not [row for row in self.runs() if row["state"] not in ENDED and not row["processes"]])
        rows = {row["id"]: row for row in self.runs()}
        for run_id in set(contents(self.path("executed")).decode().split()):
            processes = self.run_processes(run_id)
            row = rows.get(run_id)
            self.assertTrue(row or not processes, f"seed {seed}: {run_id} was executed and nobody knows of it")
            if row and row["state"] not in ENDED:
                self.assertEqual(row["state"], "running", f"seed {seed}")
            if row and row["state"] not in ENDED and not processes:  # the terminal of a killed holder ended it just now
                eventually(f"it has ended, seed {seed}: {row}", lambda: self.row(row["name"])["state"] in ENDED)
                row["state"] = self.row(row["name"])["state"]
        for row in rows.values():
            if row["state"] == "running":
                self.vigie("kill", row["id"], expect=0)
            elif self.run_processes(row["id"]):
                self.assertEqual(row["state"], "lost", f"seed {seed}")
                self.vigie("kill", row["id"], expect=0)
            self.assertEqual(self.run_processes(row["id"]), [], f"seed {seed}: {row}")

    def keepers_at_work(self):
        """Keepers whose record does not say yet that the run is there."""
        holders = {record["holder"]["pid"] for record in self.records() if record["state"] != "starting"}
        shims = {record["shim"]["pid"] for record in self.records()}
        return [pid for pid in self.keepers() if pid not in holders | shims]

    def keepers(self):
        mark = f"XDG_STATE_HOME={self.env['XDG_STATE_HOME']}".encode()
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and contents(f"/proc/{entry}/cmdline").startswith(b"vigie\0shim\0"):
                if mark in contents(f"/proc/{entry}/environ").split(b"\0") and alive(entry):
                    found.append(int(entry))
        return found

    def test_the_client_is_killed_while_it_starts_a_run(self):
        self.starts(400 if SLOW else 8, lambda client: [client.pid], 0.03)

    def test_the_keepers_are_killed_while_they_start_a_run(self):
        self.starts(400 if SLOW else 8, lambda client: self.keepers_at_work(), 0.04)

    def test_a_client_that_was_killed_before_there_was_a_keeper_leaves_a_record_that_says_so(self):
        self.start("first", "true")
        self.vigie("wait", "first", expect=0)
        record = self.record("first")
        for key in ("holder", "shim", "leader"):
            record[key] = {"pid": 0, "start_ticks": 0}
        record.pop("exit")
        record.update(state="starting", created_wall_ns=time.time_ns() - 60 * 10**9, started_wall_ns=0)
        with open(os.path.join(record.pop("directory"), "run.json"), "w", encoding="utf-8") as file:
            json.dump(record, file)
        self.assertEqual(self.row("first")["state"], "lost")
        self.assertIn("never started", self.vigie("wait", "first", expect=1).out)
        self.vigie("restart", "first", expect=0)
        self.vigie("wait", "first", expect=0)


class KilledAtTheEnd(HazardTest):
    def test_the_shim_is_killed_at_any_moment_while_attempts_follow_each_other(self):
        attempts = 300 if SLOW else 8
        script = f"echo $VIGIE_ATTEMPT >> '{self.path('executed')}'; test $VIGIE_ATTEMPT -ge {attempts} && exit 0; exit $((VIGIE_ATTEMPT % 50 + 1))"
        self.start("again", "sh", "-c", script, options=["--restart", "on-failure", "--backoff", "0s"])
        over, chance, killed = threading.Event(), random.Random(), {}

        def harm():
            """Two shims of each attempt; a third one is let live, as even the holder waits a second after a few."""
            while not over.is_set():
                for record in self.records():
                    shim, attempt = record["shim"]["pid"], record["attempt"]
                    if shim > 0 and len(killed.setdefault(attempt, set())) < 2:
                        time.sleep(chance.uniform(0, 0.03))
                        killed[attempt].add(shim)
                        self.kill(shim)

        killer = threading.Thread(target=harm)
        killer.start()
        try:
            self.wait_state("again", *ENDED, deadline=900 if SLOW else 60)
        finally:
            over.set()
            killer.join()
        executed = [int(number) for number in contents(self.path("executed")).split()]
        with open(os.path.join(self.record("again")["directory"], "attempts.jsonl"), encoding="utf-8") as file:
            ledger = [json.loads(line) for line in file]
        self.assertEqual(executed, list(range(1, attempts + 1)))
        self.assertEqual([one["attempt"] for one in ledger], executed, "each attempt once, in order")
        for one in ledger:
            wanted = 0 if one["attempt"] == attempts else one["attempt"] % 50 + 1
            self.assertEqual((one["exit"]["kind"], one["exit"]["value"]), ("code", wanted), one)
        self.assertEqual(self.row("again")["state"], "exited")

    def test_the_session_leader_ends_right_after_its_last_words(self):
        """An ordinary terminal is hung up then, and helpers die; what the last one prints late must be there, too."""
        count, at_once = (10_000, 4) if SLOW else (32, 4)
        numbers = iter(range(count))
        failed = []

        def work():
            for number in numbers:
                name = f"race-{number}"
                late = "(while kill -0 $$; do sleep 0.01; done 2>/dev/null; printf ', late')"
                script = f"{late} & printf 'the last words %d' {number}; exit {number % 250}"
                self.start(name, "sh", "-c", script)
                code = self.vigie("wait", name).code
                if code != number % 250 or self.raw_log(name) != b"the last words %d, late" % number:
                    failed.append((number, code, self.raw_log(name)))
                self.vigie("rm", name, expect=0)

        # One iterator for all: next() of a range's is atomic.
        threads = [threading.Thread(target=work) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertEqual(next(numbers, None), None)

    def test_a_helper_that_closed_its_terminal_keeps_the_run_and_its_end_is_noticed(self):
        helper = f"{self.until('go')}"
        self.start("closed", "sh", "-c", f"sh -c \"exec <&- >&- 2>&-; {helper}\" & exit 6")
        self.wait_state("closed", "exiting")
        self.touch("go")
        self.vigie("wait", "closed", expect=6)
        self.assertEqual(self.row("closed")["state"], "failed")


class Crowds(HazardTest):
    def test_many_runs_at_once_and_none_is_lost(self):
        count = 200 if SLOW else 40
        clients = [self.spawn(harness.vigie_path, "run", "--name", f"run-{number}", "--", "sh", "-c",
                              f"echo begin; {self.until('go')}; echo end; exit 7", stdout=subprocess.DEVNULL) for number in range(count)]
        self.assertEqual([client.wait() for client in clients], [0] * count)
        self.assertEqual([row["state"] for row in self.runs() if row["supervised"]], ["running"] * count)
        for record in self.records()[::4]:
            self.kill(self.kept(record["name"])["shim"]["pid"])
        self.touch("go")
        for number in range(count):
            self.vigie("wait", f"run-{number}", expect=7)
        for record in self.records():
            self.assertEqual(contents(os.path.join(record["directory"], "output.log")).split(), [b"begin", b"end"], record["name"])
        self.assertEqual([row["state"] for row in self.runs() if row["supervised"]], ["failed"] * count)
