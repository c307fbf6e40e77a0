"""What a run writes is kept or said to be gone; what it sends costs its keeper no memory; what is read of a broken host or a
broken directory makes no command hang, and none of them lies."""

import json
import os
import pty
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import termios
import time

import harness
from harness import PYTHON, VigieTest, eventually

STUCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stuck.py")
RAW = "stty raw; exec "
KILLS = 60 if os.environ.get("VIGIE_SLOW") == "1" else 15  # after the first few a shim is started once a second


def numbers(count):
    return subprocess.run(["seq", "1", str(count)], stdout=subprocess.PIPE, check=True).stdout


def rss_of(pid):
    """KiB that the process has in memory; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmRSS:")), 0)
    except OSError:
        return 0


class SafetyTest(VigieTest):
    def raw(self, name):
        done = subprocess.run([harness.vigie_path, "logs", "--raw", name], env=self.env, capture_output=True, check=True, timeout=120)
        return done.stdout, done.stderr.decode()

    def directory(self, name):
        return self.record(name)["directory"]

    def limited(self, limits, *command):
        """vigie, started with these limits (soft, hard) of resources."""

        def limit():
            for what, pair in limits.items():
                resource.setrlimit(what, pair)

        done = subprocess.run([harness.vigie_path, *command], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False, timeout=60, preexec_fn=limit)
        return harness.Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def segment(self, begin, end, packed=False):
        return f"output.log.{begin:016}-{end:016}" + (".zst" if packed else "")


class Limits(SafetyTest):
    """Limits of resources that a run's user set."""

    def test_a_limited_file_size_loses_nothing(self):
        """RLIMIT_FSIZE, which the keeper may not raise: shim after shim was killed, and 857 KB lost without a word."""
        mebi = 1 << 20
        count = 400_000
        done = self.limited({resource.RLIMIT_FSIZE: (mebi, mebi)}, "run", "--name", "limited", "--", "sh", "-c",
                            RAW + f"sh -c 'seq 1 {count}; ulimit -f'")
        self.assertEqual(done.code, 0, done)
        self.wait_state("limited", "exited", deadline=60)
        log, said = self.raw("limited")
        self.assertEqual(said, "")
        self.assertTrue(log.startswith(numbers(count)), f"{len(log)} bytes")
        self.assertTrue(log.endswith(b"\n2048\n") or log.endswith(b"\n1024\n"), log[-20:])

    def test_a_soft_limit_is_the_runs_and_not_its_keepers(self):
        names = ("FSIZE", "CPU", "AS", "NOFILE")
        soft = {"FSIZE": 128 << 10, "CPU": 100, "AS": 3 << 30, "NOFILE": 200}
        hard = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1] for name in names}
        code = f"import resource; print([resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in {names}])"
        done = self.limited({getattr(resource, f"RLIMIT_{name}"): (soft[name], hard[name]) for name in names}, "run", "--name", "soft",
                            "--restart", "on-failure:1", "--backoff", "0s", "--on-exit", f"{PYTHON} -c \"{code}\"", "--", "sh", "-c",
                            f"{PYTHON} -c \"{code}\"; {RAW} sh -c 'seq 1 200000; exit 1'")
        self.assertEqual(done.code, 0, done)
        self.wait_state("soft", "failed", deadline=60)
        log, said = self.raw("soft")
        expected = str([(soft[name], hard[name]) for name in names]).encode()
        self.assertEqual((log.count(expected), log.count(numbers(200000)), said), (2, 2, ""), log[:300])
        with open(os.path.join(self.directory("soft"), "hooks.log"), "rb") as hooks:
            self.assertEqual(hooks.read().count(expected), 2)

    def test_a_file_size_that_holds_no_record_is_refused_with_a_word(self):
        for limits in ((0, 0), (0, resource.RLIM_INFINITY), (17 << 10, 17 << 10)):
            if limits[1] == resource.RLIM_INFINITY and resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
                continue
            done = self.limited({resource.RLIMIT_FSIZE: limits}, "run", "--name", "none", "--", "true")
            self.assertEqual(done.code, 1, done)
            self.assertIn("File too large", done.err)
            self.assertEqual([run for run in self.runs() if run["supervised"]], [])

    def test_little_cpu_time_ends_no_run_unseen(self):
        """RLIMIT_CPU kills keepers, too, where the hard limit is low: others go on, and nothing is missing."""
        count = 3_000_000
        done = self.limited({resource.RLIMIT_CPU: (2, 2)}, "run", "--name", "cpu", "--", "sh", "-c",
                            RAW + f"sh -c 'i=0; while [ $i -lt 6 ]; do seq 1 {count}; i=$((i+1)); done'")
        self.assertEqual(done.code, 0, done)
        self.wait_state("cpu", "exited", "failed", "cancelled", "killed", deadline=120)
        self.assertEqual(self.record("cpu")["state"], "exited")
        log, said = self.raw("cpu")
        self.assertEqual(said, "")
        self.assertEqual(len(log), 6 * len(numbers(count)))

    def test_little_address_space_keeps_a_run(self):
        """A log that is packed takes memory, which there may not be: that must not end the keeper again and again.

        What is printed fits into the limit unpacked, wherever between two lines its parts end."""
        started = 0
        for space in range(17, 26):
            name = f"narrow-{space}"
            limits = {resource.RLIMIT_AS: (space << 20, space << 20)}
            done = self.limited(limits, "run", "--name", name, "--log-max", "2M", "--", "sh", "-c", RAW + "seq 1 250000")
            if done.code != 0:
                continue  # the client has not enough, and says so
            started += 1
            self.wait_state(name, "exited", deadline=30)
            log, said = self.raw(name)
            self.assertEqual(said, "")
            self.assertTrue(log == numbers(250000))
        self.assertGreater(started, 3)


