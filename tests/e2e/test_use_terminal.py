"""What a user sees of a run's terminal and of the looks: sizes, keys, colours, what fits a line."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import harness

RESET = b"\x1b[H\x1b[J"  # with it a redraw begins to draw
ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>78])")


class Pty:
    """vigie on a terminal that shows nothing and keeps every byte."""

    def __init__(self, test, *args, rows=24, columns=80, env=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.bytes = b""
        environment = {**test.env, "TERM": "xterm-256color", **(env or {})}
        self.child = subprocess.Popen([harness.vigie_path, *args], env=environment, cwd=test.dir, stdin=slave, stdout=slave,
                                      stderr=slave, start_new_session=True)
        os.close(slave)
        test.children.append(self.child)
        test.addCleanup(os.close, self.master)

    def pump(self, seconds=0.0):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # EIO: nobody has it open any more
                piece = b""
            if not piece:
                return False
            if b"\x1b[5n" in piece:
                os.write(self.master, b"\x1b[0n")  # a terminal is there
            self.bytes += piece
        return True

    def wait_for(self, what, deadline=harness.DEADLINE):
        found = lambda: (self.pump(), what in self.bytes)[1]
        try:
            harness.eventually(f"{what!r} on the terminal", found, deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.bytes[-1500:]!r}") from None
        return self.bytes

    def type(self, keys):
        os.write(self.master, keys)

    def wait_end(self, code=0):
        harness.eventually("it ends", lambda: (self.pump(), self.child.poll() is not None)[1])
        self.pump()
        if self.child.returncode != code:
            raise AssertionError(f"ended with {self.child.returncode}: {self.bytes[-1500:]!r}")
        return self.bytes


class AttachedTerminal(harness.VigieTest):
    def attach(self, name, *options, **terminal):
        client = Pty(self, "attach", *options, name, **terminal)
        client.wait_for(RESET)
        return client

    def prints(self, name, text):
        """A run that prints the bytes and stays."""
        with open(self.path(name + ".bin"), "wb") as file:
            file.write(text)
        self.start(name, "sh", "-c", f"stty raw -echo; cat '{self.path(name + '.bin')}'; echo printed; exec cat")
        self.wait_log(name, b"printed")

    def test_a_program_starts_at_the_size_of_the_terminal_that_attaches(self):
        client = Pty(self, "run", "--attach", "--name", "size", "--", "stty", "size", rows=31, columns=77)
        client.wait_end()
        self.assertEqual(self.raw_log("size").strip(), b"31 77")
        self.start("usual", "stty", "size")
        self.wait_state("usual", "exited")
        self.assertEqual(self.raw_log("usual").strip(), b"50 200")

    def test_the_detach_keys_are_known_with_num_lock_and_the_protocol_is_given_back(self):
        self.prints("kitty", b"\x1b[>1u\x1b[?1004h\x1b[?2004h\x1b[>4;2m\x1b[?2031h")
        for keys in (b"\x1b[98;133ud", b"\x1b[98;69u\x1b[100;65u", b"\x1b[98;5:1u\x1b[98;5:3u\x1b[100u", b"\x02d"):
            client = self.attach("kitty")
            client.wait_for(b"\x1b[>1u")  # set again, for every terminal that comes
            client.wait_for(b"\x1b[?2004h")
            client.type(keys)
            seen = client.wait_end()
            self.assertIn(b"detached from kitty", seen)
            after = seen[seen.rindex(b"\x1b[>1u"):]
            for taken_back in (b"\x1b[<99u", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[>4m", b"\x1b[?2031l"):
                self.assertIn(taken_back, after, keys)

    def test_a_smaller_terminal_that_only_looks_on_is_told_that_it_sees_a_part(self):
        self.start("large", "sh", "-c", "for i in $(seq 40); do echo line $i; done; echo printed; exec cat")
        self.wait_log("large", b"printed")
        small = Pty(self, "attach", "--read-only", "large", rows=24, columns=80)
        small.wait_for(b"has 50 rows of 200 columns, more than yours")
        fitting = Pty(self, "attach", "--read-only", "large", rows=50, columns=200)
        fitting.wait_for(b"printed")
        self.assertNotIn(b"more than yours", fitting.bytes)

    def test_what_a_program_never_set_is_left_to_the_user(self):
        self.prints("plain", b"hello")
        client = self.attach("plain")
        client.wait_for(b"hello")
        client.type(b"\x02d")
        seen = client.wait_end()
        for touched in (b"\x1b[<", b"\x1b]104", b"\x1b]111", b"\x1b]8;", b"\x1b[?2031"):
            self.assertNotIn(touched, seen)
        self.assertLess(seen.index(b"\x1b[22;2t"), seen.index(b"\x1b[23;2t"))  # its title comes back

    def test_a_client_that_comes_later_gets_links_colours_and_underlines(self):
        self.prints("look", b"\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\ \x1b]4;1;rgb:ff/00/ff\x1b\\\x1b]11;rgb:00/00/80\x07"
                            b"\x1b]12;red\x07\x1b[4:3;58:5:9mcurly\x1b[0m\x1b[58:2::1:2:3;4mdirect\x1b[m")
        client = self.attach("look")
        client.wait_for(b"printed")
        for part in (b"\x1b]8;;http://x/\x1b\\", b"\x1b]4;1;rgb:ff/00/ff", b"\x1b]11;rgb:00/00/80", b"\x1b]12;red", b"58:5:9m",
                     b"58:2::1:2:3m"):
            client.wait_for(part)
        client.type(b"\x02d")
        seen = client.wait_end()
        for part in (b"\x1b]104;1\x1b\\", b"\x1b]111\x1b\\", b"\x1b]112\x1b\\"):
            self.assertIn(part, seen[seen.rindex(b"printed"):])

    def test_a_client_that_comes_later_sees_the_screen_of_es(self):
        self.prints("decaln", b"abc\x1b#8\x1b[5;5H")
        client = self.attach("decaln", rows=50, columns=200)
        client.wait_for(b"E" * 200)
        self.assertNotIn(b"abc", client.bytes)

    def test_how_to_leave_is_said_before_the_screen(self):
        self.start("cat", "cat")
        for options, words in (((), b"Ctrl-b d detaches"), (("--detach-keys", "ctrl-],x"), b"Ctrl-] x detaches")):
            client = self.attach("cat", *options)
            self.assertIn(words, client.bytes[:client.bytes.index(RESET)])

    def test_a_run_that_ctrl_z_stopped_is_not_said_to_go_on(self):
        self.start("stops", "sh", "-c", "echo ready; while :; do sleep 0.1; done")
        self.wait_log("stops", b"ready")
        client = self.attach("stops")
        client.wait_for(b"ready")
        client.type(b"\x1a")
        client.wait_for(b"stops is stopped: `vigie resume stops`")
        client.type(b"\x02d")
        seen = client.wait_end()
        self.assertIn(b"detached from stops, which is stopped: `vigie resume stops`", seen)
        again = self.attach("stops")
        again.wait_for(b"stops is stopped: `vigie resume stops`")
        self.vigie("resume", "stops", expect=0)
        again.type(b"\x02d")
        self.assertIn(b"detached from stops, which goes on", again.wait_end())

    def test_attaching_to_a_queued_run_waits_and_leaves_the_screen_alone(self):
        self.start("first", "sh", "-c", self.until("go"))
        clients = []
        for command in (["run", "--attach", "--name", "second", "--after", "first", "--", "sh", "-c", "stty size; exec cat"],
                        ["attach", "second"]):
            client = Pty(self, *command, rows=33, columns=79)
            client.wait_for(b"second waits for run first to end")
            client.pump(0.3)
            self.assertNotIn(b"\x1b", client.bytes)
            self.assertEqual(client.bytes.count(b"waits for"), 1)
            clients.append(client)
        self.touch("go")
        for client in clients:
            client.wait_for(b"33 79")

    def test_the_next_attempt_of_a_run_is_shown_to_who_watched_the_last_one(self):
        client = Pty(self, "run", "--attach", "--name", "again", "--restart", "on-failure:1", "--", "sh", "-c",
                     'echo "attempt $VIGIE_ATTEMPT"; [ $VIGIE_ATTEMPT = 2 ] && exec cat; exit 3')
        client.wait_for(b"attempt 1")
        client.wait_for(b"attempt 2", 40)
        client.type(b"\x02d")
        self.assertIn(b"detached from again", client.wait_end())


class Looks(harness.VigieTest):
    def look(self, *args, columns=80, color=False, code=None):
        """What it prints on a terminal, as lines."""
        env = dict(self.env)
        if color:
            env.pop("NO_COLOR")
        shown = Pty(self, *args, columns=columns, env=None if not color else {"NO_COLOR": ""})
        harness.eventually("it ends", lambda: (shown.pump(), shown.child.poll() is not None)[1], 60)
        shown.pump()
        if code is not None:
            self.assertEqual(shown.child.returncode, code, shown.bytes)
        lines = shown.bytes.decode().replace("\r\n", "\n").rstrip("\n").split("\n")
        for line in lines:
            self.assertLessEqual(len(ESCAPE.sub("", line)), columns, lines)
        return lines

    def long_names(self):
        """A run whose progress has much to say, and whose name is long."""
        bar = ("import tqdm, time\nbar = tqdm.tqdm(total=2604, mininterval=0, desc='epoch')\n"
               "for i in range(1000):\n bar.update(1 if i < 1000 else 0); time.sleep(0.02 if i < 20 else 1000)")
        self.start("resnet50-imagenet-lr-0.1", "/usr/bin/python3", "-c", bar)
        self.wait_steps("resnet50-imagenet-lr-0.1", 10)

    def test_ls_on_80_columns_keeps_the_progress(self):
        self.long_names()
        for columns, progress in ((80, r"\d+/2604 \d+% .* eta \d[^…]*$"), (60, r"\d+/2604 \d+% ")):
            lines = self.look("ls", "--interval", "0.1", columns=columns)
            row = next(line for line in lines if line.startswith("resnet50-"))
            self.assertIn("resnet50-imagenet-lr-0.1 running", row)
            self.assertRegex(row, progress)

    def test_a_bar_as_wide_as_the_runs_terminal_is_a_line_on_a_narrower_one(self):
        self.long_names()
        lines = self.look("logs", "-n", "1", "resnet50-imagenet-lr-0.1", columns=80)
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"^epoch: +\d+%\|.*\| \d+/2604 \[.*it/s\]$")
        self.assertGreater(len(self.vigie("logs", "-n", "1", "resnet50-imagenet-lr-0.1").out), 150)  # a pipe has all of it

    def test_check_says_first_how_many_faults_there_are_and_then_which(self):
        order = ["critical", "warning", "unknown", "ok"]
        lines = self.look("check", "--interval", "0.2", columns=80)
        self.assertRegex(lines[0], r"^\d+ critical, \d+ warnings?, \d+ ok(, \d+ not known)?$")
        seen = [word for line in lines for word in order if re.match(rf"^[a-z_.]+ .* {word}( |$)", line)]
        self.assertEqual(seen, sorted(seen, key=order.index))
        self.assertEqual(int(lines[0].split()[0]), seen.count("critical"))
        self.assertNotIn("…", "".join(lines))
        wide = " ".join(self.look("check", "--interval", "0.2", columns=200))
        for advice in ("of 2 CPUs", "no swap"):
            self.assertEqual(advice in wide, advice in " ".join(" ".join(lines).split()), advice)

    def test_stat_drops_whole_groups_and_says_which(self):
        for args, dropped in ((["all", "--top"], "proc, psi"), (["cpu", "mem", "psi", "proc", "--top"], "proc")):
            lines = self.look("stat", *args, "0.1", "2", columns=80)
            self.assertTrue(lines[0].startswith(f"not shown on 80 columns: {dropped}"), lines)
            self.assertLessEqual(max(map(len, lines)), 80)
            self.assertRegex(lines[1], "TOP-CPU +TOP-DISK +TOP-MEM$")  # it was asked for by name
        lines = self.look("stat", "cpu", "mem", "psi", "proc", "0.1", "2", columns=80)
        self.assertTrue(lines[0].startswith("not shown on 80 columns: proc"), lines)
        self.assertEqual(len({len(line.split()) for line in lines[1:]}), 1, lines)  # no row has less than its head
        self.assertNotIn("not shown", self.look("stat", "0.1", "1", columns=120)[0])
        disk = self.look("stat", "disk", "0.1", "1", columns=60)
        self.assertIn("UTIL", next(line for line in disk if line.startswith("TIME")))

    def test_stat_per_core_has_all_cpus_together_and_averages_at_the_end(self):
        lines = self.look("stat", "cpu", "--per-core", "0.2", "3", columns=100)
        cpus = os.cpu_count()
        self.assertEqual([line.split()[1] for line in lines].count("all"), 4)
        averages = [line.split() for line in lines if line.startswith("Average:")]
        self.assertEqual([row[1] for row in averages], ["all", *map(str, range(cpus))])
        idle = [float(line.split()[-1]) for line in lines if re.match(r"^\d\d:\d\d:\d\d all ", line)]
        self.assertAlmostEqual(float(averages[0][-1]), sum(idle) / len(idle), delta=5)

    def test_ps_shows_the_column_that_it_sorts_by_and_adds_up_since_the_start(self):
        lines = self.look("ps", "-a", "--sort", "-io", "-n", "3", "--interval", "0.1")
        self.assertIn("IO/s", lines[0].split())
        lines = self.look("ps", "-a", "--sort", "-io", "--since-start", "-n", "3", "--interval", "0.1")
        self.assertIn("IO", lines[0].split())
        self.assertNotIn("CPU%", lines[0].split())
        writer = self.spawn("/bin/sh", "-c", f"head -c 5000000 /dev/zero > '{self.path('data')}'; sync '{self.path('data')}'; "
                                             "echo done; exec sleep 1000", stdout=subprocess.PIPE)
        self.assertEqual(writer.stdout.readline(), b"done\n")
        with open("/proc/self/io", encoding="utf-8") as io:
            counted = "write_bytes" in io.read()
        if counted:
            row = self.json("ps", str(writer.pid), "-o", "pid,io_bytes", "--interval", "0")["processes"][0]
            with open(f"/proc/{writer.pid}/io", encoding="utf-8") as io:
                own = dict(line.split(": ") for line in io.read().split("\n") if line)
            self.assertEqual(row["io_bytes"], int(own["read_bytes"]) + int(own["write_bytes"]))

    def test_files_shows_data_and_logs_before_shared_memory(self):
        script = ("import os, time\n"
                  "shm = open('/dev/shm/vigie-e2e-%d' % os.getpid(), 'wb'); shm.truncate(50_000_000); os.unlink(shm.name)\n"
                  "data = open(os.environ['DATA'], 'rb'); log = open(os.environ['DATA'] + '.log', 'w')\n"
                  "print('ready', flush=True); time.sleep(1000)")
        with open(self.path("data"), "wb") as file:
            file.write(b"x" * 1000)
        holder = self.spawn("/usr/bin/python3", "-c", script, stdout=subprocess.PIPE,
                            env={**self.env, "DATA": self.path("data")})
        self.assertEqual(holder.stdout.readline(), b"ready\n")
        paths = self.vigie("files", str(holder.pid), "--interval", "0.1", expect=0).out
        self.assertLess(max(paths.index(self.path("data")), paths.index(self.path("data") + ".log")),
                        paths.index("/dev/shm/vigie-e2e-"))

    def test_what_failed_is_red_on_a_terminal_that_has_colours(self):
        self.start("bad", "sh", "-c", "exit 3")
        self.wait_state("bad", "failed")
        red = "\x1b[1;31m"
        for args in (["ls", "--interval", "0"], ["why", "bad"]):
            self.assertIn(red, "".join(self.look(*args, color=True)))
            self.assertNotIn("\x1b", "".join(self.look(*args)))
            self.assertNotIn("\x1b", self.vigie(*args, env={**self.env, "NO_COLOR": ""}).out)


class LabsKeepTheirScene(harness.VigieTest):
    def setUp(self):
        super().setUp()
        self.env["TMUX_TMPDIR"] = self.dir
        self.env.pop("TMUX", None)
        self.addCleanup(lambda: self.vigie("lab", "--reset", expect=0))

    def there(self, name):
        return name in [run["name"] for run in self.runs()]

    def looked_at(self, number, name, solve):
        """What a user does who works in one terminal and has the lab in another."""
        lab = Pty(self, "lab", str(number))
        lab.wait_for(b"Ctrl-C leaves", 60)
        solve()
        lab.wait_for(b"[ ] " + {2: b"look again", 4: b"look again", 7: b"it goes on without you"}[number])
        self.assertTrue(self.there(name))
        lab.wait_for(b"Enter removes it", 40)
        self.assertTrue(self.there(name))
        lab.type(b"\n")
        lab.wait_for(b"The scene is removed")
        lab.wait_end()
        self.assertFalse(self.there(name))
        return lab.bytes.decode()

    def solution(self, number):
        return [line.strip() for line in self.vigie("lab", str(number), "--solution").out.split("With the classic")[0].split("\n")]

    def test_2_until_the_peaks_are_seen_to_be_gone(self):
        def solve():
            self.vigie(*self.solution(2)[2].split()[1:], expect=0)
        self.looked_at(2, "lab-2-train", solve)

    def test_4_until_share_and_latency_are_measured_and_the_latency_differs(self):
        def solve():
            for line in self.solution(4)[2:4]:
                self.vigie(*line.split()[1:], expect=0)
        out = " ".join(self.looked_at(4, "lab-4-train", solve).split())
        before, after = map(float, re.search(r"it waited (\d+) ms, and waits (\d+) ms now", out).groups())
        self.assertLess(after, before)
        self.assertRegex(out, r"A read of the disk took ([\d.]+ ms|an unknown time), and takes ([\d.]+ ms|an unknown time) now")

    def test_7_until_the_session_is_seen_to_go_on(self):
        if subprocess.run(["sh", "-c", "command -v tmux"], capture_output=True, check=False).returncode != 0:
            self.skipTest("there is no tmux")
        self.looked_at(7, "lab-7-train", lambda: self.vigie("workspace", "-d", "lab-7-train", expect=0))
