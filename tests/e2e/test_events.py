"""vigie ps --ended sees every process that ends between two looks, however short it lives, with its exit status.

The truth is what the parent got from waitpid. Exact: pids, parents, exit codes and signals. Commands and CPU time can only be
read while a process is there, so of processes that live for a millisecond they may be unknown; never may they be wrong.
"""

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time

from harness import VigieTest, eventually, vigie_path

# Each becomes one process, whose end is known to the parent that runs this.
SPAWN = r'''
import json, os, signal, sys
ends = json.load(sys.stdin)
def spawn(kind):
    pid = os.fork()
    if pid:
        return pid
    try:
        if kind == "true": os.execv("/bin/true", ["true"])
        if kind == "false": os.execv("/bin/false", ["false"])
        if kind == "seven": os.execv("/bin/sh", ["sh", "-c", "exit 7"])
        if kind == "kill": os.execv("/bin/sh", ["sh", "-c", "kill -KILL $$"])
        if kind == "fork": os._exit(9)
    finally:
        os._exit(111)
told = []
for kind in ends:
    pid = spawn(kind)
    told.append((pid, os.waitpid(pid, 0)[1]))
json.dump({"parent": os.getpid(), "told": told}, sys.stdout)
'''
KINDS = ("true", "false", "seven", "kill", "fork")


def status_of(exit):
    """An exit of vigie as a wait status without the core flag."""
    return exit["signal"] if exit["signal"] is not None else exit["code"] << 8