class Memory(SafetyTest):
    """Whatever a program sends, and never reads, its keeper stays as large as it is."""

    FLOODS = {
        "questions": r"b'\x1b[c' * 4000",
        "places": r"b'\x1b[6n\x1b[?6n\x1b[5n\x1b[>c\x1b[18t\x1b[?1$p' * 1000",
        "titles": r"b'\x1b]2;' + b't' * 60000 + b'\x07'",
        "a title without an end": r"b'\x1b]2;' + b't' * 60000",
        "pictures": r"b'\x1bPq' + b'#1~~' * 15000 + b'\x1b\\'",
        "a picture without an end": r"b'~' * 60000 if os.write(1, b'\x1bP') else b''",
        "a sequence without an end": r"b';1' * 30000 if os.write(1, b'\x1b[') else b''",
        "links": r"b''.join(b'\x1b]8;;http://x/%d\x1b\\l\x1b]8;;\x1b\\' % random.randrange(1 << 60) for _ in range(1000))",
        "marks": r"('e' + ''.join(chr(random.randrange(0x300, 0x36f)) for _ in range(50))).encode() * 500",
        "clusters": r"''.join(chr(random.randrange(0x4e00, 0x9fff)) + chr(random.randrange(0x300, 0x36f)) for _ in range(5000)).encode()",
        "wide lines": r"'\u65e5'.encode() * 20000",
        "a line without an end": r"b'x' * 60000",
        "empty lines": r"b'\n' * 60000",
        "saved cursors and tabs": r"b'\x1b7\x1b[s\x1b[999C\x1bH\x1b[?1049h\x1b7\x1b[?1049l' * 1000",
        "repeats": r"b'x\x1b[9999b' * 4000",
        "inserted lines": r"b'\x1b[9999L\x1b[9999M\x1b[9999@\x1b[9999S\x1b[9999T' * 100",
        "coloured lines": r"b''.join(b'\x1b[38;2;%d;%d;%dmx' % (i, i, i) for i in range(200)) * 10 + b'\r\n'",
        "halves of characters": r"b'\xf0\x9f' * 30000",
    }
    SECONDS = 2.5
    ROOM = 24 << 10  # KiB: scrollback, log, what one packs

    def test_a_flood_takes_no_memory(self):
        for what, piece in self.FLOODS.items():
            with self.subTest(what):
                name = "flood-" + what.replace(" ", "-")
                code = (f"import os, random, time\nend = time.monotonic() + {self.SECONDS}\nn = 0\n"
                        f"while time.monotonic() < end or n < 20:\n  piece = {piece}\n  n += 1\n"
                        "  while piece: piece = piece[os.write(1, piece):]\n")
                self.start(name, "sh", "-c", RAW + f'{PYTHON} -c "$0"', code, options=("--log-max", "2M"))
                most = [0]

                def watch(name=name, most=most):
                    record = self.record(name)
                    most[0] = max(most[0], rss_of(record["shim"]["pid"]))
                    return record["state"] in ("exited", "failed", "cancelled", "killed")

                eventually(f"{name} is over", watch, 60)
                self.assertEqual(self.record(name)["state"], "exited", self.raw(name)[0][-300:])
                self.assertLess(most[0], self.ROOM)
                self.vigie("rm", name, expect=0)

    def test_clients_that_never_read_take_no_memory_each(self):
        self.start("seen", PYTHON, "-c", "import os\nwhile True: os.write(1, b'\\x1b[38;2;1;2;3mx' * 3000)", options=("--log-max", "2M"))
        self.wait_state("seen", "running")
        clients = []
        for _ in range(30):
            master, slave = pty.openpty()
            self.addCleanup(os.close, master)
            clients.append(self.spawn(harness.vigie_path, "attach", "seen", stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                      env={**self.env, "TERM": "xterm"}))
            os.close(slave)
        shim = self.record("seen")["shim"]["pid"]
        most = 0
        end = time.monotonic() + 4
        while time.monotonic() < end:
            most = max(most, rss_of(shim))
            time.sleep(0.05)
        self.assertEqual(self.record("seen")["shim"]["pid"], shim)
        self.assertLess(most, self.ROOM + 30 * 4096)

    def test_a_program_that_never_reads_can_still_be_answered_and_typed_to(self):
        code = ("import os, sys, tty, termios, time\ntty.setraw(0)\n"
                "for _ in range(2000): os.write(1, b'\\x1b[c' * 1000)\n"
                "time.sleep(0.5); termios.tcflush(0, termios.TCIFLUSH)\n"
                "time.sleep(0.5); termios.tcflush(0, termios.TCIFLUSH)\n"
                "os.write(1, b'\\x1b[6n'); got = b''\n"
                "while not got.endswith(b'R'): got += os.read(0, 1)\nprint('answer', got[-12:], flush=True)\n")
        self.start("late", PYTHON, "-c", code)
        self.wait_state("late", "exited", deadline=40)
        self.assertIn(b"answer", self.raw("late")[0])


