"""The exercises: each is solved with vigie, several with the classic tools; not done is not counted as done; nothing is left."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness
from harness import alive, eventually


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(child) for child in file.read().split()]


def most_rss(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmHWM:\s*(\d+)", file.read()).group(1)) * 1024


class LabTest(harness.VigieTest):
    def setUp(self):
        super().setUp()
        self.env["TMUX_TMPDIR"] = self.dir  # a server of its own
        self.env.pop("TMUX", None)
        self.addCleanup(lambda: self.vigie("lab", "--reset", expect=0))

    def begin(self, number):
        """Sets the scene; the task, which names what is needed."""
        return self.vigie("lab", str(number), "-d", expect=0).out

    def steps(self, number):
        """What one look says: which steps are done."""
        said = json.loads(self.vigie("lab", str(number), "--check", "--json", expect=1).out)
        self.assertFalse(said["done"])
        return [step["done"] for step in said["steps"]]

    def solved(self, number, deadline=15):
        """The exercise counts as done, is explained, and has left nothing."""
        out = eventually(f"exercise {number} is done", lambda: self.is_done(number), deadline)
        self.assertIn("What you have seen:", out)
        self.assertNotRegex(out, r"<[a-z]")  # everything it speaks of is known
        self.nothing_left()
        self.assertEqual([row["number"] for row in self.json("lab", "--list")["exercises"] if row["done_time"]], [number])
        return out

    def is_done(self, number):
        done = self.vigie("lab", str(number), "--check")
        return done.out if done.code == 0 else None

    def nothing_left(self):
        self.assertEqual([run["name"] for run in self.runs() if run["name"].startswith("lab-")], [])
        self.assertEqual(glob.glob(os.path.join(self.state, "vigie", "lab", "*.ckpt")), [])
        self.assertEqual(os.listdir(os.path.join(self.state, "vigie", "load")), [])
        # The harness's marker: every process that vigie started here.
        eventually("what was told to end is gone", lambda: not self.marked())

    def pid(self, run):
        return self.record(run)["leader"]["pid"]

    def solution(self, number, tools):
        """The commands that --solution prints, of vigie or of the classic tools."""
        out = self.vigie("lab", str(number), "--solution", expect=0).out
        vigie, classics = out.split("With the classic tools:\n")
        text = vigie.split("With vigie:\n")[1] if tools == "vigie" else classics
        return [re.sub(r"\s{3,}\(or: .*", "", line.strip()) for line in text.splitlines()]

    def shell(self, line):
        """As a user would type it."""
        env = dict(self.env, PATH=self.path_with_vigie())
        return subprocess.run(["bash", "-c", line], env=env, cwd=self.dir, timeout=30, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def path_with_vigie(self):
        return os.path.dirname(harness.vigie_path) + ":" + self.env["PATH"]


class TestExercises(LabTest):
    """One to eight, with the commands that vigie itself gives as the solution."""

    def riddles(self):
        """Which run of exercise 1 does what, by its environment."""
        found = {}
        for name in ("lab-1-a", "lab-1-b", "lab-1-c"):
            with open(f"/proc/{self.pid(name)}/environ", "rb") as file:
                found[re.search(rb"LOAD_RIDDLE=(\w+)", file.read()).group(1).decode()] = name
        return found

    def test_1_explore(self):
        task = self.begin(1)
        self.assertIn("lab-1-a, lab-1-b and lab-1-c", task)
        riddles = self.riddles()
        self.assertEqual(self.steps(1), [False, False, True])
        look, stop, pause = self.solution(1, "vigie")
        self.assertEqual(stop, f"vigie stop {riddles['cpu']}")
        rows = json.loads(self.shell(look + " --json").stdout)["processes"]
        self.assertEqual(len(rows), 3)
        self.assertEqual(max(rows, key=lambda row: row["rss_bytes"])["run"], riddles["memory"])
        self.assertEqual(max(rows, key=lambda row: row["cpu_percent"])["run"], riddles["cpu"])
        self.shell(stop)
        self.assertEqual(self.steps(1), [True, False, True])
        self.shell(pause)
        self.solved(1)

    def test_1_with_kill(self):
        self.begin(1)
        look, term, stop = self.solution(1, "classics")
        self.assertEqual(len(self.shell(look).stdout.splitlines()), 4)
        self.shell(stop)
        self.assertEqual(self.steps(1), [False, True, True])
        self.shell(term)
        self.solved(1)

    def test_1_the_wrong_one_is_no_solution(self):
        self.begin(1)
        riddles = self.riddles()
        self.vigie("pause", riddles["threads"], expect=0)
        self.assertEqual(self.steps(1), [False, False, False])
        self.vigie("resume", riddles["threads"], expect=0)
        self.vigie("stop", riddles["memory"], expect=0)
        self.vigie("stop", riddles["cpu"], expect=0)
        done = self.vigie("lab", "1", "--check", expect=1)
        self.assertIn(f"That went wrong: {riddles['memory']} held the memory, and has ended", done.out)

    def test_2_peaks(self):
        self.begin(2)
        train = self.pid("lab-2-train")
        self.assertEqual(self.steps(2), [False, True])
        peaky = [pid for pid in children(train) if most_rss(pid) > 90 << 20]
        self.assertEqual(len(peaky), 1)
        _, pause = self.solution(2, "vigie")
        self.assertEqual(pause, f"vigie pause {peaky[0]}")
        other = next(pid for pid in children(train) if pid != peaky[0])
        self.vigie("pause", str(other), expect=0)
        self.assertEqual(self.steps(2), [False, False])
        self.vigie("resume", str(other), expect=0)
        self.shell(pause)
        self.solved(2)

    def test_3_monitoring(self):
        self.begin(3)
        self.assertEqual([run["name"] for run in self.runs()].count("lab-3-net"), 1)
        self.assertEqual(self.steps(3), [False] * 4)
        # Not by half.
        child = self.spawn(harness.vigie_path, "stat", "cpu", "mem", "1", stdout=subprocess.DEVNULL)
        eventually("two are seen", lambda: self.steps(3) == [True, True, False, False])
        child.terminate()
        child.wait()
        self.spawn(harness.vigie_path, "stat", "all", "1", stdout=subprocess.DEVNULL)
        eventually("all four are seen", lambda: self.is_done(3))
        for each in self.children:
            each.kill()
            each.wait()
        self.nothing_left()

    def test_4_priorities(self):
        self.begin(4)
        self.assertEqual(self.steps(4), [False, False, True])
        _, renice, ionice = self.solution(4, "vigie")
        self.shell(renice)
        self.assertEqual(self.steps(4)[:3], [True, False, True])
        self.shell(ionice)
        out = self.solved(4)
        before, after = map(int, re.search(r"had (\d+)% .*has\s+(\d+)% now", out, re.S).groups())
        self.assertLess(before, 75)
        self.assertGreater(after, 75)

    def test_4_renice_of_one_thread_is_half_a_solution(self):
        self.begin(4)
        pid = self.pid("lab-4-batch")
        subprocess.run(["renice", "-n", "10", "-p", str(pid)], capture_output=True, check=True)
        said = json.loads(self.vigie("lab", "4", "--check", "--json", expect=1).out)["steps"][0]
        self.assertEqual((said["done"], "1 of its 2 threads" in said["remark"]), (False, True))
        for line in self.solution(4, "classics")[1:]:
            self.shell(line)
        self.solved(4)

    def test_5_background(self):
        task = self.begin(5)
        self.assertIn(os.path.join(self.state, "vigie", "lab", "5.ckpt"), task)
        self.assertEqual(self.steps(5), [False] * 4)
        start, pause, resume, stop = self.solution(5, "vigie")
        self.shell(start)
        eventually("it is seen", lambda: self.steps(5) == [True, False, False, False])
        self.shell(pause)
        eventually("it is stopped", lambda: self.steps(5) == [True, True, False, False])
        self.shell(resume)
        eventually("it goes on", lambda: self.steps(5) == [True, True, True, False])
        self.shell(stop)
        self.solved(5)

    def test_5_with_nohup_and_watched(self):
        """The way a user has it: vigie lab waits in one terminal, the job is handled in another."""
        self.begin(5)
        watcher = self.spawn(harness.vigie_path, "lab", "5", stdout=subprocess.PIPE)
        start, *signals = self.solution(5, "classics")
        job = subprocess.Popen(["bash", "-c", f"exec {start.replace(' &', '').replace('nohup ', '').replace(' 2>1', '')}"],
                               env=dict(self.env, PATH=self.path_with_vigie()), cwd=self.dir, start_new_session=True,
                               stdin=subprocess.DEVNULL)
        self.children.append(job)
        self.assertEqual([line.split()[1] for line in signals], ["-STOP", "-CONT", "-TERM"])
        said = ""
        for expected, then in (("[x] the job runs in the background", signal.SIGSTOP),
                               ("[x] it was stopped", signal.SIGCONT), ("[x] it went on", signal.SIGTERM)):
            while expected not in said:
                line = watcher.stdout.readline().decode()
                self.assertTrue(line, said)
                said += line
            job.send_signal(then)
        rest, _ = watcher.communicate(timeout=15)
        self.assertEqual(watcher.returncode, 0, said + rest.decode())
        self.assertIn("The scene is removed.", rest.decode())
        self.assertEqual(job.wait(), 143)
        self.nothing_left()

    def test_5_sigkill_does_not_count(self):
        self.begin(5)
        start, pause, resume, _ = self.solution(5, "vigie")
        self.shell(start)
        for line, count in ((pause, 1), (resume, 2)):
            eventually("it is seen", lambda count=count: sum(self.steps(5)) >= count)
            self.shell(line)
        eventually("it goes on", lambda: sum(self.steps(5)) == 3)
        self.vigie("kill", "lab-5-job", expect=0)
        said = json.loads(self.vigie("lab", "5", "--check", "--json", expect=1).out)["steps"][3]
        self.assertFalse(said["done"])
        self.assertIn("did not end by SIGTERM", said["remark"])

    def test_6_zombies(self):
        self.begin(6)
        parent = self.pid("lab-6-parent")
        zombies = children(parent)
        self.assertEqual([stat_fields(pid)[0] for pid in zombies], [b"Z"] * 3)
        look, stop, remove = self.solution(6, "vigie")
        self.assertEqual(sum(row["pid"] in zombies for row in json.loads(self.shell(look + " --json").stdout)["processes"]),
                         3)
        os.kill(zombies[0], signal.SIGKILL)  # in vain
        self.assertEqual(self.steps(6), [False, False])
        self.shell(stop)
        self.assertEqual(self.steps(6), [True, False])
        segment = remove.split()[1]
        self.assertEqual(os.stat(segment).st_size, 8 << 20)
        self.shell(remove)
        self.solved(6)

    def test_6_with_kill(self):
        self.begin(6)
        _, kill, _ = self.solution(6, "classics")
        self.shell(kill)
        eventually("the zombies are gone", lambda: self.steps(6) == [True, False])
        self.vigie("load", expect=0)  # removes what the killed one left
        self.solved(6)

    def need_tmux(self):
        if shutil.which("tmux") is None:
            self.skipTest("there is no tmux")

    def test_7_session(self):
        self.need_tmux()
        self.begin(7)
        self.assertEqual(self.steps(7), [False, False, False])
        self.vigie("workspace", "-d", "lab-7-train", expect=0)
        self.solved(7)
        self.assertNotEqual(self.shell("tmux has-session -t lab-7-train").returncode, 0)

    def test_7_with_tmux(self):
        self.need_tmux()
        self.begin(7)
        new, right, below = self.solution(7, "classics")
        self.shell(new)
        self.shell(right.replace("htop -p", "tail -f /dev/null --pid"))
        self.assertEqual(self.steps(7), [True, False, True])
        self.shell(below)
        self.solved(7)

    def test_7_without_tmux(self):
        place = os.path.join(self.dir, "bin")
        os.mkdir(place)
        done = self.vigie("lab", "7", expect=1, env=dict(self.env, PATH=place))
        self.assertIn("exercise 7 is about tmux, which is not there", done.err)
        self.assertEqual(self.runs(), [])

    def test_8_overnight(self):
        self.begin(8)
        first = self.pid("lab-8-night")
        self.assertEqual(self.steps(8), [False, False])
        stop, restart = self.solution(8, "vigie")
        self.shell(stop.replace("(or --wait-checkpoint DIR, where saving takes long)", ""))
        self.assertFalse(alive(first))
        self.assertEqual(self.steps(8), [True, False])
        self.shell(restart)
        self.solved(8)

    def test_8_with_kill(self):
        self.begin(8)
        _, kill, again = self.solution(8, "classics")
        self.shell(kill)
        self.shell(again)
        self.solved(8)

    def test_8_sigkill_loses_steps(self):
        self.begin(8)
        self.vigie("kill", "lab-8-night", expect=0)
        done = self.vigie("lab", "8", "--check", expect=1)
        self.assertRegex(done.out, r"That went wrong: it ended without saving its last step: what came after step \d+ is lost")


class TestTheCommand(LabTest):
    def test_list_and_refusals(self):
        out = self.vigie("lab", expect=0).out
        self.assertEqual([line.split()[0] for line in out.splitlines()], [str(number) for number in range(1, 9)])
        self.assertEqual(out, self.vigie("lab", "--list", expect=0).out)
        done = self.vigie("lab", "9", expect=1)
        self.assertEqual(done.err, "vigie: exercise 9, the automatic alert, comes with the alerts: this version has none yet\n")
        for text in ("0", "10", "one", "-1"):
            self.vigie("lab", text, expect=2)
        for words in (["1"], ["1", "--solution"], ["--reset"]):
            self.assertIn("--json goes with", self.vigie("lab", *words, "--json", expect=2).err)
        self.assertIn("is not begun", self.vigie("lab", "3", "--check", expect=1).err)
        self.assertIn("<pid.busy>", self.vigie("lab", "1", "--solution", expect=0).out)

    def test_ctrl_c_leaves_the_scene_and_reset_ends_it(self):
        watcher = self.spawn(harness.vigie_path, "lab", "6", stdout=subprocess.PIPE)
        said = ""
        while "[ ]" not in said:
            line = watcher.stdout.readline().decode()
            self.assertTrue(line, said)
            said += line
        watcher.send_signal(signal.SIGINT)
        rest, _ = watcher.communicate(timeout=10)
        self.assertEqual(watcher.returncode, 130)
        self.assertIn("The scene stays", rest.decode())
        parent = self.pid("lab-6-parent")
        self.assertTrue(alive(parent))
        segment = self.solution(6, "vigie")[2].split()[1]
        self.assertTrue(os.path.exists(segment))
        # A run of the user stays.
        self.start("mine", "sleep", "60")
        self.vigie("lab", "--reset", expect=0)
        self.assertFalse(alive(parent))
        self.assertFalse(os.path.exists(segment))
        self.assertEqual([run["name"] for run in self.runs()], ["mine"])
        self.assertEqual(os.listdir(os.path.join(self.state, "vigie", "lab")), [])

    def test_reset_ends_jobs_that_were_started_for_it_and_are_stopped(self):
        self.begin(5)
        checkpoint = os.path.join(self.state, "vigie", "lab", "5.ckpt")
        job = self.spawn(harness.vigie_path, "load", "training", "--checkpoint", checkpoint, "--for", "5m",
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually("it has begun", lambda: os.path.exists(checkpoint))
        job.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        self.vigie("lab", "--reset", expect=0)
        self.assertLess(time.monotonic() - began, 8)
        eventually("it has ended", lambda: job.poll() is not None)
        self.assertFalse(os.path.exists(checkpoint))
