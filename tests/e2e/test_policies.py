"""What a run does by itself: it starts again, waits for its turn, ends at its time, tells people."""

import json
import os
import pty
import pwd
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

import harness
from test_top import Terminal

UTMP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "utmp.c")


class Restarts(harness.VigieTest):
    def attempts(self, name):
        """The ledger: one line for each attempt that ended."""
        with open(os.path.join(self.record(name)["directory"], "attempts.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_a_failure_is_tried_again_until_it_succeeds_and_each_attempt_is_in_the_ledger(self):
        script = "test $VIGIE_ATTEMPT = 3 || exit 4"
        self.start("flaky", "sh", "-c", script, options=["--restart", "on-failure", "--backoff", "10ms"])
        self.vigie("wait", "flaky", expect=0)
        self.assertEqual([(one["attempt"], one["state"], one["exit"]["value"]) for one in self.attempts("flaky")],
                         [(1, "failed", 4), (2, "failed", 4), (3, "exited", 0)])
        self.assertEqual(self.row("flaky")["attempt"], 3)

    def test_the_number_of_restarts_is_a_limit(self):
        self.start("bad", "sh", "-c", "exit 4", options=["--restart", "on-failure:2", "--backoff", "10ms"])
        self.vigie("wait", "bad", expect=4)
        self.assertEqual(len(self.attempts("bad")), 3)
        self.assertEqual(self.row("bad")["state"], "failed")

    def test_success_is_not_repeated_and_what_the_user_stopped_stays_stopped(self):
        self.start("good", "true", options=["--restart", "on-failure", "--backoff", "10ms"])
        self.vigie("wait", "good", expect=0)
        self.assertEqual(len(self.attempts("good")), 1)
        self.start("asked", "sleep", "1000", options=["--restart", "always", "--backoff", "10ms"])
        self.vigie("stop", "asked", expect=0)
        self.assertEqual(self.row("asked")["state"], "cancelled")
        self.assertEqual(len(self.attempts("asked")), 1)

    def test_during_the_pause_the_run_is_queued_and_stop_means_it(self):
        self.start("pausing", "sh", "-c", "exit 1", options=["--restart", "on-failure", "--backoff", "1h"])
        self.wait_state("pausing", "queued")
        row = self.row("pausing")
        self.assertIn("next attempt", row["queued_for"])
        self.assertEqual(row["attempt"], 2)
        self.vigie("stop", "pausing", expect=0)
        self.assertEqual(self.row("pausing")["state"], "cancelled")

    def test_killing_the_keepers_in_the_pause_leaves_a_lost_run_that_can_be_restarted(self):
        self.start("robbed", "sh", "-c", "test $VIGIE_ATTEMPT -ge 3", options=["--restart", "on-failure", "--backoff", "1h"])
        self.wait_state("robbed", "queued")
        os.kill(self.record("robbed")["holder"]["pid"], signal.SIGKILL)
        self.wait_state("robbed", "lost")
        self.vigie("restart", "robbed", expect=0)
        self.vigie("wait", "robbed", expect=0)

    def test_the_resume_command_takes_over_from_the_second_attempt(self):
        self.start("resumes", "sh", "-c", "echo first; exit 1",
                   options=["--restart", "on-failure", "--backoff", "10ms", "--resume-cmd", "cd / && A=1 && echo resumed $VIGIE_ATTEMPT"])
        self.vigie("wait", "resumes", expect=0)
        self.assertEqual(self.raw_log("resumes").replace(b"\r", b""), b"first\nresumed 2\n")

    def test_wrong_usage(self):
        for options in (["--restart", "sometimes"], ["--restart", "on-failure:0"], ["--restart", "no:3"], ["--backoff", "soon"],
                        ["--time-limit", "x"], ["--notify-signal", "USR1@5"], ["--notify-signal", "USR1", "--time-limit", "9"],
                        ["--notify-signal", "USR1@9", "--time-limit", "5"], ["--max-parallel", "0"], ["--memory", "0"]):
            done = self.vigie("run", *options, "--", "true")
            self.assertEqual(done.code, 2, (options, done))
            self.assertEqual(done.err.count("\n"), 1, done)
        self.vigie("run", "--after", "nobody", "--", "true", expect=3)


class TimeLimits(harness.VigieTest):
    def test_the_early_signal_comes_first_and_the_limit_stops_the_run(self):
        script = "trap 'echo early' USR1; trap 'echo end; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
        self.start("limited", "sh", "-c", script, options=["--time-limit", "2s", "--notify-signal", "USR1@1.5s"])
        self.vigie("wait", "limited", expect=9)
        self.assertEqual(self.raw_log("limited").split(), [b"ready", b"early", b"end"])
        self.assertIn("time limit of", self.record("limited")["exit"]["reason"])

    def test_always_goes_on_after_its_time(self):
        script = "test $VIGIE_ATTEMPT = 2 && exit 0; exec sleep 1000"
        self.start("chunks", "sh", "-c", script, options=["--time-limit", "500ms", "--restart", "always", "--backoff", "1h"])
        self.wait_state("chunks", "queued")
        self.assertEqual(self.row("chunks")["attempt"], 2)
        self.vigie("stop", "chunks", expect=0)


class Hooks(harness.VigieTest):
    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def test_each_turning_point_has_its_hook(self):
        options = []
        for point in ("start", "stop", "exit"):
            options += [f"--on-{point}", f"echo \"$VIGIE_RUN_NAME $VIGIE_STATE $VIGIE_EXIT_CODE\" > '{self.path(point)}.new' && "
                                         f"mv '{self.path(point)}.new' '{self.path(point)}'"]
        options += ["--notify", f"cat > '{self.path('message')}.new' && mv '{self.path('message')}.new' '{self.path('message')}'"]
        self.start("hooked", "sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done", options=options)
        harness.eventually("the hook of the start ran", lambda: os.path.exists(self.path("start")))
        self.assertEqual(self.read("start").split(), ["hooked", "running"])
        self.vigie("stop", "hooked", expect=0)
        for point in ("stop", "exit", "message"):
            harness.eventually(f"the hook '{point}' ran", lambda name=point: os.path.exists(self.path(name)))
        self.assertEqual(self.read("exit").split(), ["hooked", "cancelled", "3"])
        self.assertIn("hooked cancelled: stopped on request, exit code 3", self.read("message"))

    def test_a_hook_is_not_killed_with_the_run_that_it_tells_of(self):
        hook = f"while test ! -e '{self.path('go')}'; do sleep 0.05; done; touch '{self.path('told')}'"
        self.start("hooked", "sleep", "1000", options=["--on-stop", hook])
        self.vigie("stop", "hooked", expect=0)
        self.touch("go")
        harness.eventually("the hook went on", lambda: os.path.exists(self.path("told")))

    def test_who_asks_to_stop_once_more_is_the_same_stop(self):
        self.start("stubborn", "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done",
                   options=["--on-stop", f"echo >> '{self.path('told')}'"])
        self.wait_log("stubborn", b"ready")
        self.vigie("stop", "--no-kill", "--grace", "0.1s", "stubborn")
        self.vigie("kill", "stubborn", expect=0)
        self.vigie("wait", "stubborn", expect=128 + signal.SIGKILL)
        harness.eventually("the hook has run", lambda: os.path.exists(self.path("told")))
        self.assertEqual(self.read("told").count("\n"), 1)

    def test_what_a_hook_prints_is_kept_and_a_bad_hook_harms_nothing(self):
        self.start("loud", "true", options=["--on-exit", "echo said; no-such-command-here"])
        self.vigie("wait", "loud", expect=0)
        log = os.path.join(self.record("loud")["directory"], "hooks.log")
        harness.eventually("the hook has run", lambda: os.path.exists(log) and b"not found" in open(log, "rb").read())

    def test_the_end_is_told_on_the_terminals_that_take_messages(self):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("there is no C compiler")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.path("utmp.so"), UTMP], check=True)
        masters, lines = [], []
        for mode in (0o620, 0o600, 0o620):  # the second one says `mesg n`, the third is somebody else's
            master, slave = pty.openpty()
            for end in (master, slave):
                self.addCleanup(os.close, end)
            os.fchmod(slave, mode)
            masters.append(master)
            lines.append(os.ttyname(slave).removeprefix("/dev/"))
        user = pwd.getpwuid(os.geteuid()).pw_name
        self.env.update(LD_PRELOAD=self.path("utmp.so"), UTMP=f"{user} {lines[0]};{user} {lines[1]};somebody {lines[2]}")
        self.start("told", "sh", "-c", "exit 3", options=["--notify-terminals"])
        self.vigie("wait", "told", expect=3)
        self.assertIn(b"vigie: told failed: exit code 3", os.read(masters[0], 1000))
        self.assertEqual(select.select(masters, [], [], 0)[0], [])

    def test_notify_tells_the_last_end_only(self):
        self.start("twice", "sh", "-c", "exit 1", options=["--restart", "on-failure:1", "--backoff", "10ms",
                                                          "--notify", f"cat >> '{self.path('told')}'"])
        self.vigie("wait", "twice", expect=1)
        harness.eventually("the end was told", lambda: os.path.exists(self.path("told")) and self.read("told"))
        self.assertEqual(self.read("told").count("\n"), 1)
        self.assertIn("attempt 2", self.read("told"))