class Circles(SafetyTest):
    """Processes that are each other's parents, on a saved host and in a recording of it."""

    def host(self, parents, command="python3\0train.py\0"):
        """A saved host with {pid: ppid}, all of them trainings."""
        root = self.path("host")
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(os.path.join(root, "sys"))
        os.makedirs(os.path.join(root, "proc"))
        for name, text in {"stat": "cpu 1 1 1 1 0 0 0 0 0 0\nbtime 1700000000\n", "uptime": "100000.00 100000.00\n",
                           "meminfo": "MemTotal: 1000000 kB\nMemFree: 500000 kB\nMemAvailable: 600000 kB\n",
                           "loadavg": "0.00 0.00 0.00 1/1 1\n"}.items():
            with open(os.path.join(root, "proc", name), "w", encoding="utf-8") as file:
                file.write(text)
        maps = "7f0000000000-7f0010000000 r-xp 00000000 08:01 7 /usr/lib/libtorch_cpu.so\n"
        for pid, ppid in parents.items():
            place = os.path.join(root, "proc", str(pid))
            os.mkdir(place)
            stat = f"{pid} (python3) S {ppid} {pid} {pid} 0 -1 0 0 0 0 0 10 10 0 0 20 0 1 0 1000 900000000 1000" + " 0" * 28 + "\n"
            for name, text in {"stat": stat, "cmdline": command, "maps": maps, "environ": "", "comm": "python3\n"}.items():
                with open(os.path.join(place, name), "w", encoding="utf-8") as file:
                    file.write(text)
        return root

    LOOKS = (("ls", "--interval", "0"), ("tree",), ("tree", "-a"), ("ps",), ("ps", "-a", "--interval", "0"), ("why",), ("check",),
             ("mem",))

    def all_looks_end(self, parents, *more):
        root = self.host(parents)
        recording = self.path("circle.vigie")
        if os.path.exists(recording):
            os.remove(recording)
        done = self.vigie("--root", root, "record", recording, "--for", "0.2s", "--interval", "0.1", timeout=60)
        self.assertEqual(done.code, 0, done)
        for look in (*self.LOOKS, *more):
            for source in (("--root", root), None):
                command = (*source, *look) if source else (*[word for word in look if word not in ("--interval", "0")], "--replay", recording)
                done = self.vigie(*command, timeout=60)
                self.assertIn(done.code, (0, 1, 3), (command, done))
                self.assertNotIn("internal error", done.err)
        return root

    def test_mutual_parents_hang_nobody(self):
        root = self.all_looks_end({100: 101, 101: 100, 200: 101}, ("tree", "101"), ("why", "100"))
        rows = json.loads(self.vigie("--root", root, "tree", "-a", "--json", expect=0).out)["processes"]
        self.assertEqual(sorted(row["pid"] for row in rows), [100, 101, 200])
        rows = json.loads(self.vigie("--root", root, "tree", "101", "--json", expect=0).out)["processes"]
        self.assertEqual((rows[0]["pid"], rows[0]["depth"], len(rows)), (101, 0, 3))

    def test_a_process_that_is_its_own_parent(self):
        self.all_looks_end({100: 100, 101: 100, 102: 101}, ("tree", "100"), ("why", "102"))

    def test_a_circle_of_many_and_one_that_leads_into_it(self):
        circle = {pid: pid + 1 for pid in range(100, 400)}
        self.all_looks_end({**circle, 400: 100, 50: 60, 60: 200, 500: 50}, ("tree", "500"))

    def test_a_long_chain_is_no_endless_one(self):
        """Not of its length squared either: 4,000 take what ten times 400 do."""

        def seconds(count):
            root = self.host({pid: pid + 1 if pid < 99 + count else 0 for pid in range(100, 100 + count)})
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            for look in (("ls", "--interval", "0"), ("tree", "-a"), ("why",)):
                self.vigie("--root", root, *look, timeout=60)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime - before.ru_utime

        self.assertLess(seconds(4000), 25 * seconds(400) + 0.5)


