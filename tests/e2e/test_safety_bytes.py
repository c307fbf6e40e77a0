"""Bytes reach the program as they were given, what stands in place of vigie's own files neither hangs nor steers it, and
what could not be written or read is said."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys

import harness
from harness import eventually, unescaped

LATIN = "caf\udce9"  # as Python writes bytes that are not UTF-8 (PEP 383)
TIMEOUT = 30  # seconds for what takes milliseconds: a hang


class SafetyTest(harness.VigieTest):
    def directory_of(self, name):
        return self.record(name)["directory"]

    def over(self, name, *command, options=()):
        self.start(name, *command, options=options)
        self.wait_state(name, "exited")
        self.vigie("wait", name)

    def call(self, *args, env=None, **options):
        """vigie with whatever standard streams and limits; whatever becomes of it."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        done = subprocess.run([harness.vigie_path, *args], env=env or self.env, cwd=self.dir, timeout=TIMEOUT, check=False,
                              **options)
        return harness.Done(done.returncode, (done.stdout or b"").decode("utf-8", "surrogateescape"),
                            (done.stderr or b"").decode("utf-8", "surrogateescape"))


class Bytes(SafetyTest):
    """Arguments, environment, directory and program that are not UTF-8."""

    SHOW = "#!/bin/sh\nprintf '%s|' \"$0\" \"$@\" \"$VALUE\" \"$PWD\"\n"

    def setUp(self):
        super().setUp()
        self.place = self.path("d\udce9r")
        os.mkdir(self.place)
        self.program = os.path.join(self.place, "show\udcff")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(self.SHOW)
        os.chmod(self.program, 0o755)
        self.value = "v\udcfe\U0010FCE9\udce9"  # the escape's own character, too
        self.said = os.fsencode(f"{self.program}|{LATIN}||{self.value}|{self.place}|")

    def start_bytes(self, name, *options):
        self.vigie("run", "--name", name, "--no-pty", "--cwd", self.place, "--env", f"VALUE={self.value}", *options, "--",
                   self.program, LATIN, "", expect=0)

    def test_reach_the_program_of_a_start_and_of_a_restart(self):
        self.start_bytes("latin")
        self.vigie("wait", "latin", expect=0)
        self.assertEqual(self.raw_log("latin"), self.said)
        self.vigie("restart", "latin", expect=0)
        self.vigie("wait", "latin", expect=0)
        self.assertEqual(self.raw_log("latin"), 2 * self.said)

    def test_reach_the_program_of_restarts_by_policy_and_a_command_to_resume_with(self):
        self.start_bytes("again", "--restart", "always:1", "--backoff", "0s")
        self.vigie("wait", "again", expect=0)
        self.assertEqual(self.raw_log("again"), 2 * self.said)
        self.start_bytes("resumed", "--restart", "always:1", "--backoff", "0s", "--resume-cmd", f"printf %s '{LATIN}'")
        self.vigie("wait", "resumed", expect=0)
        self.assertEqual(self.raw_log("resumed"), self.said + os.fsencode(LATIN))

    def test_reach_the_hooks(self):
        self.start_bytes("hooked", "--on-exit", f"printf %s \"$VALUE|$PWD|{LATIN}\" > '{self.path(LATIN)}'")
        self.vigie("wait", "hooked", expect=0)
        with open(self.path(LATIN), "rb") as file:
            self.assertEqual(file.read(), os.fsencode(f"{self.value}|{self.place}|{LATIN}"))

    def test_reach_a_run_that_waits_for_its_turn(self):
        self.start("first", "sh", "-c", self.until("go"))
        self.start_bytes("second", "--after", "first")
        self.touch("go")
        self.vigie("wait", "second", expect=0)
        self.assertEqual(self.raw_log("second"), self.said)

    def test_are_told_from_each_other_in_json(self):
        self.start_bytes("told")
        self.vigie("wait", "told", expect=0)
        record = self.record("told")
        self.assertEqual([unescaped(word) for word in record["command"]], [self.program, LATIN, ""])
        self.assertEqual(unescaped(record["cwd"]), self.place)
        origin = eventually("the origin is written", lambda: self.origin("told"))
        self.assertEqual(unescaped(origin["cwd"]), self.place)
        self.start("open", "sh", "-c", f"exec 8> 'a\udce9' 9> 'a\udce8'; touch ready; {self.until('go')}")
        eventually("its files are open", lambda: os.path.exists(self.path("ready")))
        paths = {unescaped(file["path"]) for file in self.json("files", "open")["files"] if file["path"]}
        self.assertLessEqual({self.path("a\udce9"), self.path("a\udce8")}, paths)
        words = [unescaped(row["command"]) for row in self.json("ps", "open")["processes"]]
        self.assertTrue(any("a\udce9" in word and "a\udce8" in word for word in words), words)

    def origin(self, name):
        try:
            with open(os.path.join(self.directory_of(name), "origin.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def test_of_an_adopted_process_come_back_with_its_restart(self):
        script = f"printf '%s|' \"$1\" \"$VALUE\" \"$PWD\" >> '{self.path('out')}'; {self.until('go')}"
        process = self.spawn("sh", "-c", script, "sh", LATIN, cwd=self.place, env=dict(self.env, VALUE=self.value))
        said = os.fsencode(f"{LATIN}|{self.value}|{self.place}|")
        eventually("it has begun", lambda: os.path.exists(self.path("out")) and os.path.getsize(self.path("out")))
        self.vigie("adopt", str(process.pid), "--name", "adopted", expect=0)
        self.touch("go")
        process.wait()
        self.vigie("wait", "adopted")
        self.vigie("restart", "adopted", expect=0)
        self.vigie("wait", "adopted", expect=0)
        with open(self.path("out"), "rb") as file:
            self.assertEqual(file.read(), 2 * said)

    def test_a_record_of_an_older_vigie_is_read_as_it_was_written(self):
        self.over("older", "printf", "%s", "x", options=["--no-pty"])
        path = os.path.join(self.directory_of("older"), "run.json")
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        record["vigie"], record["command"] = 1, ["printf", "%s", "\U0010FCE9"]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(record, file)
        self.vigie("restart", "older", expect=0)
        self.vigie("wait", "older", expect=0)
        self.assertEqual(self.raw_log("older"), b"x" + "\U0010FCE9".encode())

    def test_a_record_may_be_larger_than_a_mebibyte(self):
        words = [f"{number}" + "y" * 120_000 for number in range(12)]
        self.over("long", "true", *words)
        self.assertEqual(self.vigie("logs", "long", expect=0).out, "")
        self.assertEqual(self.record("long")["command"], ["true", *words])
        self.vigie("rm", "long", expect=0)

    def test_an_environment_of_five_megabytes_is_seen_to_its_end(self):
        def roomy():  # the kernel takes a quarter of the stack's limit, 6 MB at most
            hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
            resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))
        env = dict(self.env, **{f"BIG{number:02}": "x" * 100_000 for number in range(50)}, ZZ_LAST="seen")
        try:
            process = self.spawn("sleep", "1000", env=env, preexec_fn=roomy)
        except OSError as error:
            self.skipTest(f"no such environment can be had here: {error}")
        self.assertIn("ZZ_LAST", self.vigie("env", str(process.pid), "--json", expect=0).out)


