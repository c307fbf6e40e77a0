"""Acting on whole trees: what is stopped is gone, what is paused stands still, what is set holds for every thread."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

import harness
from harness import alive, eventually, own_v2_group, state_of

# Threads now, and more of them for as long as it lives; the main thread prints when the first are there.
MANY_THREADS = """
import threading, time
def wait(): time.sleep(0.4)
def begin():
    thread = threading.Thread(target=wait)
    thread.start()
for _ in range(20): begin()
print("ready", flush=True)
while True:
    begin()
    time.sleep(0.005)
"""


def threads_of(pid):
    return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]


def processes_named(name):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and alive(entry):
            try:
                with open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as comm:
                    if comm.read().strip() == name:
                        found.append(int(entry))
            except OSError:
                pass
    return found


class ControlTest(harness.VigieTest):
    def children_of(self, name):
        """{command: pid} of the run's processes."""
        return {row["command"]: row["pid"] for row in self.json("tree", name, "--interval", "0")["processes"] if row["pid"]}

    def events(self, name):
        with open(os.path.join(self.record(name)["directory"], "events.jsonl"), encoding="utf-8") as events:
            return [json.loads(line)["event"] for line in events]

    def stop_json(self, name, *options, expect=0):
        return json.loads(self.vigie("stop", name, "--json", *options, expect=expect).out)

    def compile(self, source, name):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("there is no C compiler")
        path = self.path(name)
        subprocess.run([compiler, "-O1", "-o", path, os.path.join(os.path.dirname(__file__), source)], check=True)
        return path

    def need_group(self, name):
        group = self.row(name)["cgroup"]
        if group is None:
            self.skipTest(f"no control group of its own here: {self.row(name)['cgroup_reason']}")
        return group