class Queue(harness.VigieTest):
    def test_after_waits_for_the_end_of_another_run(self):
        self.start("first", "sh", "-c", f"{self.until('go')}; exit 1")
        done = self.vigie("run", "--name", "second", "--after", "first", "--", "echo", "my turn", expect=0)
        self.assertIn("waits for run first to end", done.err)
        self.assertEqual(self.row("second")["state"], "queued")
        self.assertEqual(self.row("second")["queued_for"], "run first to end")
        self.touch("go")
        self.vigie("wait", "second", expect=0)
        self.assertIn(b"my turn", self.raw_log("second"))

    def test_after_success_gives_up_when_the_other_failed(self):
        self.start("fails", "sh", "-c", f"{self.until('go')}; exit 1")
        self.start("never", "touch", self.path("started"), options=["--after-success", "fails"])
        self.touch("go")
        self.vigie("wait", "never", expect=1)
        self.assertEqual(self.row("never")["state"], "failed")
        self.assertIn("did not succeed", self.row("never")["exit"]["reason"])
        self.assertFalse(os.path.exists(self.path("started")))

    def test_a_run_that_is_lost_frees_who_waits_for_it(self):
        self.start("gone", "sleep", "1000")
        self.start("next", "true", options=["--after", "gone"])
        record = self.record("gone")
        for keeper in ("holder", "shim"):
            os.kill(record[keeper]["pid"], signal.SIGKILL)
        self.vigie("wait", "next", expect=0)

    def test_never_more_at_once_than_asked_for_and_who_came_first_goes_first(self):
        """Six runs that log when they begin and end: at most two overlap."""
        for number in range(6):
            self.start(f"job-{number}", "sh", "-c", f"echo begin >> '{self.path('events')}'; sleep 0.2; echo end >> '{self.path('events')}'",
                       options=["--max-parallel", "2"])
        for number in range(6):
            self.vigie("wait", f"job-{number}", expect=0)
        with open(self.path("events"), encoding="utf-8") as file:
            events = file.read().split()
        self.assertEqual(len(events), 12)
        running = most = 0
        for event in events:
            running += 1 if event == "begin" else -1
            most = max(most, running)
        self.assertLessEqual(most, 2)
        started = [self.record(f"job-{number}")["started_wall_ns"] for number in range(6)]
        self.assertLess(max(started[:2]), min(started[4:]), "who came first goes first")

    def test_a_waiting_run_can_be_stopped_and_uses_no_cpu(self):
        self.start("busy", "sleep", "1000")
        self.start("waiting", "true", options=["--after", "busy"])
        self.wait_state("waiting", "queued")
        holder = self.record("waiting")["holder"]["pid"]

        def switches():
            with open(f"/proc/{holder}/status", encoding="utf-8") as status:
                return [line for line in status if "ctxt_switches" in line]

        def slept_through_a_second():
            before = switches()
            time.sleep(1)  # the length of the observation, not a wait for something
            return switches() == before

        harness.eventually("nothing wakes it up while nothing happens", slept_through_a_second)
        self.vigie("stop", "waiting", expect=0)
        self.assertEqual(self.row("waiting")["state"], "cancelled")
        self.assertEqual(self.row("busy")["state"], "running")

    def test_a_command_that_cannot_run_when_its_turn_comes_fails_with_the_reason(self):
        program = self.path("program")
        with open(program, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n")
        os.chmod(program, 0o755)
        self.start("before", "sh", "-c", self.until("go"))
        self.start("late", program, options=["--after", "before"])
        os.unlink(program)
        self.touch("go")
        self.vigie("wait", "late", expect=1)
        self.assertIn("could not be started: cannot run", self.row("late")["exit"]["reason"])


class Origins(harness.VigieTest):
    def origin(self, name):
        path = os.path.join(self.record(name)["directory"], "origin.json")
        harness.eventually(f"the origin of {name} is written", lambda: os.path.exists(path))
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def test_where_a_run_came_from_is_kept(self):
        tree = self.path("tree")
        os.mkdir(tree)
        git = ["git", "-C", tree, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
        self.env.update(CUDA_VISIBLE_DEVICES="3", VIRTUAL_ENV="/venv", GIT_CONFIG_GLOBAL="/dev/null")
        for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
            subprocess.run([*git, *words], check=True, env=self.env)
        commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, env=self.env, capture_output=True, text=True).stdout.strip()
        self.start("kept", "sleep", "1000", options=["--cwd", tree])
        origin = self.origin("kept")
        self.assertEqual((origin["git_commit"], origin["git_branch"], origin["git_dirty"]), (commit, "main", False))
        self.assertEqual((origin["cuda"]["CUDA_VISIBLE_DEVICES"], origin["virtual_env"]), ("3", "/venv"))
        with open(os.path.join(tree, "file"), "w", encoding="utf-8") as file:
            file.write("one")
        subprocess.run([*git, "add", "file"], check=True, env=self.env)
        self.start("dirty", "sleep", "1000", options=["--cwd", tree])
        self.assertTrue(self.origin("dirty")["git_dirty"])

    def test_without_git_there_is_null(self):
        self.start("plain", "true", options=["--cwd", "/"])
        self.assertIsNone(self.origin("plain")["git_commit"])


class Lost(harness.VigieTest):
    def test_after_a_reboot_what_was_alive_is_lost_and_comes_back_together(self):
        """A record of another boot: nothing of it is alive, whatever has its pids now."""
        for name in ("one", "two"):
            self.start(name, "sh", "-c", "test $VIGIE_ATTEMPT = 2 || exec sleep 1000")
        self.start("over", "true")
        self.vigie("wait", "over", expect=0)
        records = [self.record(name) for name in ("one", "two")]
        for record in records:
            for keeper in ("holder", "shim", "leader"):
                os.kill(record[keeper]["pid"], signal.SIGKILL)
        for name in ("one", "two"):
            self.wait_state(name, "lost")
        done = self.vigie("restart", "--lost", expect=0)
        self.assertEqual(sorted(line.split()[0] for line in done.out.splitlines()), ["one", "two"])
        for name in ("one", "two"):
            self.vigie("wait", name, expect=0)
        self.assertIn("no run is lost", self.vigie("restart", "--lost", expect=0).out)
        self.vigie("restart", expect=2)


class Workspace(harness.VigieTest):
    def setUp(self):
        super().setUp()
        if shutil.which("tmux") is None:
            self.skipTest("no tmux")
        self.env["TMUX_TMPDIR"] = self.dir
        self.env.pop("TMUX", None)

    def tearDown(self):
        subprocess.run(["tmux", "kill-server"], env=self.env, check=False, capture_output=True)

    def tmux(self, *words):
        return subprocess.run(["tmux", *words], env=self.env, check=True, capture_output=True, text=True).stdout

    def test_the_layout_stands_and_killing_tmux_leaves_the_run_alive(self):
        self.start("train.v2", "sh", "-c", "echo hello from the run; exec sleep 1000")
        self.assertEqual(self.vigie("workspace", "-d", "train.v2", expect=0).out.strip(), "train_v2")
        windows = self.tmux("list-windows", "-t", "=train_v2", "-F", "#{window_name} #{window_panes}").split("\n")
        self.assertEqual(windows[:3], ["train 3", "dev 1", "logs 1"])
        self.tmux("resize-window", "-t", "=train_v2:train", "-x", "240", "-y", "50")
        harness.eventually("the log is shown", lambda: "hello from the run" in self.tmux("capture-pane", "-p", "-t", "=train_v2:logs"))
        harness.eventually("its processes are shown", lambda: "sleep" in self.tmux("capture-pane", "-p", "-t", "=train_v2:train.{top-right}"))
        harness.eventually("the host or its GPUs are shown", lambda: {"TIME", "GPU"} & set(self.tmux("capture-pane", "-p", "-t", "=train_v2:train.{bottom-right}").split()))
        self.assertEqual(self.vigie("workspace", "-d", expect=0).out.strip(), "train_v2", "the second time it is entered, not made")
        subprocess.run(["tmux", "kill-server"], env=self.env, check=True, capture_output=True)
        self.assertEqual(self.row("train.v2")["state"], "running")

    PRINTS_SIZES = ("import os, signal, time\n"
                    "def tell(*_): print('size', *os.get_terminal_size(0), flush=True)\n"
                    "signal.signal(signal.SIGWINCH, tell)\n"
                    "tell()\n"
                    "while True: time.sleep(0.1)\n")

    def sizes(self, name):
        return [line for line in self.vigie("logs", name).out.split("\n") if line.startswith("size ")]

    def open_on_a_terminal(self, *words, rows=41, columns=151):
        terminal = Terminal(self, list(words), rows=rows, columns=columns)
        harness.eventually("tmux shows it", lambda: terminal.read() or "1" in subprocess.run(
            ["tmux", "list-clients"], env=self.env, capture_output=True, text=True, check=False).stdout)
        return terminal

    def test_a_run_that_begins_in_its_workspace_has_one_size_from_its_first_moment_on(self):
        self.open_on_a_terminal("run", "--workspace", "--name", "sized", "--", sys.executable, "-c", self.PRINTS_SIZES)
        harness.eventually("it is shown", lambda: "size " in self.tmux("capture-pane", "-p", "-t", "=sized:train.{left}"))
        harness.eventually("the run is shown in depth", lambda: "running" in self.tmux("capture-pane", "-p", "-t", "=sized:train.{top-right}"))
        pane = self.tmux("display-message", "-p", "-t", "=sized:train.{left}", "#{pane_width} #{pane_height}").strip()
        self.assertEqual(self.sizes("sized"), [f"size {pane}"])
        self.assertEqual(pane, "75 40")

    def test_a_run_that_was_there_before_is_resized_to_its_pane_once(self):
        self.start("sized", sys.executable, "-c", self.PRINTS_SIZES)
        harness.eventually("it has begun", lambda: self.sizes("sized"))
        self.open_on_a_terminal("workspace", "sized")
        harness.eventually("it has the size of its pane", lambda: self.sizes("sized")[1:])
        self.assertEqual(self.sizes("sized"), ["size 200 50", "size 75 40"])

    def test_without_a_terminal_the_panes_are_as_wide_as_a_progress_bar(self):
        self.start("sized", sys.executable, "-c", self.PRINTS_SIZES)
        harness.eventually("it has begun", lambda: self.sizes("sized"))
        self.vigie("workspace", "-d", "sized", expect=0)
        harness.eventually("it has the size of its pane", lambda: self.sizes("sized")[1:])
        self.assertEqual(self.sizes("sized"), ["size 200 50", "size 100 49"])

    def test_a_dry_run_prints_commands_and_makes_nothing(self):
        self.start("shown", "sleep", "1000")
        done = self.vigie("workspace", "--dry-run", "shown", expect=0)
        self.assertIn("tmux new-session -d -s shown -n train -x 200 -y 49", done.out)
        self.assertTrue(done.out.rstrip().endswith("tmux attach-session -t =shown"), done.out)
        self.assertNotEqual(subprocess.run(["tmux", "has-session", "-t", "=shown"], env=self.env, capture_output=True, check=False).returncode, 0)

    def test_without_tmux_it_says_what_to_do(self):
        self.start("alone", "sleep", "1000")
        done = self.vigie("workspace", "alone", expect=1, env={**self.env, "PATH": self.dir})
        self.assertIn("needs tmux", done.err)
        self.assertIn("vigie attach alone", done.err)


class Adoption(harness.VigieTest):
    def test_a_process_started_by_hand_becomes_a_run(self):
        child = self.spawn("sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done")
        self.assertEqual(self.vigie("adopt", "--name", "mine", str(child.pid), expect=0).out.strip(), "mine")
        row = self.row("mine")
        self.assertEqual((row["state"], row["pid"], row["supervised"]), ("running", child.pid, True))
        self.assertGreaterEqual(row["processes"], 1)
        self.vigie("pause", "mine", expect=0)
        self.wait_state("mine", "paused")
        self.vigie("resume", "mine", expect=0)
        self.wait_state("mine", "running")
        reaper = threading.Thread(target=child.wait)
        reaper.start()
        self.vigie("stop", "mine", expect=0)
        reaper.join()
        self.assertEqual(child.returncode, 5)
        self.assertEqual(self.row("mine")["state"], "cancelled")

    def test_its_end_is_noticed_and_the_same_command_can_be_started_again_supervised(self):
        script = f"{self.until('go')}; echo here is $VIGIE_ATTEMPT; exit 3"
        child = self.spawn("sh", "-c", script, env={**self.env, "MARK": "kept"}, stdout=subprocess.DEVNULL)
        self.vigie("adopt", "--name", "again", str(child.pid), expect=0)
        self.touch("go")
        child.wait()
        row = self.wait_state("again", "failed", "lost")
        if row["state"] == "failed":
            self.assertEqual(row["exit"]["code"], 3)
        else:
            self.assertIn("another process's child", row["exit"]["reason"])
        self.vigie("restart", "again", expect=0)
        self.vigie("wait", "again", expect=3)
        self.assertIn(b"here is 2", self.raw_log("again"))
        self.assertIn("MARK=kept", self.record("again")["environment"])

    def test_what_cannot_be_adopted(self):
        self.start("own", "sleep", "1000")
        done = self.vigie("adopt", str(self.record("own")["leader"]["pid"]), expect=1)
        self.assertIn("belongs to the run own already", done.err)
        self.vigie("adopt", "999999999", expect=3)
        self.assertNotEqual(self.vigie("adopt", "1").code, 0)
        self.assertNotEqual(self.vigie("adopt", str(os.getpid())).code, 0, "an ancestor of vigie itself")
