"""vigie top on real terminals, in tmux, and with its display of JSON."""

import fcntl
import json
import os
import pty
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import harness

try:
    import pyte
except ImportError:
    pyte = None

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "fixtures", "hosts"))
import make  # noqa: E402  pylint: disable=wrong-import-position

TO_ALTERNATE, FROM_ALTERNATE = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A program on a terminal of its own; what it writes is kept."""

    def __init__(self, test, args, rows=24, columns=80, term="xterm-256color", env=None, speed=None):
        self.master, slave = pty.openpty()
        if speed:
            attributes = termios.tcgetattr(slave)
            attributes[4] = attributes[5] = speed
            termios.tcsetattr(slave, termios.TCSANOW, attributes)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {**(env or test.env), "TERM": term}
        self.before = termios.tcgetattr(slave)
        self.child = subprocess.Popen([harness.vigie_path, *args], env=env, cwd=test.dir, stdin=slave, stdout=slave,
                                      stderr=slave, preexec_fn=own_terminal)
        self.slave, self.text = slave, b""
        test.addCleanup(self.close)

    def read(self, seconds=0.2):
        while self.master is not None and select.select([self.master], [], [], seconds)[0]:
            try:
                self.text += os.read(self.master, 65536)
            except OSError:
                return

    def wait_for(self, part, since=0):
        def found():
            self.read()
            return part in self.text[since:]
        harness.eventually(f"{part!r} is shown", found)

    def type(self, keys):
        os.write(self.master, keys)

    def ends(self):
        def ended():
            self.read(0.05)
            return self.child.poll() is not None
        harness.eventually("it ends", ended)
        self.read(0.05)
        return self.child.returncode

    def hang_up(self):
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = None

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        if self.master is not None:
            self.hang_up()


def own_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class OnTerminals(harness.VigieTest):
    def top(self, *args, **options):
        terminal = Terminal(self, ["top", "--interval", "0.3", *args], **options)
        terminal.wait_for(b"COMMAND")
        return terminal

    def test_it_opens_and_q_leaves_the_terminal_as_it_was(self):
        terminal = self.top()
        self.assertIn(TO_ALTERNATE, terminal.text)
        terminal.type(b"q")
        self.assertEqual(terminal.ends(), 0)
        self.assertTrue(terminal.text.rstrip(b"\r\n").endswith((FROM_ALTERNATE, b"\x1b[?1l\x1b>", b"\x1b[?25h")), terminal.text[-60:])
        self.assertIn(FROM_ALTERNATE, terminal.text)
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_a_key_is_answered_before_the_next_frame(self):
        terminal = Terminal(self, ["top", "--interval", "30"])
        terminal.wait_for(b"COMMAND")
        asked = time.monotonic()
        terminal.type(b"?")
        terminal.wait_for(b"Keys of")
        self.assertLess(time.monotonic() - asked, 5)

    def test_signals_that_end_it_leave_the_terminal_as_it_was(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT):
            terminal = self.top()
            terminal.child.send_signal(number)
            status = terminal.ends()
            fatal = number in (signal.SIGSEGV, signal.SIGABRT)
            self.assertEqual(status, -number if fatal else 0, number)
            self.assertIn(FROM_ALTERNATE, terminal.text, number)
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before, number)
            terminal.close()

    def test_a_terminal_that_takes_nothing_does_not_keep_it_from_ending(self):
        for stopped in (False, True):
            terminal = self.top()
            if stopped:
                termios.tcflow(terminal.slave, termios.TCOOFF)
            unread = []

            def takes_no_more(terminal=terminal, unread=unread):
                terminal.type(b"\x0c")  # a whole picture, which nothing reads
                count = fcntl.ioctl(terminal.master, termios.FIONREAD, struct.pack("i", 0))
                unread.append(struct.unpack("i", count)[0])
                return len(unread) > 20 and len(set(unread[-20:])) == 1

            harness.eventually("it takes no more", takes_no_more)
            terminal.child.send_signal(signal.SIGTERM)
            harness.eventually("it ends", lambda terminal=terminal: terminal.child.poll() is not None, 10)
            self.assertEqual(terminal.child.returncode, 0)
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
            terminal.close()

    def test_a_terminal_that_hangs_up_ends_it(self):
        terminal = self.top()
        terminal.hang_up()
        terminal.ends()

    def test_a_terminal_that_loses_its_size_ends_it_with_the_reason(self):
        for rows, columns in ((0, 0), (0, 80), (24, 0)):
            terminal = self.top()
            fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            terminal.child.send_signal(signal.SIGWINCH)
            self.assertEqual(terminal.ends(), 1)
            self.assertIn(b"the terminal lost its size", terminal.text)
            terminal.close()

    def test_the_size_of_the_terminal_goes_before_that_of_the_environment(self):
        terminal = self.top(rows=40, columns=140, env={**self.env, "LINES": "24", "COLUMNS": "80"})
        terminal.wait_for(b"\x1b[1;40r")  # all rows scroll

    def test_stopped_and_continued_it_draws_everything_anew(self):
        terminal = self.top()
        terminal.child.send_signal(signal.SIGSTOP)
        harness.eventually("it is stopped", lambda: harness.state_of(terminal.child.pid) == "T")
        terminal.read()
        before = len(terminal.text)
        terminal.child.send_signal(signal.SIGCONT)
        terminal.wait_for(b"COMMAND", since=before)
        terminal.type(b"q")
        self.assertEqual(terminal.ends(), 0)

    def test_ctrl_z_gives_the_terminal_back(self):
        terminal = self.top()
        terminal.child.send_signal(signal.SIGTSTP)
        harness.eventually("it is stopped", lambda: harness.state_of(terminal.child.pid) == "T")
        terminal.read()
        self.assertIn(FROM_ALTERNATE, terminal.text)
        before = len(terminal.text)
        terminal.child.send_signal(signal.SIGCONT)
        terminal.wait_for(b"COMMAND", since=before)

    def test_an_unknown_terminal_is_drawn_on_and_it_is_said(self):
        terminal = self.top(term="no-such-terminal")
        self.assertIn(b"no-such-terminal", terminal.text)
        self.assertIn(b"xterm-256color", terminal.text)

    def test_where_it_cannot_draw_it_says_so(self):
        terminal = Terminal(self, ["top"], term="dumb")
        self.assertEqual(terminal.ends(), 2)
        self.assertIn(b"cannot move its cursor", terminal.text)
        terminal = Terminal(self, ["top"], rows=0, columns=0)
        self.assertEqual(terminal.ends(), 2)
        self.assertIn(b"no size", terminal.text)
        self.assertIn("takes a terminal", self.vigie("top", expect=2).err)

    def test_what_is_no_recording_is_said_before_the_screen_opens(self):
        os.mkfifo(self.path("fifo"))
        terminal = Terminal(self, ["top", "--replay", self.path("fifo")])
        self.assertEqual(terminal.ends(), 2)
        self.assertIn(b"no regular file", terminal.text)
        self.assertNotIn(TO_ALTERNATE, terminal.text)

    def test_vigie_alone_opens_it_on_a_terminal_and_lists_runs_in_a_pipe(self):
        terminal = Terminal(self, [])
        terminal.wait_for(b"COMMAND")
        self.assertIn(TO_ALTERNATE, terminal.text)
        listed = self.vigie().out
        self.assertTrue("no runs" in listed or listed.startswith("NAME"), listed)

    def test_every_size_from_20_by_5_on_shows_processes(self):
        for rows, columns in ((5, 20), (24, 80), (60, 250)):
            terminal = Terminal(self, ["top", "--interval", "0.3"], rows=rows, columns=columns)
            terminal.wait_for(b"PID")
            terminal.type(b"q")
            self.assertEqual(terminal.ends(), 0)

    def test_nothing_of_a_hostile_command_line_reaches_the_terminal_raw(self):
        evil = "\x1b]0;owned\x07\x1b[31mred"
        self.spawn(sys.executable, "-c", "import time; time.sleep(1000)", evil, "find-me")
        terminal = self.top("--filter", "find-me", columns=200)
        terminal.wait_for(b"owned")
        self.assertNotIn(evil[:9].encode(), terminal.text)
        self.assertIn(b"\\x1b]0;owned", terminal.text)


class SlowLine:
    """vigie top behind a line of 9,600 baud: what a terminal's model has of the 960 bytes that come through in a second."""

    BYTES_A_SECOND, AT_ONCE = 960, 24

    def __init__(self, test, *args):
        env = {**test.env, "NO_COLOR": ""}
        self.terminal = Terminal(test, ["top", *args], env=env, speed=termios.B9600)
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.next_read = time.monotonic()

    def until(self, predicate, seconds=60):
        """How long it took, in seconds; the line goes on at its speed meanwhile."""
        begun = time.monotonic()
        while not predicate(self.screen):
            if time.monotonic() - begun > seconds * harness.patience:
                raise AssertionError("not seen on the slow line:\n" + "\n".join(self.screen.display))
            time.sleep(max(self.next_read - time.monotonic(), 0))
            self.next_read = max(self.next_read, time.monotonic() - 0.1) + self.AT_ONCE / self.BYTES_A_SECOND
            if select.select([self.terminal.master], [], [], 0)[0]:
                self.stream.feed(os.read(self.terminal.master, self.AT_ONCE))
        return time.monotonic() - begun

    def answer(self, keys, predicate):
        self.terminal.type(keys)
        return self.until(predicate)

    def rows_under_cursor(self):
        """Of the processes; two while the cursor moves. The line of titles has a background of its own."""
        head = next((row for row in range(24) if "COMMAND" in self.screen.display[row]), 23)
        return {row for row in range(head + 1, 23) if self.screen.buffer[row][0].bg != "default"}


