"""SIGKILL to any process of vigie at any moment: the run, its log and its exit record are unharmed."""

import os
import pty
import signal
import subprocess

import harness


class Harm(harness.VigieTest):
    def client(self, *args):
        return self.spawn(harness.vigie_path, *args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def start_waiting(self, name):
        """A run that says begin, waits for go, says end and exits with 7."""
        return self.start(name, "sh", "-c", f"echo begin; {self.until('go')}; echo the end; exit 7")

    def ends_well(self, name):
        self.touch("go")
        self.vigie("wait", name, expect=7)
        log = self.raw_log(name)
        self.assertIn(b"begin", log)
        self.assertIn(b"the end", log)
        exit_record = self.record(name)["exit"]
        self.assertEqual((exit_record["kind"], exit_record["value"]), ("code", 7))
        self.assertEqual(self.row(name)["state"], "failed")

    def test_the_client_that_follows_is_killed(self):
        client = self.client("run", "-f", "--name", "followed", "--", "sh", "-c",
                             f"echo begin; {self.until('go')}; echo the end; exit 7")
        self.assertIn(b"begin", client.stdout.readline())
        client.kill()
        client.wait()
        self.assertEqual(self.row("followed")["state"], "running")
        self.ends_well("followed")

    def test_the_client_that_waits_is_killed(self):
        self.start_waiting("waited")
        self.wait_log("waited", b"begin")
        client = self.client("wait", "waited")
        harness.eventually("the client is waiting", lambda: b"poll" in read(f"/proc/{client.pid}/wchan")
                           or harness.state_of(client.pid) == "S")
        client.kill()
        client.wait()
        self.ends_well("waited")

    def test_the_client_that_stops_is_killed(self):
        self.start("stopped", "sh", "-c", f"trap 'echo got TERM; {self.until('go')}; exit 9' TERM; echo begin; "
                                          f"while :; do sleep 0.05; done")
        self.wait_log("stopped", b"begin")
        client = self.client("stop", "stopped")
        self.wait_log("stopped", b"got TERM")
        client.kill()
        client.wait()
        self.assertEqual(self.row("stopped")["state"], "stopping")
        self.touch("go")
        self.vigie("wait", "stopped", expect=9)
        record = self.record("stopped")
        self.assertEqual((record["exit"]["kind"], record["exit"]["value"]), ("code", 9))
        self.assertIn("request", record["exit"]["reason"])

    def test_the_client_that_is_attached_is_killed(self):
        self.start_waiting("attached")
        self.wait_log("attached", b"begin")
        master, slave = pty.openpty()
        for end in (master, slave):
            self.addCleanup(os.close, end)
        client = self.spawn(harness.vigie_path, "attach", "attached", stdin=slave, stdout=slave, stderr=slave,
                            env=dict(self.env, TERM="xterm"), start_new_session=True)
        harness.eventually("it is attached", lambda: b"begin" in os.read(master, 1000))
        client.kill()
        client.wait()
        self.assertEqual(self.row("attached")["state"], "running")
        self.ends_well("attached")

    def kill_shim(self, name):
        shim = harness.eventually("the shim is known", lambda: self.record(name)["shim"]["pid"])
        os.kill(shim, signal.SIGKILL)
        harness.eventually("another shim has taken over",
                           lambda: self.record(name)["shim"]["pid"] not in (0, shim))

    def test_the_shim_is_killed_while_the_run_works(self):
        self.start_waiting("shimless")
        self.wait_log("shimless", b"begin")
        leader = self.record("shimless")["leader"]["pid"]
        self.kill_shim("shimless")
        self.assertTrue(harness.alive(leader))
        self.vigie("pause", "shimless", expect=0)
        self.wait_state("shimless", "paused")
        self.vigie("resume", "shimless", expect=0)
        self.wait_state("shimless", "running")
        self.ends_well("shimless")

    def test_the_shim_is_killed_again_and_again_while_the_run_writes(self):
        self.start("writer", "sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; "
                                         f"echo written; {self.until('go')}; exit 7")
        for _ in range(3):
            self.kill_shim("writer")
        self.wait_log("writer", b"written")
        self.touch("go")
        self.vigie("wait", "writer", expect=7)
        lines = self.raw_log("writer").replace(b"\r", b"").splitlines()
        self.assertEqual(lines, [b"line %d" % i for i in range(3000)] + [b"written"])

    def test_the_run_can_be_stopped_after_its_shim_was_killed(self):
        self.start("controlled", "sh", "-c", "trap 'exit 11' TERM; echo begin; while :; do sleep 0.05; done")
        self.wait_log("controlled", b"begin")
        self.kill_shim("controlled")
        self.vigie("stop", "controlled", expect=0)
        self.assertEqual(self.record("controlled")["exit"]["value"], 11)
        self.assertEqual(self.row("controlled")["state"], "cancelled")

    def test_the_run_ends_in_the_moment_its_shim_dies(self):
        self.start_waiting("moment")
        self.wait_log("moment", b"begin")
        shim = self.record("moment")["shim"]["pid"]
        self.touch("go")
        os.kill(shim, signal.SIGKILL)
        self.ends_well("moment")

    def test_the_terminal_of_the_client_is_hung_up(self):
        self.start_waiting("hung-up")
        self.wait_log("hung-up", b"begin")
        record = self.record("hung-up")
        for process in ("holder", "shim"):
            os.kill(record[process]["pid"], signal.SIGHUP)
            os.kill(record[process]["pid"], signal.SIGTERM)
        self.assertEqual(self.row("hung-up")["state"], "running")
        self.ends_well("hung-up")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
