"""Using what acts on runs: zombies, ends that were asked for, pauses, several targets, names and numbers as people type them."""

import json
import os
import pwd
import signal
import subprocess

import harness
from harness import PYTHON, alive, eventually, state_of

SAVES = "trap 'echo saved; exit {}' TERM; echo ready; while :; do sleep 0.05; done"

# A child that ends and that nobody waits for, until standard input ends.
ZOMBIE = "import os, sys\npid = os.fork()\nif pid == 0: os._exit(3)\nprint(pid, flush=True)\nsys.stdin.read()\n"

# What is recognised as a training that vigie did not start: by its address, as torchrun gives it.
OBSERVED = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0", "MASTER_ADDR": "localhost"}


class UseTest(harness.VigieTest):
    def start_saving(self, name, code=143, options=()):
        self.start(name, "sh", "-c", SAVES.format(code), options=options)
        self.wait_log(name, b"ready")

    def refused(self, *args, code=1):
        """What vigie says on standard error when it refuses."""
        return self.vigie(*args, expect=code).err

    def zombie(self):
        """(PID of a zombie, its parent)."""
        parent = self.spawn(PYTHON, "-c", ZOMBIE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(parent.stdin.close)
        pid = int(parent.stdout.readline())
        eventually("it is a zombie", lambda: state_of(pid) == "Z")
        return pid, parent

    def into_file(self, name, *command, env=None):
        """A process beside vigie whose output goes to a file; (process, path)."""
        path = self.path(name)
        with open(path, "wb") as file:
            process = self.spawn(*command, stdout=file, stderr=subprocess.STDOUT, env=dict(self.env, **(env or {})))
        return process, path


class Zombies(UseTest):
    def test_whatever_would_act_on_a_zombie_names_it_as_one_and_its_parent(self):
        pid, parent = self.zombie()
        for command in (("kill",), ("stop",), ("pause",), ("resume",), ("signal", "TERM"), ("renice", "5"),
                        ("ionice", "idle"), ("cpus", "0"), ("adopt",)):
            with self.subTest(command=command):
                said = self.refused(*command, str(pid))
                self.assertIn("zombie", said)
                self.assertIn(f"process {parent.pid} (", said)
                self.assertRegex(said, "must wait for it or end")

    def test_why_names_it_too_and_does_not_call_it_paused(self):
        pid, parent = self.zombie()
        said = self.vigie("why", str(pid), "--interval", "0.5", expect=1).out
        self.assertIn("zombie", said)
        self.assertIn(str(parent.pid), said)
        self.assertNotIn("paused", said)
        self.assertNotIn("vigie resume", said)

    def test_a_process_whose_main_thread_alone_has_ended_is_none(self):
        compiler = "/usr/bin/cc"
        if not os.access(compiler, os.X_OK):
            self.skipTest("there is no C compiler")
        source = self.path("threads.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write("#include <pthread.h>\n#include <unistd.h>\nstatic void *go(void *x) { for (;;) pause(); return x; }\n"
                       "int main(void) { pthread_t t; pthread_create(&t, 0, go, 0); pthread_exit(0); }\n")
        subprocess.run([compiler, "-pthread", "-o", self.path("threads"), source], check=True)
        process = self.spawn(self.path("threads"))
        eventually("its main thread has ended", lambda: state_of(process.pid) == "Z")
        self.vigie("signal", "--tree", "--yes", "KILL", str(process.pid), expect=0)
        self.assertEqual(process.wait(timeout=10), -signal.SIGKILL)


class Cancelled(UseTest):
    def test_an_end_that_was_asked_for_within_its_grace_is_cancelled_whatever_its_code(self):
        for code in (0, 1, 143):
            with self.subTest(code=code):
                name = f"code{code}"
                self.start_saving(name, code)
                self.assertIn(f"{name} cancelled", self.vigie("stop", name, expect=0).out)
                row = self.row(name)
                self.assertEqual(row["state"], "cancelled")
                self.assertEqual(row["exit"]["code"], code)
                self.assertIn("is over (cancelled)", self.vigie("why", name, expect=0).out)
                self.assertEqual(self.vigie("wait", name).code, code)

    def test_one_that_does_not_handle_the_signal_is_cancelled_too(self):
        self.start("plain", "sleep", "1000")
        self.vigie("stop", "plain", expect=0)
        self.assertEqual(self.row("plain")["state"], "cancelled")

    def test_one_that_had_to_be_killed_is_killed(self):
        self.start("deaf", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")
        self.wait_log("deaf", b"ready")
        self.vigie("stop", "--grace", "0.3s", "deaf", expect=0)
        self.assertEqual(self.row("deaf")["state"], "killed")
        self.start_saving("killed")
        self.vigie("kill", "killed", expect=0)
        self.assertEqual(self.row("killed")["state"], "killed")

    def test_it_is_not_started_again_and_is_no_success(self):
        self.start_saving("again", options=["--restart", "always", "--backoff", "10ms"])
        self.start("after", "true", options=["--after-success", "again"])
        self.vigie("stop", "again", expect=0)
        self.assertEqual(self.row("again")["attempt"], 1)
        self.vigie("wait", "after", expect=1)
        self.assertIn("it was cancelled", self.row("after")["exit"]["reason"])

    def test_what_is_stopped_before_its_turn_is_cancelled(self):
        self.start_saving("first")
        self.start("second", "true", options=["--after", "first"])
        self.vigie("stop", "second", expect=0)
        self.assertEqual(self.row("second")["state"], "cancelled")

    def test_the_end_by_a_time_limit_is_one_that_vigie_asked_for(self):
        self.start("limited", "sh", "-c", SAVES.format(5), options=["--time-limit", "300ms"])
        self.vigie("wait", "limited", expect=5)
        row = self.row("limited")
        self.assertEqual(row["state"], "cancelled")
        self.assertIn("its time limit of 0.3 s was over", row["exit"]["reason"])


    def test_what_is_left_without_kill_is_said_once(self):
        self.start("deaf", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")
        self.wait_log("deaf", b"ready")
        said = self.vigie("stop", "--no-kill", "--grace", "0.2s", "deaf", expect=1).out
        for line in said.splitlines():
            self.assertLessEqual(line.count("still there"), 1, said)
        self.assertIn("still there: process", said)
        self.assertIn("deaf got the signal and goes on: nothing is killed (--no-kill)", said)

    def test_a_pipe_gets_whole_commands(self):
        self.start("wide", "sleep", "1000", "0." + "0" * 100)
        self.assertIn("0." + "0" * 100, self.vigie("renice", "5", "wide", expect=0).out)

    def test_an_exit_code_that_tells_of_a_signal_names_it(self):
        self.start("ended", "sh", "-c", "exit 143")
        self.assertIn("exit code 143 (128 + SIGTERM)", self.vigie("wait", "ended", expect=143).out)
        self.assertIn("exit code 143 (128 + SIGTERM)", self.vigie("ls", "ended", expect=0).out)
        self.assertNotIn("SIGTERM", self.row("ended")["exit"]["reason"])
        self.assertEqual(self.row("ended")["user"], pwd.getpwuid(os.getuid()).pw_name)


class Paused(UseTest):
    def test_a_paused_run_is_shown_paused_by_everything(self):
        self.start_saving("held")
        self.vigie("pause", "held", expect=0)
        leader = self.row("held")["pid"]
        eventually("what it waited for is over", lambda: self.json("ps", "held", "--interval", "0")["processes"][0]["state"] != "D")
        for command in (("ps", "held"), ("ps", str(leader)), ("ps", "-a"), ("tree", "held")):
            rows = {row["pid"]: row for row in self.json(*command, "--interval", "0")["processes"]}
            self.assertEqual(rows[leader]["state"], "T", command)
        for command in ("rm", "restart"):
            said = self.refused(command, "held")
            self.assertIn("is paused", said)
            self.assertNotIn("running", said)
        self.assertIn("paused already", self.vigie("pause", "held", expect=0).out)
        self.assertIn("resumed", self.vigie("resume", "held", expect=0).out)
        self.assertEqual(self.row("held")["state"], "running")

    def test_resume_of_a_run_that_runs_says_so(self):
        self.start_saving("free")
        said = self.vigie("resume", "free", expect=0).out
        self.assertIn("free runs", said)
        self.assertNotIn("resumed", said)
        rows = json.loads(self.vigie("resume", "--json", "free", expect=0).out)["actions"]
        self.assertEqual({row["result"] for row in rows}, {"was not paused"})


class Several(UseTest):
    def test_stop_and_kill_take_several_at_once(self):
        for name in ("one", "two"):
            self.start_saving(name)
        said = self.vigie("stop", "one", "two", "one", expect=0).out
        self.assertEqual([said.count("one cancelled"), said.count("two cancelled")], [1, 1])
        self.vigie("restart", "one", "two", expect=0)
        self.vigie("kill", "-9", "one", "two", expect=0)
        self.assertEqual({self.row(name)["state"] for name in ("one", "two")}, {"killed"})

    def test_their_graces_run_at_the_same_time(self):
        deaf = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
        for name in ("one", "two", "three", "four"):
            self.start(name, "sh", "-c", deaf, options=["--grace", "3s"])
            self.wait_log(name, b"ready")
        self.vigie("stop", "one", "two", "three", "four", expect=0, timeout=60)
        asked, ended = [], []
        for name in ("one", "two", "three", "four"):
            record = self.record(name)
            asked.append(record["stop"]["wall_ns"])
            ended.append(record["exit"]["wall_ns"])
        self.assertLess(max(asked), min(ended), "each was asked before the first one ended")

    def test_a_name_that_is_wrong_is_an_error_before_anything_is_done(self):
        self.start_saving("one")
        self.vigie("stop", "one", "nosuch", expect=3)
        self.assertEqual(self.row("one")["state"], "running")

    def test_rm_takes_several_and_all_that_are_over(self):
        for name in ("one", "two", "three"):
            self.start(name, "true")
            self.vigie("wait", name, expect=0)
        self.start_saving("alive")
        done = self.vigie("rm", "one", "nosuch", "alive", "two", expect=3)
        self.assertIn("nosuch", done.err)
        self.assertIn("alive is running", done.err)
        self.assertEqual({row["name"] for row in self.runs()} & {"one", "two", "three", "alive"}, {"three", "alive"})
        self.vigie("rm", "--ended", expect=0)
        self.assertEqual({row["name"] for row in self.runs()} & {"three", "alive"}, {"alive"})
        self.vigie("rm", expect=2)

    def test_wait_returns_the_worst_status(self):
        for name, code in (("good", 0), ("bad", 7), ("fine", 0)):
            self.start(name, "sh", "-c", f"exit {code}")
        self.vigie("wait", "good", "bad", "fine", expect=7)
        self.vigie("wait", "good", "fine", expect=0)
        self.vigie("wait", "good", "nosuch", expect=3)

    def test_ls_chooses_by_state_and_by_pattern(self):
        self.start("bad", "false")
        self.start("good", "true")
        self.vigie("wait", "bad", "good", expect=1)

        def names(*args, expect=0):
            return {row["name"] for row in self.json("ls", *args, "--interval", "0", expect=expect)["runs"]}

        self.assertEqual(names("--state", "failed"), {"bad"})
        self.assertEqual(names("--state", "failed,exited"), {"bad", "good"})
        self.assertEqual(names("^go"), {"good"})
        self.assertEqual(names("nothing-like-it", expect=1), set())
        self.assertIn("there are queued", self.refused("ls", "--state", "foo", code=2))
        self.assertIn("failed", self.refused("ls", "--state", "faild", code=2))


class Logs(UseTest):
    def test_attempts_are_separated(self):
        self.start("three", "sh", "-c", "echo says $VIGIE_ATTEMPT; exit 1",
                   options=["--restart", "on-failure:2", "--backoff", "10ms"])
        self.vigie("wait", "three", expect=1)
        lines = self.vigie("logs", "three", expect=0).out.splitlines()
        self.assertEqual([line for line in lines if line.startswith("says")], ["says 1", "says 2", "says 3"])
        self.assertRegex(lines[1], r"^\[vigie: attempt 2 begins here, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]$")
        self.assertIn("attempt 3", lines[3])
        last = self.vigie("logs", "-n", "2", "three", expect=0).out.splitlines()
        self.assertEqual(last[1], "says 3")
        self.assertIn("attempt 3", last[0])
        self.assertNotIn("vigie:", self.vigie("logs", "--raw", "three", expect=0).out)

    def test_following_goes_on_through_all_attempts(self):
        self.start("two", "sh", "-c", f"echo says $VIGIE_ATTEMPT; {self.until('go')}; exit 1",
                   options=["--restart", "on-failure:1", "--backoff", "300ms"])
        follower = self.spawn(harness.vigie_path, "logs", "-f", "two", stdout=subprocess.PIPE)
        self.assertEqual(follower.stdout.readline().strip(), b"says 1")
        self.touch("go")
        rest, _ = follower.communicate(timeout=30)
        self.assertIn(b"attempt 2 begins here", rest)
        self.assertIn(b"says 2", rest)

    def test_of_an_adopted_run_the_file_is_shown_that_it_writes(self):
        process, path = self.into_file("out.log", "sh", "-c", "echo first; echo second; exec sleep 1000")
        eventually("it has written", lambda: os.path.getsize(path) == len("first\nsecond\n"))
        self.vigie("adopt", "--name", "mine", str(process.pid), expect=0)
        done = self.vigie("logs", "mine", expect=0)
        self.assertEqual(done.out, "first\nsecond\n")
        self.assertIn(path, done.err)
        self.assertEqual(self.vigie("logs", "-n", "1", "mine", expect=0).out, "second\n")
        self.assertIn("was adopted", self.refused("attach", "mine"))

    def test_of_a_run_that_vigie_did_not_start_too_or_it_says_where_it_goes(self):
        process, path = self.into_file("seen.log", PYTHON, "-c", "import time; print('hello', flush=True); time.sleep(1000)",
                                       env=OBSERVED)
        eventually("it has written", lambda: os.path.getsize(path) > 0)
        name = eventually("it is recognised", lambda: next(
            (row["name"] for row in self.runs() if row["pid"] == process.pid), None))
        for target in (name, str(process.pid)):
            done = self.vigie("logs", target, expect=0)
            self.assertEqual(done.out, "hello\n")
            self.assertIn("not started by vigie", done.err)
        silent = self.spawn("sleep", "1000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertIn("/dev/null", self.refused("logs", str(silent.pid)))
        for command in ("attach", "wait", "rm", "restart"):
            said = self.refused(command, name)
            self.assertIn(f"{name} was not started by vigie: ", said)
            self.assertRegex(said, "`vigie ")

    def test_progress_of_what_vigie_did_not_start_is_read_from_its_file(self):
        bar = "\\r 45%|####5     | 450/1000 [00:30<00:37, 14.9it/s, loss=0.41]"
        code = f"import sys, time; print('epoch 1', flush=True); sys.stderr.write('{bar}'); sys.stderr.flush(); time.sleep(1000)"
        process, path = self.into_file("bar.log", PYTHON, "-c", code, env=OBSERVED)
        eventually("it has drawn its bar", lambda: b"450/1000" in open(path, "rb").read())
        row = eventually("it is recognised", lambda: next(
            (row for row in self.runs() if row["pid"] == process.pid), None))
        self.assertEqual((row["progress"]["step"], row["progress"]["total"]), (450, 1000))
        self.vigie("adopt", "--yes", "--name", "kept", str(process.pid), expect=0)
        self.assertEqual(self.row("kept")["progress"]["step"], 450)

    def test_following_the_file_of_another_ends_with_it(self):
        process, path = self.into_file("grows.log", "sh", "-c", f"echo one; {self.until('go')}; echo two")
        eventually("it has written", lambda: os.path.getsize(path) > 0)
        follower = self.spawn(harness.vigie_path, "logs", "-f", str(process.pid), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        self.assertEqual(follower.stdout.readline(), b"one\n")
        self.touch("go")
        process.wait(timeout=20)
        rest, _ = follower.communicate(timeout=20)
        self.assertEqual(rest, b"two\n")


class Names(UseTest):
    def test_a_pid_means_the_run_that_it_belongs_to(self):
        self.start("mine", "sh", "-c", f"echo ready; sleep 1000 & {self.until('go')}; kill $!; exit 6")
        self.wait_log("mine", b"ready")
        pids = eventually("its child is there", lambda: (
            p := [row["pid"] for row in self.json("tree", "mine", "--interval", "0")["processes"] if row["pid"]]) and
            len(p) > 1 and p)
        for pid in pids[:2]:
            self.assertIn("ready", self.vigie("logs", str(pid), expect=0).out)
        self.assertIn("mine is running", self.refused("rm", str(pids[0])))
        self.assertIn("mine is running", self.refused("restart", str(pids[0])))
        waiter = self.spawn(harness.vigie_path, "wait", str(pids[0]), stdout=subprocess.PIPE)
        self.touch("go")
        out, _ = waiter.communicate(timeout=20)
        self.assertIn(b"mine failed", out)
        self.assertEqual(waiter.returncode, 6)

    def test_a_process_of_no_run_is_said_to_be_of_none(self):
        process = self.spawn("sleep", "1000")
        self.assertIn("belongs to no run", self.refused("wait", str(process.pid), code=3))
        self.assertIn("belongs to no run", self.refused("rm", str(process.pid), code=3))

    def test_a_name_that_exists_offers_what_can_be_done(self):
        self.start("taken", "true")
        self.vigie("wait", "taken", expect=0)
        said = self.refused("run", "--name", "taken", "--", "true")
        self.assertIn("`vigie restart taken`", said)
        self.assertIn("taken-2", said)
        self.start_saving("busy")
        self.assertIn("`vigie stop busy`", self.refused("run", "--name", "busy", "--", "true"))

    def test_conditions_on_a_name_that_does_not_exist_suggest_near_ones(self):
        self.start("resnet", "true")
        self.assertIn("did you mean resnet?", self.refused("run", "--after", "resnt", "--", "true", code=3))
        self.assertIn("did you mean resnet?", self.refused("wait", "rsnet", code=3))


class Attempts(UseTest):
    def test_between_two_attempts_the_texts_say_so(self):
        self.start("pausing", "false", options=["--restart", "always", "--backoff", "1h"])
        self.wait_state("pausing", "queued")
        row = self.row("pausing")
        self.assertRegex(row["queued_for"], r"^its next attempt in (1 h|59 min \d+ s)$")
        for command in (("pause",), ("signal", "TERM"), ("rm",), ("restart",)):
            said = self.refused(*command, "pausing")
            self.assertIn("between two attempts", said)
            self.assertIn("its next attempt in", said)
        self.vigie("stop", "pausing", expect=0)
        self.assertEqual(self.row("pausing")["state"], "cancelled")

    def test_one_that_was_never_started_says_why(self):
        self.start("fails", "false")
        self.vigie("wait", "fails", expect=1)
        self.vigie("run", "--name", "never", "--after-success", "fails", "--", "true", expect=0)
        self.wait_state("never", "failed")
        said = self.vigie("why", "never", expect=1).out
        self.assertIn("was never started: run fails did not succeed", said)
        again = self.refused("restart", "never")
        self.assertIn("was not started again", again)
        self.assertIn("run fails did not succeed", again)

    def test_a_keeper_that_is_stopped_with_the_queues_lock_holds_nobody_up_for_good(self):
        self.start("first", "true", options=["--max-parallel", "5"])
        self.vigie("wait", "first", expect=0)
        lock = os.path.join(self.state, "vigie", "runs", ".queue.lock")
        holder = self.spawn("flock", lock, "sleep", "1000")
        eventually("it holds the lock", lambda: subprocess.run(["flock", "-n", lock, "true"], check=False).returncode != 0)
        starter = self.spawn(harness.vigie_path, "run", "--name", "second", "--max-parallel", "5", "--", "true",
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = starter.communicate(timeout=30)[1]
        self.assertIn(b"let go of the queue", said)
        self.vigie("stop", "second", expect=0, timeout=30)
        self.assertEqual(self.row("second")["state"], "cancelled")
        holder.kill()


class Words(UseTest):
    def test_ps_is_asked_as_procps_is(self):
        own = str(os.getpid())
        self.assertEqual(self.vigie("ps", "-o", "pid,comm", own, expect=0).out.split()[2], own)
        every = self.vigie("ps", "-eo", "pid,comm", expect=0).out.splitlines()
        self.assertGreater(len(every), 2)
        self.assertEqual(every[0].split(), ["PID", "COMM"])
        for words in (("aux",), ("-ef",), ("-aux",), ("ax",)):
            self.assertIn(own, self.vigie("ps", *words, expect=0).out)
        self.assertEqual(self.vigie("ps", "-o", "pid=", "-p", own, expect=0).out.split(), [own])
        both = self.vigie("ps", "-o", "pid", own, str(os.getppid()), expect=0).out.split()[1:]
        self.assertEqual(set(both), {own, str(os.getppid())})

    def test_kill_takes_a_signal_as_people_type_it(self):
        self.start("told", "sh", "-c", "trap 'echo usr1' USR1; echo ready; while :; do sleep 0.05; done")
        self.wait_log("told", b"ready")
        self.vigie("kill", "-USR1", "told", expect=0)
        self.wait_log("told", b"usr1")
        self.vigie("kill", "-9", "told", expect=0)
        self.assertEqual(self.row("told")["state"], "killed")

    def test_help_is_found_and_fits_eighty_columns(self):
        self.assertEqual(self.vigie("help", "run", expect=0).out, self.vigie("run", "--help", expect=0).out)
        top = self.vigie("--help", expect=0).out
        commands = [line.split()[0] for line in top.split("Subcommands:")[1].splitlines() if line[2:3].strip()]
        self.assertGreater(len(commands), 20)
        for name in commands:
            text = self.vigie(name, "--help", expect=0).out
            self.assertEqual([line for line in text.splitlines() if len(line) > 80], [], name)
            for word in ("Excludes:", "INT:INT", " in ["):
                self.assertNotIn(word, text, name)

    def test_what_other_programs_call_a_command_names_the_one_to_use(self):
        said = self.refused("htop", code=2)
        self.assertIn("`vigie top`", said)
        self.assertNotIn("did you mean", said)

    def test_numbers_that_are_none_are_told_in_plain_words(self):
        self.assertIn('--count wants a whole number, not "abc"', self.refused("ps", "-n", "abc", code=2))
        self.assertIn('from -20 to 19 is wanted, not "30"', self.refused("run", "--nice", "30", "--", "true", code=2))

    def test_a_state_directory_that_is_a_link_is_named(self):
        os.mkdir(self.path("elsewhere"))
        os.mkdir(self.path("linked"))
        os.symlink(self.path("elsewhere"), os.path.join(self.path("linked"), "vigie"))
        env = dict(self.env, XDG_STATE_HOME=self.path("linked"))
        done = self.vigie("ls", "--interval", "0", env=env)
        self.assertIn("symbolic link", done.out + done.err)
        self.assertNotIn("start one with", done.out)


class FirstUse(harness.VigieTest):
    """What people who had nothing but the help ran into."""

    def test_a_run_that_is_over_has_nothing_to_look_at(self):
        self.start("over", "true")
        self.vigie("wait", "over", expect=0)
        for command in ("env", "files", "limits", "net", "maps"):
            done = self.vigie(command, "over", expect=3)
            self.assertEqual((done.out, done.err), ("", "vigie: over is over: it has no process to look at\n"))

    def test_a_script_gives_its_name_whatever_runs_it(self):
        with open(self.path("train.sh"), "w", encoding="utf-8") as file:
            file.write("true\n")
        for command in (["bash", "train.sh"], ["nice", "sh", "./train.sh", "a"]):
            self.assertRegex(self.vigie("run", "--", *command, expect=0).out, r"^train(-2)?\n$")

    def test_piped_input_is_not_dropped_silently(self):
        read, write = os.pipe()
        os.write(write, b"echo hello\n")
        for name, stdin, told in (("piped", read, True), ("plain", subprocess.DEVNULL, False)):
            done = subprocess.run([harness.vigie_path, "run", "--name", name, "--", "true"], env=self.env, stdin=stdin, capture_output=True,
                                  check=True)
            self.assertEqual(b"standard input" in done.stderr, told, done.stderr)
        os.close(read)
        os.close(write)

    def test_a_dry_run_names_the_training_behind_a_shell(self):
        self.start("shell", "bash", "-c", f"trap 'true' TERM; {harness.PYTHON} -c \"import signal, time; "
                   "signal.signal(15, lambda *_: None); print('ready', flush=True); time.sleep(1000)\"; true")
        self.wait_log("shell", b"ready")
        rows = self.json("stop", "--dry-run", "shell")["actions"]
        self.assertEqual([row["command"].split()[0].rpartition("/")[2] for row in rows if row["action"] == "signal TERM"],
                         ["bash", os.path.basename(harness.PYTHON)])
        self.vigie("kill", "shell", expect=0)

    def test_a_training_that_had_to_be_killed_is_named_though_its_shell_ended(self):
        with open(self.path("t.sh"), "w", encoding="utf-8") as file:
            file.write(f"{harness.PYTHON} -c \"import signal, time; signal.signal(15, lambda *_: None); "
                       "print('ready', flush=True)\nwhile True: time.sleep(0.1)\"\ntrue\n")
        self.start("slow", "bash", self.path("t.sh"))
        self.wait_log("slow", b"ready")
        self.vigie("stop", "--grace", "1s", "slow", expect=0)
        reason = self.record("slow")["exit"]["reason"]
        self.assertRegex(reason, "had to be killed when the grace was over$")
        self.assertIn(os.path.basename(harness.PYTHON), reason)