@unittest.skipIf(pyte is None, "python3-pyte is not installed")
class OnSlowLines(harness.VigieTest):
    def test_a_key_is_answered_within_200_ms_over_9600_baud(self):
        for _ in range(3):
            self.spawn(sys.executable, "-c", "while True: pass")  # numbers change in every picture
        line = SlowLine(self, "processes", "--interval", "0.5", "--sort=-pid")
        line.until(lambda screen: "960 bytes a second" in screen.display[23] and "COMMAND" in screen.display[1])
        line.answer(b"\x1bOB", lambda screen: line.rows_under_cursor())
        took = []
        for _ in range(5):
            before = line.rows_under_cursor()
            took.append(line.answer(b"\x1bOB", lambda screen, before=before: line.rows_under_cursor() - before))
            took.append(line.answer(b"/", lambda screen: "Search:" in screen.display[23]))
            took.append(line.answer(b"\x1b", lambda screen: "F1" in screen.display[23]))
            took.append(line.answer(b"?", lambda screen: "Keys of" in screen.display[0]))
            took.append(line.answer(b"q", lambda screen: any(screen.buffer[row][0].bg != "default" for row in range(2, 23))))
            line.until(lambda screen: len(line.rows_under_cursor()) == 1 and "COMMAND" in screen.display[1])
        self.assertLess(sorted(took)[len(took) * 9 // 10], 0.2 * harness.patience, [round(one, 3) for one in took])

    def test_a_terminal_that_stands_still_does_not_hold_it_up(self):
        """Ctrl-S, or a network that is gone: it must not sleep in write(2), where SIGTERM waits behind it."""
        terminal = Terminal(self, ["top", "--interval", "1"], rows=60, columns=200)
        terminal.wait_for(b"COMMAND")
        termios.tcflow(terminal.slave, termios.TCOOFF)
        before = len(terminal.text)
        terminal.type(b"?")
        harness.eventually("the key is read", lambda: not struct.unpack("i", fcntl.ioctl(terminal.slave, termios.FIONREAD, b"\0" * 4))[0])
        self.assertNotIn(b"Keys of", terminal.text[before:])
        termios.tcflow(terminal.slave, termios.TCOON)
        terminal.wait_for(b"Keys of", since=before)
        terminal.type(b"qq")
        self.assertEqual(terminal.ends(), 0)


@unittest.skipIf(shutil.which("tmux") is None, "tmux is not installed")
class InTmux(harness.VigieTest):
    def setUp(self):
        super().setUp()
        self.words = ["tmux", "-S", self.path("tmux"), "-f", "/dev/null"]

    def open(self, *args, rows=24, columns=80):
        command = " ".join(["TERM=screen-256color", *map(shlex.quote, [harness.vigie_path, *args])]) + "; echo ended $?; cat"
        subprocess.run([*self.words, "new-session", "-d", "-x", str(columns), "-y", str(rows), command], env=self.env, check=True)
        self.addCleanup(subprocess.run, [*self.words, "kill-server"], check=False, capture_output=True)

    def tmux(self, *words):
        return subprocess.run([*self.words, *words], check=True, capture_output=True, text=True).stdout

    def picture(self):
        return self.tmux("capture-pane", "-p").split("\n")

    def wait_for(self, what, predicate):
        def look():
            lines = self.picture()
            return lines if predicate("\n".join(lines)) else None
        return harness.eventually(what, look)

    def test_the_main_path(self):
        self.start("kept-run", "sleep", "1000")
        self.open("top", "--interval", "0.3", "--filter", "kept-run")  # other tests have processes, too
        self.wait_for("the run is shown", lambda text: "kept-run" in text and "COMMAND" in text)
        self.tmux("send-keys", "3", "/")
        self.tmux("send-keys", "-l", "sleep 1000")
        self.wait_for("what is typed is shown", lambda text: "Search: sleep 1000" in text)
        self.tmux("send-keys", "Enter", "t")
        self.wait_for("the tree has the run folded", lambda text: "kept-run (running" in text)
        self.tmux("resize-window", "-x", "120", "-y", "40")
        self.wait_for("more is shown on a larger window", lambda text: len(text.split("\n")) >= 40 and "THR" in text)
        self.tmux("resize-window", "-x", "20", "-y", "5")
        self.wait_for("less on a small one", lambda text: "PID" in text and "THR" not in text)
        self.tmux("send-keys", "q")
        self.wait_for("it ends well", lambda text: "ended 0" in text)

    def test_the_terminal_of_a_run_takes_the_place_of_the_picture_until_it_is_detached_from(self):
        self.start("kept-run", "sh", "-c", "echo the run speaks; read word; echo heard $word; sleep 1000")
        self.open("top", "kept-run", "--interval", "0.3")
        self.wait_for("the run is shown", lambda text: "kept-run" in text and "F1" in text)
        self.tmux("send-keys", "A")
        self.wait_for("its terminal is", lambda text: "the run speaks" in text and "F1" not in text)
        self.tmux("send-keys", "-l", "typed words")
        self.tmux("send-keys", "Enter")
        self.wait_for("the run hears what is typed", lambda text: "heard typed words" in text)
        self.tmux("send-keys", "C-b", "d")
        self.wait_for("the picture is back", lambda text: "detached from kept-run" in text)
        self.wait_state("kept-run", "running")

    def test_the_terminal_shows_the_cells_that_the_screens_draw(self):
        with tempfile.TemporaryDirectory(prefix="vigie-hosts-") as hosts:
            make.make(hosts)
            for host in ("server", "hostile"):
                root = os.path.join(hosts, host)
                drawn = JsonTop(self, "--root", root, size=(24, 80)).last_line_of("processes")
                self.open("--root", root, "top", "processes", "--interval", "0.3")
                self.wait_for(f"{host} is shown", lambda text, drawn=drawn: [line.rstrip() for line in text.split("\n")][1:20] == drawn[1:20])
                self.tmux("kill-server")


class JsonTop:
    """vigie top with its display of JSON."""

    def __init__(self, test, *args, size=(24, 80), interval="0.3", **options):
        self.child = test.spawn(harness.vigie_path, "top", "--ui", "json", "--interval", interval, *args, env=test.env,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self.send({"resize": list(size)})

    def send(self, event):
        self.child.stdin.write(json.dumps(event).encode() + b"\n")
        self.child.stdin.flush()

    def next(self):
        return json.loads(self.child.stdout.readline())

    def until(self, what, predicate):
        return harness.eventually(what, lambda: (lambda picture: picture if predicate(picture) else None)(self.next()))

    def last_line_of(self, screen):
        """The lines of that screen once they stand still."""
        self.send({"key": ":"})
        self.send({"text": screen})
        self.send({"key": "Enter"})
        before = None
        while True:
            picture = self.until("processes are shown", lambda picture: any("COMMAND" in line for line in picture["lines"]))
            if picture["lines"] == before:
                return picture["lines"]
            before = picture["lines"]


class AsJson(harness.VigieTest):
    def test_keys_in_and_cells_out(self):
        top = JsonTop(self, size=(10, 60))
        picture = top.until("processes", lambda picture: any("PID" in line for line in picture["lines"]))
        self.assertEqual((picture["rows"], picture["columns"], len(picture["lines"])), (10, 60, 10))
        for runs in picture["roles"]:
            self.assertEqual(sum(count for _, count in runs), 60)
        top.send({"key": "F1"})
        top.until("the page of keys", lambda picture: picture["lines"][0] == "Keys of vigie top")
        top.send({"key": "Esc"})
        top.send({"key": "q"})
        self.assertEqual(top.child.wait(20), 0)

    def test_each_screen_shows_its_part_of_made_hosts(self):
        parts = {"2": "run", "4": "GPU", "5": "UTIL", "6": "checklist (vigie check): "}
        with tempfile.TemporaryDirectory(prefix="vigie-hosts-") as hosts:
            make.make(hosts)
            for host in ("server", "hostile"):
                top = JsonTop(self, "--root", os.path.join(hosts, host), size=(24, 100))
                top.until("processes", lambda picture: any("PID" in line for line in picture["lines"]))
                for key, part in parts.items():
                    top.send({"key": key})
                    picture = top.until(f"screen {key} of {host}", lambda picture, part=part: any(part in line for line in picture["lines"][1:-1]))
                    for line in picture["lines"]:
                        self.assertFalse([letter for letter in line if ord(letter) < 32 or 126 < ord(letter) < 160], line)

    def test_a_run_is_seen_in_depth(self):
        self.start("kept-run", "sh", "-c", "echo all is well; exec sleep 1000")
        top = JsonTop(self, size=(24, 100))
        top.until("the run", lambda picture: any("kept-run" in line for line in picture["lines"]))
        top.send({"key": "2"})
        picture = top.until("its output", lambda picture: "all is well" in picture["lines"])
        self.assertTrue(picture["lines"][1].startswith("kept-run  running "), picture["lines"][1])

    def test_the_end_of_the_input_ends_it(self):
        top = JsonTop(self)
        top.child.stdin.close()
        self.assertEqual(top.child.wait(20), 0)

    def test_a_frozen_picture_stays_and_goes_on(self):
        top = JsonTop(self)
        top.until("processes", lambda picture: any("PID" in line for line in picture["lines"]))
        top.send({"key": "Z"})
        top.until("it is frozen", lambda picture: "FROZEN" in picture["lines"][0])
        top.send({"key": "Z"})
        top.until("it goes on", lambda picture: "FROZEN" not in picture["lines"][0])

    def find(self, top, text):
        """Typed, because its own command line would have it, too."""
        top.send({"key": "\\"})
        top.send({"text": text})
        top.send({"key": "Enter"})
        top.until("it alone is shown", lambda picture: text in picture["lines"][2] and not picture["lines"][3].strip() and "F1" in picture["lines"][-1])
        top.send({"key": "down"})

    def ask(self, top, pid, *keys):
        """The question, which must be about that process alone: others have processes on this host, too."""
        for key in keys:
            top.send({"key": key})
        picture = top.until("the question", lambda picture: any("y does it" in line for line in picture["lines"]))
        begin = next(index for index, line in enumerate(picture["lines"]) if line.endswith(":"))
        end = next(index for index, line in enumerate(picture["lines"]) if "y does it" in line)
        self.assertEqual({line.split()[0] for line in picture["lines"][begin + 1:end]}, {str(pid)}, picture["lines"])
        return picture

    def answer(self, top, key):
        top.send({"key": key})
        top.until("the question is gone", lambda picture: not any("y does it" in line for line in picture["lines"]))

    def test_a_signal_is_sent_after_a_preview_and_not_without_it(self):
        victim = self.spawn("sleep", "4711.5")
        top = JsonTop(self, "processes")
        self.find(top, "sleep 4711.5")
        self.ask(top, victim.pid, "k", "Enter")
        self.answer(top, "n")
        self.assertTrue(harness.alive(victim.pid))
        self.ask(top, victim.pid, "k", "Enter")
        self.answer(top, "y")
        harness.eventually("it has ended", lambda: victim.poll() == -signal.SIGTERM)

    def test_a_run_is_paused_resumed_and_stopped(self):
        self.start("kept-run", "sleep", "1000")
        pid = self.record("kept-run")["leader"]["pid"]
        top = JsonTop(self, "processes", "--tree")
        self.find(top, "kept-run")
        for key, states in (("p", ["paused"]), ("r", ["running"]), ("X", ["cancelled", "killed", "exited"])):
            self.ask(top, pid, key)
            self.answer(top, "y")
            self.wait_state("kept-run", *states)

    def test_a_run_that_is_started_again_behind_the_question_is_not_hit(self):
        self.start("kept-run", "sleep", "1000")
        pid = self.record("kept-run")["leader"]["pid"]
        top = JsonTop(self, "processes", "--tree")
        self.find(top, "kept-run")
        self.ask(top, pid, "X")
        self.vigie("kill", "kept-run", expect=0)
        self.vigie("restart", "kept-run", expect=0)
        self.wait_state("kept-run", "running")
        again = self.record("kept-run")["leader"]["pid"]
        top.send({"key": "y"})
        top.until("it is refused", lambda picture: any("nothing was done" in line for line in picture["lines"]))
        self.assertNotEqual(again, pid)
        self.assertEqual(self.record("kept-run")["leader"]["pid"], again)
        self.wait_state("kept-run", "running")

    def test_pages_about_the_process_under_the_cursor(self):
        victim = self.spawn("sleep", "4711.5", env={**self.env, "LOOK_FOR_ME": "here"})
        top = JsonTop(self, "processes", size=(60, 100))
        self.find(top, "sleep 4711.5")
        for key, part in (("e", "LOOK_FOR_ME"), ("l", "TYPE"), ("m", "heap"), ("L", "stack size")):
            top.send({"key": key})
            picture = top.until("the page", lambda picture, part=part: any(part in line for line in picture["lines"][1:]) and
                                str(victim.pid) in picture["lines"][0])
            self.assertTrue(picture["lines"][0].startswith("vigie "), picture["lines"])
            top.send({"key": "Esc"})
            top.until("the processes", lambda picture: "PID" in picture["lines"][1])

    def test_the_output_of_a_run_is_a_page(self):
        self.start("kept-run", "sh", "-c", "echo said by the run; sleep 1000")
        top = JsonTop(self, "processes", "--tree")
        self.find(top, "kept-run")
        top.send({"key": "o"})
        top.until("its output", lambda picture: any("said by the run" in line for line in picture["lines"]))

    def test_it_begins_with_a_run_that_is_named(self):
        self.start("kept-run", "sleep", "1000")
        top = JsonTop(self, "kept-run")
        top.until("the run", lambda picture: any("kept-run" in line for line in picture["lines"]))

    def test_read_only_asks_nothing(self):
        self.spawn("sleep", "4711.5")
        top = JsonTop(self, "processes", "--read-only")
        self.find(top, "sleep 4711.5")
        top.send({"key": "k"})
        top.until("it says why", lambda picture: "nothing is acted on" in picture["lines"][-1])

    def test_what_was_seen_is_seen_again_and_marked(self):
        top = JsonTop(self)
        for _ in range(3):
            top.until("a picture", lambda picture: any("PID" in line for line in picture["lines"]))
        top.send({"key": "left"})
        picture = top.until("the past", lambda picture: " PAST " in picture["lines"][0])
        self.assertEqual(picture["roles"][0], [["past", 80]])
        top.send({"key": "End"})
        top.until("now", lambda picture: "PAST" not in picture["lines"][0])

    def type(self, top, key, text):
        top.send({"key": key})
        top.send({"text": text})
        top.send({"key": "Enter"})

    def recorded(self, scenario, *args, **options):
        path = os.path.join(harness.ROOT, "tests", "scenarios", scenario, "seen.vigie")
        top = JsonTop(self, "--replay", path, *args, **options)
        top.until("the recording", lambda picture: "RECORDED" in picture["lines"][0] and "COMMAND" in "".join(picture["lines"]))
        return top

    def test_a_time_is_gone_to_and_one_that_was_not_seen_is_answered_with_what_was(self):
        top = self.recorded("loader-cpu")
        top.send({"key": "left"})
        before = top.until("an earlier picture", lambda picture: picture["roles"][0] == [["past", 80]])["lines"][0]
        clock = before.split("RECORDED")[1].strip()
        top.send({"key": "End"})
        self.type(top, "g", clock)
        top.until("that time", lambda picture: clock in picture["lines"][0] and "F1" in picture["lines"][-1])
        self.type(top, "g", "-9d")
        picture = top.until("the answer", lambda picture: "cannot be shown" in picture["lines"][-1])
        self.assertIn(clock, picture["lines"][0])

    def test_what_was_seen_is_saved_and_every_look_reads_it(self):
        top = JsonTop(self)
        for _ in range(3):
            top.until("a picture", lambda picture: any("PID" in line for line in picture["lines"]))
        top.send({"key": "S"})
        said = top.until("it is saved", lambda picture: "saved: " in picture["lines"][-1])["lines"][-1]
        path = self.path(said.split()[-1])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.vigie("ls", "--replay", path, expect=0)
        self.assertIn("PID", self.vigie("ps", "-a", "--replay", path, expect=0).out)
        again = JsonTop(self, "--replay", path)
        again.until("the recording", lambda picture: "RECORDED" in picture["lines"][0] and "PID" in "".join(picture["lines"]))

    def test_where_the_directory_takes_no_file_the_recording_is_kept_in_the_state_directory(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        closed = self.path("closed")
        os.mkdir(closed, 0o500)
        top = JsonTop(self, size=(24, 200), cwd=closed)
        for _ in range(3):
            top.until("a picture", lambda picture: any("PID" in line for line in picture["lines"]))
        top.send({"key": "S"})
        said = top.until("it is saved", lambda picture: "saved: " in picture["lines"][-1])["lines"][-1]
        self.assertIn("/vigie/recordings/vigie-", said)

    def test_enter_on_an_alert_opens_its_run(self):
        top = self.recorded("loader-disk", size=(24, 120), interval="5")
        top.send({"key": "6"})
        top.until("the alert", lambda picture: any(line.startswith("scenario: ") for line in picture["lines"]))
        self.type(top, "/", "scenario: ")
        top.send({"key": "Enter"})
        top.until("the run", lambda picture: picture["lines"][1].startswith("scenario  running "))

    def test_runs_are_those_that_the_filter_leaves(self):
        self.start("kept-run", "sleep", "1000")
        self.start("other-run", "sleep", "1000")
        top = JsonTop(self, "--filter", "other-run")
        picture = top.until("the run", lambda picture: any("other-run" in line for line in picture["lines"]))
        self.assertFalse(any("kept-run" in line for line in picture["lines"]), picture["lines"])

    def test_the_nice_value_is_raised_by_one_after_the_question(self):
        victim = self.spawn("sleep", "4711.5")
        before = os.getpriority(os.PRIO_PROCESS, victim.pid)
        top = JsonTop(self, "processes")
        self.find(top, "sleep 4711.5")
        for value in (before + 1, before + 2):
            self.ask(top, victim.pid, "F8")
            self.answer(top, "y")
            harness.eventually("it is nicer", lambda value=value: os.getpriority(os.PRIO_PROCESS, victim.pid) == value)

    def test_the_end_within_the_grace_of_a_stop_is_asked_about(self):
        with open(self.path("deaf.py"), "w", encoding="utf-8") as script:
            script.write("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(1, flush=True)\nwhile True:\n    signal.pause()\n")
        victim = self.spawn(sys.executable, "deaf.py", "4711.5", stdout=subprocess.PIPE)
        victim.stdout.readline()
        top = JsonTop(self, "processes", size=(24, 180))
        self.find(top, "deaf.py 4711.5")
        self.ask(top, victim.pid, "X")
        self.answer(top, "y")

        def asked():
            top.send({"key": "q"})
            picture = top.until("the question", lambda picture: any("y quits" in line for line in picture["lines"]))
            top.send({"key": "n"})
            top.until("it goes on", lambda picture: not any("y quits" in line for line in picture["lines"]))
            return any(f"the stop of process {victim.pid}" in line for line in picture["lines"])
        harness.eventually("it says what would be lost", asked)
        top.send({"key": "q"})
        top.send({"key": "y"})
        self.assertEqual(top.child.wait(20), 0)
        self.assertTrue(harness.alive(victim.pid))

    def test_a_recording_is_looked_at_from_its_end_back(self):
        self.vigie("record", self.path("seen.vigie"), "--for", "1s", "--interval", "0.2", expect=0)
        top = JsonTop(self, "--replay", self.path("seen.vigie"))
        top.until("the recording", lambda picture: "RECORDED" in picture["lines"][0] and "PID" in "".join(picture["lines"]))
        top.send({"key": "left"})
        top.until("an earlier picture", lambda picture: picture["roles"][0] == [["past", 80]])
        self.vigie("top", "--ui", "json", "--replay", harness.TRAIN, expect=1)

    def test_wrong_words_are_said(self):
        self.assertIn('no user "nobody-of-this-name"', self.vigie("top", "-u", "nobody-of-this-name", "--ui", "json", expect=2).err)
        self.assertIn("there is no screen and no run", self.vigie("top", "nosuch", expect=3).err)
        for args, part in ((["--symbols", "x"], "braille"), (["--sort", "nosuch"], "no column"),
                           (["--interval", "0"], "0.1"), (["--ui", "x"], "terminal or json")):
            done = self.vigie("top", *args, expect=2)
            self.assertIn(part, done.err, args)
