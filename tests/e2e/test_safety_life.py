"""A run is started once, never loses what lives, and what acts on it hits nothing else: attacks on the life of a run."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import harness

# A job that notes its life: "begin PID" and, when a second copy finds the lock taken, "twice PID".
JOB = """
import fcntl, os, signal, sys, time
log = os.open(sys.argv[1] + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
lock = os.open(sys.argv[1] + ".lock", os.O_RDWR | os.O_CREAT)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(log, b"begin %d\\n" % os.getpid())
except OSError:
    os.write(log, b"twice %d\\n" % os.getpid())
print("ready", flush=True)
time.sleep(float(sys.argv[2]))
"""
NAMED_AS_KEEPER = """
import ctypes, os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"vigie-keeper", 0, 0, 0)
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(1000)
"""


class Life(harness.VigieTest):
    """What the tests share."""

    def job(self, name="job", seconds=1000):
        return [harness.PYTHON, "-c", JOB, self.path(name), str(seconds)]

    def noted(self, word, name="job"):
        try:
            with open(self.path(name) + ".log", encoding="utf-8") as log:
                return [int(line.split()[1]) for line in log if line.startswith(word)]
        except FileNotFoundError:
            return []

    def start_job(self, name, *options, seconds=1000):
        self.start(name, *self.job(seconds=seconds), options=options)
        harness.eventually("the job runs", lambda: self.noted("begin"))
        self.wait_state(name, "running")

    def copies(self):
        return [pid for word in ("begin", "twice") for pid in self.noted(word) if harness.alive(pid)]

    def keepers(self, name):
        """PIDs of holder and recorder, once both are known."""
        record = harness.eventually("its record names both keepers",
                                    lambda: (lambda r: r if r and r["holder"]["pid"] and r["shim"]["pid"] else None)(self.record(name)))
        return record["holder"]["pid"], record["shim"]["pid"]

    def kill_keepers(self, name):
        holder, shim = self.keepers(name)
        os.kill(holder, signal.SIGKILL)  # first: it would start another recorder
        os.kill(shim, signal.SIGKILL)
        harness.eventually("both keepers are dead", lambda: not harness.alive(holder) and not harness.alive(shim))

    def rewrite(self, name, **members):
        record = self.record(name)
        path = os.path.join(record.pop("directory"), "run.json")
        record.update(members)
        with open(path + ".test", "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.rename(path + ".test", path)

    def bystander(self):
        """A process of somebody else, with a child, that must survive."""
        child = self.spawn("sh", "-c", "sleep 1000 & echo $!; wait", stdout=subprocess.PIPE)
        return child.pid, int(child.stdout.readline())

    def at_once(self, *commands):
        """Runs all of them at the same time; how each ended."""
        children = [subprocess.Popen([harness.vigie_path, *command], env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE) for command in commands]
        done = []
        for child in children:
            out, err = child.communicate(timeout=60)
            done.append(harness.Done(child.returncode, out.decode(), err.decode()))
        return done


class Once(Life):
    """1: of several that change a run at once, one does."""

    def end(self, name):
        self.vigie("kill", name, expect=0)
        self.wait_state(name, "cancelled", "killed", "exited", "failed")

    def test_four_restarts_at_once_start_one_training(self):
        self.start_job("a")
        self.end("a")
        for attempt in range(2, 6):
            done = self.at_once(*[("restart", "a")] * 4)
            self.assertEqual(sorted(one.code for one in done), [0, 1, 1, 1], done)
            for one in done:
                if one.code != 0:
                    self.assertIn("a is ", one.err)
            harness.eventually("it runs", lambda: len(self.copies()) > 0)
            self.assertEqual(self.wait_state("a", "running")["attempt"], attempt)
            self.assertEqual(len(self.copies()), 1)
            self.assertEqual(self.noted("twice"), [])
            self.end("a")
            self.assertEqual(self.copies(), [])

    def test_restart_and_rm_at_once_leave_a_run_or_none(self):
        for number in range(4):
            name = f"r{number}"
            self.start(name, "true")
            self.wait_state(name, "exited")
            restarted, removed = self.at_once(("restart", name), ("rm", name))
            if removed.code == 0:
                self.assertIsNone(self.record(name), (restarted, removed))
            if restarted.code == 0 and removed.code != 0:
                self.assertEqual(self.record(name)["attempt"], 2)
            self.assertIn(0, (restarted.code, removed.code), (restarted, removed))

    def test_four_starts_under_one_name_start_one(self):
        done = self.at_once(*[("run", "--name", "same", "--", *self.job())] * 4)
        self.assertEqual(sorted(one.code for one in done), [0, 1, 1, 1], done)
        harness.eventually("it runs", self.copies)
        self.assertEqual(len(self.copies()), 1)

    def test_a_process_that_is_adopted_twice_at_once_belongs_to_one_run(self):
        process = self.spawn("sleep", "1000")
        done = self.at_once(*[("adopt", "--name", f"adopted{number}", str(process.pid)) for number in range(3)])
        self.assertEqual(sorted(one.code for one in done), [0, 1, 1], done)
        self.assertEqual(len([run for run in self.runs() if run["name"].startswith("adopted")]), 1)

    def test_restart_waits_for_who_changes_the_run(self):
        self.start("a", "true")
        self.wait_state("a", "exited")
        self.start("b", *self.job(), options=("--after", "a"))  # unrelated: others are not held up
        restarting = self.spawn(harness.vigie_path, "restart", "a", stdout=subprocess.PIPE)
        self.assertEqual(restarting.wait(60), 0)
        self.vigie("wait", "a", "--json", expect=0)


class Elsewhere(Life):
    """2: one state directory in several PID namespaces, time namespaces, machines, boots."""

    def unshared(self, *flags):
        words = ["unshare", "--fork", "--kill-child", *flags]
        if os.getuid() != 0:
            words[1:1] = ["--user", "--map-root-user"]
        if shutil.which("unshare") is None or subprocess.run([*words, "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest(f"no namespace can be made here: {' '.join(words)} true")
        return words

    def inside(self, flags, *args):
        """vigie in other namespaces."""
        done = subprocess.run([*self.unshared(*flags), harness.vigie_path, *args], env=self.env, cwd=self.dir, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return harness.Done(done.returncode, done.stdout, done.stderr)

    def refused_from(self, flags, word):
        rows = json.loads(self.inside(flags, "ls", "--json", "--interval", "0").out)["runs"]
        self.assertEqual([row["state"] for row in rows if row["name"] == "a"], ["elsewhere"])
        self.assertIn(word, self.inside(flags, "ls", "--interval", "0").out)
        for args in (("restart", "a"), ("rm", "a"), ("pause", "a"), ("signal", "USR1", "a"), ("renice", "5", "a")):
            done = self.inside(flags, *args)
            self.assertEqual(done.code, 1, (args, done))
            self.assertIn(word, done.err, args)
        self.assertEqual(self.inside(flags, "restart", "--lost").out, "no run is lost\n")
        self.assertEqual(len(self.copies()), 1)
        self.assertEqual(self.row("a")["state"], "running")

    def test_a_run_seen_from_a_container_is_elsewhere_and_stays(self):
        self.unshared("--pid", "--mount-proc")
        self.start_job("a")
        self.refused_from(("--pid", "--mount-proc"), "another PID namespace")
        # Its keeper can be asked all the same.
        stopped = self.inside(("--pid", "--mount-proc"), "stop", "a")
        self.assertEqual(stopped.code, 0, stopped)
        self.assertEqual(self.copies(), [])
        self.wait_state("a", "cancelled", "killed", "exited")

    def test_a_run_of_a_container_is_elsewhere_from_outside(self):
        words = self.unshared("--pid", "--mount-proc")
        script = f"{harness.vigie_path} run --name a -- {harness.PYTHON} -c '{JOB}' {self.path('job')} 1000; echo up; read end"
        box = self.spawn(*words, "sh", "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(box.stdout.readline(), b"a\n")
        self.assertEqual(box.stdout.readline(), b"up\n")
        self.assertEqual(self.wait_state("a", "elsewhere")["pid"] is not None, True)
        for command in ("restart", "rm"):
            done = self.vigie(command, "a", expect=1)
            self.assertIn("another PID namespace", done.err)
        self.assertEqual(self.vigie("restart", "--lost", expect=0).out, "no run is lost\n")
        box.kill()  # the first process of the namespace: everything in it ends
        self.assertEqual(self.wait_state("a", "lost")["state"], "lost")
        self.vigie("rm", "a", expect=0)

    def test_a_time_namespace_does_not_make_a_run_lost(self):
        self.unshared("--time", "--boottime", "100000")
        self.start_job("a")
        self.refused_from(("--time", "--boottime", "100000"), "another time namespace")

    def test_a_run_of_another_machine_on_the_same_home_is_elsewhere(self):
        self.start_job("a")
        self.rewrite("a", host="node7", machine_id="0" * 32, boot_id="another boot")
        self.assertEqual(self.row("a")["state"], "elsewhere")
        self.assertIn("it runs on node7", self.vigie("ls", expect=0).out)
        for args in (("restart", "a"), ("rm", "a"), ("stop", "a"), ("kill", "a"), ("pause", "a")):
            self.assertIn("node7", self.vigie(*args, expect=1).err, args)
        self.assertEqual(self.vigie("restart", "--lost", expect=0).out, "no run is lost\n")
        self.assertEqual(len(self.copies()), 1)

    def test_another_boot_id_with_a_living_keeper_is_no_reboot(self):
        self.start_job("a")
        self.rewrite("a", boot_id="another boot")
        self.assertEqual(self.row("a")["state"], "elsewhere")
        self.vigie("restart", "a", expect=1)
        self.vigie("rm", "a", expect=1)
        self.assertEqual(len(self.copies()), 1)

    def test_a_machine_that_is_no_more_can_be_said_to_be(self):
        self.start("a", "true")
        self.wait_state("a", "exited")
        self.rewrite("a", host="node7", machine_id="0" * 32, boot_id="another boot", state="running")
        self.assertIn("--gone", self.vigie("rm", "a", expect=1).err)
        self.assertIn("a is left alone: it runs on node7", self.vigie("restart", "--lost", expect=0).err)
        self.vigie("restart", "--gone", "a", expect=0)
        self.assertEqual(self.wait_state("a", "exited")["attempt"], 2)

    def test_a_machine_that_got_another_name_is_the_same_on_its_own_disk(self):
        self.start("a", "true")
        self.wait_state("a", "exited")
        self.rewrite("a", host="the name before", boot_id="the boot before", state="running")
        kind = subprocess.run(["stat", "-f", "-c", "%T", self.state], capture_output=True, text=True, check=True).stdout.strip()
        if kind not in ("ext2/ext3", "xfs", "btrfs", "tmpfs", "overlayfs") or not self.record("a")["machine_id"]:
            self.skipTest(f"no disk of this machine alone ({kind}), or no machine-id")
        self.assertEqual(self.row("a")["state"], "lost")

    def test_after_a_reboot_it_is_lost_and_starts_again(self):
        self.start_job("a")
        self.kill_keepers("a")
        for pid in self.noted("begin"):
            os.kill(pid, signal.SIGKILL)
        self.rewrite("a", boot_id="the boot before")
        self.assertEqual(self.row("a")["state"], "lost")
        self.vigie("restart", "--lost", expect=0)
        self.assertEqual(self.wait_state("a", "running")["attempt"], 2)


class Lost(Life):
    """3: what its keepers left when they were killed."""

    def test_a_lost_run_with_living_processes_is_not_started_beside_them(self):
        for name, options in (("plain", ("--no-cgroup",)), ("grouped", ())):
            with self.subTest(name):
                # Its terminal is hung up with its holder: a job that ignores that lives on.
                self.start(name, "sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *self.job(name), options=options)
                harness.eventually("the job runs", lambda name=name: self.noted("begin", name))
                pid = self.noted("begin", name)[0]
                self.kill_keepers(name)
                self.assertEqual(self.row(name)["state"], "lost")
                for command in ("restart", "rm"):
                    done = self.vigie(command, name, expect=1)
                    self.assertIn(f"vigie kill {name}", done.err)
                    self.assertIn(str(pid), done.err)
                self.vigie("kill", name, expect=0)
                self.assertFalse(harness.alive(pid))
                self.vigie("restart", name, expect=0)
                self.assertEqual(self.noted("twice", name), [])

    def stray(self, name, *options):
        """A run whose main process is gone and whose child, in a session of its own, goes on; its PID."""
        script = f"setsid sh -c 'echo $$ > {self.path(name)}; exec sleep 1000' & trap '' HUP; wait"
        self.start(name, "sh", "-c", script, options=options)
        child = int(harness.eventually("its child runs", lambda: self.text_of(name)))
        leader = self.record(name)["leader"]["pid"]
        self.kill_keepers(name)
        os.kill(leader, signal.SIGKILL)
        harness.eventually("the main process is gone", lambda: not harness.alive(leader))
        return child

    def text_of(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""

    def test_a_stray_of_a_lost_run_is_found_by_its_marker(self):
        child = self.stray("a", "--no-cgroup")
        self.wait_row("a", "it alone is left", lambda row: row["processes"] == 1)
        self.assertIn(str(child), self.vigie("restart", "a", expect=1).err)
        self.assertIn(str(child), self.vigie("restart", "--lost", expect=1).err)
        self.vigie("rm", "a", expect=1)
        self.assertIn(str(child), self.vigie("wait", "a", expect=1).err)
        self.start("next", "true", options=("--after", "a"))
        self.start("alone", "true", options=("--max-parallel", "1"))
        for name in ("next", "alone"):
            self.assertEqual(self.row(name)["state"], "queued")
        self.vigie("kill", "a", expect=0)
        self.assertFalse(harness.alive(child))
        for name in ("next", "alone"):
            self.wait_state(name, "exited")
        self.assertIn("(lost: how it ended is not known)", self.vigie("kill", "a", expect=1).err)
        self.vigie("rm", "a", expect=0)


class HolderDead(Life):
    """4: the holder is dead, the recorder lives."""

    def kill_holder(self, name):
        holder, shim = self.keepers(name)
        os.kill(holder, signal.SIGKILL)
        harness.eventually("the holder is dead", lambda: not harness.alive(holder))
        self.assertTrue(harness.alive(shim))
        return holder

    def ignoring_hangup(self):
        return ["sh", "-c", f"trap '' HUP; echo up > {self.path('up')}; {self.until('end')}"]

    def start_without_holder(self, name):
        self.start(name, *self.ignoring_hangup())
        harness.eventually("it runs", lambda: os.path.exists(self.path("up")))
        self.kill_holder(name)

    def test_places_and_turns_count_a_run_whose_holder_is_dead(self):
        self.start_without_holder("a")
        self.start("second", "true", options=("--max-parallel", "1"))
        self.start("later", "true", options=("--after", "a"))
        for name in ("second", "later"):
            self.assertEqual(self.row(name)["state"], "queued")
        # Looks and other runs wake the queue up; it must still see it alive.
        self.start("third", "true")
        self.wait_state("third", "exited")
        for name in ("second", "later"):
            self.assertEqual(self.row(name)["state"], "queued")
        self.touch("end")
        for name in ("second", "later"):
            self.wait_state(name, "exited")

    def test_a_holder_pid_that_was_given_away_hits_nobody(self):
        self.start_without_holder("a")
        parent, child = self.bystander()
        with open(f"/proc/{parent}/stat", encoding="utf-8") as stat:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
        for start_ticks in (1, ticks):  # the second is forged outright
            self.rewrite("a", holder={"pid": parent, "start_ticks": start_ticks})
            tree = self.json("tree", "a")["processes"]
            self.assertNotIn(child, [row["pid"] for row in tree])
            self.vigie("signal", "--tree", "STOP", "a", expect=0)
            self.vigie("pause", "a", expect=0)
            self.assertNotEqual(harness.state_of(child), "T")
            self.vigie("resume", "a", expect=0)
        self.vigie("kill", "a", expect=0)
        self.assertTrue(harness.alive(parent) and harness.alive(child))


class Start(Life):
    """5: a start is one transaction."""

    def abandon(self, name="a"):
        """What a client leaves that is killed between its record and the start of the keeper."""
        self.start("other", "true")
        self.wait_state("other", "exited")
        record = self.record("other")
        directory = os.path.join(os.path.dirname(record.pop("directory")), "aaaaaa")
        os.mkdir(directory, 0o700)
        nothing = {"pid": 0, "start_ticks": 0}
        record.update(id="aaaaaa", name=name, state="starting", holder=nothing, shim=nothing, leader=nothing,
                      created_wall_ns=time.time_ns(), started_wall_ns=0)
        record.pop("exit", None)
        with open(os.path.join(directory, "run.json"), "w", encoding="utf-8") as file:
            json.dump(record, file)

    def test_a_start_that_was_cut_short_claims_no_process(self):
        self.abandon()
        self.assertEqual(self.row("a")["processes"], 0)
        self.assertEqual(self.json("tree", "a", expect=0)["processes"], [])
        self.assertEqual(self.row("a")["state"], "lost")

    def test_nothing_waits_for_a_start_that_was_cut_short(self):
        self.abandon()
        self.start("b", "true", options=("--max-parallel", "1"))
        self.wait_state("b", "exited")
        self.start("c", "true", options=("--after", "a"))
        self.wait_state("c", "exited")

    def test_the_name_of_a_start_that_was_cut_short_is_free(self):
        self.abandon()
        self.start("a", "true")
        self.wait_state("a", "exited")
        self.assertNotEqual(self.record("a")["id"], "aaaaaa")

    def test_clients_killed_at_any_moment_of_a_start_leave_a_run_or_none(self):
        chance = random.Random(13)
        for number in range(25):
            name = f"cut{number}"
            child = self.spawn(harness.vigie_path, "run", "--name", name, "--", *self.job(name), stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, 0.012))  # the moment is what is tried
            child.kill()
            child.wait()
            harness.eventually("its start has ended, one way or the other",
                               lambda name=name: (lambda row: row is None or row["state"] != "starting")(self.row(name)))
            row = self.row(name)
            if row is None or row["state"] == "lost":
                self.assertEqual(self.noted("begin", name), [], row)
                self.vigie("run", "--name", name, "--", "true", expect=0)
            else:
                self.assertEqual(row["state"], "running")
                self.vigie("kill", name, expect=0)


class Stopped(Life):
    """6: a stop is not undone."""

    def test_a_recorder_that_was_stopped_meanwhile_does_not_start_again(self):
        self.start("a", "sh", "-c", "echo x >> count; exec sleep 1000", options=("--restart", "on-failure", "--backoff", "0.1s"))
        self.wait_state("a", "running")
        _, shim = self.keepers("a")
        os.kill(shim, signal.SIGSTOP)
        try:
            self.vigie("stop", "--grace", "1s", "a", expect=0)
        finally:
            os.kill(shim, signal.SIGCONT)
        row = self.wait_state("a", "cancelled")
        self.assertEqual(row["attempt"], 1)
        self.assertIn("stopped on request", row["exit"]["reason"])
        with open(self.path("count"), encoding="utf-8") as count:
            self.assertEqual(count.read(), "x\n")

    def test_a_wish_is_taken_up_by_the_recorder_that_replaces_a_killed_one(self):
        self.start("a", "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done")
        self.wait_state("a", "running")
        _, shim = self.keepers("a")
        os.kill(shim, signal.SIGSTOP)
        stopping = self.spawn(harness.vigie_path, "stop", "a", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        harness.eventually("the wish is written", lambda: os.path.exists(os.path.join(self.record("a")["directory"], "wish.json")))
        os.kill(shim, signal.SIGKILL)
        self.assertEqual(stopping.wait(60), 0)
        self.wait_state("a", "exited", "cancelled", "killed")


class Conditions(Life):
    """What a run inherits, and what its disk has no room for."""

    def test_a_client_that_ignores_sigchld_starts_a_run_that_ends(self):
        # As window managers and some launchers do; Python's subprocess passes it on.
        done = subprocess.run([harness.vigie_path, "run", "--name", "a", "--", "sh", "-c", "sleep 0.3; exit 7"], env=self.env,
                              cwd=self.dir, check=False, capture_output=True, timeout=60,
                              preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(done.returncode, 0, done)
        self.vigie("wait", "a", expect=7)
        self.assertEqual(self.row("a")["state"], "failed")

    def test_the_pid_of_a_main_process_means_its_run(self):
        for verb in ("stop", "kill"):
            self.start(verb, "sleep", "1000", options=("--restart", "always", "--backoff", "0.1s"))
            pid = self.wait_state(verb, "running")["pid"]
            end = "cancelled" if verb == "stop" else "killed"
            self.assertIn(f"{verb} {end}", self.vigie(verb, str(pid), expect=0).out)
            self.assertEqual(self.vigie("wait", verb).code, 143 if verb == "stop" else 137)
            self.assertEqual(self.row(verb)["attempt"], 1)

    def test_a_pattern_on_the_command_line_above_vigie_is_not_its_target(self):
        sleeper = self.spawn("sleep", "1003.25")
        shell = f"{harness.vigie_path} kill %'sleep 1003.25'; true"
        done = subprocess.run(["sh", "-c", shell], env=self.env, cwd=self.dir, check=False, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.stderr, "")
        self.assertEqual(sleeper.wait(harness.DEADLINE), -signal.SIGKILL)

    def test_a_name_that_is_the_id_of_a_run_is_refused(self):
        self.start("a", "true")
        self.wait_state("a", "exited")
        self.vigie("run", "--name", self.record("a")["id"], "--", "true", expect=1)

    @unittest.skipIf(os.getuid() != 0, "a file system of its own takes root")
    def test_a_full_disk_at_the_end_holds_nobody_up_and_what_is_lost_is_said(self):
        small = self.keep_state_on_a_small_disk("400k")
        self.start("a", "sh", "-c", f"yes 0123456789 | head -c 600000; {self.until('end')}; echo last words; exit 6")
        harness.eventually("the disk is full", lambda: os.statvfs(small).f_bavail == 0)
        self.touch("end")
        harness.eventually("its process is gone", lambda: not self.row("a")["processes"])
        self.vigie("wait", "a", expect=6)  # told in the room that is kept for it
        began = time.monotonic()
        self.vigie("restart", "a", expect=1)
        self.assertLess(time.monotonic() - began, 8, "nothing else changes it, so nothing is waited for")
        subprocess.run(["mount", "-o", "remount,size=2000k", small], check=True)
        harness.eventually("what was lost is said", lambda: "missing" in self.vigie("logs", "-n", "3", "a").out)


    @unittest.skipIf(os.getuid() != 0, "a file system of its own takes root")
    def test_a_kill_on_a_full_disk_is_not_undone_by_the_next_recorder(self):
        small = self.keep_state_on_a_small_disk("256k")
        self.start("a", "sleep", "1000", options=("--restart", "always", "--backoff", "0.1s"))
        self.wait_state("a", "running")
        _, shim = self.keepers("a")
        subprocess.run(["dd", "if=/dev/zero", f"of={small}/fill", "bs=4k"], check=False, capture_output=True)
        self.assertEqual(os.statvfs(small).f_bavail, 0)
        self.vigie("kill", "a", expect=0)
        if harness.alive(shim):
            os.kill(shim, signal.SIGKILL)
        os.unlink(os.path.join(small, "fill"))
        self.assertIn("on request", self.wait_state("a", "killed")["exit"]["reason"])
        self.assertEqual(self.row("a")["attempt"], 1)

    def test_locked_files_that_are_replaced_do_not_make_a_run_lost(self):
        self.start("first", "sleep", "1000")
        self.start("a", *self.job(), options=("--after", "first"))
        directory = self.record("a")["directory"]
        for name in ("life", "lock"):
            with open(os.path.join(directory, name + ".other"), "w", encoding="utf-8"):
                pass
            os.rename(os.path.join(directory, name + ".other"), os.path.join(directory, name))
        self.assertEqual(self.row("a")["state"], "queued")
        self.vigie("restart", "a", expect=1)
        self.vigie("rm", "a", expect=1)
        self.vigie("kill", "first", expect=0)
        harness.eventually("it has started", self.copies)
        self.assertEqual(len(self.copies()), 1)

    @unittest.skipIf(os.getuid() != 0, "a PID namespace without /proc takes root")
    def test_nothing_is_acted_on_by_the_pids_of_another_namespaces_proc(self):
        for args in (("run", "--", "true"), ("signal", "TERM", "2"), ("kill", "2"), ("pause", "2")):
            done = subprocess.run(["unshare", "--pid", "--fork", harness.vigie_path, *args], env=self.env, cwd=self.dir,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 4, (args, done))
            self.assertIn("/proc", done.stderr)


class HomeOfOthers(Life):
    @unittest.skipIf(os.getuid() != 0, "only root can write into the homes of others")
    def test_root_makes_no_directories_in_the_home_of_another_user(self):
        home = self.path("home")
        os.mkdir(home)
        os.chown(home, 65534, 65534)
        env = {**self.env, "HOME": home}
        del env["XDG_STATE_HOME"]
        done = self.vigie("run", "--", "true", env=env, expect=4)
        self.assertIn("belongs to uid 65534", done.err)
        self.assertEqual(os.listdir(home), [])


class Foreign(Life):
    """9, 12: who belongs to a run."""

    @unittest.skipIf(os.getuid() != 0, "a process of another user takes root")
    def test_another_users_process_does_not_join_by_its_environment(self):
        self.start_job("a")
        record = self.record("a")
        env = {"PATH": os.environ["PATH"], "VIGIE_RUN_ID": record["id"], "VIGIE_RUN_NAME": "a"}
        stranger = self.spawn("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sleep", "1001", env=env, cwd="/")
        harness.eventually("it runs", lambda: os.stat(f"/proc/{stranger.pid}").st_uid == 65534)
        self.assertEqual(self.row("a")["processes"], 1)
        self.vigie("kill", "--all", "%sleep 1001 of the run a", expect=3)
        self.vigie("kill", "a", expect=0)
        self.assertTrue(harness.alive(stranger.pid))
        self.assertEqual(self.copies(), [])

    def test_a_child_that_calls_itself_a_keeper_is_killed(self):
        self.start("a", harness.PYTHON, "-c", NAMED_AS_KEEPER, self.path("child"))
        child = int(harness.eventually("the child has its name", lambda: os.path.exists(self.path("child")) and open(self.path("child")).read()))
        with open(f"/proc/{child}/comm", encoding="utf-8") as comm:
            self.assertEqual(comm.read(), "vigie-keeper\n")
        self.assertEqual(self.row("a")["processes"], 2)
        self.vigie("kill", "a", expect=0)
        self.assertFalse(harness.alive(child))
        self.wait_state("a", "killed")

    def test_a_run_within_a_run_is_still_its_own(self):
        self.start("outer", "sh", "-c", f"{harness.vigie_path} run --name inner -- sleep 1000; sleep 1000")
        self.wait_state("inner", "running")
        self.vigie("kill", "outer", expect=0)
        self.assertEqual(self.row("inner")["state"], "running")
        self.vigie("kill", "inner", expect=0)