class Stop(ControlTest):
    def test_a_grandchild_that_left_the_session_is_killed(self):
        for option in ((), ("--no-cgroup",)):
            with self.subTest(option=option):
                name = "left" + str(len(option))
                self.start(name, "sh", "-c", "trap '' TERM; setsid sleep 1001 & sleep 1002 & echo ready; wait", options=option)
                self.wait_log(name, b"ready")
                pids = eventually("both children are there", lambda: [
                    pid for command, pid in self.children_of(name).items() if command.startswith("sleep")
                ] if len(self.children_of(name)) >= 3 else None)
                report = self.stop_json(name, "--grace", "0.3s")
                self.assertEqual([pid for pid in pids if alive(pid)], [])
                self.assertEqual(report["left"], [])
                killed = [row for row in report["actions"] if row["action"] == "kill"]
                self.assertLessEqual(set(pids), {row["pid"] for row in killed})
                self.assertTrue(all(row["result"] == "ended" for row in killed), killed)
                self.assertIn("sleep 1001", [row["command"] for row in killed])

    def test_a_daemon_that_init_adopted_is_found_by_its_marker(self):
        self.start("marked", "sh", "-c", "echo ready; sleep 1000")
        self.wait_log("marked", b"ready")
        # Not below the run at all: as if every parent between had died.
        env = dict(self.env, VIGIE_RUN_ID=self.record("marked")["id"])
        done = subprocess.run(["sh", "-c", "setsid sleep 1003 >/dev/null 2>&1 & echo $!"], env=env, check=True,
                              capture_output=True)
        stray = int(done.stdout)
        self.assertTrue(alive(stray))
        report = self.stop_json("marked", "--grace", "0.5s")
        self.assertFalse(alive(stray))
        self.assertIn(stray, [row["pid"] for row in report["actions"] if row["action"] == "kill"])

    def test_what_forks_without_end_loses(self):
        bomb = self.compile("bomb.c", "vigie-bomb")
        chains = "40" if os.environ.get("VIGIE_SLOW") == "1" else "8"
        for how in ("group", "setsid"):
            for option in ((), ("--no-cgroup",)):
                with self.subTest(how=how, option=option):
                    name = f"bomb-{how}-{len(option)}"
                    self.start(name, bomb, chains, "25", how, options=option)
                    self.wait_log(name, b"ready")
                    self.vigie("stop", "--grace", "0.2s", name, expect=0, timeout=24)
                    self.assertEqual(processes_named("vigie-bomb"), [])
                    # What a kill hits before it could be listed is not told to have been killed.
                    self.wait_state(name, "killed", "cancelled")

    def test_the_launcher_alone_gets_the_signal_and_has_its_grace(self):
        worker = f"trap 'echo worker was told' TERM; {self.until('saved')}; echo worker ends"
        launcher = f"trap 'echo launcher was told; touch {self.path('saved')}' TERM; sh -c \"{worker}\" & "
        self.start("launcher", "sh", "-c", launcher + "echo ready; wait; wait")
        self.wait_log("launcher", b"ready")
        report = self.stop_json("launcher", "--grace", "20s")
        log = self.raw_log("launcher")
        self.assertEqual(log.count(b"launcher was told"), 1)
        self.assertNotIn(b"worker was told", log)
        self.assertIn(b"worker ends", log)
        self.assertEqual([row["action"] for row in report["actions"]], ["signal TERM"])

    def test_another_stop_signal_is_sent_when_the_run_wants_it(self):
        self.start("usr", "sh", "-c", "trap 'echo usr1; exit 9' USR1; echo ready; while :; do sleep 0.1; done",
                   options=["--stop-signal", "USR1"])
        self.wait_log("usr", b"ready")
        report = self.stop_json("usr")
        self.assertEqual(report["actions"][0]["action"], "signal USR1")
        self.assertEqual(self.record("usr")["exit"]["value"], 9)

    def test_without_kill_the_rest_is_left_and_named(self):
        self.start("kept", "sh", "-c", "trap '' TERM; echo ready; sleep 1000")
        self.wait_log("kept", b"ready")
        report = self.stop_json("kept", "--grace", "0.3s", "--no-kill", expect=1)
        self.assertEqual(len(report["left"]), 2)
        self.assertTrue(all(one["reason"] for one in report["left"]))
        self.vigie("kill", "kept", expect=0)

    def test_the_grace_goes_on_while_a_checkpoint_grows(self):
        os.mkdir(self.path("ckpt"))
        save = "i=0; while [ $i -lt 25 ]; do head -c 1000 /dev/zero >> ckpt/last.pt; sleep 0.1; i=$((i+1)); done; exit 0"
        self.start("saver", "sh", "-c", f"trap '{save}' TERM; echo ready; while :; do sleep 0.1; done")
        self.wait_log("saver", b"ready")
        report = self.stop_json("saver", "--grace", "1s", "--wait-checkpoint", self.path("ckpt"))
        self.assertEqual(self.record("saver")["exit"]["value"], 0)
        self.assertGreater(report["extended_seconds"], 0)
        self.assertEqual([(os.path.basename(file["path"]), file["size_bytes"], file["complete"])
                          for file in report["files"]], [("last.pt", 25000, True)])

    def test_segments_in_shared_memory_that_are_left_are_named(self):
        segment = f"/dev/shm/vigie-e2e-{os.getpid()}"
        self.addCleanup(lambda: os.path.exists(segment) and os.unlink(segment))
        self.start("leaky", "sh", "-c", f"exec 3>{segment}; head -c 5000 /dev/zero >&3; echo ready; sleep 1000")
        self.wait_log("leaky", b"ready")
        report = self.stop_json("leaky", "--grace", "0.2s")
        self.assertEqual(report["shared_memory"], [{"path": segment, "size_bytes": 5000}])
        self.assertEqual(report["left"], [])

    def test_a_training_that_nobody_keeps_is_stopped_with_its_tree(self):
        tree = self.spawn("sh", "-c", "trap '' TERM; sleep 1004 & setsid sleep 1005 & wait; wait; wait")
        eventually("its children are there",
                   lambda: len([pid for pid in os.listdir("/proc") if pid.isdigit() and self.parent(pid) == tree.pid]) == 2)
        threading.Thread(target=tree.wait, daemon=True).start()  # reaped, as a shell would
        report = self.stop_json(str(tree.pid), "--grace", "0.3s")
        self.assertEqual(len([row for row in report["actions"] if row["action"] == "kill"]), 3, report)
        self.assertEqual(report["left"], [])

    @staticmethod
    def parent(pid):
        try:
            with open(f"/proc/{pid}/stat", "rb") as stat:
                return int(stat.read().rpartition(b")")[2].split()[1])
        except OSError:
            return None


