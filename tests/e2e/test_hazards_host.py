"""What a host may do to the keepers of runs: no descriptors, no disk, odd homes, other pids, another boot, another time."""

import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import harness
from harness import alive, eventually
from test_hazards import SLOW, HazardTest, contents

STUCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stuck.py")
CLOCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")


REASON = "stuck in the kernel (state D), as with a dead disk or file server: it ends when that answers"


def limited(**limits):
    """For preexec_fn: sets soft and hard limits by their short names."""

    def apply():
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (value, value))

    return apply


def identity(pid):
    return {"pid": pid, "start_ticks": int(contents(f"/proc/{pid}/stat").rpartition(b")")[2].split()[19])}


class Sockets(HazardTest):
    def sock(self, name):
        path = os.path.join(self.record(name)["directory"], "sock")
        eventually("its keeper listens", lambda: os.path.exists(path))
        return path

    def connect(self, name):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(client.close)
        client.settimeout(harness.DEADLINE)
        directory = os.open(os.path.dirname(self.sock(name)), os.O_PATH)
        self.addCleanup(os.close, directory)

        def connected():
            try:
                client.connect(f"/proc/self/fd/{directory}/sock")
            except BlockingIOError:  # others are still being let in
                return False
            return True

        eventually("there is room to connect", connected)
        return client

    def ask(self, name, request):
        client = self.connect(name)
        client.send(request if isinstance(request, bytes) else json.dumps(request).encode())
        return json.loads(client.recv(1 << 16))

    def test_only_its_owner_can_reach_the_socket_and_a_removed_one_comes_back(self):
        self.start("reached", "sh", "-c", "trap 'exit 8' TERM; while :; do sleep 0.05; done")
        path = self.sock("reached")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o777, 0o700)
        before = os.stat(path).st_ino
        os.unlink(path)
        eventually("the socket is there again", lambda: os.path.exists(path) and os.stat(path).st_ino != before)
        self.assertTrue(self.ask("reached", {"vigie": 1, "request": "progress"})["ok"])
        self.vigie("stop", "reached", expect=0)
        self.assertFalse(os.path.exists(path))

    def test_somebody_else_is_not_answered_even_where_the_files_let_him_in(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        self.start("private", "sleep", "1000")
        path = self.sock("private")
        directory = os.open(os.path.dirname(path), os.O_PATH)
        self.addCleanup(os.close, directory)
        os.chmod(os.path.dirname(path), 0o711)
        os.chmod(path, 0o666)
        ask = ("import socket, sys\nclient = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
               "client.connect(f'/proc/self/fd/{sys.argv[1]}/sock')\n"
               "try:\n  client.send(b'{\"vigie\": 1, \"request\": \"progress\"}'); print(client.recv(65536))\n"
               "except (BrokenPipeError, ConnectionResetError): print(b'')\n")
        for user, answered in ((65534, False), (0, True)):
            done = subprocess.run([sys.executable, "-c", ask, str(directory)], pass_fds=[directory], user=user, capture_output=True,
                                  text=True, timeout=harness.DEADLINE, cwd="/", check=True)
            self.assertEqual("true" in done.stdout, answered, (user, done))
        self.assertEqual(self.row("private")["state"], "running")

    def test_a_stale_socket_and_a_file_in_its_place_are_replaced(self):
        self.start("stale", "sleep", "1000")
        path = self.sock("stale")
        self.kill(self.kept("stale")["shim"]["pid"])  # its socket stays
        eventually("another one listens", lambda: self.reached("stale"))
        os.unlink(path)
        self.touch("elsewhere")
        self.kill(self.kept("stale")["shim"]["pid"])
        try:
            os.symlink(self.path("elsewhere"), path)
        except FileExistsError:
            pass  # the new keeper was quicker
        eventually("another one listens", lambda: self.reached("stale"))
        self.vigie("kill", "stale", expect=0)

    def reached(self, name):
        try:
            return self.ask(name, {"vigie": 1, "request": "progress"})["ok"]
        except OSError:
            return False

    def test_clients_of_another_version_and_nonsense_are_answered(self):
        self.start("versions", "sleep", "1000")
        self.assertTrue(self.ask("versions", {"vigie": 99, "request": "progress", "new": {"field": [1]}})["ok"])
        for request in ({"vigie": 99, "request": "unheard-of"}, {"request": 7}, b"no json", b"[]", b"\0" * 60000,
                        {"vigie": 1, "request": "stop"}, {"vigie": 1, "request": "stop", "signal": 99, "grace_seconds": 1}):
            self.assertFalse(self.ask("versions", request)["ok"], request)
        answer = self.ask("versions", {"vigie": 1, "request": "attach", "stream": 99, "rows": 24, "columns": 80})
        self.assertIn("attach with the vigie that started it", answer["error"])
        self.assertEqual(self.row("versions")["state"], "running")
        # An older client knows of no checkpoint to wait for.
        self.assertTrue(self.ask("versions", {"vigie": 1, "request": "stop", "signal": 15, "grace_seconds": 5})["ok"])
        self.vigie("wait", "versions", expect=128 + signal.SIGTERM)

    def test_a_keeper_of_an_older_version_can_still_be_stopped(self):
        self.start("old", "sh", "-c", "trap 'exit 8' TERM; while :; do sleep 0.05; done")
        path, record = self.sock("old"), self.kept("old")
        os.kill(record["shim"]["pid"], signal.SIGSTOP)  # nor does it make its socket again
        os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as old:
            old.bind(path)
            old.listen()
            client = self.spawn(harness.vigie_path, "stop", "old", stdout=subprocess.DEVNULL)
            seen = []
            old.settimeout(harness.DEADLINE)
            while not seen or seen[-1] != "stop":  # what the looks before ask, too
                peer, _ = old.accept()
                seen.append(json.loads(peer.recv(1 << 16))["request"])
                peer.send(b'{"vigie": 0, "ok": false, "error": "unknown request"}')
                peer.close()
            old.close()
            os.kill(record["shim"]["pid"], signal.SIGCONT)
            self.assertEqual(client.wait(60), 0)
        self.vigie("wait", "old", expect=8)

    def test_the_path_of_the_socket_may_be_longer_than_an_address(self):
        self.state = os.path.join(self.dir, *["deep" * 20] * 4)
        self.env["XDG_STATE_HOME"] = self.state
        self.start("deep", "sh", "-c", "trap 'exit 8' TERM; while :; do sleep 0.05; done")
        self.assertGreater(len(self.sock("deep")), 300)
        self.vigie("stop", "deep", expect=0)
        self.assertEqual(self.record("deep")["exit"]["value"], 8)

    def test_clients_that_hang_about_take_no_descriptor_the_run_needs(self):
        done = subprocess.run([harness.vigie_path, "run", "--name", "crowded", "--", "sh", "-c", f"{self.until('go')}; exit 7"],
                              env=self.env, cwd=self.dir, preexec_fn=limited(nofile=48), check=False, capture_output=True)
        self.assertEqual(done.returncode, 0, done)
        shim = self.kept("crowded")["shim"]["pid"]
        clients = [self.connect("crowded") for _ in range(60)]
        used = lambda: sum(int(field) for field in contents(f"/proc/{shim}/stat").rpartition(b")")[2].split()[11:13])
        before, began = used(), time.monotonic()
        eventually("half a second has passed", lambda: time.monotonic() > began + 0.5)
        self.assertLessEqual(used() - before, 10, "it does not spin on whom it cannot let in")
        self.touch("go")
        self.vigie("wait", "crowded", expect=7)
        self.assertTrue(clients)

    def test_with_hardly_any_descriptors_a_run_starts_or_says_why_not(self):
        for count in range(4, 24, 1 if SLOW else 4):
            done = subprocess.run([harness.vigie_path, "run", "--name", f"few-{count}", "--", "sh", "-c", "ulimit -n; exit 7"],
                                  env=self.env, cwd=self.dir, preexec_fn=limited(nofile=count), check=False, capture_output=True)
            if done.returncode == 0:
                self.vigie("wait", f"few-{count}", expect=7)
                self.assertEqual(self.raw_log(f"few-{count}").split(), [b"%d" % count])
            else:
                self.assertIn(b"oo many open files", done.stderr, count)
                self.assertIsNone(self.row(f"few-{count}"))


class Homes(HazardTest):
    def home(self, path):
        env = {key: value for key, value in self.env.items() if key != "XDG_STATE_HOME"}
        return dict(env, HOME=path, XDG_STATE_HOME="")

    def test_a_home_that_is_a_symlink_or_has_one_on_the_way_works(self):
        os.makedirs(self.path("real/scratch"))
        os.makedirs(self.path("real/home/.local"))
        os.symlink(self.path("real/home"), self.path("home"))
        os.symlink("../../scratch", self.path("real/home/.local/state"))
        env = self.home(self.path("home"))
        self.vigie("run", "--name", "linked", "--", "sh", "-c", "exit 7", env=env, expect=0)
        self.vigie("wait", "linked", env=env, expect=7)
        self.assertEqual(len([entry for entry in os.listdir(self.path("real/scratch/vigie/runs")) if not entry.startswith(".")]), 1)

    def test_a_read_only_home_says_what_to_do(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount something read-only")
        os.mkdir(self.path("home"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=64k", "vigie-e2e", self.path("home")], check=False, capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.path("home")], check=False)
        done = self.vigie("run", "--", "true", env=self.home(self.path("home")), expect=1)
        for words in (self.path("home/.local"), "ead-only", "XDG_STATE_HOME"):
            self.assertIn(words, done.err)

    def test_a_runtime_directory_that_vanished_is_not_missed(self):
        self.start("loggedout", "sh", "-c", "trap 'exit 8' TERM; while :; do sleep 0.05; done")
        shutil.rmtree(self.env["XDG_RUNTIME_DIR"])
        self.assertEqual(self.row("loggedout")["state"], "running")
        self.kill(self.kept("loggedout")["shim"]["pid"])
        self.start("later", "true")
        self.vigie("stop", "loggedout", expect=0)
        self.assertEqual(self.record("loggedout")["exit"]["value"], 8)

    def test_a_state_directory_that_vanished_does_not_harm_the_run(self):
        self.start("homeless", "sh", "-c", f"echo $$ > '{self.path('pid')}'; {self.until('go')}; echo said; touch '{self.path('end')}'")
        eventually("it works", lambda: contents(self.path("pid")))
        record = self.kept("homeless")
        os.rename(self.state, self.path("gone"))
        shutil.rmtree(self.path("gone"), ignore_errors=True)  # something may be written there yet
        self.assertTrue(alive(record["leader"]["pid"]))
        self.touch("go")
        eventually("it comes to its end", lambda: os.path.exists(self.path("end")))
        eventually("and its keepers, too", lambda: not alive(record["holder"]["pid"]) and not alive(record["shim"]["pid"]))

    def fill(self):
        subprocess.run(["dd", "if=/dev/zero", f"of={self.state}/filler", "bs=4k"], check=False, capture_output=True)
        self.assertEqual(os.statvfs(self.state).f_bavail, 0)

    def test_the_end_is_known_on_a_full_disk_and_its_record_waits_for_room(self):
        self.keep_state_on_a_small_disk("2M")
        self.start("full", "sh", "-c", f"{self.until('go')}; exit 7")
        leader = self.record("full")["leader"]["pid"]
        self.kept("full")
        self.fill()
        self.touch("go")
        eventually("its main process has ended", lambda: not alive(leader))
        self.kill(self.record("full")["shim"]["pid"])  # and who knew it, too
        self.vigie("wait", "full", expect=7)
        self.assertEqual(self.row("full")["state"], "failed")
        self.assertEqual(self.vigie("stop", "full", expect=1).err, "vigie: run full is over already (failed: exit code 7)\n")
        self.assertNotEqual(self.record("full")["state"], "failed")  # the file: it has no room
        os.unlink(os.path.join(self.state, "filler"))
        end = eventually("the record is written", lambda: self.record("full").get("exit"))
        self.assertEqual((end["kind"], end["value"]), ("code", 7))

    def test_a_run_that_ended_on_a_full_disk_can_be_removed(self):
        self.keep_state_on_a_small_disk("2M")
        self.start("full", "sleep", "1000")
        self.kept("full")
        self.fill()
        began = time.monotonic()
        self.vigie("stop", "full", expect=0)
        self.assertLess(time.monotonic() - began, 8)
        self.assertIn(self.row("full")["state"], ("killed", "cancelled"))
        self.vigie("rm", "full", expect=0)
        self.assertIsNone(self.row("full"))


class OtherTimes(HazardTest):
    def rewrite(self, name, **changes):
        record = self.record(name)
        record.update(changes)
        with open(os.path.join(record.pop("directory"), "run.json"), "w", encoding="utf-8") as file:
            json.dump(record, file)

    def ended(self, name):
        self.start(name, "sh", "-c", "test $VIGIE_ATTEMPT = 2 && exit 6; exec sleep 1000")
        record = self.kept(name)
        self.kill(*(record[who]["pid"] for who in ("shim", "holder", "leader")))
        eventually("nothing is left", lambda: not self.run_processes(record["id"]))

    def nobodys(self, name, other):
        """Of a run whose record names processes that are not its own: nothing is alive, and nobody is hit."""
        self.assertEqual(self.row(name)["state"], "lost")
        self.vigie("wait", name, expect=1, timeout=10)
        self.assertNotEqual(self.vigie("kill", name).code, 0)
        self.start(f"after-{name}", "true", options=["--after", name])
        self.vigie("wait", f"after-{name}", expect=0, timeout=10)
        self.assertTrue(alive(other.pid))
        self.assertEqual(self.vigie("restart", name, expect=0).out, f"{name} attempt 2\n")
        self.vigie("wait", name, expect=6)

    def test_pids_that_others_have_now_are_not_taken_for_the_run(self):
        other = self.spawn("sleep", "1000")
        self.ended("reused")
        stranger = dict(identity(other.pid), start_ticks=identity(other.pid)["start_ticks"] - 1)
        self.rewrite("reused", state="running", holder=stranger, shim=stranger, leader=stranger)
        self.nobodys("reused", other)

    def test_after_a_reboot_nothing_is_alive_whatever_has_its_pids_and_start_times(self):
        other = self.spawn("sleep", "1000")
        self.ended("rebooted")
        same = identity(other.pid)
        self.rewrite("rebooted", state="running", holder=same, shim=same, leader=same, boot_id="another boot")
        self.nobodys("rebooted", other)

    def test_a_run_that_was_restarted_after_a_reboot_is_of_this_boot(self):
        self.ended("revived")
        self.rewrite("revived", state="running", boot_id="another boot", command=["sleep", "1000"])
        self.vigie("restart", "--lost", expect=0)
        self.assertEqual(self.row("revived")["state"], "running")
        self.vigie("stop", "revived", expect=0)
        self.assertEqual(self.row("revived")["state"], "cancelled")

    def test_a_clock_that_is_set_changes_no_pause_and_no_limit(self):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("there is no C compiler")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.path("clock.so"), CLOCK], check=True)
        self.env.update(LD_PRELOAD=self.path("clock.so"), CLOCK_OFFSET=self.path("offset"))

        def clock_is_off(seconds):
            with open(self.path("offset"), "r+b" if os.path.exists(self.path("offset")) else "wb") as file:
                file.write(struct.pack("q", seconds))

        for number, jump in enumerate((-100_000, 100_000) if SLOW else (-100_000,)):
            clock_is_off(0)
            began = time.monotonic()
            self.start(f"limited-{number}", "sleep", "1000", options=["--time-limit", "2s"])
            self.start(f"pausing-{number}", "sh", "-c", "test $VIGIE_ATTEMPT = 2", options=["--restart", "on-failure", "--backoff", "1500ms"])
            self.wait_state(f"pausing-{number}", "queued")
            record = self.kept(f"limited-{number}")
            clock_is_off(jump)
            self.kill(record["shim"]["pid"])
            self.start(f"other-{number}", "true")  # a change that makes who waits think again
            self.vigie("wait", f"pausing-{number}", expect=0)
            paused = time.monotonic() - began
            self.vigie("wait", f"limited-{number}", expect=128 + signal.SIGTERM)
            ran = time.monotonic() - began
            self.assertTrue(1.4 < paused < 12, (jump, paused))
            self.assertTrue(1.9 < ran < 13, (jump, ran))


class NoProc(HazardTest):
    """A mount namespace, as of a container, in which nothing is mounted on /proc."""

    def test_a_look_says_so_and_takes_nothing_for_healthy(self):
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            self.skipTest("needs root and unshare for a mount namespace")
        self.start("kept", "sleep", "1000")
        self.wait_state("kept", "running")
        for command in (["why"], ["why", "kept"], ["ps", "-a"], ["ps", "-a", "--json"], ["ls"], ["tree", "kept"], ["check"], ["mem"],
                        ["ps", str(os.getpid())], ["top", "--ui", "json"]):
            inside = subprocess.run(["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh",
                                     harness.vigie_path, *command], env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                                    text=True, timeout=60, check=False)
            self.assertEqual((inside.returncode, inside.stdout), (1, ""), (command, inside))
            self.assertRegex(inside.stderr, r"\Avigie: /proc is not mounted here.*\n\Z", command)


class Unkillable(HazardTest):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can mount the file system of a dead server")
        os.mkdir(self.path("dead"))
        self.scene = subprocess.Popen([sys.executable, STUCK, "--server-only", self.path("dead")], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        said = self.scene.stdout.readline().strip()
        if said != "ready":
            self.scene.communicate()
            self.skipTest(said)

    def tearDown(self):
        self.end_scene()

    def end_scene(self):
        if self.scene.stdin and not self.scene.stdin.closed:
            self.scene.communicate()

    def test_who_cannot_be_killed_is_named_and_the_run_ends_when_he_does(self):
        self.start("stuck", "dd", f"if={self.path('dead/file')}", "iflag=direct", "of=/dev/null")
        leader = self.record("stuck")["leader"]["pid"]
        eventually("it waits for the server", lambda: b"request_wait_answer" in contents(f"/proc/{leader}/wchan"))
        client = self.spawn(harness.vigie_path, "kill", "stuck", "--json", stdout=subprocess.PIPE)

        def named():
            actions = self.record("stuck").get("stop", {}).get("actions", [])
            return [one["result"] for one in actions if one["pid"] == leader]

        self.assertEqual(eventually("he is named", named), [REASON])
        self.assertEqual(self.row("stuck")["state"], "stopping")
        if SLOW:  # the client waits ten seconds for him
            report = json.loads(client.communicate()[0])
            self.assertEqual((client.returncode, report["left"][0]["pid"], report["left"][0]["reason"]), (1, leader, REASON))
        self.end_scene()  # the server ends, and with it the wait
        self.vigie("wait", "stuck", expect=128 + signal.SIGKILL)
        self.assertEqual(self.row("stuck")["state"], "killed")