class Segments(SafetyTest):
    """The files that a log lies in, broken in every way."""

    def log_of(self, name, files):
        """An ended run whose log consists of these files."""
        self.start(name, "true")
        self.wait_state(name, "exited")
        directory = self.directory(name)
        for entry in os.listdir(directory):
            if entry.startswith("output."):
                os.remove(os.path.join(directory, entry))
        for entry, content in files.items():
            with open(os.path.join(directory, entry), "wb") as file:
                file.write(content)
        return directory

    def packed(self, content):
        return subprocess.run(["zstd", "-q", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout

    def test_a_segment_cut_short_does_not_end_the_log(self):
        behind = b"".join(b"line %d\n" % number for number in range(100_000))
        first, cut = 2000, len(behind) + 2000
        self.log_of("cut", {"output.begin.0000000000000000": b"", self.segment(0, first): b"begin\n" * 100,
                            self.segment(first, cut): behind, "output.log": b"end\n"})
        log, said = self.raw("cut")
        self.assertTrue(log == b"begin\n" * 100 + behind + b"end\n")
        self.assertRegex(said, r"1400 bytes of output before this are missing: .*damaged")
        shown = self.vigie("logs", "cut", expect=0).out
        self.assertRegex(shown, r"(?m)^\[vigie: 1400 bytes of output are missing here: .*damaged")
        self.assertTrue(shown.endswith("line 99999\nend\n"))
        self.assertIn("1400 bytes", self.vigie("logs", "-n", "1000000", "cut", expect=0).out)
        self.assertNotIn("--log-max", shown + said)

    def test_a_damaged_packed_one_is_called_damaged(self):
        if shutil.which("zstd") is None:
            self.skipTest("zstd is not installed")
        content = bytes(random.Random(1).randrange(32, 126) for _ in range(50_000))
        whole = self.packed(content)
        for number, bad in enumerate((whole[:len(whole) // 2], b"", b"garbage" * 100, whole[:100] + b"\0" * 200 + whole[300:])):
            name = f"damaged-{number}"
            self.log_of(name, {"output.begin.0000000000000000": b"", self.segment(0, 50_000, True): bad, "output.log": b"behind\n"})
            log, said = self.raw(name)
            self.assertEqual(log, b"behind\n")
            self.assertRegex(said, "^vigie: 50000 bytes of output before this are missing: .*damaged")
            self.assertNotIn("--log-max", said)

    def test_what_was_dropped_is_told_from_what_was_lost(self):
        """The limit drops the oldest; somebody removes a file from the middle."""
        code = "import os\nfor i in range(5000): os.write(1, os.urandom(750).hex().encode() + b' %d\\n' % i)"
        self.start("much", PYTHON, "-c", code, options=("--log-max", "1M", "--no-pty"))
        self.wait_state("much", "exited", deadline=60)
        directory = self.directory("much")

        def packed():  # what the packer has in hand would come back
            names = sorted(name for name in os.listdir(directory) if name.startswith("output.log."))
            return names if all(name.endswith(".zst") for name in names) else None

        segments = eventually("all segments are packed", packed)
        self.assertGreater(len(segments), 4, segments)
        middle = segments[2]
        begin, _, end = middle.removeprefix("output.log.").removesuffix(".zst").partition("-")
        os.remove(os.path.join(directory, middle))
        _, said = self.raw("much")
        lines = said.splitlines()
        self.assertEqual(len(lines), 2, said)
        self.assertRegex(lines[0], r"bytes of output before this are gone: the log is limited, see --log-max")
        self.assertRegex(lines[1], rf"^vigie: {int(end) - int(begin)} bytes of output before this are missing")
        self.assertNotIn("--log-max", lines[1])

    def test_overlapping_segments_and_twins_are_shown_once(self):
        self.log_of("overlap", {self.segment(0, 6): b"abcdef", self.segment(2, 4): b"xx", self.segment(4, 9): b"efghi",
                                self.segment(9, 2): b"nonsense", "output.log": b"jk\n"})
        self.assertEqual(self.raw("overlap"), (b"abcdefghijk\n", ""))

    def test_an_emptied_log_says_what_is_gone(self):
        """As people do with a log that grows: > output.log."""
        script = f"stty raw; seq 1 100000; {self.until('go')}; seq 1 1000; {self.until('end')}"
        self.start("emptied", "sh", "-c", script)
        self.wait_log("emptied", b"\n100000\n")
        with open(os.path.join(self.directory("emptied"), "output.log"), "wb"):
            pass
        self.touch("go")
        eventually("more is in the log", lambda: b"\n1000\n" in self.raw("emptied")[0])
        log, said = self.raw("emptied")
        self.assertRegex(said, rf"{len(numbers(100000))} bytes of output before this are missing")
        self.assertTrue(log.endswith(numbers(1000)), log[-30:])
        self.touch("end")
        self.wait_state("emptied", "exited")

    BLOCK = b"".join(b"%015d\n" % number for number in range(4096))

    def storm(self, name, options, interval):
        """Kills the shim again and again while a program prints this block for ever; how many bytes it printed."""
        code = (f"import os\nblock = b''.join(b'%015d\\n' % n for n in range({len(self.BLOCK) // 16}))\nn = 0\n"
                f"while not os.path.exists({self.path('stop')!r}):\n"
                "  n += os.write(1, block[n % len(block):])\n"
                f"open({self.path('printed')!r}, 'w').write(str(n))\n")
        command = ("sh", "-c", RAW + f'{PYTHON} -c "$0"', code) if "--no-pty" not in options else (PYTHON, "-c", code)
        self.start(name, *command, options=options)
        before = 0
        for _ in range(KILLS):
            end = time.monotonic() + 30
            while (shim := self.record(name)["shim"]["pid"]) in (0, before):
                self.assertLess(time.monotonic(), end, "no other shim came")
                time.sleep(0.001)
            before = shim
            time.sleep(random.random() * interval)
            os.kill(before, signal.SIGKILL)
        self.touch("stop")
        self.wait_state(name, "exited", deadline=120)
        with open(self.path("printed"), encoding="ascii") as file:
            return int(file.read())

    def accounted(self, name, printed, limited):
        log, said = self.raw(name)
        gone = sum(int(line.split()[1]) for line in said.splitlines())
        if not limited:
            self.assertEqual(said, "")
        self.assertFalse([line for line in said.splitlines() if "--log-max" not in line], said)
        self.assertEqual(len(log) + gone, printed, said)
        at, size = 0, len(self.BLOCK)
        while at < len(log):
            piece = self.BLOCK[(gone + at) % size:]
            self.assertTrue(log[at:at + len(piece)] == piece[:len(log) - at], f"another byte than was printed, after {at}")
            at += len(piece)

    def test_every_byte_is_there_or_said_to_be_gone_after_many_kills(self):
        """--log-max 1M: 840 KB were in no file and in no mark."""
        self.accounted("stormy", self.storm("stormy", ("--log-max", "1M"), 0.02), True)

    def test_every_byte_of_a_pipe_is_there_after_many_kills(self):
        self.accounted("piped", self.storm("piped", ("--log-max", "4G", "--no-pty"), 0.005), False)

    def test_a_killed_packer_leaves_nothing_for_ever(self):
        self.start("packed", "sh", "-c", f"seq 1 1000; {self.until('end')}")
        self.wait_log("packed", b"1000")
        directory = self.directory("packed")
        left = [self.segment(0, 500, True) + ".new", "output.log.next", "output.index.new.4194304"]
        for name in left:
            with open(os.path.join(directory, name), "wb") as file:
                file.write(b"half")
        shim = self.record("packed")["shim"]["pid"]
        os.kill(shim, signal.SIGKILL)
        eventually("another shim", lambda: self.record("packed")["shim"]["pid"] != shim)
        eventually("they are gone", lambda: not set(left) & set(os.listdir(directory)))
        self.touch("end")
        self.wait_state("packed", "exited")
        with open(os.path.join(directory, left[0]), "wb") as file:
            file.write(b"half")
        self.vigie("rm", "packed", expect=0)
        self.assertFalse(os.path.exists(directory))


class Records(SafetyTest):
    """Records that are empty, or anything."""

    BAD = (b"", b"\0" * 100, b"{", b'{"vigie": 1}\n', b"[1, 2]\n", bytes(range(256)), b'{"id": ["x"], "name": 3}\n')

    def wait_for_keeper(self, name):
        eventually("its keeper listens", lambda: os.path.exists(os.path.join(self.directory(name), "sock")))

    def damage(self, name, content):
        directory = self.directory(name)
        with open(os.path.join(directory, "run.json"), "wb") as file:
            file.write(content)
        return directory

    def test_a_living_run_is_there_whatever_becomes_of_its_record(self):
        for number, content in enumerate(self.BAD):
            name = f"living-{number}"
            self.start(name, "sleep", "1000")
            self.wait_state(name, "running")
            self.wait_for_keeper(name)
            self.damage(name, content)
            if number % 2 == 0:
                done = self.vigie("run", "--name", name, "--", "true")
                self.assertEqual(done.code, 1, done)
                self.assertIn("exists already", done.err)
            self.assertEqual(self.row(name)["state"], "running", content)
            self.assertEqual(self.record(name)["state"], "running")
            self.vigie("stop", name, expect=0)

    def test_a_record_that_was_removed_comes_back(self):
        self.start("removed", "sleep", "1000")
        self.wait_state("removed", "running")
        self.wait_for_keeper("removed")
        os.remove(os.path.join(self.directory("removed"), "run.json"))
        self.assertEqual(self.row("removed")["state"], "running")
        self.vigie("kill", "removed", expect=0)

    def test_a_directory_in_place_of_a_record_is_set_aside(self):
        self.start("blocked", "sleep", "1000")
        self.wait_state("blocked", "running")
        self.wait_for_keeper("blocked")
        record = os.path.join(self.directory("blocked"), "run.json")
        os.remove(record)
        os.mkdir(record)
        with open(os.path.join(record, "kept"), "w", encoding="ascii") as file:
            file.write("somebody's")
        self.assertEqual(self.row("blocked")["state"], "running")
        with open(f"{record}.directory.0/kept", encoding="ascii") as file:
            self.assertEqual(file.read(), "somebody's")
        self.vigie("stop", "blocked", expect=0)

    def test_a_living_run_whose_directory_was_removed_has_one_again(self):
        self.start("homeless", "sh", "-c", f"seq 1 20000; echo before; {self.until('go')}; echo after; sleep 1000")
        self.wait_log("homeless", b"before")
        written = len(self.raw_log("homeless"))
        record = self.record("homeless")
        directory = self.directory("homeless")
        eventually("rm removes it", lambda: subprocess.run(["rm", "-rf", directory], check=False, capture_output=True).returncode == 0)
        eventually("it is there again", lambda: os.path.exists(os.path.join(directory, "sock")))
        self.assertEqual(self.row("homeless")["state"], "running")
        self.touch("go")
        self.wait_log("homeless", b"after")
        log, _ = self.raw("homeless")
        missing = re.match(rb"\x18\r\n\[vigie: ([0-9]+) bytes of output are missing here", log)
        self.assertTrue(missing, log[:200])
        # What was read last is known to the holder: it is there again.
        self.assertGreaterEqual(int(missing[1]), written - 4096)
        # Both locks are there again: without its recorder, too, it is not started twice.
        os.kill(record["shim"]["pid"], signal.SIGKILL)
        self.assertIn("is running", self.vigie("restart", "homeless", expect=1).err)
        eventually("it has another recorder", lambda: self.record("homeless")["shim"]["pid"] not in (0, record["shim"]["pid"]))
        self.vigie("stop", "homeless", expect=0)
        self.assertFalse(harness.alive(record["leader"]["pid"]))

    def test_where_its_keeper_does_not_answer_that_is_said_and_the_name_is_not_given_again(self):
        self.start("mute", "sleep", "1000")
        self.wait_state("mute", "running")
        self.wait_for_keeper("mute")
        shim = self.record("mute")["shim"]["pid"]
        os.kill(shim, signal.SIGSTOP)
        directory = self.damage("mute", b"")
        run = os.path.basename(directory)
        try:
            done = self.vigie("ls", "--interval", "0", expect=0)
            self.assertRegex(done.out, rf"the record of run {run} cannot be read \(.*it is empty\): its keeper is there")
            status = next(source for source in self.json("ls", "--interval", "0")["sources"] if source["name"] == "runs")
            self.assertEqual(status["status"], "partial")
            self.assertIn(run, status["reason"])
            done = self.vigie("run", "--name", "mute", "--", "true")
            self.assertEqual(done.code, 1, done)
            self.assertIn("cannot be read", done.err)
            done = self.vigie("rm", run)
            self.assertEqual(done.code, 1, done)
            self.assertIn("its keeper is there", done.err)
            self.assertTrue(os.path.exists(directory))
        finally:
            os.kill(shim, signal.SIGCONT)
        self.assertEqual(self.row("mute")["state"], "running")
        self.vigie("kill", "mute", expect=0)

    def test_one_that_nobody_keeps_is_said_to_be_there_and_can_be_removed(self):
        self.start("dead", "true")
        self.wait_state("dead", "exited")
        for content in self.BAD:
            directory = self.damage("dead", content) if content == self.BAD[0] else directory
            with open(os.path.join(directory, "run.json"), "wb") as file:
                file.write(content)
            done = self.vigie("ls", "--interval", "0", expect=0)
            self.assertRegex(done.out, rf"the record of run {os.path.basename(directory)} cannot be read \(.*\): `vigie rm ")
            self.assertNotRegex(done.out, "[\x00-\x08\x0b-\x1f\x7f-\x9f]")
        run = os.path.basename(directory)
        self.assertRegex(self.vigie("logs", run).err, "cannot be read")
        self.assertEqual(self.vigie("rm", run[:3]).code, 3)  # by its whole id alone
        self.vigie("rm", run, expect=0)
        self.assertFalse(os.path.exists(directory))
        self.assertNotIn("cannot be read", self.vigie("ls", "--interval", "0", expect=0).out)


class Readers(SafetyTest):
    """Reading what a run printed."""

    def seconds(self, log):
        """CPU time of `vigie logs` for this log."""
        with open(os.path.join(self.place, "output.log"), "wb") as file:
            file.write(log)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([harness.vigie_path, "logs", "shown"], env=self.env, stdout=subprocess.DEVNULL, check=True, timeout=120)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    def test_logs_take_no_time_for_each_character_of_a_long_line(self):
        """140 KB of `ESC[@ESC[P` took 5 s: each of them moved the whole line."""
        self.start("shown", "true")
        self.wait_state("shown", "exited")
        self.place = self.directory("shown")
        for attack in (b"\x1b[@\x1b[P", b"\x1b[1K", b"\x1b[9999@", b"\x1b[9999P", b"\x1b[9999L", b"\x1b[9999X", b"\x1b[4hx", b"\x1b[1000000C",
                       "日\r".encode(), b"\rx", b"\x1b[9999b\r", b"\x1b[A\n", b"\x1b[2J"):
            def log(length, attack=attack):
                return b"y" * length + b"\r" + attack * ((140 << 10) // len(attack)) + b"\n"
            short = self.seconds(log(2000))
            self.assertLess(self.seconds(log(1_000_000)), 4 * short + 0.5, attack)

    def test_detaching_leaves_no_answers_for_the_shell(self):
        """A program asks all the time, over a line that is slow: the terminal's answers come when it is detached already."""
        code = ("import os, sys, time, tty\ntty.setraw(0)\nprint('here', flush=True)\n"
                "while True: os.write(1, b'\\x1b[6n\\x1b[c\\x1b]11;?\\x07' * 3); time.sleep(0.02)\n")
        self.start("asks", PYTHON, "-c", code)
        self.wait_log("asks", b"here")
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        settings = termios.tcgetattr(slave)
        child = self.spawn(harness.vigie_path, "attach", "asks", stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                           env={**self.env, "TERM": "xterm"})
        answers = {b"\x1b[6n": b"\x1b[24;80R", b"\x1b[c": b"\x1b[?64;1;2;6;22c", b"\x1b]11;?\x07": b"\x1b]11;rgb:0000/0000/0000\x07",
                   b"\x1b[5n": b"\x1b[0n"}
        seen, due, detached = b"", [], False
        latency, end = 0.15, None
        while end is None or time.monotonic() < end:
            for moment, answer in [one for one in due if one[0] <= time.monotonic()]:
                os.write(master, answer)
                due.remove((moment, answer))
            if select.select([master], [], [], 0.01)[0]:
                seen += os.read(master, 65536)
                while found := [(seen.find(question), question) for question in answers if question in seen]:
                    at, question = min(found)
                    due.append((time.monotonic() + latency, answers[question]))
                    seen = seen[at + len(question):]
                seen = seen[-20:]
            if not detached and len(due) > 20:
                os.write(master, b"\x02d")
                detached = True
            if end is None and child.poll() is not None:
                end = time.monotonic() + 3 * latency
        self.assertTrue(detached)
        self.assertEqual(child.returncode, 0)
        self.assertEqual(termios.tcgetattr(slave), settings)
        raw = termios.tcgetattr(slave)
        raw[3] &= ~termios.ICANON
        termios.tcsetattr(slave, termios.TCSANOW, raw)
        left = os.read(slave, 65536) if select.select([slave], [], [], 0)[0] else b""
        self.assertEqual(left, b"")


class DeadMount(SafetyTest):
    """A file system whose server does not answer: who asks it waits in the kernel, and cannot be killed."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can mount the file system of a dead server")
        os.mkdir(self.path("dead"))
        self.scene = subprocess.Popen([sys.executable, STUCK, "--mute", self.path("dead")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        self.addCleanup(self.end_scene)
        said = self.scene.stdout.readline().strip()
        if said != "ready":
            self.skipTest(said)

    def end_scene(self):
        self.scene.communicate()

    def ends(self, *command):
        """The command ends, all of it: neither a zombie nor a process that holds its output stays."""
        child = subprocess.Popen([harness.vigie_path, *command], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        try:
            out = child.communicate(timeout=30)[0].decode()
        except subprocess.TimeoutExpired:
            self.end_scene()  # what waits for the server ends with it
            child.kill()
            child.communicate()
            self.fail(f"vigie {' '.join(command)} never ends")
        return child.returncode, out

    def test_no_command_stays_behind(self):
        self.start("busy", "sleep", "1000")
        self.wait_state("busy", "running")
        for command in (("why", "busy"), ("check",), ("check", "busy"), ("mem",), ("stat", "0.1", "1"),
                        ("record", self.path("seen.vigie"), "--for", "1.2s", "--interval", "0.3"), ("ls",), ("ps", "-a"), ("net",),
                        ("doctor",), ("files", "busy"), ("maps", "busy"), ("tree", "-a")):
            began = time.monotonic()
            code, out = self.ends(*command)
            self.assertIn(code, (0, 1, 2), (command, out))
            self.assertLess(time.monotonic() - began, 20, command)

    def test_who_is_killed_meanwhile_leaves_no_zombie(self):
        child = self.spawn(harness.vigie_path, "record", self.path("seen.vigie"), "--interval", "0.2", stderr=subprocess.PIPE)
        eventually("it records", lambda: os.path.exists(self.path("seen.vigie")) and os.path.getsize(self.path("seen.vigie")) > 0)
        child.kill()
        eventually("it is gone", lambda: child.poll() is not None, 10)