class Within(ControlTest):
    """A run that was started within another – from a shell, a notebook, a script that vigie keeps – is its own."""

    def start_within(self, outer, inner, *options):
        script = f"{harness.vigie_path} run --name {inner} {' '.join(options)} -- sleep 1000 && echo ready && exec sleep 1001"
        self.start(outer, "sh", "-c", script, options=options)
        self.wait_log(outer, b"ready")
        self.wait_row(inner, "its process is its own", lambda row: row["processes"] == 1)
        self.wait_row(outer, "so is that of the outer one", lambda row: row["processes"] == 1)

    def test_what_is_done_to_the_outer_run_leaves_it_alone(self):
        for options in ((), ("--no-cgroup",)):
            with self.subTest(options=options):
                outer, inner = f"outer{len(options)}", f"inner{len(options)}"
                self.start_within(outer, inner, *options)
                self.vigie("pause", outer, expect=0)
                self.assertEqual(self.row(inner)["state"], "running")
                self.vigie("resume", outer, expect=0)
                report = self.stop_json(outer, "--grace", "5s")
                self.assertEqual((report["left"], len(report["actions"])), ([], 1), report)
                self.assertEqual(self.row(outer)["state"], "cancelled")
                self.assertEqual((self.row(inner)["state"], self.row(inner)["processes"]), ("running", 1))
                self.vigie("kill", inner, expect=0)

    def test_it_is_stopped_alone(self):
        for options in ((), ("--no-cgroup",)):
            with self.subTest(options=options):
                outer, inner = f"outer{len(options)}", f"inner{len(options)}"
                self.start_within(outer, inner, *options)
                self.vigie("stop", inner, expect=0)
                self.assertEqual(self.row(inner)["state"], "cancelled")
                self.assertEqual((self.row(outer)["state"], self.row(outer)["processes"]), ("running", 1))
                self.vigie("kill", outer, expect=0)

    def test_the_outer_run_is_over_while_it_goes_on(self):
        self.start("brief", "sh", "-c", f"{harness.vigie_path} run --name lasting -- sleep 1000")
        self.vigie("wait", "brief", expect=0)
        self.assertEqual(self.row("brief")["state"], "exited")
        self.assertEqual(self.row("lasting")["state"], "running")
        eventually("its keepers are gone", lambda: not alive(self.record("brief")["holder"]["pid"]))
        self.assertEqual(self.row("lasting")["state"], "running")
        self.vigie("kill", "lasting", expect=0)

    def test_a_hook_may_start_the_next_run(self):
        self.start("first", "true", options=["--on-exit", f"{harness.vigie_path} run --name second -- sleep 1000"])
        self.vigie("wait", "first", expect=0)
        self.wait_state("second", "running")
        self.vigie("kill", "second", expect=0)


