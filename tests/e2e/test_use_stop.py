"""A stop loses nothing: the signal reaches the process that can save, through whatever started it, and once."""

import json
import os
import shutil
import subprocess
import sys
import unittest

import harness
from harness import eventually

# Appends a line to PID.got for each signal, saves for a while, and ends.
SAVES = """
import os, signal, sys, time
name, seconds, code = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
def save(number, _):
    with open(f"{name}.got", "a") as file: file.write(f"{os.getpid()} {number}\\n")
    print("saving", flush=True)
    time.sleep(seconds)
    with open(f"{name}.tmp", "w") as file: file.write("weights" * 1000)
    os.rename(f"{name}.tmp", f"{name}.pt")
    print("saved", flush=True)
    sys.exit(code)
for number in (signal.SIGTERM, signal.SIGUSR1): signal.signal(number, save)
with open(f"{name}.ready", "a") as file: file.write(f"{os.getpid()}\\n")
while True: time.sleep(0.02)
"""


def contents(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


class StopTest(harness.VigieTest):
    def setUp(self):
        super().setUp()
        with open(self.path("saves.py"), "w", encoding="utf-8") as file:
            file.write(SAVES)

    def training(self, name="ckpt", seconds=0.3, code=143):
        return f"{sys.executable} {self.path('saves.py')} {self.path(name)} {seconds} {code}"

    def script(self, text):
        path = self.path("t.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def stop(self, name, *options):
        return json.loads(self.vigie("stop", name, "--json", *options, expect=0).out)

    def got(self, name="ckpt"):
        """The PIDs that got a signal, one for each time."""
        return [int(line.split()[0]) for line in contents(self.path(name + ".got")).splitlines()]

    def ready(self, name="ckpt", count=1, deadline=harness.DEADLINE):
        """The PIDs of `count` trainings that can save."""

        def probe():
            pids = [int(line) for line in contents(self.path(name + ".ready")).split()]
            return pids if len(pids) >= count else None

        return eventually("the training is ready", probe, deadline)


class Launchers(StopTest):
    def stops_and_saves(self, name, *command, options=()):
        """The training below `command` gets the signal once and saves; nothing is killed."""
        for leftover in ("ckpt.got", "ckpt.ready", "ckpt.pt"):
            if os.path.exists(self.path(leftover)):
                os.remove(self.path(leftover))
        self.start(name, *command, options=options)
        trainer = self.ready()[0]
        report = self.stop(name)
        self.assertEqual(self.got(), [trainer])
        self.assertTrue(os.path.exists(self.path("ckpt.pt")))
        self.assertEqual([row for row in report["actions"] if row["action"] == "kill"], [])
        self.assertEqual(report["left"], [])
        self.assertIn("ckpt.pt", [os.path.basename(file["path"]) for file in report["files"]])
        return report, trainer

    def test_a_shell_script_that_waits_for_it(self):
        for shell in ("bash", "dash"):
            if shutil.which(shell):
                with self.subTest(shell=shell):
                    report, trainer = self.stops_and_saves(shell, shell, self.script(self.training() + "\necho after\n"))
                    self.assertIn((trainer, "signal TERM", "ended"),
                                  [(row["pid"], row["action"], row["result"]) for row in report["actions"]])

    def test_a_command_line_for_a_shell(self):
        self.stops_and_saves("line", "sh", "-c", f"cd {self.dir} && {self.training()} && true")

    def test_a_script_with_a_trap_around_a_pipe(self):
        log = self.path("log")
        self.stops_and_saves("trap", "bash", self.script(f"trap 'echo trapped' TERM\n{self.training()} | tee {log}\n"))
        self.assertEqual(contents(log).split(), ["saving", "saved"])

    def test_a_pipe_whose_shell_dies(self):
        log = self.path("log")
        self.stops_and_saves("pipe", "sh", self.script(f"{self.training()} | tee {log}\necho after\n"))
        self.assertEqual(contents(log).split(), ["saving", "saved"])

    def test_traps_that_pass_it_on_and_end(self):
        """Nothing shows that the training was told but that its shell had a trap: it is not told again."""
        train = self.training(seconds=1.5)
        for number, script in enumerate((
                f"{train} & p=$!; trap 'kill -TERM $p; wait $p' TERM; wait $p\n",
                f"{train} & p=$!; trap 'kill $p; exit 143' TERM; wait $p\n",
                f"trap 'kill 0' EXIT; trap 'exit 1' TERM; {train} & wait\n",
                f"trap 'exit 1' TERM; trap 'kill $(jobs -p)' EXIT; {train} & wait\n",
                f"set -m; {train} & p=$!; trap 'kill $p; wait' TERM; wait $p; wait\n",
                f"{train} & p=$!; trap 'sleep 1.3; kill $p; wait $p' TERM; wait $p\n")):
            for handled in ("", "signal.signal(signal.SIGINT, save); signal.signal(signal.SIGQUIT, save)\n"):
                with self.subTest(script=script, handled=bool(handled)):
                    with open(self.path("saves.py"), "w", encoding="utf-8") as file:
                        file.write(SAVES.replace("with open(f\"{name}.ready", handled + "with open(f\"{name}.ready"))
                    self.stops_and_saves(f"ends{number}{len(handled)}", "bash", self.script(script))

    def test_a_trap_that_tells_nobody(self):
        self.stops_and_saves("ends", "bash", self.script(f"trap 'exit 0' TERM\n{self.training()} & wait\n"), options=["--grace", "4s"])

    def test_who_asks_twice_is_the_same_stop(self):
        for option in ((), ("--time-limit", "2s")):
            with self.subTest(option=option):
                name = "twice" + str(len(option))
                for leftover in ("ckpt.got", "ckpt.ready", "ckpt.pt"):
                    if os.path.exists(self.path(leftover)):
                        os.remove(self.path(leftover))
                self.start(name, "bash", self.script(self.training(seconds=1.5) + "\necho after\n"), options=option)
                trainer = self.ready()[0]
                first = subprocess.Popen([harness.vigie_path, "stop" if not option else "wait", name], env=self.env,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.children.append(first)
                eventually("it was told", self.got)
                self.vigie("stop", name, expect=0)
                first.wait(harness.DEADLINE)
                self.assertEqual(self.got(), [trainer])
                self.assertEqual(self.row(name)["state"], "cancelled")

    def test_an_adopted_launcher(self):
        child = subprocess.Popen(["bash", self.script(self.training(seconds=1) + "\necho after\n")], stdout=subprocess.DEVNULL,
                                 start_new_session=True)
        self.children.append(child)
        trainer = self.ready()[0]
        self.vigie("adopt", str(child.pid), "--name", "adopted", "--yes", expect=0)
        report = self.stop("adopted")
        child.wait()
        self.assertEqual(self.got(), [trainer])
        self.assertEqual([row for row in report["actions"] if row["action"] == "kill"], [])
        self.assertTrue(os.path.exists(self.path("ckpt.pt")))

    def test_a_trap_that_passes_it_on(self):
        self.stops_and_saves("passes", "bash", self.script(
            f"trap 'kill $training' TERM\n{self.training(seconds=1.5)} & training=$!\nwait $training\nwait $training\n"))

    def test_what_a_trap_runs_to_save_is_left_alone(self):
        self.start("copies", "bash", self.script(
            f"trap 'sleep 2.5 && touch {self.path('copied')}; exit 0' TERM\ntouch {self.path('set')}\nwhile :; do sleep 0.05; done\n"))
        eventually("its trap is set", lambda: os.path.exists(self.path("set")))
        report = self.stop("copies")
        self.assertTrue(os.path.exists(self.path("copied")), report)

    def test_a_shell_that_ignores_it(self):
        self.stops_and_saves("ignores", "sh", self.script(f"trap '' TERM\n{self.training()}\n"))

    def test_what_the_script_would_start_next_is_not_started(self):
        self.stops_and_saves("next", "sh", self.script(f"{self.training()}\ntouch {self.path('next')}\n"))
        self.assertFalse(os.path.exists(self.path("next")))

    def test_launchers_that_everybody_has(self):
        with open(self.path("one"), "w", encoding="utf-8") as file:
            file.write("\n")
        words = self.training().split()
        launchers = {"env": ["env", "A=1"], "nice": ["nice"], "nohup": ["nohup"], "timeout": ["timeout", "1h"],
                     "setsid": ["setsid", "--wait"], "flock": ["flock", self.path("lock")], "time": ["time"],
                     "xargs": ["xargs", "-a", self.path("one")], "stdbuf": ["stdbuf", "-oL"], "taskset": ["taskset", "1"],
                     "unshare": ["unshare", "--user", "--fork"], "parallel": ["parallel", "--will-cite", "-a", self.path("one")]}
        for name, launcher in launchers.items():
            if shutil.which(launcher[0]) is None:
                continue
            if name == "unshare" and subprocess.run([*launcher, "true"], check=False, capture_output=True).returncode != 0:
                continue
            with self.subTest(launcher=name):
                if name == "timeout":  # it signals its child and then its whole group, the child again
                    self.start(name, *launcher, *words)
                    self.ready()
                    self.stop(name)
                    self.assertTrue(os.path.exists(self.path("ckpt.pt")))
                    self.assertLessEqual(len(self.got()), 2)
                else:
                    self.stops_and_saves(name, *launcher, *words)

    def test_a_python_launcher_that_only_waits(self):
        source = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
        self.stops_and_saves("python", harness.PYTHON, "-c", source, *self.training().split())

    def test_launchers_one_within_the_other(self):
        inner = self.path("inner.sh")
        with open(inner, "w", encoding="utf-8") as file:
            file.write(self.training() + "\necho after\n")
        source = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
        self.stops_and_saves("nested", "bash", self.script(f"{harness.PYTHON} -c '{source}' bash {inner}\necho after\n"))

    def test_what_neither_saves_nor_ends_is_killed_and_named(self):
        self.start("deaf", "bash", self.script(
            f"{harness.PYTHON} -c \"import signal, time; signal.signal(15, lambda *_: None); print('ready', flush=True)\n"
            "while True: time.sleep(0.1)\"\necho after\n"))
        self.wait_log("deaf", b"ready")
        report = self.stop("deaf", "--grace", "1s")
        rows = {(row["action"], row["result"]) for row in report["actions"] if "signal.signal" in row["command"]
                and not row["command"].startswith("bash")}
        self.assertEqual(rows, {("signal TERM", "still there"), ("kill", "ended")})

    def test_ranks_that_their_launcher_tells(self):
        """As torchrun does: SIGTERM to each rank, and it waits for them (torch/distributed/elastic/multiprocessing/api.py)."""
        launcher = ("import signal, subprocess, sys, time\n"
                    "def wait():\n"
                    "    while any(rank.poll() is None for rank in ranks): time.sleep(0.02)\n"
                    "ranks = [subprocess.Popen(sys.argv[1:]) for _ in range(2)]\n"
                    "def close(*_):\n"
                    "    for rank in ranks: rank.send_signal(signal.SIGTERM)\n"
                    "    wait()\n"
                    "    sys.exit(1)\n"
                    "signal.signal(signal.SIGTERM, close)\n"
                    "wait()\n")
        with open(self.path("launcher.py"), "w", encoding="utf-8") as file:
            file.write(launcher)
        self.start("ranks", "bash", self.script(
            f"{harness.PYTHON} {self.path('launcher.py')} {self.training(seconds=1.5)}\necho after\n"))
        ranks = self.ready(count=2)
        self.stop("ranks")
        self.assertEqual(sorted(self.got()), sorted(ranks))


class TimeLimits(StopTest):
    def test_the_end_of_the_time_reaches_what_can_save(self):
        self.start("limited", "bash", self.script(self.training() + "\necho after\n"), options=["--time-limit", "2s"])
        trainer = self.ready()[0]
        self.vigie("wait", "limited")
        self.assertEqual(self.got(), [trainer])
        self.assertTrue(os.path.exists(self.path("ckpt.pt")))

    def test_the_early_signal_does_and_kills_no_shell(self):
        self.start("early", "bash", self.script(self.training(code=0) + "\ntouch " + self.path("after") + "\n"),
                   options=["--time-limit", "60s", "--notify-signal", "USR1@58s"])
        trainer = self.ready()[0]
        self.vigie("wait", "early", expect=0)
        self.assertEqual(self.got(), [trainer])
        self.assertTrue(os.path.exists(self.path("after")))


class NotKept(StopTest):
    def test_a_script_that_vigie_did_not_start(self):
        child = subprocess.Popen(["bash", self.script(self.training() + "\necho after\n")], stdout=subprocess.DEVNULL,
                                 start_new_session=True)
        self.children.append(child)
        trainer = self.ready()[0]
        report = self.stop(str(child.pid))
        child.wait()
        self.assertEqual(self.got(), [trainer])
        self.assertTrue(os.path.exists(self.path("ckpt.pt")))
        self.assertEqual([row for row in report["actions"] if row["action"] == "kill"], [])

    def test_a_trap_that_tells_nobody(self):
        script = self.script(f"trap 'exit 0' TERM\n{self.training()} & wait\n")
        child = subprocess.Popen(["bash", script], stdout=subprocess.DEVNULL, start_new_session=True)
        self.children.append(child)
        trainer = self.ready()[0]
        self.stop(str(child.pid), "--grace", "4s")
        child.wait()
        self.assertEqual(self.got(), [trainer])
        self.assertTrue(os.path.exists(self.path("ckpt.pt")))


class Files(StopTest):
    def test_what_it_wrote_is_named_with_its_writer_wherever_it_is(self):
        elsewhere = self.path("elsewhere")
        os.mkdir(elsewhere)
        source = ("import os, signal, sys, time\n"
                  "def save(*_):\n"
                  f"    file = open(os.path.join({elsewhere!r}, 'last.pt'), 'w')\n"
                  "    for _ in range(20): file.write('weights'); file.flush(); time.sleep(0.1)\n"
                  "    open('relative.pt', 'w').write('weights')\n"
                  "    sys.exit(0)\n"
                  "signal.signal(signal.SIGTERM, save); print('ready', flush=True)\n"
                  "while True: time.sleep(0.02)\n")
        self.start("writer", harness.PYTHON, "-c", source)
        self.wait_log("writer", b"ready")
        writer = self.record("writer")["leader"]["pid"]
        report = self.stop("writer")
        files = {os.path.basename(file["path"]): file for file in report["files"]}
        self.assertEqual(files["last.pt"]["writer"], writer)
        self.assertIn("relative.pt", files)
        self.assertIsNone(files["relative.pt"]["writer"])

    def test_what_others_write_beside_it_is_theirs(self):
        source = "import sys, time\nfile = open('other.log', 'w')\nwhile True: file.write('x'); file.flush(); time.sleep(0.02)\n"
        self.spawn(harness.PYTHON, "-c", source, cwd=self.dir)
        self.start("one", harness.PYTHON, self.path("saves.py"), self.path("ckpt"), "0.3", "0")
        self.ready()
        files = [os.path.basename(file["path"]) for file in self.stop("one")["files"]]
        self.assertIn("ckpt.pt", files)
        self.assertNotIn("other.log", files)

    def test_a_dead_mount_below_its_directory_holds_nothing_up(self):
        mount = self.path("dead")
        os.mkdir(mount)
        fuse = os.open("/dev/fuse", os.O_RDWR) if os.geteuid() == 0 and os.path.exists("/dev/fuse") else None
        if fuse is None or subprocess.run(["mount", "-t", "fuse", "-o", f"fd={fuse},rootmode=40000,user_id=0,group_id=0", "dead", mount],
                                          pass_fds=[fuse], check=False, capture_output=True).returncode != 0:
            self.skipTest("a file system that does not answer cannot be mounted here")
        self.addCleanup(lambda: (subprocess.run(["umount", "-lf", mount], check=False), os.close(fuse)))
        self.start("near", harness.PYTHON, self.path("saves.py"), self.path("ckpt"), "0.3", "0")
        trainer = self.ready()[0]
        report = self.stop("near")
        self.assertEqual(self.got(), [trainer])
        self.assertFalse(report["files_known"])


if __name__ == "__main__":
    unittest.main()
