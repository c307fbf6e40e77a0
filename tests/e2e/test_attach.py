"""The terminal of a run, shown on real terminals: what they show is read by an emulator that vigie has no part in."""

import fcntl
import importlib.util
import json
import os
import re
import pty
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import unittest

import harness

try:
    import pyte
except ImportError:
    pyte = None

ASK_WHERE = ("import os,sys,tty,select\ntty.setraw(0)\nsys.stdout.write('\\x1b[6n'); sys.stdout.flush()\nanswer=b''\n"
             "while select.select([0],[],[],0.7)[0]: answer+=os.read(0,99)\nprint('answer', answer, flush=True)\n")


class Emulator(pyte.HistoryScreen if pyte else object):
    """pyte as an xterm-256color: with what terminfo says such a one can do and pyte cannot (rep, indn, rin, cbt; bce: what
    is erased, inserted or scrolled in has the background of the pen and nothing else of it), without its faults in moving
    characters (those beyond the right edge come back) and lines (one that was never printed to moves nothing), and
    without that of taking vim's question `CSI ? 4 m` for a style."""

    last = " "

    def select_graphic_rendition(self, *attributes, private=False):
        if not private:
            super().select_graphic_rendition(*attributes)

    def draw(self, data):
        super().draw(data)
        self.last = data[-1:] or self.last

    def repeat(self, count=1, **_):
        self.draw(self.last * max(count, 1))

    def blank(self):
        return self.default_char._replace(bg=self.cursor.attrs.bg)

    def erased(self, erase, *args, **options):
        for line in self.buffer.values():
            line.update((column, line[column]) for column in range(self.columns))
        pen, self.cursor.attrs = self.cursor.attrs, self.blank()
        erase(*args, **options)
        self.cursor.attrs = pen

    def erase_characters(self, *args, **options):
        self.erased(super().erase_characters, *args, **options)

    def erase_in_line(self, *args, **options):
        self.erased(super().erase_in_line, *args, **options)

    def erase_in_display(self, *args, **options):
        for row in range(self.lines):
            self.buffer[row]  # pylint: disable=pointless-statement; makes it
        self.erased(super().erase_in_display, *args, **options)

    def shift(self, insert, delete):
        line, at = self.buffer[self.cursor.y], min(self.cursor.x, self.columns - 1)
        cells = [line[column] for column in range(self.columns)]
        cells[at:at + delete] = [self.blank()] * insert
        line.clear()
        line.update(enumerate((cells + [self.blank()] * delete)[:self.columns]))

    def insert_characters(self, count=None):
        self.shift(count or 1, 0)

    def delete_characters(self, count=None):
        self.shift(0, count or 1)

    def roll(self, top, bottom, count):
        """The lines from top to bottom up by count, or down."""
        lines = [self.buffer[row] for row in range(top, bottom + 1)]
        new = [pyte.screens.StaticDefaultDict(self.blank()) for _ in range(min(abs(count), len(lines)))]
        lines = lines[len(new):] + new if count > 0 else new + lines[:len(lines) - len(new)]
        self.buffer.update(zip(range(top, bottom + 1), lines))

    def region(self):
        return self.margins or pyte.screens.Margins(0, self.lines - 1)

    def insert_lines(self, count=None):
        if self.region().top <= self.cursor.y <= self.region().bottom:
            self.roll(self.cursor.y, self.region().bottom, -(count or 1))
            self.carriage_return()

    def delete_lines(self, count=None):
        if self.region().top <= self.cursor.y <= self.region().bottom:
            self.roll(self.cursor.y, self.region().bottom, count or 1)
            self.carriage_return()

    def index(self):
        if self.cursor.y == self.region().bottom:
            self.scroll_up()
        else:
            self.cursor_down()

    def reverse_index(self):
        if self.cursor.y == self.region().top:
            self.scroll_down()
        else:
            self.cursor_up()

    def scroll_up(self, count=1, **_):
        top, bottom = self.region()
        self.history.top.extend(self.buffer[row] for row in range(top, min(top + max(count, 1), bottom + 1)))
        self.roll(top, bottom, max(count, 1))

    def scroll_down(self, count=1, **_):
        self.roll(*self.region(), -max(count, 1))

    def back_tab(self, count=1, **_):
        for _ in range(max(count, 1)):
            self.cursor.x = max((stop for stop in self.tabstops if stop < self.cursor.x), default=0)