class Pause(ControlTest):
    COUNT = "i=0; while :; do i=$((i+1)); echo $i > counter; sleep 0.05; done"

    def count(self):
        try:
            with open(self.path("counter"), encoding="utf-8") as file:
                return int(file.read() or 0)
        except FileNotFoundError:
            return 0

    def stands_still(self):
        """The count is the same for as long as several steps take."""
        before = self.count()
        threading.Event().wait(0.4)
        return self.count() == before

    def pause_and_resume(self, name):
        eventually("it counts", self.count)
        log = os.path.join(self.record(name)["directory"], "events.jsonl")
        eventually("its recorder has begun", lambda: os.path.exists(log) and "keeping" in self.events(name))
        self.assertIn("NCCL", self.vigie("pause", name, expect=0).out)
        self.assertEqual(self.row(name)["state"], "paused")
        self.assertTrue(self.stands_still())
        before = self.count()
        self.vigie("resume", name, expect=0)
        self.assertEqual(self.row(name)["state"], "running")
        self.assertEqual(self.events(name)[-2:], ["paused", "resumed"])
        eventually("it counts again", lambda: self.count() > before)

    def test_with_the_freezer(self):
        self.start("frozen", "sh", "-c", self.COUNT)
        group = self.need_group("frozen")
        self.pause_and_resume("frozen")
        self.vigie("pause", "frozen", expect=0)
        with open(group + "/cgroup.events", encoding="utf-8") as events:
            self.assertIn("frozen 1", events.read())
        self.assertEqual(self.verdict("frozen")["rule"], "stopped")
        self.vigie("kill", "frozen", expect=0)

    def test_with_signals_where_there_is_no_group(self):
        self.start("halted", "sh", "-c", self.COUNT, options=["--no-cgroup"])
        self.pause_and_resume("halted")
        self.vigie("pause", "halted", expect=0)
        # A child that ended meanwhile is reaped when its parent goes on.
        self.assertEqual({state_of(pid) for pid in self.children_of("halted").values()} - {"Z"}, {"T"})
        self.vigie("kill", "halted", expect=0)

    def test_who_is_forked_meanwhile_is_paused_too(self):
        self.start("forks", "sh", "-c", "echo ready; while :; do sleep 0.03 & sleep 0.01 & wait; done",
                   options=["--no-cgroup"])
        self.wait_log("forks", b"ready")
        for _ in range(5):
            self.vigie("pause", "forks", expect=0)
            self.assertEqual({state_of(pid) for pid in self.children_of("forks").values()} - {"T", "Z"}, set())
            self.vigie("resume", "forks", expect=0)
        self.vigie("kill", "forks", expect=0)

    def test_a_paused_run_that_is_stopped_acts_on_the_signal(self):
        for option in ((), ("--no-cgroup",)):
            with self.subTest(option=option):
                name = "asleep" + str(len(option))
                self.start(name, "sh", "-c", "trap 'echo saved; exit 4' TERM; echo ready; while :; do sleep 0.1; done",
                           options=option)
                self.wait_log(name, b"ready")
                self.vigie("pause", name, expect=0)
                self.vigie("stop", "--grace", "20s", name, expect=0)
                self.assertIn(b"saved", self.raw_log(name))
                self.assertEqual(self.record(name)["exit"]["value"], 4)


