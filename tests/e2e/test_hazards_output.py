"""What a run gets and prints: nothing of vigie's, and nothing that is lost or waits, whatever its clients do."""

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import termios
import time

import harness
from harness import eventually
from test_hazards import SLOW, HazardTest, contents

# A step prints a page; how many seconds all of them took is what the training itself measured.
TRAINING = """
import os, sys, time
path, megabytes = sys.argv[1], int(sys.argv[2])
while not os.path.exists(path + '.go'): time.sleep(0.01)
page = ((b'x' * 199 + b'\\n') * 20)
began = time.monotonic()
for _ in range(megabytes * 250): os.write(1, page)
with open(path + '.took.new', 'w') as file: file.write(str(time.monotonic() - began))
os.rename(path + '.took.new', path + '.took')
time.sleep(1000)
"""
# One byte a write: every character and every sequence comes in pieces.
PIECES = """
import os, sys, tty
tty.setraw(1)
with open(sys.argv[1], 'rb') as file: data = file.read()
for at in range(len(data)): os.write(1, data[at:at + 1])
"""


class Floods(HazardTest):
    def attach_frozen(self, name):
        """A real client on a real terminal that nobody reads any more."""
        client, _ = self.attach_on_terminal(name)
        os.kill(client.pid, signal.SIGSTOP)
        return client

    def seconds_of_steps(self, name, megabytes, frozen):
        self.start(name, harness.PYTHON, "-c", TRAINING, self.path(name), str(megabytes), options=["--log-max", "16M"])
        client = self.attach_frozen(name) if frozen else None
        self.touch(name + ".go")
        took = float(eventually("all steps are done", lambda: contents(self.path(name + ".took")), 600))
        if client is not None:
            self.assertIsNone(client.poll())
        self.vigie("kill", name, expect=0)
        return took

    def test_a_frozen_client_does_not_slow_the_steps_of_a_training_that_prints_much(self):
        megabytes, rounds = (1000, 2) if SLOW else (8, 2)
        took = {False: [], True: []}
        for number in range(rounds):
            for frozen in (False, True):
                took[frozen].append(self.seconds_of_steps(f"flood-{number}-{frozen}", megabytes, frozen))
        # A run that waits for its client never comes to its end; the host is others', too.
        self.assertLess(min(took[True]), 2 * min(took[False]), took)

    def test_characters_and_sequences_that_come_byte_by_byte_are_whole_in_every_segment(self):
        line = "é日本語🚀 \x1b[1;38;2;10;20;30mfarbig\x1b[m \x1b]0;Titel — lang\x07 ▏▎▍▌▋▊▉█ \x1bP1$r0m\x1b\\ ende\n"
        data = "".join(f"{number} {line}" for number in range(20_000 if SLOW else 2_400)).encode()
        with open(self.path("data"), "wb") as file:
            file.write(data)
        self.start("pieces", harness.PYTHON, "-c", PIECES, self.path("data"), options=["--log-max", "1M" if not SLOW else "4M"])
        self.vigie("wait", "pieces", expect=0, timeout=600)
        raw = subprocess.run([harness.vigie_path, "logs", "--raw", "pieces"], env=self.env, capture_output=True, check=True).stdout
        self.assertTrue(raw == data, f"{len(raw)} bytes of {len(data)}")
        directory = self.record("pieces")["directory"]
        segments = sorted(name for name in os.listdir(directory) if re.fullmatch(r"output\.log\.\d+-\d+(\.zst)?", name))
        self.assertGreater(len(segments), 2)
        for name in segments:
            begin, end = (int(number) for number in re.findall(r"\d+", name)[:2])
            self.assertTrue(data[begin:end].endswith(b"\n") and data[:begin].endswith((b"\n", b"")), name)
            data[begin:end].decode("utf-8")

    def test_a_client_of_no_size_leaves_the_terminal_its_own(self):
        self.start("sized", "sh", "-c", f"{self.until('go')}; stty size; exec cat")
        self.start("other", "true")
        self.attach_on_terminal("sized", rows=0, columns=0)
        self.touch("go")
        eventually("the size was told", lambda: re.search(rb"^\d+ \d+", self.raw_log("sized")))
        rows, columns = (int(number) for number in self.raw_log("sized").split()[:2])
        self.assertGreater(rows, 0)
        self.assertGreater(columns, 0)