QUESTION = re.compile(rb"\x1b\[\??[0-9;]*\$[@-~]")
BEGUN = re.compile(rb"\x1b(\[\??[0-9;]*\$?)?\Z")  # a sequence whose end is still to come


class Stream(pyte.ByteStream if pyte else object):
    csi = {**pyte.ByteStream.csi, "b": "repeat", "S": "scroll_up", "T": "scroll_down", "Z": "back_tab"} if pyte else {}


class Terminal:
    """A terminal with a program on it."""

    def __init__(self, test, *args, rows=24, columns=80, env=None, answers=True):
        self.test = test
        self.screen = Emulator(columns, rows, history=5000, ratio=0.1)
        self.stream = Stream(self.screen)
        self.master, self.slave = pty.openpty()
        self.set_size(rows, columns)
        self.settings = termios.tcgetattr(self.slave)
        if answers:
            self.screen.write_process_input = lambda text: os.write(self.master, text.encode())
        self.bytes = self.rest = b""
        self.child = subprocess.Popen([harness.vigie_path, *args], env={**test.env, "TERM": "xterm-256color", **(env or {})},
                                      cwd=test.dir, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                      start_new_session=True)
        test.children.append(self.child)
        test.addCleanup(self.close)

    def close(self):
        if self.master is not None:
            os.close(self.slave)
            os.close(self.master)
            self.master = None

    def set_size(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self.set_size(rows, columns)
        self.screen.resize(rows, columns)
        self.child.send_signal(signal.SIGWINCH)

    def pump(self):
        while select.select([self.master], [], [], 0)[0]:
            piece = os.read(self.master, 65536)
            self.bytes += piece
            self.stream.feed(self.without_questions(piece))

    def without_questions(self, piece):
        """pyte takes `CSI ? 12 $ p` (DECRQM, which vim asks where its cursor is) for a sequence that ends at the dollar."""
        whole = QUESTION.sub(b"", self.rest + piece)
        begun = BEGUN.search(whole)
        self.rest = begun[0] if begun else b""
        return whole[:len(whole) - len(self.rest)]

    def attached(self):
        """Whether the screen of the run was drawn."""
        self.pump()
        return b"\x1b[H\x1b[J" in self.bytes

    def type(self, keys):
        os.write(self.master, keys)

    def text(self):
        self.pump()
        return "\n".join(line.rstrip() for line in self.screen.display)

    def state(self):
        """Every cell with its colours and attributes as far as they can be seen, and the cursor."""
        self.pump()

        def seen(cell):
            blank = cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
            return (" ", cell.bg) if blank else cell

        cells = [[seen(self.screen.buffer[row][column]) for column in range(self.screen.columns)]
                 for row in range(self.screen.lines)]
        return cells, (self.screen.cursor.x, self.screen.cursor.y, self.screen.cursor.hidden)

    def scrolled(self):
        self.pump()
        return ["".join(line[column].data for column in range(self.screen.columns)).rstrip() for line in self.screen.history.top]

    def wait_for(self, text, deadline=harness.DEADLINE):
        try:
            harness.eventually(f"{text!r} on the terminal", lambda: text in self.text(), deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.text()}") from None

    def wait_end(self, code):
        harness.eventually("the client ends", lambda: (self.pump(), self.child.poll() is not None)[1])
        self.test.assertEqual(self.child.returncode, code, self.text())
        self.test.assertEqual(termios.tcgetattr(self.slave), self.settings, "the terminal is not put back")


@unittest.skipIf(pyte is None, "python3-pyte is not installed")
class Attach(harness.VigieTest):
    def setUp(self):
        super().setUp()
        self.env["TERM"] = "xterm-256color"

    def attach(self, name, *options, **terminal):
        return Terminal(self, "attach", *options, name, **terminal)

    def same(self, one, other):
        try:
            harness.eventually("both terminals show the same", lambda: one.state() == other.state(), 10)
        except AssertionError as error:
            (cells, one_cursor), (others, other_cursor) = one.state(), other.state()
            differ = [(row, column, cell, others[row][column]) for row, line in enumerate(cells) for column, cell in enumerate(line)
                      if cell != others[row][column]]
            raise AssertionError(f"{error}\n{one_cursor} {other_cursor} {differ[:5]}\n--- one {one.state()[1]}\n{one.text()}\n--- other {other.state()[1]}\n{other.text()}"
                                 ) from None

    def looks_the_same(self, name, ready, keys=b"", then=None):
        """A terminal that was there from the beginning and one that comes later show the same."""
        first = self.attach(name)
        first.wait_for(ready)
        if keys:
            first.type(keys)
        if then:
            first.wait_for(then)
        second = self.attach(name)
        self.same(first, second)
        second.type(b"\x02d")
        second.wait_end(0)
        self.same(first, self.attach(name, "--read-only"))
        return first

    def kill_shim(self, name):
        shim = self.record(name)["shim"]["pid"]
        os.kill(shim, signal.SIGKILL)
        harness.eventually("another shim", lambda: self.record(name)["shim"]["pid"] != shim)

    # --- what is shown

    def test_python_looks_the_same(self):
        self.start("repl", sys.executable, "-i", "-q")
        first = self.looks_the_same("repl", ">>>", b"print('\\x1b[1;31mred\\x1b[38;5;208mmore\\x1b[48;2;1;2;3mrgb\\x1b[m')\r", "redmorergb")
        first.type(b"6*7\r")
        first.wait_for("42")
        first.type(b"exit(3)\r")
        first.wait_end(3)
        self.assertIn("repl failed: exit code 3", first.text())

    def test_vim_looks_the_same(self):
        vim = shutil.which("vim.basic") or shutil.which("vim")
        if vim is None:
            self.skipTest("vim is not installed")
        with open(self.path("code.py"), "w", encoding="utf-8") as file:
            file.write("".join(f"def function_{i}(x):  # 日本語 é\n    return x + {i}\n" for i in range(60)))
        self.start("vim", vim, "-N", "-u", "NONE", "-c", "set ruler number hlsearch | silent! syntax on", self.path("code.py"))
        first = self.looks_the_same("vim", "function_0", b"/function_5\r10j", "function_9")
        self.kill_shim("vim")
        second = self.attach("vim")
        second.wait_for("function_9")
        self.same(first, second)
        first.type(b":q!\r")
        first.wait_end(0)

    def test_htop_looks_the_same(self):
        if shutil.which("htop") is None:
            self.skipTest("htop is not installed")
        self.start("htop", "htop", "-d", "30")
        self.looks_the_same("htop", "F10").type(b"q")

    def test_progress_bars_look_the_same(self):
        bar = "import tqdm,time\nfor i in tqdm.tqdm(range(100), mininterval=0):\n time.sleep(1000 if i==40 else 0)"
        self.start("tqdm", "/usr/bin/python3", "-c", bar)
        self.looks_the_same("tqdm", "40/100")

    def test_bars_of_rich_look_the_same(self):
        if importlib.util.find_spec("rich") is None:
            self.skipTest("python3-rich is not installed")
        # Two bars that stand half way, below what was printed above them; drawn when the program says, not by its clock.
        bar = ("from rich.progress import Progress, MofNCompleteColumn, SpinnerColumn\nimport time\n"
               "with Progress(SpinnerColumn(), *Progress.get_default_columns(), MofNCompleteColumn(), auto_refresh=False) as bars:\n"
               "  outer, inner = bars.add_task('[red]epoch', total=10), bars.add_task('[cyan]étape', total=100)\n"
               "  for i in range(40):\n"
               "    bars.advance(inner)\n"
               "    if i % 10 == 9: bars.advance(outer); bars.print(f'loss of epoch {i // 10}: 0.{i}')\n"
               "    bars.refresh()\n"
               "  time.sleep(1000)")
        self.start("rich", sys.executable, "-c", bar)
        self.looks_the_same("rich", "40/100")

    def test_what_scrolled_away_can_be_scrolled_to(self):
        self.start("lines", "sh", "-c", "seq 1 500; exec sleep 1000")
        self.wait_log("lines", b"500")
        terminal = self.attach("lines")
        terminal.wait_for("500")
        numbers = [line for line in terminal.scrolled() + terminal.text().split("\n") if line and not line.startswith("vigie: ")]
        self.assertEqual(numbers, [str(number) for number in range(1, 501)])

    # --- several clients

    def test_a_read_only_client_sees_and_does_not_type(self):
        self.start("cat", "cat")
        looking = self.attach("cat", "--read-only")
        typing = self.attach("cat")
        typing.type(b"from the one\r")
        looking.wait_for("from the one\nfrom the one")
        looking.type(b"from the other\r\x03")
        typing.type(b"again\r")
        looking.wait_for("again\nagain")
        self.same(looking, typing)
        self.assertNotIn(b"other", self.raw_log("cat"))
        looking.type(b"\x02d")
        looking.wait_end(0)

    def test_the_client_that_was_active_last_decides_the_size(self):
        self.start("size", "sh", "-c", "trap 'stty size' WINCH; while :; do sleep 0.05; done")
        one = self.attach("size", rows=20, columns=70)
        one.wait_for("20 70")
        two = self.attach("size", rows=30, columns=100)
        two.wait_for("30 100")
        one.type(b" ")
        one.wait_for("20 70")
        one.resize(22, 75)
        two.wait_for("22 75")
        two.resize(31, 101)
        one.type(b"\x02d")
        one.wait_end(0)
        two.wait_for("31 101")
        two.type(b"\x02d")
        two.wait_end(0)
        self.assertTrue(self.raw_log("size").rstrip().endswith(b"31 101"))

    def test_a_frozen_client_does_not_hold_the_run_up_and_sees_the_screen_afterwards(self):
        self.start("flood", "sh", "-c", f"{self.until('go')}; seq 1 200000; echo done; exec cat")
        terminal = self.attach("flood")
        other = self.attach("flood", "--read-only")
        harness.eventually("both are attached", lambda: terminal.attached() and other.attached())
        os.kill(terminal.child.pid, signal.SIGSTOP)
        self.touch("go")
        self.wait_log("flood", b"done")
        os.kill(terminal.child.pid, signal.SIGCONT)
        terminal.wait_for("199999\n200000\ndone")
        other.wait_for("199999\n200000\ndone")
        self.same(terminal, other)
        terminal.type(b"still here\r")
        other.wait_for("still here\nstill here")

    # --- coming and going

    def test_detaching_leaves_the_terminal_as_it_was(self):
        self.start("cat", "cat")
        terminal = self.attach("cat")
        terminal.type(b"\x02\x02x\r")
        terminal.wait_for("^Bx")
        terminal.type(b"\x02d")
        terminal.wait_end(0)
        self.assertIn("detached from cat", terminal.text())
        other = self.attach("cat", env={"VIGIE_DETACH_KEYS": "ctrl-p,ctrl-q"})
        other.wait_for("^Bx")
        other.type(b"\x10\x11")
        other.wait_end(0)
        third = self.attach("cat", "--detach-keys", "ctrl-]")
        third.wait_for("^Bx")
        third.child.terminate()
        third.wait_end(1)

    def test_keys_reach_the_run_as_on_any_terminal(self):
        self.start("sh", "sh", "-c", "trap 'echo interrupted' INT; trap 'echo suspended' TSTP; echo ready; while :; do sleep 0.05; done")
        terminal = self.attach("sh")
        terminal.wait_for("ready")
        terminal.type(b"\x03")
        terminal.wait_for("interrupted")
        os.kill(terminal.child.pid, signal.SIGTSTP)
        terminal.wait_for("^Z")

    def test_a_new_shim_goes_on_showing_when_the_first_is_killed(self):
        self.start("cat", "cat")
        terminal = self.attach("cat")
        terminal.type(b"before\r")
        terminal.wait_for("before\nbefore")
        self.kill_shim("cat")
        terminal.type(b"after\r")
        terminal.wait_for("before\nbefore\nafter\nafter")
        terminal.type(b"\x04")
        terminal.wait_end(0)

    def test_a_terminal_that_goes_away_takes_nothing_with_it(self):
        self.start("cat", "cat")
        terminal = self.attach("cat")
        terminal.type(b"before\r")
        terminal.wait_for("before\nbefore")
        terminal.close()
        terminal.child.wait(harness.DEADLINE)
        other = self.attach("cat")
        other.wait_for("before\nbefore")
        other.type(b"after\r")
        other.wait_for("after\nafter")

    def test_a_shim_of_an_older_vigie_is_told_from_a_refusal(self):
        self.start("old", "sleep", "1000")
        record = self.record("old")
        path = os.path.join(record["directory"], "sock")
        harness.eventually("the shim listens", lambda: os.path.exists(path))
        os.kill(record["shim"]["pid"], signal.SIGSTOP)  # it would make its socket again
        self.addCleanup(os.kill, record["shim"]["pid"], signal.SIGCONT)
        os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as old:
            old.bind(path)
            old.listen()
            old.settimeout(harness.DEADLINE)
            terminal = self.attach("old")
            client, _ = old.accept()
            self.assertEqual(json.loads(client.recv(65536))["stream"], 1)
            client.send(b'{"vigie": 1, "ok": false, "error": "unknown request"}')
            terminal.wait_end(1)
            client.close()
        self.assertIn("older vigie", terminal.text())

    def test_run_attach_shows_it_at_once_and_ends_with_its_status(self):
        terminal = Terminal(self, "run", "--attach", "--name", "five", "--", "sh", "-c", "echo hello; read x; exit 5")
        terminal.wait_for("hello")
        terminal.type(b"\r")
        terminal.wait_end(5)
        short = Terminal(self, "run", "--attach", "--name", "short", "--", "sh", "-c", "echo hello; exit 6")
        short.wait_end(6)
        self.assertIn("hello", short.text())

    def test_within_tmux(self):
        if shutil.which("tmux") is None:
            self.skipTest("tmux is not installed")
        self.start("cat", "cat")
        tmux = ["tmux", "-S", self.path("tmux"), "-f", "/dev/null"]
        subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", harness.vigie_path, "attach", "cat"], env=self.env,
                       check=True)
        self.addCleanup(subprocess.run, [*tmux, "kill-server"], check=False, capture_output=True)
        subprocess.run([*tmux, "send-keys", "typed in tmux", "Enter"], check=True)

        def shown():
            return subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout.rstrip()

        harness.eventually("tmux shows it", lambda: shown().endswith("typed in tmux\ntyped in tmux"))
        terminal = self.attach("cat")
        terminal.wait_for("typed in tmux\ntyped in tmux")

    def test_a_dumb_terminal_gets_no_escape_sequence(self):
        self.start("red", "sh", "-c", "printf '\\033[31mred\\033[m\\n'; exec cat")
        terminal = self.attach("red", env={"TERM": "dumb"})
        terminal.wait_for("red")
        terminal.type(b"typed\r")
        terminal.wait_for("typed\ntyped")
        terminal.type(b"\x02d")
        terminal.wait_end(0)
        self.assertNotIn(b"\x1b", terminal.bytes)

    # --- questions of the program

    def test_questions_are_answered_once_attached_or_not(self):
        self.start("alone", sys.executable, "-c", ASK_WHERE)
        self.vigie("wait", "alone", expect=0)
        self.assertIn(b"answer b'\\x1b[1;1R'", self.raw_log("alone"))
        self.start("asks", sys.executable, "-c", f"import os,time\nwhile not os.path.exists({self.path('go')!r}): time.sleep(0.05)\n"
                   f"{ASK_WHERE}time.sleep(1000)")
        clients = [self.attach("asks"), self.attach("asks"), self.attach("asks", "--read-only")]
        harness.eventually("all are attached", lambda: all(client.attached() for client in clients))
        self.touch("go")
        harness.eventually("the answer came", lambda: [client.pump() for client in clients] and b"R'" in self.raw_log("asks"))
        self.assertIn(b"answer b'\\x1b[1;1R'", self.raw_log("asks"))

    # --- refusals

    def test_what_cannot_be_attached_to_says_why(self):
        self.start("over", "true")
        self.vigie("wait", "over", expect=0)
        self.start("pipe", "sleep", "1000", options=["--no-pty"])
        self.start("alive", "sleep", "1000")
        done = self.vigie("attach", "alive", expect=2)
        self.assertIn("terminal", done.err)
        for name, code, words in (("over", 1, "vigie logs over"), ("pipe", 1, "vigie logs -f pipe"), ("nobody", 3, "no supervised run")):
            terminal = self.attach(name)
            terminal.wait_end(code)
            self.assertIn(words, terminal.text().replace("\n", " "))
        within = self.attach("alive", env={"VIGIE_RUN_ID": self.record("alive")["id"]})
        within.wait_end(1)
        self.assertIn("itself", within.text())
        self.assertIn("detach keys", self.vigie("attach", "alive", "--detach-keys", "alt-x", expect=2).err)