class EveryThread(ControlTest):
    def setUp(self):
        super().setUp()
        self.start("threads", harness.PYTHON, "-c", MANY_THREADS)
        self.wait_log("threads", b"ready")
        self.pid = self.row("threads")["pid"]

    def later_threads(self):
        """Threads that did not exist when it was called."""
        before = set(threads_of(self.pid))
        eventually("all the threads of then are gone", lambda: not before & set(threads_of(self.pid)) - {self.pid})

    def test_nice_values(self):
        self.vigie("renice", "7", "threads", expect=0)
        for _ in range(2):
            listed = subprocess.run(["ps", "-Lo", "ni=", "-p", str(self.pid)], capture_output=True, check=True).stdout
            self.assertEqual(set(listed.split()), {b"7"})
            self.later_threads()
        self.assertIn(self.session_nice(self.pid), (None, 7))

    def test_the_session_has_the_nice_value_too(self):
        """Between sessions the kernel shares by these (autogroup), and every run is one: without it renice does nothing."""
        if self.session_nice(self.pid) is None:
            self.skipTest("this kernel has no autogroups")
        own = self.session_nice("self")
        self.start("gentle", "sleep", "1000", options=("--nice", "5"))
        pid = self.record("gentle")["leader"]["pid"]
        self.assertEqual(self.session_nice(pid), 5)
        self.vigie("renice", "9", str(pid), expect=0)
        self.assertEqual(self.session_nice(pid), 5)  # a part of a session does not decide for all of it
        self.vigie("renice", "9", "gentle", expect=0)
        self.assertEqual(self.session_nice(pid), 9)
        self.assertEqual(self.session_nice("self"), own)

    @staticmethod
    def session_nice(pid):
        """None where the kernel has no autogroups, and for what belongs to the first session: its file is empty."""
        try:
            with open(f"/proc/{pid}/autogroup", encoding="utf-8") as file:
                words = file.read().split()
        except FileNotFoundError:
            return None
        return int(words[2]) if words else None

    def test_io_priorities(self):
        done = self.vigie("ionice", "best-effort:6", "threads", expect=0)
        with open("/sys/block/" + next(iter(os.listdir("/sys/block"))) + "/queue/scheduler", encoding="utf-8"):
            pass
        for _ in range(2):
            for tid in threads_of(self.pid):
                shown = subprocess.run(["ionice", "-p", str(tid)], capture_output=True, check=False)
                if shown.returncode == 0:  # a thread may end in between
                    self.assertEqual(shown.stdout.strip(), b"best-effort: prio 6")
            self.later_threads()
        deaf = [name for name in os.listdir("/sys/block") if not name.startswith(("loop", "zram", "ram"))
                and self.scheduler(name) in ("none", "kyber")]
        for name in deaf:
            self.assertIn(name, done.err)

    @staticmethod
    def scheduler(disk):
        try:
            with open(f"/sys/block/{disk}/queue/scheduler", encoding="utf-8") as file:
                return file.read().partition("[")[2].partition("]")[0]
        except OSError:
            return ""

    def test_cpus(self):
        cpu = max(os.sched_getaffinity(0))
        self.vigie("cpus", str(cpu), "threads", expect=0)
        for _ in range(2):
            shown = subprocess.run(["taskset", "-acp", str(self.pid)], capture_output=True, check=False).stdout
            lists = {line.rpartition(b":")[2].strip() for line in shown.splitlines() if b"affinity list" in line}
            self.assertEqual(lists, {str(cpu).encode()})
            self.later_threads()

    def test_what_is_refused_says_what_would_allow_it(self):
        if os.geteuid() == 0:
            self.skipTest("root may: the ordinary user's turn")
        done = self.vigie("renice", "--", "-5", "threads", expect=4)
        self.assertIn("RLIMIT_NICE", done.err)

    def test_a_run_can_begin_so(self):
        self.start("first", "sleep", "1000", options=["--nice", "3", "--ionice", "idle", "--cpus", "0"])
        pid = self.row("first")["pid"]
        row = self.json("ps", str(pid), "-o", "pid,nice,ionice", "--interval", "0")["processes"][0]
        self.assertEqual((row["nice"], row["ionice"]), (3, "idle"))
        self.assertEqual(os.sched_getaffinity(pid), {0})


