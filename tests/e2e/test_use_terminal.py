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