class Events(VigieTest):
    def setUp(self):
        super().setUp()
        probe = self.vigie("ps", "--ended", "--interval", "0.05")
        if probe.code != 0:
            self.skipTest("the kernel does not tell this user about processes: " + probe.err.strip())

    def watch(self, *arguments, interval="0.3"):
        """A vigie that is listening: its first document has come."""
        child = self.spawn(vigie_path, "ps", "--ended", "-w", interval, "--json", *arguments, stdout=subprocess.PIPE)
        self.read_document(child)
        return child

    def read_document(self, child):
        ready, _, _ = select.select([child.stdout], [], [], 20)
        self.assertTrue(ready, "no document within 20 s")
        return json.loads(child.stdout.readline())

    def rows_until(self, child, enough):
        """All rows up to the document with which `enough(rows)` becomes true, and whether events were lost."""
        rows, lost, end = [], False, time.monotonic() + 30
        while True:
            document = self.read_document(child)
            rows += document["ended"]
            lost = lost or any(source["name"] == "events" and source["status"] == "partial" for source in document["sources"])
            if enough(rows):
                return rows, lost
            self.assertLess(time.monotonic(), end, f"{len(rows)} rows and still not all")

    def run_children(self, kinds):
        done = subprocess.run([sys.executable, "-c", SPAWN], input=json.dumps(kinds), capture_output=True, text=True,
                              check=True, timeout=60)
        return json.loads(done.stdout)

    def ended_is(self, pid):
        return lambda rows: any(row["pid"] == pid for row in rows)

    def test_every_short_life_is_seen_with_its_status_and_parent(self):
        child = self.watch()
        truth = self.run_children([KINDS[count % len(KINDS)] for count in range(200)])
        parent = truth["parent"]
        rows, lost = self.rows_until(child, self.ended_is(parent))
        self.assertFalse(lost)
        mine = {row["pid"]: row for row in rows if row["ppid"] == parent}
        self.assertEqual(len([row for row in rows if row["ppid"] == parent]), 200, "each exactly once")
        for pid, status in truth["told"]:
            self.assertIn(pid, mine)
            self.assertEqual(status_of(mine[pid]["exit"]), status & ~0x80, mine[pid])
            self.assertIn("python", mine[pid]["parent"])
            self.assertLess(mine[pid]["elapsed_seconds"], 10)
        named = [row for row in mine.values() if row["command"] is not None]
        for row in named:
            words = {"exit 0": "true", "exit 1": "false", "exit 7": "sh", "signal KILL": "sh"}
            expected = words.get(row["exit"]["reason"])
            # exec may be under way when /proc is read: it still has the parent's name then
            self.assertTrue(expected is None or expected in row["command"] or "import json" in row["command"], row)

    def test_one_look_finds_what_ended_within_it(self):
        vigie = self.spawn(vigie_path, "ps", "--ended", "--interval", "2", "--json", stdout=subprocess.PIPE)
        eventually("vigie listens", lambda: self.listens(vigie.pid))
        done = subprocess.Popen(["/bin/sh", "-c", "exit 42"])
        self.assertEqual(done.wait(), 42)
        document = json.loads(vigie.communicate(timeout=30)[0])
        self.assertEqual(vigie.returncode, 0)
        [row] = [row for row in document["ended"] if row["pid"] == done.pid]
        self.assertEqual(row["exit"]["code"], 42)
        self.assertEqual(row["ppid"], os.getpid())
        self.assertEqual(row["uid"], os.geteuid())

    def listens(self, pid):
        """Whether it has asked for events and waits for them."""
        with open("/proc/net/netlink", encoding="ascii") as sockets:
            bound = any(words[1] == "11" and words[2] == str(pid) for words in map(str.split, sockets))
        with open(f"/proc/{pid}/wchan", encoding="ascii") as wchan:
            return bound and "poll" in wchan.read()

    def test_a_process_known_before_has_full_facts(self):
        marker = f"vigie-test-{os.getpid()}"
        sleeper = self.spawn("/bin/sh", "-c", "sleep 1000; exit 3", marker)
        child = self.watch()
        os.kill(sleeper.pid, signal.SIGKILL)
        rows, _ = self.rows_until(child, self.ended_is(sleeper.pid))
        [row] = [row for row in rows if row["pid"] == sleeper.pid]
        self.assertEqual(row["exit"], {"code": None, "signal": 9, "core_dumped": False, "reason": "signal KILL"})
        self.assertIn(marker, row["command"])
        with open("/proc/self/comm", encoding="utf-8") as comm:
            self.assertEqual(row["parent"], comm.read().rstrip("\n"))
        self.assertIsNotNone(row["cpu_seconds"], "it is a zombie until the test waits for it")

    def test_cpu_time_is_told_of_a_zombie_and_near_what_wait4_says(self):
        child = self.watch()
        burn = "import time\nwhile time.process_time() < 0.5: pass"
        process = self.spawn(sys.executable, "-c", burn)
        rows, _ = self.rows_until(child, self.ended_is(process.pid))
        [row] = [row for row in rows if row["pid"] == process.pid]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.assertAlmostEqual(row["cpu_seconds"], used, delta=0.03)  # two counters of ticks, rounded down

    def test_a_core_dump_is_marked(self):
        child = self.watch()
        script = "import os, resource, signal\nresource.setrlimit(resource.RLIMIT_CORE, (-1, -1))\nos.kill(os.getpid(), signal.SIGSEGV)"
        if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
            self.skipTest("core dumps are limited here")
        process = subprocess.Popen([sys.executable, "-c", script], cwd=self.dir)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = status
        rows, _ = self.rows_until(child, self.ended_is(process.pid))
        [row] = [row for row in rows if row["pid"] == process.pid]
        self.assertEqual(row["exit"]["signal"], signal.SIGSEGV)
        self.assertEqual(row["exit"]["core_dumped"], os.WCOREDUMP(status))
        self.assertEqual(row["exit"]["reason"], "signal SEGV (core)" if os.WCOREDUMP(status) else "signal SEGV")

    def test_threads_that_end_are_no_processes_and_a_main_thread_may_end_first(self):
        child = self.watch()
        script = ("import ctypes, os, sys, threading, time\n"
                  "def last(): time.sleep(1); os._exit(5)\n"
                  "for _ in range(10): thread = threading.Thread(target=lambda: None); thread.start(); thread.join()\n"
                  "threading.Thread(target=last).start()\n"
                  "ctypes.CDLL(None).syscall(60, 0)\n")  # exit(2) of the main thread alone, x86-64
        if os.uname().machine != "x86_64":
            self.skipTest("the number of exit(2) is that of x86-64")
        process = self.spawn(sys.executable, "-c", script)
        rows, _ = self.rows_until(child, self.ended_is(process.pid))
        [row] = [row for row in rows if row["pid"] == process.pid]
        self.assertEqual(row["exit"]["code"], 5)
        self.assertGreater(row["elapsed_seconds"], 0.9, "its end is that of its last thread")

    def test_a_fork_storm_loses_nothing_or_says_so(self):
        child = self.watch()
        truth = self.run_children(["fork"] * 2000)
        rows, lost = self.rows_until(child, self.ended_is(truth["parent"]))
        mine = {row["pid"]: row for row in rows if row["ppid"] == truth["parent"]}
        told = dict(map(tuple, truth["told"]))
        for pid, row in mine.items():
            if row["exit"] is not None:
                self.assertEqual(status_of(row["exit"]), told[pid])
        if not lost:
            self.assertEqual(set(mine), set(told))

    def test_lost_events_are_told(self):
        if os.geteuid() == 0:
            self.skipTest("the buffer that root gets holds more than a test can make")
        with open("/proc/sys/net/core/rmem_max", encoding="ascii") as limit:
            needed = int(limit.read()) * 2 // 1000  # twice what is asked for (socket(7)); a birth and an end take 1.5 KB
        if needed > 20000:
            self.skipTest(f"net.core.rmem_max is so large that it takes {needed} processes")
        vigie = self.spawn(vigie_path, "ps", "--ended", "--interval", "1", "--json", stdout=subprocess.PIPE)
        eventually("vigie listens", lambda: self.listens(vigie.pid))
        os.kill(vigie.pid, signal.SIGSTOP)
        # Two shells, one for each CPU that hosts have at least: they fork quicker than Python.
        forks = ["sh", "-c", 'i=0; while [ $i -lt "$1" ]; do (:); i=$((i + 1)); done', "sh", str(needed // 2 + 1)]
        for shell in [self.spawn(*forks), self.spawn(*forks)]:
            self.assertEqual(shell.wait(180), 0)
        os.kill(vigie.pid, signal.SIGCONT)
        document = json.loads(vigie.communicate(timeout=30)[0])
        [events] = [source for source in document["sources"] if source["name"] == "events"]
        self.assertEqual(events["status"], "partial")
        self.assertRegex(events["reason"], "lost [0-9]+ time")

    def test_filters_choose_as_those_of_ps(self):
        child = self.watch("true$")
        self.run_children(["true", "false"])
        last = subprocess.run(["/bin/sh", "-c", "exit 0; : true"], check=True)
        self.assertEqual(last.returncode, 0)
        by_parent = self.watch(str(os.getpid()))
        truth = self.run_children(["true"])
        rows, _ = self.rows_until(by_parent, self.ended_is(truth["parent"]))
        self.assertLessEqual({pid for pid, _ in truth["told"]}, {row["pid"] for row in rows})
        for row in self.read_document(child)["ended"]:
            self.assertRegex(row["command"], "true$")

    def test_what_a_run_starts_is_told_to_be_of_the_run(self):
        self.start("spawner", "/bin/sh", "-c", "while :; do /bin/true; sleep 0.05; done")
        self.wait_state("spawner", "running")
        rows = self.json("ps", "--ended", "spawner", "--interval", "1")["ended"]
        self.assertGreater(len(rows), 3)
        self.assertEqual({row["run"] for row in rows}, {"spawner"})
        self.vigie("kill", "spawner")

    def test_text_is_short_and_says_how_each_ended(self):
        vigie = self.spawn(vigie_path, "ps", "--ended", "--interval", "2", stdout=subprocess.PIPE, text=True)
        eventually("vigie listens", lambda: self.listens(vigie.pid))
        subprocess.run(["/bin/sh", "-c", "exit 42"], check=False)
        out = vigie.communicate(timeout=30)[0]
        self.assertEqual(out.splitlines()[0].split(), ["EXIT", "AGE", "TIME", "PID", "PPID", "PARENT", "USER", "RUN", "COMMAND"])
        self.assertIn("exit 42", out)

    def test_where_the_kernel_does_not_tell_it_says_why_and_what_to_do(self):
        done = subprocess.run(["unshare", "--net", "--map-root-user", vigie_path, "ps", "--ended"], env=self.env, check=False,
                              capture_output=True, text=True, timeout=60)
        if "unshare:" in done.stderr:
            self.skipTest("no namespaces here: " + done.stderr.strip())
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("look from the host", done.stderr)

    def test_wrong_usage(self):
        for arguments, says in ((["--interval", "0"], "--interval"), (["-o", "exot"], "exit"), (["--threads"], "--threads")):
            done = self.vigie("ps", "--ended", *arguments, expect=2)
            self.assertIn(says, done.err)
