"""vigie syscalls: what threads wait in, and with --trace every call they make, as the program and strace know it.

Counts, errors and bytes are compared exactly: the target makes known numbers of calls between two bytes that it is
given. Times are not compared: every tracer adds its own.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness
from harness import PYTHON, eventually

# Waits for a byte before and after what it does, so that all of it lies within one trace.
GATED = r'''
import ctypes, os, signal, sys, threading
libc = ctypes.CDLL(None)
base = sys.argv[1] if len(sys.argv) > 1 else "."
def gate(word):
    os.write(1, word + b"\n")
    os.read(0, 1)
'''

COUNTED = GATED + r'''
zero = os.open("/dev/zero", os.O_RDONLY)
gate(b"ready")
for _ in range(1000): os.getppid()
for _ in range(37):
    try: os.open("/no such file", os.O_RDONLY)
    except FileNotFoundError: pass
for _ in range(20): os.read(zero, 5000)
out = os.open(base + "/out", os.O_CREAT | os.O_WRONLY)
for _ in range(11): os.write(out, b"x" * 123)
os.pwrite(out, b"y" * 77, 4)
for _ in range(5): os.lseek(out, 0, 0)
for _ in range(3):
    try: os.lseek(0, 0, 0)
    except OSError: pass
os.close(out)
'''
# (calls, errors) of what only COUNTED itself calls; write: the 11, and nothing else between the gates
COUNTS = {"getppid": (1000, {}), "pwrite64": (1, {}), "lseek": (8, {"ESPIPE": 3}), "openat": (38, {"ENOENT": 37})}

THREADS = GATED + r'''
def work(count):
    for _ in range(count): os.getppid()
def early(): started.set(); go.wait(); work(400)
started, go = threading.Event(), threading.Event()
threads = [threading.Thread(target=early) for _ in range(3)]
for thread in threads: thread.start()
gate(b"ready")
threads += [threading.Thread(target=work, args=(300,)) for _ in range(4)]
for thread in threads[3:]: thread.start()
go.set()
for thread in threads: thread.join()
'''

CHILDREN = GATED + r'''
gate(b"ready")
for _ in range(4):
    if os.fork() == 0:
        for _ in range(50): os.getppid()
        os.execv("/bin/true", ["true"])
for _ in range(4): os.wait()
'''

EXEC_IN_A_THREAD = GATED + r'''
def other():
    for _ in range(10): os.getppid()
    os.execv(sys.executable, [sys.executable, "-c", "import os\nfor _ in range(20): os.getppid()"])
gate(b"ready")
threading.Thread(target=other).start()
threading.Event().wait()
'''

SIGNALS = GATED + r'''
got = []
signal.signal(signal.SIGTERM, lambda *_: got.append("term"))
signal.signal(signal.SIGUSR1, lambda *_: got.append("usr1"))
libc.siginterrupt(signal.SIGUSR1, 0)
reader, writer = os.pipe()
gate(b"ready")
print("waiting", flush=True)
data = os.read(reader, 1) if len(sys.argv) > 2 else os.read(0, 1)
print(",".join(got), flush=True)
os.read(0, 1)
'''

TICKER = r'''
import os, sys
count = 0
while True:
    count += 1
    os.pwrite(1, b"%012d" % count, 0)
'''


def status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def free(pid):
    """Neither stopped nor traced."""
    fields = status(pid)
    return fields["State"][0] not in "Tt" and fields["TracerPid"] == "0"


class Syscalls(harness.VigieTest):
    def target(self, code, *args, **options):
        """A program that has said its first word."""
        child = self.spawn(PYTHON, "-c", code, *args, stdout=subprocess.PIPE, **options)
        return child

    def spawn(self, *command, **options):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, env=self.env, cwd=self.dir, **options)
        self.children.append(child)
        return child

    def leave_directories(self):
        for child in self.children:
            if child.stdin:
                child.stdin.close()
        super().leave_directories()

    def ready(self, code, *args):
        child = self.target(code, *args)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child

    def go(self, child):
        child.stdin.write(b"g")
        child.stdin.flush()

    @staticmethod
    def switches(pid):
        """How often each thread gave up its CPU: twice more when a tracer has stopped it once and it waits again."""
        counts = {}
        for tid in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{tid}/status", encoding="utf-8") as file:
                counts[tid] = int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.M)[1])
        return counts

    def begin(self, pid, *command, **options):
        """Starts a tracer of `pid`, whose threads all wait, and returns when it has each of them."""
        before = self.switches(pid)
        tracer = self.spawn(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

        def attached():
            if tracer.poll() is not None:
                raise AssertionError(f"{command}: {tracer.returncode} {tracer.communicate()}")
            now = self.switches(pid)
            return status(pid)["TracerPid"] != "0" and all(now[tid] >= before[tid] + 2 for tid in before)

        eventually("every thread is traced", attached)
        return tracer

    def trace(self, pid, *options):
        return self.begin(pid, harness.vigie_path, "syscalls", "--trace", *(options or ("--interval", "30", "--json")),
                          str(pid))

    def finish(self, tracer, code=0):
        out, err = tracer.communicate(timeout=60)
        self.assertEqual(tracer.returncode, code, err)
        return out, err

    def document(self, tracer):
        document = json.loads(self.finish(tracer)[0])
        document["by_call"] = {row["call"]: row for row in document["calls"]}
        document["by_path"] = {row["path"]: row for row in document["files"]}
        return document

    def traced(self, code, *args):
        """What --trace says of a program from its first gate to its end."""
        child = self.ready(code, *args)
        tracer = self.trace(child.pid)
        self.go(child)
        self.assertEqual(child.wait(timeout=60), 0)
        return self.document(tracer)

    # --- exactness

    def test_counts_errors_and_bytes_are_exact(self):
        document = self.traced(COUNTED, self.dir)
        for call, (count, errors) in COUNTS.items():
            row = document["by_call"][call]
            self.assertEqual((row["calls"], row["error_counts"]), (count, errors), call)
            self.assertEqual(row["call_errors"], sum(errors.values()), call)
        zero, out = document["by_path"]["/dev/zero"], document["by_path"][self.path("out")]
        self.assertEqual((zero["calls"], zero["read_bytes"], zero["written_bytes"]), (20, 100_000, 0))
        # open, what Python asks of it after that, 11 writes, pwrite, 5 seeks, close
        self.assertEqual((out["read_bytes"], out["written_bytes"]), (0, 11 * 123 + 77))
        self.assertGreaterEqual(out["calls"], 1 + 11 + 1 + 5 + 1)
        missing = document["by_path"]["/no such file"]
        self.assertEqual((missing["calls"], missing["call_errors"]), (37, 37))
        for row in document["calls"]:
            self.assertLessEqual(row["mean_microseconds"] or 0, row["max_microseconds"] + 0.001, row)
        self.assertAlmostEqual(sum(row["call_time_percent"] for row in document["calls"]), 100, delta=0.5)

    def test_the_same_counts_as_strace(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        ours = self.traced(COUNTED, self.dir)["by_call"]
        os.unlink(self.path("out"))
        child = self.ready(COUNTED, self.dir)
        strace = self.begin(child.pid, "strace", "-c", "-f", "-o", self.path("summary"), "-p", str(child.pid))
        self.go(child)
        child.wait(timeout=60)
        strace.communicate(timeout=60)
        theirs = {}
        with open(self.path("summary"), encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if len(words) in (5, 6) and words[-1] in ours:
                    theirs[words[-1]] = (int(words[3]), int(words[4]) if len(words) == 6 else 0)
        for call in (*COUNTS, "write", "read", "close"):
            self.assertEqual((ours[call]["calls"], ours[call]["call_errors"]), theirs[call], call)

    def test_every_thread_counts(self):
        document = self.traced(THREADS)
        self.assertEqual(document["by_call"]["getppid"]["calls"], 3 * 400 + 4 * 300)

    def test_children_and_what_they_execute_count(self):
        document = self.traced(CHILDREN)
        calls = document["by_call"]
        self.assertEqual(calls["getppid"]["calls"], 4 * 50)
        self.assertEqual((calls["execve"]["calls"], calls["execve"]["call_errors"]), (4, 0))
        self.assertEqual(calls["exit_group"]["calls"], 4 + 1)
        self.assertEqual(document["by_path"]["/bin/true"]["calls"], 4)

    def test_a_thread_that_executes_another_program(self):
        document = self.traced(EXEC_IN_A_THREAD)
        self.assertEqual(document["by_call"]["getppid"]["calls"], 10 + 20)

    def test_hostile_names(self):
        names = [b"two\nlines", b"\x1b]0;title\x07", b"\xff\xfe", "\u202egnp.exe".encode(), b"x" * 255]
        code = GATED + "gate(b'ready')\nfor name in sys.argv[1:]: os.close(os.open(name, os.O_CREAT, 0o600))\n"
        paths = {os.fsencode(harness.unescaped(row["path"])) for row in self.traced(code, *names)["files"]}
        for name in names:
            self.assertIn(os.fsencode(self.dir) + b"/" + name, paths)
        child = self.ready(code, *names)
        tracer = self.trace(child.pid, "--interval", "30", "--files", "-n", "0")
        self.go(child)
        out, _ = self.finish(tracer)
        text = out.decode("utf-8")
        for bad in ("\x1b", "\x07", "\u202e"):
            self.assertNotIn(bad, text)
        self.assertIn("two\\nlines", text)

    def test_relative_names_and_links(self):
        os.mkdir(self.path("below"))
        os.symlink("below", self.path("link"))
        code = GATED + ("os.chdir(base)\nbelow = os.open('below', os.O_RDONLY)\ngate(b'ready')\n"
                        "os.close(os.open('link/a', os.O_CREAT | os.O_WRONLY))\nos.stat('b', dir_fd=below) "
                        "if os.path.exists('below/b') else None\nos.stat('./link')\nos.unlink('a', dir_fd=below)\n")
        rows = self.traced(code, self.dir)["by_path"]
        for path in ("below/a", "below/b", "link"):
            self.assertIn(self.path(path), rows)

    # --- the target is not harmed

    def test_stops_and_signals_reach_the_target(self):
        child = self.ready(SIGNALS)
        tracer = self.trace(child.pid, "--interval", "30", "--json")
        self.go(child)
        self.assertEqual(child.stdout.readline(), b"waiting\n")
        os.kill(child.pid, signal.SIGSTOP)
        pid, how = os.waitpid(child.pid, os.WUNTRACED)
        self.assertTrue(pid == child.pid and os.WIFSTOPPED(how) and os.WSTOPSIG(how) == signal.SIGSTOP)
        self.go(child)  # it does not read that while it is stopped
        self.assertIn(status(child.pid)["State"][0], "Tt")
        os.kill(child.pid, signal.SIGTERM)
        os.kill(child.pid, signal.SIGCONT)
        self.assertIn(child.stdout.readline(), (b"term\n", b"\n"))
        self.go(child)
        self.assertEqual(child.wait(timeout=20), 0)
        document = self.document(tracer)
        for call, row in document["by_call"].items():
            self.assertFalse([name for name in row["error_counts"] if name.startswith("error ")], call)

    def test_a_signal_ends_the_target(self):
        child = self.ready(COUNTED, self.dir)
        tracer = self.trace(child.pid, "--interval", "30")
        os.kill(child.pid, signal.SIGTERM)
        self.assertEqual(child.wait(timeout=20), -signal.SIGTERM)
        self.assertIn(b"all have ended", self.finish(tracer)[0])

    def test_a_call_goes_on_after_the_trace(self):
        child = self.ready(COUNTED, self.dir)
        tracer = self.trace(child.pid, "--interval", "0.3", "--json")
        document = self.document(tracer)
        self.assertTrue(free(child.pid))
        self.assertEqual(document["by_call"]["read"]["calls"], 0)
        self.assertEqual(document["by_call"]["read"]["unfinished_calls"], 1)
        self.go(child)
        self.assertEqual(child.wait(timeout=20), 0)

    def test_a_stopped_target_stays_stopped(self):
        child = self.ready(COUNTED, self.dir)
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        self.vigie("syscalls", "--trace", "--interval", "0.2", str(child.pid), expect=0)
        self.assertEqual(status(child.pid)["TracerPid"], "0")
        eventually("it has gone back to its stop", lambda: status(child.pid)["State"][0] == "T")
        os.kill(child.pid, signal.SIGCONT)
        self.go(child)
        self.assertEqual(child.wait(timeout=20), 0)

    def ticking(self):
        with open(self.path("ticks"), "wb") as file:
            child = self.spawn(PYTHON, "-c", TICKER, stdout=file)
        eventually("it ticks", self.ticks)
        return child

    def ticks(self):
        with open(self.path("ticks"), "rb") as file:
            return int(file.read(12) or 0)

    def goes_on(self, child):
        eventually("it is neither stopped nor traced", lambda: free(child.pid))
        before = self.ticks()
        eventually("it goes on", lambda: self.ticks() > before + 1000)

    def busy_trace(self, child, *options):
        tracer = self.spawn(harness.vigie_path, "syscalls", "--trace", *options, str(child.pid),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            process_group=0)  # like a shell's job: in an orphaned group SIGTSTP stops nobody
        eventually("it is traced", lambda: status(child.pid)["TracerPid"] != "0")
        return tracer

    def test_a_killed_vigie_lets_the_target_go(self):
        child = self.ticking()
        tracer = self.busy_trace(child, "--interval", "30")
        tracer.kill()
        tracer.communicate()
        self.goes_on(child)

    def test_interrupting_shows_what_there_is(self):
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(sent.name):
                child = self.ticking()
                tracer = self.busy_trace(child, "--interval", "30", "--json")
                before = self.ticks()
                eventually("calls are seen", lambda: self.ticks() > before + 1)
                tracer.send_signal(sent)
                out, _ = self.finish(tracer, -sent)
                self.assertIn("pwrite64", [row["call"] for row in json.loads(out)["calls"]])
                self.goes_on(child)
                child.kill()

    def test_suspending_vigie_does_not_hold_the_target(self):
        child = self.ticking()
        tracer = self.busy_trace(child, "--interval", "30")
        tracer.send_signal(signal.SIGTSTP)
        pid, how = os.waitpid(tracer.pid, os.WUNTRACED)
        self.assertTrue(pid == tracer.pid and os.WIFSTOPPED(how))
        self.goes_on(child)
        tracer.send_signal(signal.SIGCONT)
        self.finish(tracer)

    def test_watching_traces_again_and_again(self):
        child = self.ticking()
        tracer = self.busy_trace(child, "-w", "0.3", "--json")
        documents = [json.loads(tracer.stdout.readline()) for _ in range(3)]
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=20)
        for document in documents:
            self.assertGreater(document["calls"][0]["calls"], 100)
            self.assertAlmostEqual(document["elapsed_seconds"], 0.3, delta=0.2)
        self.goes_on(child)

    # --- what it says

    def test_it_warns_before_it_begins(self):
        child = self.ready(COUNTED, self.dir)
        done = self.vigie("syscalls", "--trace", "--interval", "0.1", "--json", str(child.pid), expect=0)
        self.assertIn("tracing slows the process down", done.err)
        json.loads(done.out)
        csv = self.vigie("syscalls", "--trace", "--interval", "0.1", "--csv", str(child.pid), expect=0).out
        self.assertTrue(csv.startswith("call,calls,"))
        files = self.vigie("syscalls", "--trace", "--interval", "0.1", "--csv", "--files", str(child.pid), expect=0).out
        self.assertTrue(files.startswith("calls,"))
        self.assertIn(",path\r\n", files)

    def test_what_is_traced_already_names_its_tracer(self):
        if shutil.which("strace") is None:
            self.skipTest("strace is not installed")
        child = self.ready(COUNTED, self.dir)
        strace = self.begin(child.pid, "strace", "-o", "/dev/null", "-p", str(child.pid))
        done = self.vigie("syscalls", "--trace", str(child.pid), expect=4)
        self.assertIn(f"is traced by process {strace.pid} (strace)", done.err)

    def test_who_waits_for_vigie_is_not_traced(self):
        done = self.vigie("syscalls", "--trace", str(os.getpid()), expect=2)
        self.assertIn("vigie was started by it", done.err)
        self.start("kept", "/bin/sleep", "60")
        record = eventually("the shim is known", lambda: (one := self.record("kept"))["shim"]["pid"] and one)
        for keeper in ("holder", "shim"):
            done = self.vigie("syscalls", "--trace", str(record[keeper]["pid"]), expect=2)
            self.assertIn("keeps a run", done.err)

    def test_short_lived_children_are_neither_missed_nor_waited_for(self):
        """Children are often heard of, and even over, before their parents have told of them."""
        child = self.spawn("/bin/sh", "-c", "while :; do /bin/true; (exec /bin/sleep 0.001) & wait; done")
        for _ in range(8):
            began = time.monotonic()
            document = self.json("syscalls", "--trace", "--interval", "0.3", str(child.pid))
            self.assertLess(time.monotonic() - began, 2)
            calls = {row["call"]: row for row in document["calls"]}
            self.assertGreater(calls["execve"]["calls"], 0)
            eventually("nothing is left stopped", lambda: free(child.pid))
            stopped = subprocess.run(["ps", "-o", "stat=", "--ppid", str(child.pid)], capture_output=True, text=True,
                                     check=False).stdout
            self.assertNotRegex(stopped, "(?m)^[Tt]")

    def test_a_run_is_traced_with_its_children(self):
        self.start("loop", "/bin/sh", "-c", "while :; do /bin/true; done")
        document = self.json("syscalls", "--trace", "--interval", "1", "loop")
        calls = {row["call"]: row for row in document["calls"]}
        self.assertGreater(calls["execve"]["calls"], 2)
        self.assertIn("/bin/true", [row["path"] for row in document["files"]])
        self.assertEqual(self.row("loop")["state"], "running")

    def test_wrong_use(self):
        for arguments in (("--files", "1"), ("--trace", "--interval", "0", str(os.getpid())), ("--trace",)):
            self.vigie("syscalls", *arguments, expect=2)
        self.vigie("syscalls", "--trace", "--interval", "0.1", "no such run", expect=3)

    # --- ordinary users

    def as_nobody(self):
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("needs root and setpriv to become an ordinary user")
        os.chmod(self.dir, 0o755)
        shutil.copy(harness.vigie_path, self.path("vigie"))
        os.chmod(self.path("vigie"), 0o755)
        return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"]

    def nobodys_vigie(self, become, *args):
        env = dict(self.env, XDG_STATE_HOME="/nonexistent")
        done = subprocess.run([*become, self.path("vigie"), *args], env=env, capture_output=True, text=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL)
        return harness.Done(done.returncode, done.stdout, done.stderr)

    def test_an_ordinary_user_traces_what_is_their_own(self):
        become = self.as_nobody()
        child = self.spawn(*become, "/usr/bin/python3", "-c", TICKER, stdout=subprocess.DEVNULL)
        eventually("it is nobody's", lambda: status(child.pid)["Uid"].split()[1] != "0")
        done = self.nobodys_vigie(become, "syscalls", "--trace", "--interval", "0.5", str(child.pid))
        if done.code == 4 and "yama" in done.err:
            self.skipTest(done.err)
        self.assertEqual(done.code, 0, done)
        self.assertIn("pwrite64", done.out)

    def test_an_ordinary_user_may_not_trace_others(self):
        become = self.as_nobody()
        child = self.ready(COUNTED, self.dir)
        done = self.nobodys_vigie(become, "syscalls", "--trace", "--interval", "0.5", str(child.pid))
        self.assertEqual(done.code, 4, done)
        self.assertRegex(done.err, "belongs to another user; root .* may|yama")
        self.assertTrue(free(child.pid))

    # --- without --trace

    WAITS = {
        "poll": ("import select, os; r, w = os.pipe(); p = select.poll(); p.register(r); os.write(1, b'r'); p.poll()",
                 "poll", "waiting", "any of several files"),
        "read": ("import os; r, w = os.pipe(); os.write(1, b'r'); os.read(r, 1)", "read", "waiting", "pipe:["),
        "sleep": ("import os, time; os.write(1, b'r'); time.sleep(1000)", "clock_nanosleep", "waiting", "time to pass"),
        "futex": ("import os, threading; os.write(1, b'r'); threading.Lock().__class__; l = threading.Lock(); "
                  "l.acquire(); l.acquire()", "futex", "waiting", "a lock or another thread"),
        "child": ("import os, time\nif (pid := os.fork()) == 0: time.sleep(1000)\nos.write(1, b'r'); os.waitpid(pid, 0)",
                  "wait4", "waiting", "a child process"),
        "cpu": ("import os; os.write(1, b'r')\nwhile True: pass", None, "running", None),
    }

    def check_waits(self, look, *become):
        for name, (code, call, state, waits_for) in self.WAITS.items():
            with self.subTest(name):
                child = self.spawn(*become, "/usr/bin/python3", "-c", code, stdout=subprocess.PIPE)
                self.assertEqual(child.stdout.read(1), b"r")
                # It has said so just before it waits.
                rows = eventually("it waits", lambda: self.settled(look(str(child.pid)), state))
                self.assertEqual(rows[0]["thread_state"], state)
                self.assertEqual(rows[0]["call"], call)
                if waits_for is not None:
                    self.assertTrue(rows[0]["waits_for"].startswith(waits_for), rows[0])
                child.kill()

    @staticmethod
    def settled(done, state):
        if done.code != 0:
            raise AssertionError(done)
        rows = json.loads(done.out)["syscalls"]
        return rows if rows and rows[0]["thread_state"] == state and rows[0]["sample_percent"] > 60 else None

    def test_what_a_process_waits_in(self):
        self.check_waits(lambda pid: self.vigie("syscalls", "--json", "--interval", "0.5", pid))

    def test_what_a_process_waits_in_for_an_ordinary_user(self):
        become = self.as_nobody()
        self.check_waits(lambda pid: self.nobodys_vigie(become, "syscalls", "--json", "--interval", "0.5", pid), *become)
