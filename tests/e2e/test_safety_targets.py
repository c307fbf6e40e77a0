"""What vigie acts on, believes and executes: exact names, nobody else's processes, no file that leads elsewhere, no
program that a directory names, and no text that acts on a terminal."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import alive, eventually, state_of
from test_control import own_v2_group
from test_hazards import contents
from test_hazards_host import identity

NOBODY = 65534
ACTS = (("stop",), ("kill",), ("pause",), ("resume",), ("signal", "TERM"), ("renice", "3"), ("ionice", "idle"),
        ("cpus", "0"), ("limit", "--memory", "1G"))
TRAINING = "import signal\nprint('ready', flush=True)\nwhile True: signal.pause()\n"
# PR_SET_NAME: an escape, and C1 as itself and in UTF-8.
RENAMED = "import ctypes; ctypes.CDLL(None).prctl(15, b'\\x1b[31m\\x9b\\xc2\\x9bx')\n"


def dead_pid():
    """A number that was a process's a moment ago."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


class TargetTest(harness.VigieTest):
    def observed(self, script="zebratrain.py", **options):
        """A training that vigie did not start, and what it is called."""
        path = self.path(script)
        with open(path, "w", encoding="utf-8") as file:
            file.write(TRAINING)
        os.chmod(path, 0o644)
        child = self.spawn("/usr/bin/python3", path, env={**self.env, "RANK": "0", "WORLD_SIZE": "1"},
                           stdout=subprocess.PIPE, **options)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        name = f"{script.removesuffix('.py')}-{child.pid}"
        self.assertFalse(self.row(name)["supervised"])
        return child, name

    def leader(self, name):
        return self.record(name)["leader"]["pid"]

    def change_id(self, name, new):
        """The record of a run under another id: what an earlier vigie may have chosen by lot."""
        record = self.record(name)
        old = record.pop("directory")
        directory = os.path.join(os.path.dirname(old), new)
        os.rename(old, directory)
        with open(os.path.join(directory, "run.json"), "w", encoding="utf-8") as file:
            json.dump({**record, "id": new}, file)

    def answer(self, text, *args):
        """vigie on a terminal where somebody answers its question: how it ended, and what it said."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        client = self.spawn(harness.vigie_path, *args, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            piece = os.read(client.stderr.fileno(), 4096)
            self.assertTrue(piece, said)
            said += piece
        os.write(ours, text.encode() + b"\n")
        out, err = client.communicate(timeout=harness.DEADLINE)
        return harness.Done(client.returncode, out.decode(), (said + err).decode())


class Names(TargetTest):
    def test_a_pid_that_is_dead_is_not_the_beginning_of_an_id(self):
        self.start("kept", "sleep", "1000")
        leader = self.leader("kept")
        dead = dead_pid()
        for new in (f"{dead}x2i", f"{dead}"):
            self.change_id("kept", new)
            for command in ACTS:
                done = self.vigie(*command, str(dead), expect=3)
                self.assertIn(str(dead), done.err)
            for command in (("restart",), ("rm",), ("workspace", "-d")):
                self.assertNotEqual(self.vigie(*command, str(dead)).code, 0)
            self.assertEqual(state_of(leader), "S")
        self.vigie("signal", "TERM", "kept", expect=0)
        eventually("it is reached by its name", lambda: not alive(leader))

    def test_ids_are_never_digits_at_their_beginning(self):
        for number in range(12):
            self.start(f"run{number}", "true")
            self.assertRegex(self.record(f"run{number}")["id"], "^[a-z]")

    def test_what_acts_wants_the_whole_name_and_looks_do_not(self):
        self.start("train-2", "sh", "-c", "echo ready; exec sleep 1000")
        self.wait_log("train-2", b"ready")
        leader = self.leader("train-2")
        for beginning in ("train", "trai", self.record("train-2")["id"][:4]):
            for command in (*ACTS, ("restart",), ("rm",), ("workspace", "-d")):
                done = self.vigie(*command, beginning, expect=3)
                if beginning == "train":
                    self.assertIn("train-2", done.err, "it says what is called alike")
            self.vigie("run", "--after", beginning, "--", "true", expect=3)
            for look in ("tree", "logs"):
                self.vigie(look, beginning, expect=0)
        self.assertEqual(state_of(leader), "S")
        self.vigie("kill", "train-2", expect=0)
        for command in (("restart", "train"), ("rm", "train")):
            self.vigie(*command, expect=3)
        self.assertEqual(self.record("train-2")["attempt"], 1)

    def test_no_name_is_an_id_and_vigies_own_come_before_what_others_are_called(self):
        self.start("first", "sleep", "1000")
        self.vigie("run", "--name", self.record("first")["id"], "--", "sleep", "1001", expect=1)
        child, called = self.observed()
        self.start(called, "sleep", "1002")
        leader = self.leader(called)
        self.vigie("kill", called, expect=0)
        self.assertFalse(alive(leader))
        self.assertTrue(alive(child.pid))


class Strangers(TargetTest):
    def test_the_beginning_of_an_observed_run_ends_nothing(self):
        child, name = self.observed()
        for beginning in ("zebra", name[:-1], f"p{child.pid}"[:-1]):
            for command in (*ACTS, ("adopt",)):
                self.vigie(*command, "--yes", beginning, expect=3)
        self.assertEqual(state_of(child.pid), "S")

    def test_an_observed_run_is_named_and_wants_a_yes(self):
        child, name = self.observed()
        owner = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
        for target in (name, f"p{child.pid}", "%zebratrain"):
            for command in (*ACTS, ("adopt",)):
                done = self.vigie(*command, target, expect=2)
                for words in ("--yes", owner, "zebratrain.py", str(child.pid), "did not start"):
                    self.assertIn(words, done.err)
        self.assertEqual(state_of(child.pid), "S")
        for command in ACTS:
            self.assertNotIn("--yes", self.vigie(*command, "--dry-run", name, expect=0).err)
        self.vigie("pause", "--yes", name, expect=0)
        eventually("it is paused", lambda: state_of(child.pid) == "T")
        self.vigie("resume", "--yes", "%zebratrain", expect=0)
        done = self.vigie("stop", "--yes", name, expect=0)
        self.assertIn("zebratrain.py", done.err)
        self.assertEqual(child.wait(harness.DEADLINE), -signal.SIGTERM)

    def test_on_a_terminal_it_asks(self):
        child, name = self.observed()
        for text in ("n", "", "yesterday"):
            done = self.answer(text, "kill", name)
            self.assertEqual(done.code, 1, done)
            self.assertIn("nothing was done", done.err)
            self.assertTrue(alive(child.pid))
        self.assertEqual(self.answer("y", "kill", name).code, 0)
        self.assertEqual(child.wait(harness.DEADLINE), -signal.SIGKILL)

    def test_a_pid_of_ones_own_is_asked_about_by_nobody(self):
        child, _ = self.observed()
        self.vigie("pause", str(child.pid), expect=0)
        self.vigie("kill", str(child.pid), expect=0)
        plain = self.spawn("sleep", "1000")
        self.vigie("kill", str(plain.pid), expect=0)
        self.assertEqual(plain.wait(harness.DEADLINE), -signal.SIGKILL)

    @unittest.skipUnless(os.geteuid() == 0, "somebody else's processes can be made and ended by root alone")
    def test_root_is_asked_about_what_belongs_to_another_user(self):
        os.chmod(self.dir, 0o755)
        child, name = self.observed(user=NOBODY, group=NOBODY)
        plain = self.spawn("sleep", "98765.4", user=NOBODY, group=NOBODY)
        for target, other in ((name, child), (str(child.pid), child), (str(plain.pid), plain)):
            for command in ACTS:
                done = self.vigie(*command, target, expect=2)
                self.assertIn("nobody", done.err)
                self.assertIn("--yes", done.err)
            self.assertEqual(state_of(other.pid), "S")
        for pattern in ("%zebratrain", "%sleep 98765.4"):
            for command in (*ACTS, ("adopt",)):
                done = self.vigie(*command, "--yes", pattern, expect=2)
                self.assertIn("pattern", done.err)
        self.vigie("kill", "--yes", "--all", "%zebratrain|sleep 98765", expect=2)
        self.assertEqual((state_of(child.pid), state_of(plain.pid)), ("S", "S"))
        self.vigie("kill", "--yes", str(plain.pid), expect=0)
        self.vigie("kill", "--yes", name, expect=0)


@unittest.skipUnless(os.geteuid() == 0, "root alone can be root on somebody else's state")
class RootOnAUsersState(TargetTest):
    """`sudo -E vigie ...`: the records, links and sockets are the user's, the rights are root's."""

    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.public = tempfile.mkdtemp(prefix="vigie-e2e-bin-")
        self.addCleanup(shutil.rmtree, self.public, ignore_errors=True)
        os.chmod(self.public, 0o755)
        self.binary = shutil.copy(harness.vigie_path, self.public)
        for name in ("state", "runtime", "work"):
            os.makedirs(self.path(name), exist_ok=True)
            os.chown(self.path(name), NOBODY, NOBODY)

    def as_user(self, *args, expect=0):
        done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", self.binary, *args],
                              env=self.env, cwd=self.path("work"), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=harness.DEADLINE, check=False)
        self.assertEqual(done.returncode, expect, done)
        return done.stdout.decode()

    def forge(self, name, **changes):
        """What the user writes into his record."""
        record = self.record(name)
        path = os.path.join(record.pop("directory"), "run.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**record, **changes}, file)
        self.assertEqual(os.stat(path).st_uid, NOBODY)

    def test_his_commands_are_not_run_and_his_runs_not_removed(self):
        proof = self.path("work/proof")
        self.as_user("run", "--name", "theirs", "--", "sh", "-c", f"id -u >> {proof}")
        self.as_user("wait", "theirs")
        other = self.spawn("sleep", "1000")
        for command in (("restart", "theirs"), ("rm", "theirs"), ("workspace", "-d", "theirs"), ("adopt", str(other.pid)),
                        ("run", "--", "sh", "-c", f"id -u >> {proof}")):
            done = self.vigie(*command, expect=4)
            self.assertIn("belongs to", done.err, command)
        self.assertEqual(contents(proof), f"{NOBODY}\n".encode())
        self.assertEqual([run["name"] for run in self.runs()], ["theirs"])
        for look in ("logs", "tree", "wait"):
            self.vigie(look, "theirs", expect=0)
        for directory, _, files in os.walk(self.state):
            for file in files:
                self.assertEqual(os.stat(os.path.join(directory, file)).st_uid, NOBODY, file)
        self.as_user("rm", "theirs")

    def test_his_run_may_be_ended_and_the_record_says_that_root_did(self):
        self.as_user("run", "--name", "theirs", "--", "sleep", "1000")
        leader = self.leader("theirs")
        for command in ACTS:
            done = self.vigie(*command, "theirs", expect=2)
            self.assertIn("nobody", done.err)
        self.vigie("pause", "--yes", "theirs", expect=0)
        self.assertEqual(self.row("theirs")["state"], "paused")
        self.vigie("resume", "--yes", "theirs", expect=0)
        self.vigie("stop", "--yes", "theirs", expect=0)
        self.assertFalse(alive(leader))
        self.assertTrue(self.record("theirs")["stop"]["by_root"])

    def test_a_forged_keeper_leads_to_nobody_elses_processes(self):
        self.as_user("run", "--name", "theirs", "--", "true")
        self.as_user("wait", "theirs")
        victim = self.spawn("sh", "-c", "sleep 1001 & sleep 1002 & echo ready; wait", stdout=subprocess.PIPE)
        self.assertEqual(victim.stdout.readline(), b"ready\n")
        with open(f"/proc/{victim.pid}/task/{victim.pid}/children", encoding="utf-8") as children:
            sleeps = [int(pid) for pid in children.read().split()]
        nothing = {"pid": 0, "start_ticks": 0}
        for keepers in ({"holder": identity(victim.pid)}, {"holder": identity(1)}, {"shim": identity(victim.pid)},
                        {"holder": nothing, "state": "starting", "created_wall_ns": 1 << 62}):
            for leader in (victim.pid, sleeps[0]):
                self.forge("theirs", **{"state": "running", "exit": None, "shim": nothing, "leader": identity(leader), **keepers})
                self.assertEqual(self.row("theirs")["processes"], 0)
                for command in ACTS:
                    self.vigie(*command, "--yes", "theirs")
                for pid in (victim.pid, *sleeps):
                    self.assertEqual(state_of(pid), "S")
                    self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), os.getpriority(os.PRIO_PROCESS, 0))

    def test_his_keeper_does_not_vouch_for_others(self):
        self.as_user("run", "--name", "theirs", "--", "sleep", "1000")
        victim = self.spawn("sleep", "1000")
        self.forge("theirs", leader=identity(victim.pid), adopted=True)
        for command in (("signal", "TERM"), ("renice", "3"), ("pause",), ("kill",)):
            self.vigie(*command, "--yes", "theirs")
        self.assertEqual(state_of(victim.pid), "S")
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, victim.pid), os.getpriority(os.PRIO_PROCESS, 0))

    def test_a_control_group_that_is_none_is_not_written_to(self):
        self.as_user("run", "--name", "theirs", "--", "sleep", "1000")
        victim = self.path("victim")
        with open(victim, "w", encoding="utf-8") as file:
            file.write("precious\n")
        os.chmod(victim, 0o600)
        group = self.path(f"work/vigie-{self.record('theirs')['id']}")
        os.mkdir(group)
        for file in ("cgroup.freeze", "cgroup.kill", "memory.max", "cgroup.procs", "cpu.max"):
            os.symlink(victim, os.path.join(group, file))
        with open(os.path.join(group, "cgroup.events"), "w", encoding="utf-8") as file:
            file.write("populated 1\nfrozen 1\n")
        os.chown(group, NOBODY, NOBODY)
        for command in (("resume",), ("pause",), ("resume",), ("limit", "--memory", "1G"), ("limit", "--cpu", "1"), ("kill",)):
            self.forge("theirs", cgroup={"directory": group, "reason": ""})
            self.vigie(*command, "--yes", "theirs")
            self.assertEqual(contents(victim), b"precious\n", command)

    def test_a_control_group_of_somebody_else_is_left_alone(self):
        parent = own_v2_group()
        if parent is None or not os.access(parent, os.W_OK):
            self.skipTest("no control groups of version 2 here")
        self.as_user("run", "--name", "theirs", "--", "sleep", "1000")
        victim = self.spawn("sleep", "1000")
        for name in (f"vigie-{self.record('theirs')['id']}", "vigie-e2e-other"):
            group = os.path.join(parent, name)
            os.mkdir(group)
            self.addCleanup(lambda group=group: eventually("the group is empty", lambda: removed(group)))
            self.addCleanup(victim.kill)
            with open(group + "/cgroup.procs", "w", encoding="utf-8") as procs:
                procs.write(str(victim.pid))
            link = self.path("work/" + name)
            os.symlink(group, link)
            for place in (group, link):
                self.forge("theirs", cgroup={"directory": place, "reason": ""})
                self.vigie("pause", "--yes", "theirs")
                with open(group + "/cgroup.events", encoding="utf-8") as events:
                    self.assertIn("frozen 0", events.read())
                self.vigie("resume", "--yes", "theirs")
        self.forge("theirs", cgroup={"directory": os.path.join(parent, f"vigie-{self.record('theirs')['id']}"), "reason": ""})
        self.vigie("kill", "--yes", "theirs")
        self.assertEqual(state_of(victim.pid), "S")

    def test_root_leaves_no_file_of_its_own_in_his_directory(self):
        self.as_user("run", "--name", "theirs", "--", "sleep", "1000")
        directory = self.record("theirs")["directory"]
        events = os.path.join(directory, "events.jsonl")
        eventually("its keeper has begun", lambda: b"keeping" in contents(events))
        os.unlink(events)
        self.vigie("pause", "--yes", "theirs", expect=0)
        self.assertFalse(os.path.exists(events))
        os.symlink(self.path("elsewhere"), events)
        self.vigie("resume", "--yes", "theirs", expect=0)
        self.assertFalse(os.path.exists(self.path("elsewhere")))
        self.vigie("kill", "--yes", "theirs", expect=0)

    def test_a_link_in_the_place_of_the_socket_does_not_lead_to_roots_own_run(self):
        mine = {**self.env, "XDG_STATE_HOME": self.path("state-of-root")}
        self.addCleanup(self.vigie, "kill", "mine", env=mine)
        self.vigie("run", "--name", "mine", "--", "sleep", "1000", env=mine, expect=0)
        runs = self.path("state-of-root/vigie/runs")
        own = next(os.path.join(runs, entry) for entry in os.listdir(runs) if not entry.startswith("."))
        with open(os.path.join(own, "run.json"), encoding="utf-8") as file:
            leader = json.load(file)["leader"]["pid"]
        self.as_user("run", "--name", "theirs", "--", "sleep", "1000")
        sock = os.path.join(self.record("theirs")["directory"], "sock")
        keeper = eventually("its keeper has begun", lambda: self.record("theirs")["shim"]["pid"])
        eventually("it listens", lambda: os.path.exists(sock))
        os.kill(keeper, signal.SIGSTOP)  # it would mend its socket
        self.addCleanup(lambda: alive(keeper) and os.kill(keeper, signal.SIGKILL))
        os.rename(sock, sock + ".aside")
        os.symlink(os.path.join(own, "sock"), sock)
        for command in (("stop", "--grace", "0.1s"), ("kill",), ("signal", "TERM")):
            self.vigie(*command, "--yes", "theirs")
            self.assertEqual(state_of(leader), "S", command)

    def test_a_record_that_is_a_link_or_another_runs_is_no_record(self):
        self.as_user("run", "--name", "theirs", "--", "true")
        self.as_user("wait", "theirs")
        directory = self.record("theirs")["directory"]
        runs = os.path.dirname(directory)
        os.mkdir(self.path("private"), 0o700)
        shutil.copytree(directory, self.path("private/linked"))
        os.symlink(self.path("private/linked"), os.path.join(runs, "linked"))
        os.mkdir(os.path.join(runs, "within"))
        os.symlink(os.path.join(directory, "run.json"), os.path.join(runs, "within", "run.json"))
        shutil.copytree(directory, os.path.join(runs, "copied"))  # another run's record, with its id
        os.mkdir(os.path.join(runs, "roots"))
        os.chown(os.path.join(runs, "roots"), NOBODY, NOBODY)
        record = {**self.record("theirs"), "id": "roots", "name": "roots"}
        with open(os.path.join(runs, "roots", "run.json"), "w", encoding="utf-8") as file:  # root's file in his directory
            json.dump(record, file)
        self.assertEqual([run["id"] for run in self.runs()], [os.path.basename(directory)])
        for bad in ("../../up", "with space", "\x1b[2J"):
            record["name"] = bad
            with open(os.path.join(directory, "run.json"), "w", encoding="utf-8") as file:
                json.dump({**record, "id": os.path.basename(directory)}, file)
            self.assertEqual([run for run in self.runs() if run["supervised"]], [])


def removed(group):
    try:
        os.rmdir(group)
    except OSError:
        return not os.path.exists(group)
    return True


@unittest.skipUnless(os.geteuid() == 0, "other users' processes can be adopted by root alone")
class AdoptedFromOthers(TargetTest):
    def adopted(self, name, child):
        self.vigie("adopt", "--yes", "--name", name, str(child.pid), expect=0)
        child.kill()
        child.wait()
        self.wait_state(name, "cancelled", "killed", "lost", "failed")

    def refused(self, name):
        done = self.vigie("restart", name, expect=4)
        self.assertIn("cannot start", done.err)
        self.vigie("restart", "--lost")
        self.assertEqual(self.record(name)["attempt"], 1)

    def test_what_was_another_users_is_not_executed_as_root(self):
        os.chmod(self.dir, 0o755)
        os.mkdir(self.path("work"))
        os.chown(self.path("work"), NOBODY, NOBODY)
        proof = self.path("work/proof")
        child = self.spawn("sh", "-c", f"id -u >> {proof}; while :; do sleep 0.05; done", user=NOBODY, group=NOBODY)
        eventually("it runs", lambda: os.path.exists(proof) and contents(proof))
        self.vigie("adopt", "--name", "theirs", str(child.pid), expect=2)
        self.adopted("theirs", child)
        self.assertEqual(self.record("theirs")["adopted_uid"], NOBODY)
        self.refused("theirs")
        self.assertEqual(contents(proof), f"{NOBODY}\n".encode())

    def test_what_another_user_started_with_roots_rights_is_not_either(self):
        # As sudo and any setuid program: his words and environment; root in one respect, or after a moment in all.
        for name, becomes in (("partly", ""), ("wholly", "os.setresuid(0, 0, 0);")):
            child = self.spawn("/usr/bin/python3", "-c", f"import os, signal; {becomes} print('ready', flush=True); signal.pause()",
                               stdout=subprocess.PIPE, preexec_fn=lambda: os.setresuid(NOBODY, 0, 0))
            self.assertEqual(child.stdout.readline(), b"ready\n")
            self.adopted(name, child)
            self.refused(name)

    def test_what_ran_in_a_container_is_not_either(self):
        child = self.spawn("unshare", "--mount", "--fork", "sh", "-c", "echo ready; sleep 1000", stdout=subprocess.PIPE)
        if child.stdout.readline() != b"ready\n":
            self.skipTest("no namespaces can be made here")
        with open(f"/proc/{child.pid}/task/{child.pid}/children", encoding="utf-8") as children:
            inner = int(children.read().split()[0])
        self.vigie("adopt", "--name", "contained", str(inner), expect=0)
        os.kill(inner, signal.SIGKILL)
        child.wait()
        self.wait_state("contained", "cancelled", "killed", "lost", "failed")
        self.refused("contained")


class HostileDirectories(harness.VigieTest):
    def setUp(self):
        super().setUp()
        if shutil.which("tmux") is None:
            self.skipTest("no tmux")
        self.env["TMUX_TMPDIR"] = self.dir
        self.env["HOME"] = self.path("home")
        os.mkdir(self.env["HOME"])
        self.env.pop("TMUX", None)
        self.addCleanup(subprocess.run, ["tmux", "kill-server"], env=self.env, check=False, capture_output=True)

    def tmux(self, *words):
        return subprocess.run(["tmux", *words], env=self.env, check=True, capture_output=True, text=True).stdout

    def owned(self):
        return [os.path.join(directory, file) for directory, _, files in os.walk(self.dir) for file in files
                if file.startswith("PWNED")]

    def test_a_workspace_executes_no_name_of_a_directory(self):
        names = ("#(touch PWNED)", "##(touch PWNED)", "###(touch PWNED)", "#{l:elsewhere}", "#{pane_id}", "-lead", "sp ace", "$(touch PWNED)",
                 "`touch PWNED`", ";touch PWNED;", "#[fg=red]", "a#b", "%%", "~", "'", "{right}", "#{E:#(touch PWNED)}")
        for number, name in enumerate(names):
            with self.subTest(name=name):
                place = self.path(name)
                os.mkdir(place)
                run = f"run{number}"
                self.start(run, "sleep", "1000", options=["--cwd", place])
                self.vigie("workspace", "-d", run, expect=0)
                for pane in (f"={run}:dev", f"={run}:train", f"={run}:logs"):
                    eventually(f"{pane} is in the run's directory",
                               lambda pane=pane: self.tmux("display-message", "-p", "-t", pane, "#{pane_current_path}").rstrip("\n") == place)
                self.tmux("new-window", "-d", "-t", f"={run}:", "-n", "later")
                self.assertEqual(self.owned(), [])
                self.tmux("kill-session", "-t", f"={run}")
                self.vigie("kill", run, expect=0)
        self.assertEqual(self.owned(), [])

    def test_nor_one_of_the_state(self):
        self.state = self.env["XDG_STATE_HOME"] = self.path("#(touch PWNED) #{pane_id};")
        self.start("odd", "sleep", "1000")
        self.vigie("workspace", "-d", "odd", expect=0)
        self.tmux("resize-window", "-t", "=odd:train", "-x", "240", "-y", "50")
        eventually("the processes are shown", lambda: "sleep" in self.tmux("capture-pane", "-p", "-t", "=odd:train.{top-right}"))
        self.assertEqual(self.owned(), [])

    def test_what_a_dry_run_prints_does_the_same(self):
        place = self.path("#(touch PWNED) it's")
        os.mkdir(place)
        self.start("typed", "sleep", "1000", options=["--cwd", place])
        lines = self.vigie("workspace", "--dry-run", "-d", "typed", expect=0).out
        subprocess.run(["sh", "-e"], input=lines, text=True, env=self.env, check=True, cwd="/")
        eventually("its shell is there", lambda: self.tmux("display-message", "-p", "-t", "=typed:dev", "#{pane_current_path}").strip() == place)
        self.assertEqual(self.owned(), [])

    def test_a_program_of_the_directory_is_not_taken_for_tmux(self):
        place = self.path("work")
        os.mkdir(place)
        for name in ("tmux", "git", "sh"):
            with open(os.path.join(place, name), "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\ntouch {self.path('PWNED')}\n")
            os.chmod(os.path.join(place, name), 0o755)
        self.env["PATH"] = ".::" + os.environ["PATH"]
        self.start("sly", "/bin/sleep", "1000", options=["--cwd", place])
        self.vigie("workspace", "-d", "sly", expect=0)
        eventually("its shell is there", lambda: self.tmux("display-message", "-p", "-t", "=sly:dev", "#{pane_current_path}").strip() == place)
        self.assertEqual(self.owned(), [])


class HostileRepositories(harness.VigieTest):
    """A run starts in a repository that somebody else made: nothing that it names is executed, and what it is is known."""

    def setUp(self):
        super().setUp()
        if shutil.which("git") is None:
            self.skipTest("no git")
        self.env.update(HOME=self.path("home"), GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b",
                        GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
        os.mkdir(self.env["HOME"])
        self.tree = self.path("tree")
        self.git("init", "-q", "-b", "main", self.tree, at=None)
        self.write("file", "one\n")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "one")
        self.commit = self.git("rev-parse", "HEAD")
        self.evil = self.path("evil")
        with open(self.evil, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ntouch {self.path('PWNED')}\ncat\n")
        os.chmod(self.evil, 0o755)
        self.number = 0

    def git(self, *words, at=""):
        where = [] if at is None else ["-C", at or self.tree]
        done = subprocess.run(["git", *where, *words], check=True, env=self.env, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, name, text, tree=None):
        path = os.path.join(tree or self.tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def origin(self, place=None):
        self.number += 1
        name = f"run{self.number}"
        self.start(name, "true", options=["--cwd", place or self.tree])
        directory = self.record(name)["directory"]
        path = os.path.join(directory, "origin.json")
        eventually("its origin is written", lambda: os.path.exists(path))
        self.assertEqual([entry for entry in os.listdir(directory) if entry.startswith("git-")], [])
        self.assertFalse(os.path.exists(self.path("PWNED")), "a program of the repository was executed")
        with open(path, encoding="utf-8") as file:
            origin = json.load(file)
        return origin["git_commit"], origin["git_branch"], origin["git_dirty"]

    def stale(self):
        """Git must look into the files to know whether they changed."""
        os.utime(os.path.join(self.tree, "file"), (1, 1))

    def test_the_truth_is_told_where_nothing_is_hostile(self):
        self.assertEqual(self.origin(), (self.commit, "main", False))
        self.stale()
        self.assertEqual(self.origin()[2], False)
        self.write("file", "two\n")
        self.assertEqual(self.origin()[2], True)
        self.git("add", ".")
        self.assertEqual(self.origin()[2], True, "what is staged differs from the commit, too")
        self.git("commit", "-q", "-m", "two")
        self.git("pack-refs", "--all")
        self.git("gc", "-q")
        second = self.git("rev-parse", "HEAD")
        self.assertEqual(self.origin(), (second, "main", False))
        self.git("checkout", "-q", "--detach", self.commit)
        self.assertEqual(self.origin(), (self.commit, None, False))
        self.git("worktree", "add", "-q", "-b", "side", self.path("side"), second)
        os.mkdir(self.path("side/deep"))
        self.assertEqual(self.origin(self.path("side/deep")), (second, "side", False))
        self.write("file", "three\n", self.path("side"))
        self.assertEqual(self.origin(self.path("side")), (second, "side", True))

    def test_no_program_of_its_configuration_is_executed(self):
        for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.askPass", "core.gitProxy", "diff.external",
                    "core.alternateRefsCommand", "credential.helper", "gpg.program", "uploadpack.packObjectsHook"):
            with self.subTest(key=key):
                self.git("config", key, self.evil)
                self.stale()
                self.assertEqual(self.origin(), (self.commit, "main", False))
                self.git("config", "--unset", key)
        self.git("config", "alias.status", f"!{self.evil}")
        self.assertEqual(self.origin(), (self.commit, "main", False))

    def test_nor_one_of_a_file_that_it_includes(self):
        with open(self.path("more"), "w", encoding="utf-8") as file:
            file.write(f"[core]\n\tfsmonitor = {self.evil}\n")
        self.git("config", "include.path", self.path("more"))
        self.assertEqual(self.origin(), (self.commit, "main", False))

    def test_nor_a_filter(self):
        for kind in ("clean", "process", "smudge"):
            with self.subTest(kind=kind):
                self.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
                for name in (f"filter.evil.{kind}", "diff.evil.textconv", "diff.evil.command", "merge.evil.driver"):
                    self.git("config", name, self.evil)
                self.git("config", "filter.evil.required", "true")
                self.stale()
                self.assertEqual(self.origin(), (self.commit, "main", False))
                self.write("file", "two\n")
                self.assertEqual(self.origin()[2], True)
                self.write("file", "one\n")
                self.git("config", "--remove-section", "filter.evil")

    def test_nor_a_hook(self):
        for hooks in (os.path.join(self.tree, ".git", "hooks"), self.path("hooks")):
            os.makedirs(hooks, exist_ok=True)
            for name in ("post-index-change", "fsmonitor-watchman", "pre-auto-gc", "post-checkout", "reference-transaction"):
                shutil.copy(self.evil, os.path.join(hooks, name))
        self.stale()
        self.assertEqual(self.origin(), (self.commit, "main", False))
        self.git("config", "core.hooksPath", self.path("hooks"))
        self.stale()
        self.assertEqual(self.origin(), (self.commit, "main", False))

    def test_nor_one_of_a_submodule_or_a_repository_within(self):
        self.git("init", "-q", "-b", "main", self.path("library"), at=None)
        self.write("file", "one\n", self.path("library"))
        self.git("add", ".", at=self.path("library"))
        self.git("commit", "-q", "-m", "one", at=self.path("library"))
        self.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", self.path("library"), "library")
        self.git("commit", "-q", "-m", "with a library")
        second = self.git("rev-parse", "HEAD")
        self.git("config", "core.fsmonitor", self.evil, at=os.path.join(self.tree, "library"))
        self.assertEqual(self.origin(), (second, "main", False))
        self.assertEqual(self.origin(os.path.join(self.tree, "library"))[1], "main")

    def test_nor_what_would_fetch_a_missing_object(self):
        head = self.git("rev-parse", "HEAD^{tree}")
        os.unlink(os.path.join(self.tree, ".git", "objects", head[:2], head[2:]))
        for key, value in (("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"),
                           ("remote.origin.promisor", "true"), ("core.sshCommand", self.evil), ("protocol.allow", "always")):
            self.git("config", key, value)
        for url in ("ssh://host/path", f"ext::{self.evil} %S"):
            self.git("config", "remote.origin.url", url)
            self.assertEqual(self.origin(), (self.commit, "main", None))

    def test_nor_what_the_environment_of_the_user_names(self):
        self.env.update(GIT_EXTERNAL_DIFF=self.evil, GIT_SSH_COMMAND=self.evil, GIT_PAGER=self.evil, GIT_CONFIG_COUNT="1",
                        GIT_CONFIG_KEY_0="core.fsmonitor", GIT_CONFIG_VALUE_0=self.evil)
        self.number += 1
        self.start("run-env", "true", options=["--cwd", self.tree])
        path = os.path.join(self.record("run-env")["directory"], "origin.json")
        eventually("its origin is written", lambda: os.path.exists(path))
        self.assertFalse(os.path.exists(self.path("PWNED")))

    def test_what_is_no_repository_is_none(self):
        bare = os.path.join(self.tree, "bare")  # the directory itself is one, with a configuration
        os.makedirs(bare + "/refs/heads")
        os.makedirs(bare + "/objects")
        self.write("bare/HEAD", "ref: refs/heads/main\n")
        self.write("bare/config", f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = {bare}\n\tfsmonitor = {self.evil}\n")
        self.assertEqual(self.origin(bare)[0], self.commit, "of the repository around it")
        os.mkdir(self.path("pipe"))
        os.mkfifo(self.path("pipe/.git"))
        os.mkdir(self.path("secret"))
        os.mkdir(self.path("secret/.git"))
        os.symlink("/etc/passwd", self.path("secret/.git/HEAD"))
        for place in ("pipe", "secret"):
            self.assertEqual(self.origin(self.path(place)), (None, None, None))

    @unittest.skipUnless(os.geteuid() == 0, "only root can make a repository of somebody else")
    def test_of_somebody_elses_it_is_not_asked_whether_it_is_dirty(self):
        self.git("config", "core.fsmonitor", self.evil)
        for directory, folders, files in os.walk(self.tree):
            for entry in (".", *folders, *files):
                os.chown(os.path.join(directory, entry), NOBODY, NOBODY)
        self.assertEqual(self.origin(), (self.commit, "main", None))


ESCAPES = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202e\r"


class Escapes(TargetTest):
    """Whatever is quoted – of a command line, a path, a record – nothing acts on the terminal."""

    def harmless(self, *args, env=None, **options):
        done = subprocess.run([harness.vigie_path, *args], env=env or self.env, cwd=self.dir, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False, **options)
        for text in (done.stdout, done.stderr):
            shown = text.decode("utf-8").replace("\r\n", "\n")  # as lines of CSV end
            bad = [char for char in shown if (ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) <= 159 or char == "\u202e"]
            self.assertEqual(bad, [], (args, text))
        return done

    def hostile_interpreter(self):
        script = self.path("script" + ESCAPES)
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"#!/nowhere/{ESCAPES.replace(chr(13), '')}/python\n")
        os.chmod(script, 0o755)
        return script

    def test_what_is_wrong_on_the_command_line(self):
        path = "/nowhere/" + ESCAPES
        for args in (("ls", "--replay", path), ("ls", "--root", path), ("record", path), ("run", "--cwd", path, "--", "true"),
                     ("run", "--name", ESCAPES, "--", "true"), ("run", "--", path), ("run", "--", ESCAPES), ("run", "--env", ESCAPES, "--", "true"),
                     ("run", "--gpus", ESCAPES, "--", "true"), ("run", "--grace", ESCAPES, "--", "true"), ("run", "--cpus", ESCAPES, "--", "true"),
                     ("run", "--ionice", ESCAPES, "--", "true"), ("run", "--memory", ESCAPES, "--", "true"), ("run", "--log-max", ESCAPES, "--", "true"),
                     ("run", "--restart", ESCAPES, "--", "true"), ("run", "--stop-signal", ESCAPES, "--", "true"), ("run", "--after", ESCAPES, "--", "true"),
                     ("run", "--nice", ESCAPES, "--", "true"), ("run", "--time-limit", ESCAPES, "--", "true"), ("run", "--notify-signal", ESCAPES, "--", "true"),
                     *((command, ESCAPES) for command in ("wait", "kill", "stop", "pause", "resume", "rm", "restart", "logs", "attach", "why", "ps",
                                                          "tree", "env", "files", "maps", "limits", "syscalls", "check", "adopt", "workspace",
                                                          "load", "lab", "shim", "net", "stat", "mem", "gpu", "doctor", "config")),
                     ("kill", "%" + ESCAPES), ("kill", "%(" + ESCAPES), ("signal", ESCAPES, "1"), ("renice", ESCAPES, "1"), ("ionice", ESCAPES, "1"),
                     ("cpus", ESCAPES, "1"), ("limit", "1", "--memory", ESCAPES), ("limit", "1", "--cpu", ESCAPES), ("limit", "1", "--io", ESCAPES),
                     ("ls", "--sort", ESCAPES), ("ps", "--sort", ESCAPES), ("ps", "-o", ESCAPES), ("ls", "--interval", ESCAPES), ("ls", "-w", ESCAPES),
                     ("logs", "--since", ESCAPES, "x"), ("stop", "--grace", ESCAPES, "1"), ("stop", "--wait-checkpoint", path, "1"),
                     ("top", ESCAPES), ("top", "--sort", ESCAPES), ("top", "--ui", ESCAPES), ("top", "--ui", "json", "--replay", path),
                     ("gpu", "--record", path), ("ls", "--" + ESCAPES), (ESCAPES,), ("--" + ESCAPES,), ("--sampling", ESCAPES, "ls")):
            self.assertNotEqual(self.harmless(*args).returncode, 0, args)

    def test_a_directory_of_the_state(self):
        for state in (f"/proc/{ESCAPES}", f"/dev/null/{ESCAPES}"):
            self.harmless("run", "--", "true", env={**self.env, "XDG_STATE_HOME": state})
        self.harmless("ls", env={**self.env, "XDG_STATE_HOME": self.path(ESCAPES)})
        os.makedirs(self.path(ESCAPES + "/vigie"))
        os.symlink("/", self.path(ESCAPES + "/vigie/runs"))
        self.harmless("run", "--", "true", env={**self.env, "XDG_STATE_HOME": self.path(ESCAPES)})

    def test_the_interpreter_of_a_script(self):
        script = self.hostile_interpreter()
        self.assertEqual(self.harmless("run", "--", script).returncode, 1)
        self.start("before", "sh", "-c", self.until("go"))
        self.start("after", script, options=["--after", "before"])
        self.touch("go")
        self.assertEqual(self.harmless("wait", "after").returncode, 1)
        self.assertIn("could not be started", self.vigie("wait", "after").out)
        for args in (("ls",), ("why", "after"), ("wait", "after", "--json"), ("stop", "after"), ("attach", "after"), ("logs", "after"), ("ls", "--json"),
                     ("ps", "after"), ("check", "after"), ("tree", "after"), ("ls", "--csv"), ("kill", "after"), ("restart", "after"), ("rm", "after")):
            self.harmless(*args)

    def test_what_a_record_says(self):
        self.start("kept", "true")
        self.vigie("wait", "kept", expect=0)
        record = self.record("kept")
        path = os.path.join(record.pop("directory"), "run.json")
        report = {"actions": [{"pid": 1, "command": ESCAPES, "action": ESCAPES, "result": ESCAPES}],
                  "checkpoint": [{"path": ESCAPES, "size_bytes": 1, "growing": True}], "reason": ESCAPES, "signal": 15, "grace_seconds": 1, "wall_ns": 1}
        record.update(command=[ESCAPES], cwd=ESCAPES, waits_for=ESCAPES, never_again=ESCAPES, stop=report, boot_id=ESCAPES,
                      cgroup={"directory": "/" + ESCAPES, "reason": ESCAPES},
                      exit={**record["exit"], "reason": ESCAPES}, last_progress={"line": ESCAPES, "wall_ns": 1, "metrics": {ESCAPES: 1.0}, "step": 1})
        for state in ("failed", "killed", "queued", "running"):
            with open(path, "w", encoding="utf-8") as file:
                json.dump({**record, "state": state}, file)
            for args in (("ls",), ("ls", "--json"), ("why", "kept"), ("wait", "kept"), ("wait", "kept", "--json"), ("stop", "kept"), ("check", "kept"),
                         ("attach", "kept"), ("logs", "kept"), ("workspace", "--dry-run", "kept"), ("restart", "kept"), ("stop", "--json", "kept")):
                self.harmless(*args)

    def test_what_a_process_is_called(self):
        script = self.path(ESCAPES.replace("\r", "") + ".py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(RENAMED + TRAINING)
        child = self.spawn("/usr/bin/python3", script, ESCAPES, env={**self.env, "RANK": "0", "WORLD_SIZE": "1", "EVIL": ESCAPES},
                           stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        pid = str(child.pid)
        # Patterns that only this test's processes match: a wider one ends whatever else has a script's name.
        own = "%" + os.path.basename(self.dir)
        for args in (("ls",), ("ls", "--json"), ("ps", "-a"), ("ps", "-a", "--json"), ("tree", pid), ("why", pid, "--interval", "0.2"), ("check", pid), ("env", pid), ("files", pid),
                     ("maps", pid), ("limits", pid), ("syscalls", pid), ("net", pid), ("stop", "--dry-run", pid), ("kill", "--dry-run", "--json", pid),
                     ("kill", "--dry-run", own), ("signal", "WINCH", own + "/.*[.]py"), ("adopt", own), ("pause", pid), ("resume", pid), ("renice", "1", pid), ("stop", pid)):
            self.harmless(*args)


if __name__ == "__main__":
    unittest.main()