class Targets(ControlTest):
    def test_signals_go_to_the_main_process_or_to_all(self):
        child = "trap 'echo child got it' USR1; echo ready; while :; do sleep 0.05; done"
        self.start("signals", "sh", "-c", f"sh -c \"{child}\" & trap 'echo main got it' USR1; while :; do sleep 0.05; done")
        self.wait_log("signals", b"ready")
        self.vigie("signal", "usr1", "signals", expect=0)
        self.wait_log("signals", b"main got it")
        self.assertNotIn(b"child got it", self.raw_log("signals"))
        self.vigie("signal", "--tree", "SIGUSR1", "signals")  # its sleeps die of it: some may be gone before
        self.wait_log("signals", b"child got it")
        self.vigie("signal", "NONSENSE", "signals", expect=2)
        self.vigie("signal", "TERM", "no-such-run", expect=3)

    def test_a_dry_run_does_nothing(self):
        self.start("calm", "sh", "-c", "sleep 1000 & echo ready; wait")
        self.wait_log("calm", b"ready")
        pids = set(self.children_of("calm").values())
        for command in (("stop", "calm"), ("kill", "calm"), ("pause", "calm"), ("signal", "KILL", "calm", "--tree"),
                        ("renice", "5", "calm"), ("ionice", "idle", "calm"), ("cpus", "0", "calm"),
                        ("limit", "calm", "--memory", "1G")):
            done = self.vigie(*command, "--dry-run", expect=0)
            self.assertIn("would be done", done.out, command)
            rows = json.loads(self.vigie(*command, "--dry-run", "--json", expect=0).out)["actions"]
            self.assertEqual({row["pid"] for row in rows}, pids, command)
            self.assertEqual(set(rows[0]), {"pid", "command", "action", "result"})
        self.assertTrue(all(alive(pid) for pid in pids))
        self.assertEqual(self.row("calm")["state"], "running")

    def test_init_and_the_ancestors_of_vigie_are_refused(self):
        for target in ("1", str(os.getpid())):
            for command in (("stop", target), ("kill", target), ("pause", target), ("signal", "TERM", target),
                            ("renice", "1", target), ("limit", target, "--cpu", "1")):
                done = self.vigie(*command, expect=4)
                self.assertIn("refusing", done.err, command)

    def test_a_pattern_must_name_one_target(self):
        marker = f"10{os.getpid()}"
        for name in ("one", "two"):
            self.start(name, "sleep", marker)
        self.vigie("renice", "3", f"%sleep {marker}", expect=2)
        rows = self.json("renice", "3", f"%sleep {marker}", "--all")["actions"]
        self.assertEqual(len(rows), 2)
        self.assertEqual({row["result"] for row in rows}, {"1 thread"})

    def test_wrong_values_are_told(self):
        self.start("plain", "sleep", "1000")
        for command in (("renice", "20", "plain"), ("renice", "x", "plain"), ("ionice", "best-effort:8", "plain"),
                        ("cpus", "3-1", "plain"), ("cpus", "99999", "plain"), ("limit", "plain"),
                        ("limit", "plain", "--memory", "lots"), ("limit", "plain", "--cpu", "0")):
            self.vigie(*command, expect=2)


class Groups(ControlTest):
    def test_a_group_of_its_own_goes_with_the_run(self):
        self.start("grouped", "sh", "-c", "sleep 1000 & echo ready; wait")
        group = self.need_group("grouped")
        self.wait_log("grouped", b"ready")
        with open(group + "/cgroup.procs", encoding="utf-8") as procs:
            inside = {int(pid) for pid in procs.read().split()}
        self.assertEqual(inside, set(self.children_of("grouped").values()))
        self.vigie("stop", "grouped", "--grace", "0.2s", expect=0)
        self.assertFalse(os.path.exists(group))

    def test_where_there_is_none_it_is_said_why(self):
        started = json.loads(self.vigie("run", "--name", "alone", "--no-cgroup", "--json", "--", "sleep", "1000",
                                        expect=0).out)
        self.assertIsNone(started["cgroup"])
        self.assertIn("--no-cgroup", started["cgroup_reason"])
        self.assertIsNone(self.row("alone")["cgroup"])
        self.assertIn("--no-cgroup", self.row("alone")["cgroup_reason"])

    def test_a_run_beyond_its_memory_is_killed_and_says_why(self):
        # A megabyte at a time, so that it goes over the limit for sure and not at once.
        greedy = "a = []\nwhile True: a.append(bytearray(1 << 20))"
        done = self.vigie("run", "--name", "greedy", "--memory", "64M", "--", harness.PYTHON, "-c", greedy)
        if done.code != 0:
            self.assertIn("cannot limit the memory", done.err)
            self.skipTest("memory cannot be limited here: " + done.err.strip())
        self.vigie("wait", "greedy", expect=128 + signal.SIGKILL)
        exit_record = self.row("greedy")["exit"]
        self.assertTrue(exit_record["out_of_memory"])
        self.assertIn("out of memory, its limit is 64.0M", exit_record["reason"])

    def test_a_limit_can_be_set_while_it_runs(self):
        greedy = (f"import os, time\nwhile not os.path.exists({self.path('go')!r}): time.sleep(0.05)\n"
                  "a = []\nwhile True: a.append(bytearray(1 << 20))")
        self.start("late", harness.PYTHON, "-c", greedy)
        done = self.vigie("limit", "late", "--memory", "64M")
        if done.code != 0:
            self.assertIn("systemd-run", done.err)
            self.skipTest("memory cannot be limited here: " + done.err.strip())
        self.touch("go")
        self.vigie("wait", "late", expect=128 + signal.SIGKILL)
        self.assertTrue(self.row("late")["exit"]["out_of_memory"])


