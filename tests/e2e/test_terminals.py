"""Looks on terminals that are too narrow, very wide or unknown, and into pipes that nobody reads to the end."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata

import harness

ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>78])")

PROSE = re.compile(r"and \d+ mapped libraries|no runs; |\d+ processes may not|- as |- hides |calls shown as |open files are |"
                   r"process \d+ .*does not let|[A-Z][a-z].*[.;]")


def width(text):
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


class Terminals(harness.VigieTest):
    def setUp(self):
        super().setUp()
        # names that are long, wide and hostile, so that there is something to cut
        self.victim = self.spawn(sys.executable, "-c", "import sys, time; print('ready', flush=True); time.sleep(1000)",
                                 "日本語" * 30, "\x1b[31m" + "x" * 400, stdout=subprocess.PIPE)
        self.assertEqual(self.victim.stdout.readline(), b"ready\n")
        self.start("a-run-with-a-name-that-is-rather-long", "sleep", "1000")
        pid = str(self.victim.pid)
        looks = (["ps", "-a"], ["ps", pid], ["ps", "-a", "--threads"], ["ls"], ["tree", "-a"], ["files", pid], ["maps", pid],
                 ["maps", "--all", pid], ["limits", pid], ["env", pid], ["syscalls", pid], ["net"], ["net", "--connections"],
                 ["mem"], ["check"])
        self.looks = [["stat", "0.1", "1"], *([*look, "--interval", "0.1"] for look in looks)]

    def in_terminal(self, args, columns, lines=24, term="xterm-256color", until=None):
        """Runs vigie on a terminal of that size. Reads until it ends, or until `until(text)`: then interrupts it."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        env = {**self.env, "TERM": term}
        env.pop("NO_COLOR", None)
        child = subprocess.Popen([harness.vigie_path, *args], env=env, cwd=self.dir, stdin=slave, stdout=slave, stderr=slave,
                                 start_new_session=True)
        os.close(slave)
        text, interrupted, end = b"", False, time.monotonic() + 30
        try:
            while time.monotonic() < end:
                if not select.select([master], [], [], 1)[0]:
                    continue
                try:
                    piece = os.read(master, 65536)
                except OSError:  # EIO: the last one closed it
                    break
                text += piece
                if until is not None and not interrupted and until(text.decode("utf-8", "replace")):
                    child.send_signal(signal.SIGINT)
                    interrupted = True
            return child.wait(10), text.decode("utf-8", "replace").replace("\r\n", "\n")
        finally:
            child.kill()
            child.wait()
            os.close(master)

    def test_no_line_is_wider_than_the_terminal(self):
        for columns in (20, 80, 500):
            for args in self.looks:
                code, text = self.in_terminal(args, columns)
                self.assertIn(code, (0, 1, 2), (args, columns, text))  # check: 2 is a finding
                self.assertTrue(text.strip(), (args, columns))
                for line in text.split("\n"):
                    shown = ESCAPE.sub("", line)
                    self.assertNotIn("\x1b", shown, (args, columns, line))
                    if not PROSE.match(shown):  # sentences are the terminal's to wrap
                        self.assertLessEqual(width(shown), columns, (args, columns, line))

    def test_a_terminal_of_no_size_is_not_cut(self):
        code, text = self.in_terminal(["ps", str(self.victim.pid)], 0, 0)
        self.assertEqual(code, 0)
        self.assertIn("x" * 400, text)

    def test_the_texts_of_loads_and_exercises_are_folded_between_words(self):
        words = set(self.vigie("load", expect=0).out.split() + self.vigie("lab", expect=0).out.split())
        for columns in (60, 100):
            for args in (["load"], ["lab"]):
                code, text = self.in_terminal(args, columns)
                self.assertEqual(code, 0, text)
                self.assertLessEqual(set(text.split()), words, (args, columns))
                self.assertTrue(all(width(line) <= columns for line in text.split("\n")), (args, columns, text))

    def test_a_dumb_or_unknown_terminal_gets_no_escapes_from_a_look(self):
        for args in self.looks:
            code, text = self.in_terminal(args, 80, term="dumb")
            self.assertIn(code, (0, 1, 2), (args, text))
            self.assertNotIn("\x1b", text, args)
        for term in ("no-such-terminal", ""):
            code, text = self.in_terminal(["ps", "-a"], 80, term=term)
            self.assertEqual(code, 0, text)
            self.assertIn("COMMAND", text)

    def test_watching_on_any_terminal_ends_quietly_when_interrupted(self):
        for columns, lines in ((20, 3), (80, 24), (500, 100)):
            for term in ("xterm-256color", "dumb", "no-such-terminal"):
                code, text = self.in_terminal(["ps", "-a", "-w", "0.1"], columns, lines, term,
                                              until=lambda text: text.count("PID") >= 1 and len(text) > 200)
                # 130 is what a shell calls an end by SIGINT
                self.assertIn(code, (0, 130, -signal.SIGINT), (term, text[-300:]))
                self.assertNotIn("vigie:", text)
                self.assertNotEqual(term == "dumb", "\x1b" in text, text[:200])
                # what was hidden or switched is as before
                self.assertEqual(text.count("\x1b[?25l") > 0, "\x1b[?25h" in text, term)
                self.assertEqual(text.count("\x1b[?1049h"), text.count("\x1b[?1049l"), term)

    def test_a_reader_that_goes_away_ends_a_look_quietly(self):
        for args in [*self.looks, ["ps", "-a", "-w", "0.1"], ["stat", "0.1"], ["ps", "-a", "--json"],
                     ["ps", "-a", "--csv"]]:
            read, write = os.pipe()
            fcntl.fcntl(write, 1031, 4096)  # F_SETPIPE_SZ: most looks do not fit
            child = subprocess.Popen([harness.vigie_path, *args], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL,
                                     stdout=write, stderr=subprocess.PIPE)
            os.close(write)
            os.read(read, 1)
            os.close(read)
            _, said = child.communicate(timeout=30)
            self.assertEqual(said, b"", args)
            self.assertIn(child.returncode, (0, 1, 2, -signal.SIGPIPE, 141), args)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.vigie_path, "ps", "-a"], env=self.env, stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.assertIn(b"o space left", done.stderr)
