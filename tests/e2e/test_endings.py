"""How runs end, and that their log and exit record tell the truth."""

import os
import signal
import subprocess

import harness


class Endings(harness.VigieTest):
    def test_the_exit_code_is_true(self):
        self.start("seven", "sh", "-c", "exit 7")
        self.vigie("wait", "seven", expect=7)
        exit_record = self.record("seven")["exit"]
        self.assertEqual((exit_record["kind"], exit_record["value"]), ("code", 7))
        self.assertEqual(self.row("seven")["state"], "failed")

    def test_following_ends_with_the_status_of_the_run(self):
        done = self.vigie("run", "-f", "--name", "five", "--", "sh", "-c", "echo hello; exit 5", expect=5)
        self.assertIn("hello", done.out)
        self.vigie("run", "-f", "--name", "zero", "--", "true", expect=0)
        self.assertEqual(self.row("zero")["state"], "exited")

    def test_death_by_signal_is_told_apart_from_a_code(self):
        self.start("segv", "sh", "-c", "kill -SEGV $$")
        self.vigie("wait", "segv", expect=128 + signal.SIGSEGV)
        exit_record = self.record("segv")["exit"]
        self.assertEqual((exit_record["kind"], exit_record["value"]), ("signal", signal.SIGSEGV))
        self.start("code", "sh", "-c", "exit 139")
        self.vigie("wait", "code", expect=139)
        exit_record = self.record("code")["exit"]
        self.assertEqual((exit_record["kind"], exit_record["value"]), ("code", 139))

    def test_a_child_that_left_the_session_keeps_the_run_exiting_and_its_output_is_kept(self):
        child = f"{self.until('go')}; echo late from the grandchild"
        self.start("outlived", "sh", "-c", f"setsid sh -c \"{child}\" & exit 3")
        self.wait_state("outlived", "exiting")
        self.assertEqual(self.record("outlived")["exit"]["value"], 3)
        self.touch("go")
        self.vigie("wait", "outlived", expect=3)
        self.assertIn(b"late from the grandchild", self.raw_log("outlived"))
        self.assertEqual(self.row("outlived")["state"], "failed")

    def test_output_just_before_the_end_is_in_the_log(self):
        for number in range(10):
            name = f"last-{number}"
            self.start(name, "sh", "-c", f"printf 'the last words {number}'")
            self.vigie("wait", name, expect=0)
            self.assertEqual(self.raw_log(name), f"the last words {number}".encode())

    def test_the_log_holds_every_byte(self):
        data = os.urandom(100_000)
        with open(self.path("bytes"), "wb") as file:
            file.write(data)
        self.start("pipe", "cat", self.path("bytes"), options=["--no-pty"])
        self.start("terminal", "sh", "-c", f"stty raw && cat '{self.path('bytes')}'")
        for name in ("pipe", "terminal"):
            self.vigie("wait", name, expect=0)
            raw = subprocess.run([harness.vigie_path, "logs", "--raw", name], env=self.env, capture_output=True,
                                 check=True).stdout
            self.assertEqual(raw, data, f"{name}: {len(raw)} bytes of {len(data)}")

    def test_logs_pass_no_escape_sequence_on(self):
        self.start("hostile", "printf", r"\033]0;title\007red \033[31mtext\n")
        self.vigie("wait", "hostile", expect=0)
        shown = self.vigie("logs", "hostile", expect=0).out
        self.assertIn("text", shown)
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("\x07", shown)

    def test_what_ignores_the_stop_signal_is_killed_after_the_grace(self):
        self.start("deaf", "sh", "-c", "trap '' TERM; echo ready; sleep 1000")
        self.wait_log("deaf", b"ready")
        self.vigie("stop", "--grace", "1s", "deaf", expect=0)
        exit_record = self.record("deaf")["exit"]
        self.assertEqual((exit_record["kind"], exit_record["value"]), ("signal", signal.SIGKILL))
        self.assertEqual(self.row("deaf")["state"], "killed")

    def test_kill_leaves_nothing_of_the_tree(self):
        self.start("tree", "sh", "-c", "sleep 1000 & setsid sleep 1000 & echo ready; wait")
        self.wait_log("tree", b"ready")
        pids = [process["pid"] for process in self.json("tree", "tree")["processes"]]
        self.assertGreaterEqual(len(pids), 3)
        self.vigie("kill", "tree", expect=0)
        self.assertEqual([pid for pid in pids if harness.alive(pid)], [])

    def test_why_knows_the_sender_of_a_signal_that_went_through_vigie(self):
        self.start("sent", "sleep", "1000")
        self.vigie("signal", "USR1", "sent", expect=0)
        self.vigie("wait", "sent", expect=128 + signal.SIGUSR1)
        self.assertIn("killed by SIGUSR1, which its user sent with vigie signal", self.vigie("why", "sent").out)

    def test_why_tells_what_a_run_did_when_its_time_was_over(self):
        self.start("slow", "sleep", "1000", options=["--time-limit", "1s"])
        self.vigie("wait", "slow", expect=128 + signal.SIGTERM)
        self.assertRegex(self.vigie("why", "slow").out, "told to stop, its main thread slept in [a-z_]*nanosleep")

    def test_the_environment_tells_the_run_who_it_is(self):
        self.start("who", "sh", "-c", "echo $VIGIE_RUN_NAME $VIGIE_RUN_ID $VIGIE_ATTEMPT $EXTRA",
                   options=["--env", "EXTRA=given"])
        self.vigie("wait", "who", expect=0)
        record = self.record("who")
        self.assertIn(f"who {record['id']} 1 given".encode(), self.raw_log("who"))