class Disconnected(HazardTest):
    def test_a_terminal_that_goes_away_never_hangs_the_run_up(self):
        """The shell of the user, its terminal and everything on it go, as when a connection breaks."""
        master, slave = pty.openpty()
        script = f"trap 'echo got a hangup' HUP; echo begin; {self.until('go')}; exit 7"

        def become_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        client = subprocess.Popen([harness.vigie_path, "run", "-f", "--name", "disconnected", "--", "sh", "-c", script], env=self.env,
                                  cwd=self.dir, stdin=slave, stdout=slave, stderr=slave, preexec_fn=become_session)
        self.children.append(client)
        os.close(slave)
        eventually("it shows the run", lambda: b"begin" in os.read(master, 1000))
        os.close(master)
        client.wait(harness.DEADLINE)
        self.touch("go")
        self.vigie("wait", "disconnected", expect=7)
        self.assertNotIn(b"hangup", self.raw_log("disconnected"))


class Clean(HazardTest):
    """What a run is given: nothing of vigie's."""

    LOOK = ("import os, json\nfields = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
            "print(json.dumps({'fds': [fd for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd)],"
            " 'ignored': fields['SigIgn'].strip(), 'blocked': fields['SigBlk'].strip()}))\nraise SystemExit(int(os.environ['VIGIE_ATTEMPT'] == '1'))")

    def test_no_descriptor_and_no_signal_of_vigie_reaches_the_run(self):
        def hostile():
            os.dup2(os.open("/dev/null", os.O_RDONLY), 9)
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})

        for option in ([], ["--no-pty"]):
            name = "clean" + "".join(option)
            done = subprocess.run([harness.vigie_path, "run", "--name", name, *option, "--restart", "on-failure", "--backoff", "0s",
                                   "--", harness.PYTHON, "-c", self.LOOK], env=self.env, cwd=self.dir, preexec_fn=hostile,
                                  close_fds=False, check=False, capture_output=True)
            self.assertEqual(done.returncode, 0, done)
            self.vigie("wait", name, expect=0)
            looks = [json.loads(line) for line in self.raw_log(name).splitlines()]
            self.assertEqual(len(looks), 2)
            for look in looks:
                self.assertEqual(sorted(look["fds"]), ["0", "1", "2"])
                # Python itself ignores SIGPIPE and SIGXFSZ.
                ignored = int(look["ignored"], 16) & ~(1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)
                self.assertEqual((ignored, int(look["blocked"], 16)), (0, 0))

    def test_the_terminal_is_wide_and_reads_utf_8(self):
        self.start("terminal", "sh", "-c", "stty size; stty -a")
        self.vigie("wait", "terminal", expect=0)
        log = self.raw_log("terminal")
        self.assertTrue(log.startswith(b"50 200"))
        self.assertRegex(log, rb"[^-]iutf8")

    def test_orphans_are_reaped_and_a_dump_of_core_is_told(self):
        script = "i=0; while [ $i -lt 50 ]; do (setsid true &); i=$((i+1)); done; echo done; ulimit -c unlimited; kill -ABRT $$"
        self.start("orphans", "sh", "-c", f"{script.replace('kill', self.until('go') + '; kill')}")
        self.wait_log("orphans", b"done")
        holder = self.record("orphans")["holder"]["pid"]

        def zombies():
            children = contents(f"/proc/{holder}/task/{holder}/children").split()
            return [pid for pid in children if b") Z " in contents(f"/proc/{pid.decode()}/stat")]

        eventually("nobody is left unreaped", lambda: not zombies())
        self.touch("go")
        self.vigie("wait", "orphans", expect=128 + signal.SIGABRT)
        end = self.record("orphans")["exit"]
        self.assertEqual((end["kind"], end["value"]), ("signal", signal.SIGABRT))
        self.assertIsInstance(end["core_dumped"], bool)

    def test_an_idle_run_wakes_nobody_up(self):
        self.start("idle", "sleep", "1000")
        record = self.kept("idle")

        def switches():
            return [line for keeper in ("holder", "shim") for task in os.listdir(f"/proc/{record[keeper]['pid']}/task")
                    for line in contents(f"/proc/{record[keeper]['pid']}/task/{task}/status").splitlines() if b"ctxt_switches" in line]

        def quiet():
            before = switches()
            time.sleep(1)  # the length of the observation, not a wait for something
            return switches() == before

        eventually("nothing wakes them up while nothing happens", quiet)
