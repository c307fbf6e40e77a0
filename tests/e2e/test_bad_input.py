"""Bad input is refused at once, with its name and the reason, and leaves nothing behind."""

import ctypes
import os
import shutil
import signal
import subprocess

import harness

NOBODY = 65534


class BadInput(harness.VigieTest):
    def refused(self, *args, code=1, says=()):
        done = self.vigie(*args)
        self.assertEqual(done.code, code, done)
        for text in says:
            self.assertIn(text, done.err)
        self.assertEqual(len(done.err.strip().splitlines()), 1, done)
        return done

    def mine(self):
        """The runs in this test's state directory."""
        runs = os.path.join(self.state, "vigie", "runs")
        return [entry for entry in os.listdir(runs) if not entry.startswith(".")] if os.path.isdir(runs) else []

    def test_a_command_that_does_not_exist(self):
        self.refused("run", "--", "no-such-command-here", says=["no-such-command-here"])
        self.refused("run", "--", "/nowhere/train.py", says=["/nowhere/train.py", "no such file"])
        self.assertEqual(self.mine(), [])

    def test_a_command_that_is_not_executable(self):
        self.touch("plain")
        self.refused("run", "--", self.path("plain"), says=[self.path("plain"), "not executable"])
        self.refused("run", "--", self.dir, says=[self.dir, "directory"])
        self.assertEqual(self.mine(), [])

    def test_a_script_without_its_interpreter(self):
        with open(self.path("script"), "w", encoding="utf-8") as file:
            file.write("#!/nowhere/interpreter\n")
        os.chmod(self.path("script"), 0o755)
        self.refused("run", "--", self.path("script"), says=[self.path("script")])
        self.assertEqual(self.mine(), [])

    def test_a_duplicate_name_is_refused_with_the_state_of_the_other(self):
        self.start("twin", "sleep", "1000")
        self.wait_state("twin", "running")
        self.refused("run", "--name", "twin", "--", "true", says=["twin", "running"])
        self.assertEqual(len(self.mine()), 1)

    def test_a_target_that_does_not_exist(self):
        for command in (["tree"], ["why"], ["stop"], ["kill"], ["pause"], ["resume"], ["wait"], ["rm"], ["restart"],
                        ["logs"]):
            self.refused(*command, "nothing-of-that-name", code=3, says=["nothing-of-that-name"])
        self.refused("stop", "4194304", code=3, says=["4194304"])

    def test_wrong_usage(self):
        for args in (["run"], ["stop"], ["no-such-command"], ["ls", "--no-such-flag"], ["run", "--grace", "soon",
                                                                                      "--", "true"],
                     ["run", "--memory", "0", "--", "true"], ["limit", "--memory", "0", "--yes", str(os.getppid())],
                     ["ps", "-a", "-n", "-3"], ["ps", "--exact"], ["record", self.path("never"), "--for", "0"]):
            self.assertEqual(self.vigie(*args).code, 2, args)
        self.assertFalse(os.path.exists(self.path("never")))

    def test_pid_1_and_its_own_ancestors_are_refused(self):
        for pid in (1, os.getpid()):
            done = self.vigie("stop", "--dry-run", str(pid))
            self.assertNotEqual(done.code, 0, done)
        self.assertTrue(harness.alive(os.getpid()))