class AsAnOrdinaryUser(ControlTest):
    """What root's turn cannot show: no control group, nobody else's processes, no lower nice values."""

    UID = 65534

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("the other tests show it")
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.public = tempfile.mkdtemp(prefix="vigie-e2e-bin-")
        self.addCleanup(shutil.rmtree, self.public, ignore_errors=True)
        os.chmod(self.public, 0o755)
        self.binary = shutil.copy(harness.vigie_path, self.public)
        for name in ("state", "runtime", "work"):
            os.makedirs(self.path(name), exist_ok=True)
            os.chown(self.path(name), self.UID, self.UID)

    def vigie(self, *args, expect=None, timeout=60, env=None, group=None):
        def enter():
            if group is not None:
                with open(group + "/cgroup.procs", "w", encoding="utf-8") as procs:
                    procs.write("0")

        command = ["setpriv", f"--reuid={self.UID}", f"--regid={self.UID}", "--clear-groups", self.binary, *args]
        done = subprocess.run(command, env=env or self.env, cwd=self.path("work"), timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=enter)
        done = harness.Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        if expect is not None:
            self.assertEqual(done.code, expect, f"vigie {' '.join(args)}: {done!r}")
        return done

    def test_processes_of_others_are_not_permitted(self):
        other = self.spawn("sleep", "1000")
        for command in (("stop", str(other.pid)), ("kill", str(other.pid)), ("pause", str(other.pid)),
                        ("signal", "TERM", str(other.pid)), ("renice", "5", str(other.pid)),
                        ("cpus", "0", str(other.pid))):
            done = self.vigie(*command, expect=4)
            self.assertIn("another user", done.err, command)
        self.assertTrue(alive(other.pid))

    def test_no_lower_nice_values(self):
        self.start("nice", "sleep", "1000")
        self.assertIn("RLIMIT_NICE", self.vigie("renice", "--", "-5", "nice", expect=4).err)
        self.assertIn("RLIMIT_NICE", self.vigie("run", "--nice", "-5", "--", "sleep", "1", expect=4).err)

    def test_without_a_group_everything_is_swept(self):
        self.start("swept", "sh", "-c", "setsid sleep 1006 & echo ready; wait")
        self.wait_log("swept", b"ready")
        self.assertIn("not yours to divide", self.row("swept")["cgroup_reason"])
        pids = set(self.children_of("swept").values())
        report = self.stop_json("swept", "--grace", "0.3s")
        self.assertEqual([pid for pid in pids if alive(pid)], [])
        self.assertEqual(report["left"], [])

    def test_a_group_that_was_delegated_is_used(self):
        parent = own_v2_group()
        if parent is None:
            self.skipTest("no control groups of version 2 here")
        delegated = f"{parent}/vigie-e2e-{os.getpid()}"
        os.mkdir(delegated)
        self.addCleanup(lambda: eventually("the delegated group is empty", lambda: self.removed(delegated)))
        for file in ("", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"):
            os.chown(delegated + file, self.UID, self.UID)
        self.vigie("run", "--name", "delegated", "--", "sh", "-c", "sleep 1000 & echo ready; wait", expect=0,
                   group=delegated)
        self.wait_log("delegated", b"ready")
        group = self.row("delegated")["cgroup"]
        self.assertTrue(os.path.samefile(os.path.dirname(group), delegated), f"{group} is not in {delegated}")
        self.vigie("pause", "delegated", expect=0)
        self.assertEqual(self.row("delegated")["state"], "paused")
        self.vigie("stop", "delegated", "--grace", "0.2s", expect=0)
        self.assertFalse(os.path.exists(group))

    @staticmethod
    def removed(group):
        try:
            os.rmdir(group)
        except OSError:
            return False
        return True


if __name__ == "__main__":
    unittest.main()