class InPlaceOfAFile(SafetyTest):
    """A FIFO, a device, a socket, a directory, a link where vigie keeps a file of its own."""

    def setUp(self):
        super().setUp()
        self.start("alive", "sh", "-c", f"echo hello; {self.until('go')}")
        self.over("victim", "echo", "hello")
        self.outside = self.path("outside")
        with open(self.outside, "w", encoding="utf-8") as file:
            file.write("outside\n")

    def kinds(self):
        """Name and maker of each thing that may stand there."""
        def bind(path):
            if len(os.fsencode(path)) < 100:
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.bind(path)
            else:
                os.mknod(path, 0o600 | stat.S_IFSOCK)
        kinds = {"a FIFO": os.mkfifo, "a directory": os.mkdir, "a socket": bind,
                 "a symbolic link": lambda path: os.symlink(self.outside, path)}
        if os.geteuid() == 0:
            kinds["a device"] = lambda path: os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
        return kinds

    def instead(self, path, make):
        """Puts it there; whatever was there comes back with the end of the test."""
        kept = path + ".kept"
        if os.path.lexists(path):
            os.rename(path, kept)
        make(path)

        def restore():
            if os.path.lexists(path):
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
            if os.path.lexists(kept):
                os.rename(kept, path)

        self.addCleanup(restore)
        return restore

    def test_a_record(self):
        path = os.path.join(self.directory_of("victim"), "run.json")
        for kind, make in self.kinds().items():
            with self.subTest(kind):
                restore = self.instead(path, make)
                for command in (["ls"], ["ls", "--json"], ["ps", "-a"], ["tree", "alive"], ["check"], ["logs", "alive"],
                                ["signal", "CONT", "alive"], ["run", "--", "true"], ["rm", "true"]):
                    done = self.call(*command)
                    self.assertIn(done.code, range(0, 5), (kind, command, done))
                listed = self.call("ls", "--interval", "0")
                self.assertIn("alive", listed.out)
                self.assertIn(kind, listed.out, "what could not be read is told")
                for command in ("logs", "why", "restart"):
                    self.assertEqual(self.call(command, "victim").code, 3)
                restore()

    def test_a_link_to_another_record_is_not_followed(self):
        path = os.path.join(self.directory_of("victim"), "run.json")
        with open(path, encoding="utf-8") as file:
            forged = json.load(file)
        forged["name"] = "forged"
        with open(self.outside, "w", encoding="utf-8") as file:
            json.dump(forged, file)
        self.instead(path, lambda there: os.symlink(self.outside, there))
        self.assertEqual(self.call("restart", "forged").code, 3)
        self.assertNotIn("forged", self.call("ls", "--json", "--interval", "0").out)

    def test_a_record_of_somebody_else_is_none(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a file away")
        os.chown(os.path.join(self.directory_of("victim"), "run.json"), 65534, 65534)
        self.assertEqual(self.call("restart", "victim").code, 3)
        self.assertIn("belongs to uid 65534", self.call("ls", "--interval", "0").out)

    def test_what_a_keeper_appends_to_while_the_run_is_alive(self):
        directory = self.directory_of("alive")
        for name in ("events.jsonl", "attempts.jsonl", "output.index", "hooks.log", "origin.json"):
            self.instead(os.path.join(directory, name), os.mkfifo)
        self.touch("go")
        self.assertEqual(self.call("wait", "alive").code, 0)

    def test_what_a_keeper_opens_when_it_starts(self):
        for number, (kind, make) in enumerate(self.kinds().items()):
            with self.subTest(kind):
                name = f"started-{number}"
                self.over(name, "echo", "hello", options=["--on-exit", "echo hook"])
                restores = [self.instead(os.path.join(self.directory_of(name), file), make)
                            for file in ("output.log", "output.index", "events.jsonl", "attempts.jsonl", "hooks.log",
                                         "output.log.next")]
                self.assertEqual(self.call("restart", name).code, 0)
                self.assertEqual(self.call("wait", name).code, 0)
                for command in (["logs", name], ["logs", "--raw", name], ["logs", "--since", "1h", name], ["why", name]):
                    self.assertIn(self.call(*command).code, range(0, 5), command)
                for restore in restores:
                    restore()
        with open(self.outside, encoding="utf-8") as file:
            self.assertEqual(file.read(), "outside\n")

    def test_a_segment_of_the_log(self):
        for suffix in ("", ".zst"):
            segment = os.path.join(self.directory_of("victim"), f"output.log.{0:016}-{4096:016}{suffix}")
            for kind, make in self.kinds().items():
                with self.subTest(kind, suffix=suffix):
                    restore = self.instead(segment, make)
                    for command in (["logs", "victim"], ["logs", "--raw", "-n", "5", "victim"], ["why", "victim"]):
                        self.assertIn(self.call(*command).code, range(0, 5), command)
                    restore()
        self.assertNotIn("outside", self.call("logs", "victim").out)

    def test_a_log_that_cannot_be_read_is_no_empty_log(self):
        self.instead(os.path.join(self.directory_of("victim"), f"output.log.{0:016}-{4096:016}"), os.mkfifo)
        done = self.call("logs", "--raw", "victim")
        self.assertEqual(done.code, 1, done)
        self.assertIn("a FIFO", done.err)

    def test_a_lock(self):
        runs = os.path.dirname(self.directory_of("victim"))
        for kind, make in self.kinds().items():
            with self.subTest(kind):
                restore = self.instead(os.path.join(runs, ".lock"), make)
                done = self.call("run", "--", "true")
                self.assertEqual(done.code, 1, done)
                self.assertIn(kind, done.err)
                restore()

    def test_the_lock_of_the_queue_holds_back_who_waits_and_says_so(self):
        self.instead(os.path.join(os.path.dirname(self.directory_of("victim")), ".queue.lock"), os.mkfifo)
        self.assertEqual(self.call("run", "--name", "waits", "--max-parallel", "1", "--", "true").code, 0)
        self.wait_row("waits", "it says why it waits", lambda row: "a FIFO" in (row["queued_for"] or ""))
        self.assertEqual(self.call("stop", "waits").code, 0)

    def test_notes_of_lab_and_load(self):
        for directory, name, commands in (("lab", "1.json", (["lab", "--list"], ["lab", "1", "--check"])),
                                          ("load", "7-7.json", (["load"], ["load", "cpu", "--for", "0.1"]))):
            os.makedirs(os.path.join(self.state, "vigie", directory), 0o700, exist_ok=True)
            for kind, make in self.kinds().items():
                with self.subTest(kind, directory=directory):
                    restore = self.instead(os.path.join(self.state, "vigie", directory, name), make)
                    for command in commands:
                        self.assertIn(self.call(*command).code, range(0, 5), command)
                    restore()

    def test_a_checkpoint_of_load_training(self):
        os.mkfifo(self.path("fifo"))
        done = self.call("load", "training", "--checkpoint", self.path("fifo"), "--for", "0.1")
        self.assertEqual(done.code, 1, done)
        self.assertIn("is no file", done.err)


class Output(SafetyTest):
    """What could not be written is an error, told once; a reader that went away is none."""

    SAYS = (["ls", "--interval", "0"], ["ls", "--json", "--interval", "0"], ["ps", "-a", "--interval", "0"],
            ["ps", "-a", "--csv", "--interval", "0"], ["tree", "alive"], ["why", "over"], ["check"], ["env", "alive"],
            ["files", "alive"], ["maps", "alive"], ["limits", "alive"], ["syscalls", "alive"], ["net"],
            ["stat", "0.1", "1"], ["mem"], ["doctor"], ["config"], ["config", "--json"], ["logs", "over"], ["logs", "--raw", "over"],
            ["logs", "-n", "1", "over"], ["wait", "over"], ["wait", "--json", "over"], ["signal", "CONT", "alive"],
            ["renice", "5", "alive"], ["pause", "--dry-run", "alive"], ["kill", "--json", "--dry-run", "alive"],
            ["load"], ["load", "cpu", "--for", "0.1"], ["lab", "--list"], ["lab", "--list", "--json"], ["--help"],
            ["run", "--help"], ["--version"], ["run", "--", "true"], ["run", "--json", "--", "true"],
            ["restart", "over"], ["record", "-", "--for", "0.2"])

    def setUp(self):
        super().setUp()
        self.start("alive", "sh", "-c", f"echo hello; {self.until('go')}")
        self.over("over", "echo", "hello")

    def say(self, command, **options):
        self.vigie("wait", "over")  # its restart may still be on its way
        return self.call(*command, **options)

    def test_a_full_disk(self):
        with open("/dev/full", "wb", buffering=0) as full:
            for command in self.SAYS:
                done = self.say(command, stdout=full)
                self.assertIn(done.code, range(1, 5), (command, done))
                self.assertEqual(len(re.findall("cannot write", done.err)), 1, (command, done))
                self.assertIn("No space left on device", done.err)

    def test_a_full_disk_that_keeps_the_errors_too(self):
        with open("/dev/full", "wb", buffering=0) as full:
            for command in self.SAYS:
                done = self.say(command, stdout=full, stderr=full)
                self.assertIn(done.code, range(1, 5), (command, done))

    def test_a_full_disk_ends_the_watching_of_a_run_and_not_the_run(self):
        with open("/dev/full", "wb", buffering=0) as full:
            done = self.call("run", "-f", "--name", "watched", "--", "sh", "-c", f"echo hello; {self.until('go')}", stdout=full)
        self.assertEqual(done.code, 1, done)
        self.assertEqual(len(re.findall("cannot write", done.err)), 1, done)
        self.assertEqual(self.row("watched")["state"], "running")

    def test_streams_that_are_closed(self):
        for command in self.SAYS:
            for closed in ((1,), (2,), (0, 1, 2)):
                def close(numbers=closed):
                    for number in numbers:
                        os.close(number)
                done = self.say(command, preexec_fn=close)
                self.assertIn(done.code, range(1, 5) if 1 in closed else range(0, 5), (command, closed, done))
                if closed == (1,):
                    self.assertEqual(len(re.findall("cannot (write|create)", done.err)), 1, done)
        self.assertEqual(self.row("alive")["state"], "running")

    def test_no_file_gets_the_number_of_a_closed_stream(self):
        def close():
            for number in (0, 1, 2):
                os.close(number)
        self.assertEqual(self.call("record", "seen", "--for", "0.5", preexec_fn=close).code, 0)
        self.assertEqual(self.vigie("ls", "--replay", "seen", expect=0).err, "")
        self.call("run", "--name", "blind", "--", "sh", "-c", "ls -l /proc/self/fd; echo seen", preexec_fn=close)
        self.vigie("wait", "blind", expect=0)
        self.wait_log("blind", b"seen")
        self.assertEqual(self.record("blind")["state"], "exited")

    def test_a_reader_that_went_away(self):
        for command in self.SAYS:
            for ignored in (False, True):
                reader, writer = os.pipe()
                os.close(reader)
                done = self.say(command, stdout=writer, restore_signals=False, preexec_fn=lambda: signal.signal(
                    signal.SIGPIPE, signal.SIG_IGN if ignored else signal.SIG_DFL))
                os.close(writer)
                if command[0] in ("record",) and ignored:
                    self.assertEqual(done.code, 1, done)
                    continue
                self.assertEqual(done.code, -signal.SIGPIPE, (command, done))
                self.assertNotIn("cannot write", done.err)


class Limits(SafetyTest):
    """With whatever limits a command ends by itself, and does not take what it could not read for nothing."""

    COMMANDS = (["ls", "--interval", "0"], ["ls", "--json", "--interval", "0"], ["ps", "-a", "--json", "--interval", "0"],
                ["tree", "alive"], ["why", "over"], ["check"], ["env", "alive"], ["files", "alive"], ["maps", "alive"],
                ["limits", "alive"], ["syscalls", "alive"], ["net"], ["stat", "0.1", "1"], ["mem"], ["gpu"], ["doctor"],
                ["config"], ["logs", "over"], ["wait", "over"], ["signal", "CONT", "alive"], ["pause", "--dry-run", "alive"],
                ["stop", "--dry-run", "alive"], ["load", "cpu", "--for", "0.1"], ["lab", "--list"],
                ["record", "seen", "--for", "0.1"])
    # What names the run alive where it says that all is well.
    SHOWS = (["ls", "--interval", "0"], ["ls", "--json", "--interval", "0"], ["tree", "alive"],
             ["ps", "-a", "--json", "--interval", "0"])

    def setUp(self):
        super().setUp()
        self.start("alive", "sh", "-c", f"echo hello; {self.until('go')}")
        self.over("over", "echo", "hello")

    def limited(self, *command, **limits):
        def apply():
            for name, value in limits.items():
                resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (value, value))
        if os.path.exists(self.path("seen")):
            os.remove(self.path("seen"))
        return self.call(*command, preexec_fn=apply)

    def sound(self, command, done, what):
        if done.code == 127 and "error while loading shared libraries" in done.err:
            return  # it was never started
        self.assertIn(done.code, range(0, 5), (what, command, done))
        self.assertNotIn("terminate", done.err, (what, command))
        if done.code == 0 and command == ["logs", "over"]:
            self.assertIn("hello", done.out, what)
        if done.code == 0 and command in self.SHOWS:
            self.assertIn(self.path("go") if command[0] in ("ps", "tree") else "alive", done.out, (what, command, done))

    def test_of_descriptors(self):
        for count in (*range(4, 16, 2), 19, 22, 30):
            for command in self.COMMANDS:
                self.sound(command, self.limited(*command, nofile=count), f"{count} descriptors")
        done = self.limited("ls", nofile=6)
        self.assertEqual(done.code, 1, done)
        self.assertIn("oo many open files", done.err)

    def test_of_descriptors_does_not_make_the_others_of_a_queue_dead(self):
        for number in range(16):
            self.start(f"other-{number}", "sleep", "1000")
        self.assertEqual(self.limited("run", "--name", "waits", "--max-parallel", "2", "--", "true", nofile=22).code, 0)
        self.wait_row("waits", "it waits", lambda row: row["queued_for"])
        self.assertEqual(self.record("waits")["state"], "queued")

    def test_of_memory(self):
        for mebibytes in (16, 20, 28, 40):
            for command in self.COMMANDS:
                self.sound(command, self.limited(*command, **{"as": mebibytes << 20}), f"{mebibytes} MiB")

    def test_of_memory_for_a_run(self):
        for mebibytes in (16, 20, 24, 32, 40):
            done = self.limited("run", "--name", f"few-{mebibytes}", "--", "true", **{"as": mebibytes << 20})
            self.sound(["run"], done, f"{mebibytes} MiB")
            if done.code == 0:
                self.wait_state(f"few-{mebibytes}", "exited")

    def test_of_the_size_of_the_table_of_mounts(self):
        script = ('mount -t tmpfs top "$1" && cd "$1" && long=$(printf "l%.0s" $(seq 2000)) && for i in $(seq 600); do '
                  'mkdir $i && mount -t tmpfs $long $i || exit 77; done; mkdir data && mount -t tmpfs -o size=1m data data '
                  '&& head -c 1030000 /dev/zero > data/x && cd data && exec "$2" check --json')
        os.mkdir(self.path("mounts"))
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", self.path("mounts"), harness.vigie_path],
                              env=self.env, cwd=self.dir, capture_output=True, timeout=120, check=False)
        if done.returncode not in (0, 1, 2) or not done.stdout:
            self.skipTest(f"600 file systems cannot be mounted here: {done.stderr.decode().strip()[-100:]}")
        space = [item for item in json.loads(done.stdout)["items"] if item["id"] == "space.cwd"]
        self.assertGreater(space[0]["value"], 90, space)

    def test_a_state_directory_that_may_not_be_read_is_no_state_directory_without_runs(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everywhere")
        runs = os.path.join(self.state, "vigie", "runs")
        os.chmod(runs, 0)
        self.addCleanup(os.chmod, runs, 0o700)
        done = self.call("ls", "--interval", "0")
        self.assertIn("ermission denied", done.out + done.err)
        done = self.call("why", "alive")
        self.assertEqual(done.code, 3)
        self.assertIn("ermission denied", done.err)


class LimitsOfProcesses(SafetyTest):
    """The kernel counts all processes of the user: nothing else of theirs may begin or end meanwhile."""

    def test_of_processes(self):
        program, state, user = harness.vigie_path, self.env["XDG_STATE_HOME"], os.geteuid()
        least = 0
        if user == 0:  # whom the limit does not bind
            user = 54321
            program = shutil.copy(harness.vigie_path, self.path("vigie"))
            state = self.path("theirs")
            os.mkdir(state)
            os.chown(state, user, user)
            os.chmod(self.dir, 0o755)
        else:
            least = self.tasks_of(user) - 1

        def become(count):
            def apply():
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setgid(user)
                    os.setuid(user)
                resource.setrlimit(resource.RLIMIT_NPROC, (count, count))
            return apply

        env = dict(self.env, XDG_STATE_HOME=state, HOME=self.dir)
        self.addCleanup(self.end_tasks_of, user, state)
        for count in range(least + 1, least + 7):
            for command in (["run", "--", "true"], ["ls", "--interval", "0"], ["ps", "-a", "--interval", "0"], ["check"],
                            ["gpu"], ["load", "cpu", "--for", "0.1"]):
                done = subprocess.run([program, *command], env=env, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
                                      timeout=TIMEOUT, check=False, preexec_fn=become(count))
                self.assertIn(done.returncode, range(0, 5), (count, command, done))
                if done.returncode not in (0, 2) and command[0] != "check":
                    self.assertTrue(done.stderr, (count, command, done))
                    self.assertNotIn(b"internal error", done.stderr)
        done = subprocess.run([program, "run", "--", "true"], env=env, cwd="/", stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=TIMEOUT, check=False, preexec_fn=become(1))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"ulimit -u", done.stderr)
        listed = subprocess.run([program, "ls"], env=env, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=TIMEOUT, check=False, preexec_fn=become(1))
        self.assertEqual(listed.returncode, 0, listed)
        screen = subprocess.run([program, "top", "--ui", "json"], env=env, cwd="/", stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=TIMEOUT, check=False, preexec_fn=become(1))
        self.assertEqual(screen.returncode, 1, screen)
        self.assertRegex(screen.stderr, rb"\Avigie: no thread can be started: .*ulimit -u.*ulimit -v.*\n\Z")

    @staticmethod
    def tasks_of(user):
        count = 0
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == user:
                    count += len(os.listdir(f"/proc/{entry}/task"))
            except OSError:
                pass
        return count

    @staticmethod
    def end_tasks_of(user, state):
        """Keepers that may start nothing wait for better times."""
        marker = f"XDG_STATE_HOME={state}".encode()
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == user:
                    with open(f"/proc/{entry}/environ", "rb") as environ:
                        if marker in environ.read().split(b"\0"):
                            os.kill(int(entry), signal.SIGKILL)
            except OSError:
                pass


if __name__ == "__main__":
    sys.exit("run.py runs these")