class StateDirectory(harness.VigieTest):
    def refused(self, *says):
        done = self.vigie("run", "--", "true")
        self.assertIn(done.code, (1, 4), done)
        for text in says:
            self.assertIn(text, done.err)

    def test_that_is_a_symlink(self):
        os.makedirs(self.path("elsewhere"))
        os.makedirs(self.state)
        os.symlink(self.path("elsewhere"), os.path.join(self.state, "vigie"))
        self.refused(os.path.join(self.state, "vigie"), "symbolic link")
        self.assertEqual(os.listdir(self.path("elsewhere")), [])

    def test_that_is_a_file(self):
        os.makedirs(self.state)
        with open(os.path.join(self.state, "vigie"), "w", encoding="utf-8"):
            pass
        self.refused(os.path.join(self.state, "vigie"))

    def test_that_is_not_writable(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        os.makedirs(self.state)
        os.chmod(self.state, 0o500)
        self.refused(self.state, "ermission denied")
        os.chmod(self.state, 0o700)

    def test_that_belongs_to_someone_else(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make a directory of someone else")
        os.makedirs(os.path.join(self.state, "vigie"))
        os.chown(os.path.join(self.state, "vigie"), NOBODY, NOBODY)
        self.refused(os.path.join(self.state, "vigie"), str(NOBODY))

    def test_that_is_full(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small file system")
        os.makedirs(self.state)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "vigie-e2e", self.state],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"mounting is not allowed here: {mounted.stderr.decode().strip()}")
        try:
            os.makedirs(os.path.join(self.state, "vigie", "runs"), 0o700)
            try:
                with open(os.path.join(self.state, "filler"), "wb", buffering=0) as filler:
                    while filler.write(b"x" * 4096):
                        pass
            except OSError:
                pass  # full now
            self.refused(self.state, "o space left")
            self.assertEqual([entry for entry in os.listdir(os.path.join(self.state, "vigie", "runs"))
                              if not entry.startswith(".")], [])
        finally:
            subprocess.run(["umount", self.state], check=True)


class HostileNames(harness.VigieTest):
    """Process names and command lines are anyone's text."""

    NAMES = (b"two\nlines", b"a) R 1 (b", b"\x1b[31mred\x07", b"bad \xff\xfe utf", b"x\x7f\xc2\x9bM", b"tab\tname")

    def named(self, name):
        """A sleeping process whose name and command line are `name`, and that is up."""
        binary = os.path.join(os.fsencode(self.dir), name)
        shutil.copy("/bin/sleep", binary)
        child = self.spawn(binary, b"1000")
        harness.eventually("it has executed", lambda: read(f"/proc/{child.pid}/comm")[:-1] == name[:15])
        return child

    def test_are_parsed_right_and_shown_escaped(self):
        children = {self.named(name).pid: name for name in self.NAMES}
        rows = {row["pid"]: row for row in self.json("ps", "-a", "--interval", "0")["processes"]}
        for pid, name in children.items():
            row = rows[pid]
            self.assertEqual(row["ppid"], os.getpid(), name)
            self.assertEqual(row["state"], "S", name)
            self.assertEqual(os.fsencode(harness.unescaped(row["comm"])), name[:15])
        done = self.vigie("ps", "-a", "--interval", "0", expect=0)
        for raw in ("\x1b", "\x07", "\x7f", "\x9b"):
            self.assertNotIn(raw, done.out)
        self.assertEqual([c for c in done.out if "\udc80" <= c <= "\udcff"], [], "invalid UTF-8")
        lines = done.out.splitlines()[1:]
        self.assertEqual([line for line in lines if not line.split()[0].isdigit()], [])
        self.assertTrue(any("two\\nlines" in line for line in lines))

    def test_a_name_set_by_the_process_itself(self):
        pid = os.fork()
        if pid == 0:
            ctypes.CDLL(None).prctl(15, b"evil)\n1 (S\x1b[2J", 0, 0, 0)
            signal.pause()
            os._exit(0)
        try:
            harness.eventually("it has its name", lambda: read(f"/proc/{pid}/comm").startswith(b"evil)"))
            row = next(row for row in self.json("ps", "-a", "--interval", "0")["processes"] if row["pid"] == pid)
            self.assertEqual(row["comm"], "evil)\n1 (S\x1b[2J")
            self.assertEqual(row["ppid"], os.getpid())
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def test_processes_that_vanish_are_no_error(self):
        self.spawn("sh", "-c", "while :; do /bin/true; done")
        for _ in range(20):
            done = self.vigie("ps", "-a", "--json", "--interval", "0", expect=0)
            self.assertEqual(done.err, "")


def read(path):
    with open(path, "rb") as file:
        return file.read()
