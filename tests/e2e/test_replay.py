"""What was recorded is looked at as the present is: by the same commands, later, and by other people."""

import os
import re
import secrets
import signal
import stat
import unittest

from harness import PYTHON, VigieTest, eventually, vigie_path

BUSY = "while True: pass"


class Replay(VigieTest):
    def record(self, *options):
        file = os.path.join(self.dir, "seen.vigie")
        self.vigie("record", file, *options, expect=0)
        return file

    def test_the_looks_show_what_was_and_not_what_is(self):
        word = secrets.token_hex(8)  # in no other command line of this host
        self.start("gone", PYTHON, "-c", BUSY, word)
        row = self.wait_row("gone", "it works", lambda row: (row["cpu_percent"] or 0) >= 0 and row["state"] == "running")
        file = self.record("--for", "1.5s", "--interval", "0.5")
        self.vigie("kill", "gone", expect=0)
        self.vigie("rm", "gone", expect=0)

        run = self.json("ls", "--replay", file)["runs"][0]
        self.assertEqual((run["name"], run["state"], run["pid"]), ("gone", "running", row["pid"]))
        self.assertGreater(run["cpu_percent"], 20)
        process = self.json("ps", "gone", "--replay", file)["processes"][0]
        self.assertEqual((process["pid"], process["run"]), (row["pid"], "gone"))
        self.assertIn(BUSY, process["command"])
        self.assertIn("gone", self.vigie("tree", "--replay", file, expect=0).out)
        self.assertRegex(self.vigie("why", "gone", "--replay", file, expect=0).out, "nothing wrong|too early to say")
        items = {item["id"]: item for item in self.json("check", "gone", "--replay", file, expect=None)["items"]}
        self.assertTrue(items)
        by_pid = self.vigie("ps", str(row["pid"]), "--replay", file, "--pids", expect=0)
        self.assertEqual(by_pid.out.split(), [str(row["pid"])])
        by_pattern = self.vigie("ps", word, "--replay", file, "--pids", expect=0)
        self.assertEqual(by_pattern.out.split(), [str(row["pid"])])
        self.vigie("why", "never-was", "--replay", file, expect=3)

    def test_watching_plays_all_of_it(self):
        file = self.record("--for", "3s", "--interval", "0.25")
        done = self.vigie("ps", "-a", "--replay", file, "-w", "0.25", "--json", expect=0)
        documents = done.out.splitlines()
        self.assertGreaterEqual(len(documents), 3)

    def test_a_recording_is_private_holds_no_environment_and_is_never_replaced(self):
        self.env["SECRET_TOKEN"] = "do-not-tell"
        self.start("secretive", PYTHON, "-c", BUSY)
        file = self.record("--for", "0.2s", "--interval", "0.1")
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        for look in ("ls", "ps"):
            self.assertNotIn("do-not-tell", self.vigie(look, "--replay", file, "--json").out)
        again = self.vigie("record", file, "--for", "1s", expect=1)
        self.assertRegex(again.err, "exists already")

    def test_a_recorder_that_is_killed_leaves_what_it_saw(self):
        file = os.path.join(self.dir, "cut.vigie")
        recorder = self.spawn(vigie_path, "record", file, "--interval", "0.1")
        eventually("something is recorded", lambda: os.path.exists(file) and os.path.getsize(file) > 1000)
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
        self.assertIn(str(os.getpid()), self.vigie("ps", "-a", "--pids", "--replay", file, expect=0).out.split())

    def test_through_a_pipe(self):
        shell = f'"{vigie_path}" record - --for 0.3s --interval 0.1 | "{vigie_path}" ps -a --pids --replay -'
        piped = self.spawn("sh", "-c", shell, stdout=-1, text=True)
        out, _ = piped.communicate(timeout=20)
        self.assertIn(str(os.getpid()), out.split())

    def test_what_is_before_damage_is_shown_and_the_damage_said(self):
        file = self.record("--for", "1s", "--interval", "0.2")
        with open(file, "ab") as out:
            out.write(b"\xff" * 1000)
        for command in (("ps", "-a", "--pids"), ("ps", "-a", "--pids", "-w", "0.2")):
            done = self.vigie(*command, "--replay", file, expect=0)
            self.assertIn(str(os.getpid()), done.out.split())
            self.assertRegex(done.err, r"\Avigie: the recording .* is damaged: what follows cannot be read\n\Z")
        self.vigie("ls", "--replay", file, expect=0)

    def test_a_fifo_without_a_writer_is_refused_and_not_waited_for(self):
        fifo = os.path.join(self.dir, "fifo")
        os.mkfifo(fifo)
        done = self.vigie("ls", "--replay", fifo, expect=2, timeout=10)
        self.assertIn("no regular file", done.err)
        done = self.vigie("top", "--ui", "json", "--replay", fifo, expect=2, timeout=10)
        self.assertIn("no regular file", done.err)

    def test_what_is_no_recording_is_refused_in_a_sentence(self):
        for content, words in ((b"", "no recording"), (b"hello\n" * 10, "no recording"), (b"vigie recording 1\n" + b"x" * 99, "damaged"),
                               (b"vigie recording 1\n", "no snapshot")):
            file = os.path.join(self.dir, "bad.vigie")
            with open(file, "wb") as out:
                out.write(content)
            done = self.vigie("ls", "--replay", file, expect=1)
            self.assertRegex(done.err, words)
            self.assertEqual(len(re.findall("\n", done.err)), 1)
        self.vigie("ls", "--replay", os.path.join(self.dir, "absent"), expect=1)
        self.vigie("ls", "--replay", file, "--root", self.dir, expect=2)


if __name__ == "__main__":
    unittest.main()
