"""How processes are read: every method says the same of the same real processes, or says why it cannot be used."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

from harness import VigieTest, eventually, state_of
import harness

NOBODY = 65534
METHODS = ("reopen", "keep", "bpf")
# What does not change while a process rests, or computes without a system call.
SAME = ("ppid", "uid", "user", "state", "command", "comm", "exe", "threads", "nice", "priority", "process_group", "session",
        "tty", "virtual_bytes", "start_time", "cgroup")
AT_REST = (*SAME, "cpu_seconds", "rss_bytes", "minor_faults", "major_faults", "processor")
WAIT = "import sys; print('ready', flush=True); sys.stdin.read()"
HOSTILE = ("two\nlines", "par(en)) R 1", "esc\x1b[31m", "tail ")


class Sampling(VigieTest):
    def python(self, code, *arguments, **options):
        child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 **options)
        self.children.append(child)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child.pid

    def rows(self, method, *arguments):
        look = self.json("--sampling", method, "ps", "-a", "--interval", "0", *arguments)
        source = next(source for source in look["sources"] if source["name"] == "proc")
        self.assertEqual(source["method"], method)
        return {row["pid"]: row for row in look["processes"]}

    def methods(self):
        """Those this host allows, /proc's first."""
        tried = self.vigie("--sampling", "bpf", "ps", "--interval", "0", str(os.getpid()))
        if tried.code == 0:
            return METHODS
        self.assertEqual(len(tried.err.strip().splitlines()), 1, tried)
        return METHODS[:2]

    def population(self):
        """Processes at rest, and a busy one."""
        sleeping = self.python(WAIT)
        stopped = self.python(WAIT)
        os.kill(stopped, signal.SIGSTOP)
        many = self.python("import threading\nfor _ in range(20):\n  threading.Thread(target=threading.Event().wait, "
                           "daemon=True).start()\n" + WAIT)
        named = [self.python("open('/proc/self/comm', 'w').write(__import__('sys').argv[1]); " + WAIT, name)
                 for name in HOSTILE]
        parent = self.python("import os\nif os.fork() == 0: os._exit(3)\n" + WAIT)
        huge = self.python(WAIT, *(["x" * 1000] * 100))
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as children:
            zombie = int(children.read())
        rest = [sleeping, many, parent, huge, *named]
        if os.geteuid() == 0:
            rest.append(self.python(WAIT, user=NOBODY, group=NOBODY, extra_groups=[]))
            rest.append(self.python(f"import os; os.setresuid({NOBODY}, {NOBODY}, {NOBODY}); " + WAIT))
        eventually("they rest", lambda: all(state_of(pid) == "S" for pid in rest) and state_of(stopped) == "T" and
                   state_of(zombie) == "Z")
        return [*rest, stopped, zombie], self.python("print('ready', flush=True)\nwhile True: pass")

    def test_every_method_says_the_same(self):
        rest, busy = self.population()
        columns = ("-o", "pid," + ",".join(AT_REST))
        methods = self.methods()
        seen = {method: self.rows(method, *columns) for method in methods}
        again = self.rows("reopen", *columns)
        reopen = seen["reopen"]
        self.assertLessEqual({*rest, busy}, set(reopen))
        for method in methods[1:]:
            rows = seen[method]
            for pid in rest:
                for name in AT_REST:
                    self.assertEqual(rows[pid][name], reopen[pid][name], f"{name} of {pid} with {method}")
            for name in SAME:
                if name != "state":  # it may have been made to wait for its CPU in other ways than 'R'
                    self.assertEqual(rows[busy][name], reopen[busy][name], f"{name} of the busy one with {method}")
            self.assertLessEqual(reopen[busy]["cpu_seconds"], rows[busy]["cpu_seconds"])
            self.assertLessEqual(rows[busy]["cpu_seconds"], again[busy]["cpu_seconds"])
            # Kernel threads, with their full names; what a kernel worker works on is part of its name, and changes.
            for pid, row in rows.items():
                if pid in reopen and pid in again and row["ppid"] == 2 and not row["comm"].startswith("kworker"):
                    self.assertEqual(row["comm"], reopen[pid]["comm"], f"kernel thread {pid} with {method}")
        if len(methods) < len(METHODS):
            self.skipTest("reopen and keep agree; BPF: " + self.vigie("--sampling", "bpf", "ps", "-a").err.strip())

    def test_rates_are_the_same(self):
        busy = self.python("import os\nprint('ready', flush=True)\nfile = open('/dev/null', 'wb', 0)\n"
                           "while True: file.write(b'x' * 4096)")
        idle = self.python(WAIT)
        for method in self.methods():
            before = self.cpu(busy), time.monotonic()
            look = self.json("--sampling", method, "ps", "-a", "--interval", "1", "-o", "pid,cpu_percent,io_wait_percent,"
                             "run_delay_percent,write_bytes_per_second")
            used, wall = self.cpu(busy) - before[0], time.monotonic() - before[1]
            rows = {row["pid"]: row for row in look["processes"]}
            # vigie's second lies within ours; a busy host gives the process unequal shares of them: half as much again.
            self.assertAlmostEqual(rows[busy]["cpu_percent"], 100 * used / wall, delta=max(25, 50 * used / wall), msg=method)
            self.assertEqual(rows[idle]["cpu_percent"], 0, method)
            self.assertEqual(rows[idle]["write_bytes_per_second"], 0, method)
            with open("/proc/sys/kernel/task_delayacct", encoding="ascii") as counted:
                if counted.read().strip() == "1":
                    self.assertEqual(rows[idle]["io_wait_percent"], 0, method)
                else:
                    self.assertIsNone(rows[idle]["io_wait_percent"], method)

    @staticmethod
    def cpu(pid):
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    def test_a_busy_host_is_read_with_bpf_where_it_may_be(self):
        if len(self.methods()) < len(METHODS):
            self.skipTest(self.vigie("--sampling", "bpf", "ps", "-a").err.strip())
        code = ("import os, sys\nfor _ in range(500):\n  if os.fork() == 0:\n    sys.stdin.read()\n    os._exit(0)\n"
                "print('ready', flush=True)\nsys.stdin.read()")
        self.python(code)
        look = self.json("ps", "-a", "--interval", "0")
        self.assertEqual(next(source["method"] for source in look["sources"] if source["name"] == "proc"), "bpf")
        few = self.json("ps", str(os.getpid()), "--interval", "0")
        self.assertIn(os.getpid(), [row["pid"] for row in few["processes"]])

    def test_without_privilege_bpf_is_refused_with_the_reason(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        os.chmod(self.dir, 0o755)
        program = shutil.copy(harness.vigie_path, self.path("vigie"))
        look = [program, "ps", "-a", "--interval", "0", "--json", "--sampling"]
        options = {"env": self.env, "cwd": "/", "user": NOBODY, "group": NOBODY, "extra_groups": [], "capture_output": True,
                   "check": False}
        done = subprocess.run([*look, "bpf"], **options)
        self.assertIn(done.returncode, (1, 4), done)  # 1 where the kernel or the build lacks it for everyone
        self.assertIn(b"BPF", done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done)
        done = subprocess.run([*look, "auto"], **options)
        self.assertEqual(done.returncode, 0, done)
        self.assertNotIn("bpf", [source.get("method") for source in json.loads(done.stdout)["sources"]])

    def test_a_method_that_does_not_exist(self):
        done = self.vigie("--sampling", "magic", "ps")
        self.assertEqual(done.code, 2, done)
        self.assertIn("auto, reopen, keep or bpf", done.err)
