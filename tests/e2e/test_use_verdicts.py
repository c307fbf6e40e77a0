"""What `vigie why` says about runs as users have them: hangs that are looked at, locks, terminals, containers, loaders
without a framework, slow disks, looks that were too short, and what an ordinary user is told."""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import textwrap
import threading
import time

import harness

# Some steps within a second, the last ones faster than the screen is read; then it sleeps, by itself, for good.
BAR = """
    import sys, time
    for step in range(1, 21):
        sys.stdout.write(f"\\r{step}%|##  | {step}/100 [00:01<00:09, 10.00it/s]")
        sys.stdout.flush()
        time.sleep(0.1 if step < 17 else 0.01)
    open(sys.argv[1], "w").close()
    while True:
        time.sleep(5)
"""

# A trainer that takes batches out of a queue which two processes fill.
QUEUE = """
    import multiprocessing, sys, time
    def burn(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
    def load(queue):
        while True:
            {load}
            queue.put(b"x" * 300000)
    if __name__ == "__main__":
        queue = multiprocessing.Queue(2)
        for _ in range(2):
            multiprocessing.Process(target=load, args=(queue,), daemon=True).start()
        while True:
            queue.get()
            burn(0.01)
"""


class Judged(harness.VigieTest):
    def program(self, name, text):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return [harness.PYTHON, "-u", path]

    def findings(self, name, *options, timeout=60):
        done = self.vigie("why", *([name] if name else []), *options, "--json", timeout=timeout)
        return self.of_itself(json.loads(done.out)["findings"])

    def finding(self, name, rule, *options, deadline=60):
        """The first finding about a run, once it is of this rule; the last ones in the message where it never is."""
        last = []

        def probe():
            last[:] = self.findings(name, *options)
            return last[0] if last and last[0]["rule"] == rule else None

        try:
            return harness.eventually(f"{name}: {rule}", probe, deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}\nlast seen: {json.dumps(last, indent=1)}") from None

    @staticmethod
    def text(finding):
        return " ".join([finding["summary"], *[one["text"] for one in finding["evidence"]], *finding["causes"],
                         *finding["actions"]])

    def pid(self, name):
        return self.row(name)["pid"]


class Hangs(Judged):
    def test_a_pause_that_goes_on_is_not_learned_by_looking_at_it(self):
        self.start("bar", *self.program("bar.py", BAR), self.path("stuck"))
        harness.eventually("it is stuck", lambda: os.path.exists(self.path("stuck")))
        began = time.monotonic()
        for seconds in (5, 7, 9, 11):
            harness.eventually(f"it is stuck for {seconds} s", lambda s=seconds: time.monotonic() - began > s)
            self.vigie("ls", expect=0)
        finding = self.finding("bar", "hung", deadline=1)
        longest = next(one["text"] for one in finding["evidence"] if one["metric"] == "progress_age_seconds")
        self.assertNotRegex(longest, r"longest pause before was (\d\d|[3-9])", longest)

    def test_a_recorder_that_is_started_again_does_not_begin_the_pause_anew(self):
        self.start("bar", *self.program("bar.py", BAR), self.path("stuck"))
        harness.eventually("it is stuck", lambda: os.path.exists(self.path("stuck")))
        began = time.monotonic()
        harness.eventually("it is stuck for 9 s", lambda: time.monotonic() - began > 9)
        shim = self.record("bar")["shim"]["pid"]
        os.kill(shim, signal.SIGKILL)
        harness.eventually("another recorder is there",
                           lambda: self.record("bar")["shim"]["pid"] not in (shim, 0) and self.row("bar")["progress"])
        finding = self.finding("bar", "hung", deadline=1)
        age = next(one["value"] for one in finding["evidence"] if one["metric"] == "progress_age_seconds")
        # Those 9 s, and the 8 s that a look takes to be sure: longer than `why` has patience from the new start on.
        self.assertGreater(age, 16, finding)

    def test_the_main_process_is_stopped_while_a_helper_lives(self):
        self.start("half", *self.program("half.py", """
            import os, signal, subprocess
            subprocess.Popen(["sh", "-c", "while :; do sleep 0.2; done"])
            os.kill(os.getpid(), signal.SIGSTOP)
        """))
        harness.eventually("it is stopped", lambda: harness.state_of(self.pid("half")) == "T")
        finding = self.finding("half", "stopped", "--interval", "1.5")
        self.assertIn(f"pid {self.pid('half')}", finding["summary"])
        self.assertIn("vigie resume half", finding["actions"])

    def test_a_background_job_that_wants_the_terminal(self):
        for name, line, signal_name in (("reads", "input()", "SIGTTIN"),
                                        ("sets", "import termios; termios.tcsetattr(0, 0, termios.tcgetattr(0))", "SIGTTOU")):
            with self.subTest(name):
                script = f"set -m; {harness.PYTHON} -c '{line}' & while :; do sleep 0.5; done"
                self.start(name, "bash", "-c", script)
                harness.eventually("its job is stopped", lambda n=name: any(
                    harness.parent_of(pid) == self.pid(n) and harness.state_of(pid) == "T" for pid in self.marked()))
                finding = self.finding(name, "stopped", "--interval", "1.5")
                self.assertIn(signal_name, self.text(finding))
                self.assertIn("< /dev/null", self.text(finding))


class Locks(Judged):
    def lock_and_wait(self, name, program):
        self.start(name, *self.program(name + ".py", program), self.path("file"))
        self.wait_log(name, b"waits")
        finding = self.finding(name, "hung", "--interval", "4")
        self.assertIn(self.path("file"), finding["summary"])
        self.assertIn(f"pid {os.getpid()}", finding["summary"])
        return finding

    def test_a_lock_of_flock_that_a_process_outside_holds(self):
        with open(self.path("file"), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.lock_and_wait("flock", """
                import fcntl, sys
                file = open(sys.argv[1], "rb+")
                print("waits")
                fcntl.flock(file, fcntl.LOCK_EX)
            """)

    def test_a_lock_of_fcntl_beside_a_helper_thread(self):
        with open(self.path("file"), "wb") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.lock_and_wait("fcntl", """
                import fcntl, sys, threading, time
                threading.Thread(target=lambda: [time.sleep(0.5) for _ in iter(int, 1)], daemon=True).start()
                file = open(sys.argv[1], "rb+")
                print("waits")
                fcntl.lockf(file, fcntl.LOCK_EX)
            """)

    def test_a_database_that_another_process_has_locked(self):
        base = sqlite3.connect(self.path("file"), isolation_level=None)
        self.addCleanup(base.close)
        base.execute("CREATE TABLE t (x)")
        base.execute("BEGIN EXCLUSIVE")
        finding = self.lock_and_wait("sqlite", """
            import sqlite3, sys
            base = sqlite3.connect(sys.argv[1], timeout=600, isolation_level=None)
            print("waits")
            base.execute("BEGIN IMMEDIATE")
        """)
        self.assertIn("tries again", self.text(finding))

    def test_one_that_sleeps_with_a_file_that_another_has_locked_waits_for_nothing(self):
        with open(self.path("file"), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.start("sleeps", *self.program("sleeps.py", """
                import sys, time
                file = open(sys.argv[1], "rb")
                print("waits")
                while True:
                    time.sleep(3)
            """), self.path("file"))
            self.wait_log("sleeps", b"waits")
            self.assertEqual(self.findings("sleeps", "--interval", "4"), [])


class OtherMounts(Judged):
    def setUp(self):
        super().setUp()
        self.alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*self.alone, "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("another mount namespace takes root, or user namespaces")

    def start_inside(self, name, script):
        self.start(name, *self.alone, "sh", "-c", script + "; echo ready; exec sleep 1000")
        self.wait_log(name, b"ready")

    def test_the_shared_memory_of_a_container_is_full_for_any_program(self):
        self.start_inside("shm", "mount -t tmpfs -o size=1m shm /dev/shm; head -c 2000000 /dev/zero > /dev/shm/x")
        finding = self.finding("shm", "shm-full", "--interval", "1.5")
        self.assertIn("of its container", finding["summary"])

    def test_the_working_directory_in_a_container_is_full(self):
        os.mkdir(self.path("data"))
        self.start_inside("cwd", f"mount -t tmpfs -o size=1m data {self.path('data')}; cd {self.path('data')}; "
                                 "head -c 2000000 /dev/zero > x")
        finding = self.finding("cwd", "disk-full", "--interval", "1.5")
        self.assertIn(self.path("data"), finding["summary"])
        items = {item["id"]: item for item in self.json("check", "cwd", expect=2)["items"]}
        self.assertEqual(items["space.cwd"]["status"], "critical", items["space.cwd"])

    def test_the_file_system_of_an_open_file_in_a_container_is_full(self):
        os.mkdir(self.path("data"))
        self.start_inside("open", f"mount -t tmpfs -o size=1m data {self.path('data')}; exec 3>{self.path('data')}/log; "
                                  f"head -c 2000000 /dev/zero >&3")
        finding = self.finding("open", "disk-full", "--interval", "1.5")
        self.assertIn(self.path("data"), finding["summary"])

    def test_files_are_used_up_while_room_is_free(self):
        os.mkdir(self.path("data"))
        self.start_inside("inodes", f"mount -t tmpfs -o size=8m,nr_inodes=20 data {self.path('data')}; "
                                    f"cd {self.path('data')}; for i in $(seq 30); do touch $i 2>/dev/null || break; done")
        finding = self.finding("inodes", "disk-full", "--interval", "1.5")
        self.assertIn("inodes", finding["summary"])
        self.start_inside("shm", "mount -t tmpfs -o size=8m,nr_inodes=20 shm /dev/shm; "
                                 "for i in $(seq 30); do touch /dev/shm/$i 2>/dev/null || break; done")
        finding = self.finding("shm", "shm-full", "--interval", "1.5")
        self.assertIn("inodes", self.text(finding))


class Listed(Judged):
    def verdicts(self, *options):
        return {run["name"]: run["verdict"] for run in self.json("ls", *options)["runs"]}

    def test_ls_names_what_holds_each_run_back_when_it_is_asked_to(self):
        self.start("stopped", "sleep", "1000")
        self.start("quiet", "sleep", "1000")
        self.start("over", "true")
        self.wait_state("over", "exited")
        self.assertEqual(self.verdicts("--verdict", "--interval", "2")["quiet"], "too early")
        os.kill(self.pid("stopped"), signal.SIGSTOP)
        self.wait_row("quiet", "it runs for a while", lambda row: row["elapsed_seconds"] > 8)
        verdicts = self.verdicts("--verdict", "--interval", "2")
        self.assertEqual((verdicts["stopped"], verdicts["quiet"], verdicts["over"]), ("stopped", "ok", None))
        self.assertRegex(self.vigie("ls", "--verdict", "--interval", "2", expect=0).out, r"(?m)^NAME .* VERDICT .*\n(?s:.*)^stopped .* stopped ")
        self.assertEqual(set(self.verdicts("--interval", "0").values()), {None}, "it is not asked to")


class Loaders(Judged):
    def start_queue(self, name, load):
        self.start(name, *self.program(name + ".py", QUEUE.format(load=load)))
        harness.eventually("its workers have begun", lambda: self.row(name)["processes"] >= 3)

    def test_a_queue_of_its_own_that_two_busy_processes_fill(self):
        self.need_idle_cpus(1.5)
        self.start_queue("batches", "burn(0.2)")
        finding = self.finding("batches", "loader-cpu", "--interval", "4")
        self.assertIn("2 loader workers on a CPU", self.text(finding))

    def test_what_workers_start_works_for_them(self):
        self.need_idle_cpus(1.5)
        burn = f"import subprocess; subprocess.run([{harness.PYTHON!r}, '-c', 'for i in range(2000000): pass'], check=True)"
        self.start_queue("decoders", burn)
        self.finding("decoders", "loader-cpu", "--interval", "4")

    def test_what_workers_start_waits_for_the_network(self):
        port = self.serve_slowly()
        fetch = ("import subprocess; subprocess.run(['curl', '-sf', '--max-time', '60', "
                 f"'http://127.0.0.1:{port}/'], check=True, stdout=subprocess.DEVNULL)")
        if shutil.which("curl") is None:
            self.skipTest("needs curl")
        self.start_queue("fetchers", fetch)
        finding = self.finding("fetchers", "loader-network", "--interval", "4")
        self.assertIn("with connections that bring", self.text(finding))

    def serve_slowly(self):
        """A web server that takes two seconds for 400 kB."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def answer(line):
            with line:
                try:
                    line.recv(4096)
                    line.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 400000\r\n\r\n")
                    for _ in range(40):
                        line.sendall(b"x" * 10000)
                        time.sleep(0.05)
                except OSError:
                    pass

        def serve():
            while True:
                try:
                    line = server.accept()[0]
                except OSError:
                    return
                threading.Thread(target=answer, args=(line,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    def test_a_pool_whose_results_are_collected_is_no_starved_trainer(self):
        self.start("pool", *self.program("pool.py", """
            import multiprocessing, time
            def work(number):
                end = time.process_time() + 0.1
                while time.process_time() < end:
                    pass
                return number
            if __name__ == "__main__":
                with multiprocessing.Pool(2) as pool:
                    for _ in pool.imap(work, range(10 ** 6)):
                        pass
        """))
        harness.eventually("its workers have begun", lambda: self.row("pool")["processes"] >= 3)
        self.assertNotIn("loader-cpu", [one["rule"] for one in self.findings("pool", "--interval", "3")])


class SlowDisks(Judged):
    def setUp(self):
        super().setUp()
        groups = "/sys/fs/cgroup/blkio"
        if os.geteuid() != 0 or not os.path.isdir(groups) or not os.path.exists("/dev/loop-control"):
            self.skipTest("needs root, loop devices and version 1 control groups with blkio")
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        with open(self.path("image"), "wb") as image:
            image.truncate(128 << 20)
        below = os.stat(self.path("image")).st_dev
        with open("/proc/partitions", encoding="ascii") as table:
            if not re.search(rf"^\s*{os.major(below)}\s+{os.minor(below)}\s", table.read(), re.M):
                self.skipTest("the temporary directory is on no disk")
        self.group = os.path.join(groups, f"vigie-test-{os.getpid()}")
        os.mkdir(self.group)
        self.addCleanup(lambda: harness.eventually("the control group is empty", self.remove_group))
        device = subprocess.run(["losetup", "--find", "--show", "--direct-io=on", self.path("image")], check=True,
                                capture_output=True, text=True).stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)
        subprocess.run(["mkfs.ext4", "-q", device], check=True)
        subprocess.run(["mount", device, self.disk], check=True)
        self.addCleanup(lambda: harness.eventually("the disk is unmounted", lambda: subprocess.run(
            ["umount", self.disk], check=False, capture_output=True).returncode == 0))
        self.addCleanup(self.kill_all)
        self.device = os.path.basename(device)
        with open(os.path.join(self.group, "blkio.throttle.write_iops_device"), "w", encoding="ascii") as limit:
            limit.write(f"{os.major(below)}:{os.minor(below)} 15")

    def remove_group(self):
        try:
            os.rmdir(self.group)
        except OSError:
            return False
        return True

    def start_slow(self, name, program, *arguments):
        command = self.program(name + ".py", program)
        self.start(name, "sh", "-c", f"echo $$ > {self.group}/tasks; exec \"$@\"", "sh", *command, *arguments)

    def test_commits_to_a_slow_disk(self):
        self.start_slow("commits", """
            import os, sys
            file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
            number = 0
            while True:
                os.pwrite(file, b"x" * 4096, number % 1000 * 4096)
                os.fsync(file)
                number += 1
        """, self.disk + "/checkpoint")
        finding = self.finding("commits", "disk-saturated", "--interval", "5")
        self.assertIn(self.device, self.text(finding))
        self.assertIn(self.disk + "/checkpoint", self.text(finding))

    def test_commits_of_a_thread_while_others_compute(self):
        self.start_slow("thread", """
            import os, sys, threading, time
            def commit():
                file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
                while True:
                    os.pwrite(file, b"x" * 4096, 0)
                    os.fsync(file)
            threading.Thread(target=commit, daemon=True).start()
            while True:
                end = time.process_time() + 0.05
                while time.process_time() < end:
                    pass
                time.sleep(0.005)
        """, self.disk + "/checkpoint")
        finding = harness.eventually("its commits are found", lambda: next(
            (one for one in self.findings("thread", "--interval", "6") if one["rule"] == "disk-saturated"), None), 40)
        self.assertIn(self.disk + "/checkpoint", self.text(finding))


class Unsure(Judged):
    def test_memory_that_grows_in_a_short_look_is_no_health(self):
        self.start("grows", *self.program("grows.py", """
            import time
            kept = []
            while True:
                kept.append(b"x" * 1000000)
                time.sleep(0.05)
        """))
        harness.eventually("it is six seconds old", lambda: self.row("grows")["elapsed_seconds"] >= 6)
        done = self.vigie("why", "grows", "--interval", "4")
        self.assertIn("memory grew by", done.out)
        self.assertIn("a trend needs", done.out)
        self.assertIn("--interval 30", done.out)
        self.assertNotIn("nothing wrong seen", done.out)
        suspicion = self.json("why", "grows", "--interval", "4")["suspicions"][0]
        self.assertEqual((suspicion["rule"], suspicion["subject"]), ("memory-leak", "grows"))

    def test_threads_that_wait_for_each_other_while_a_third_one_ticks(self):
        self.start("hang", harness.vigie_path, "load", "hang")
        self.wait_log("hang", b"2 of 2 threads wait")
        harness.eventually("it is ten seconds old", lambda: self.row("hang")["elapsed_seconds"] >= 10)
        done = self.vigie("why", "hang", "--interval", "4")
        self.assertIn("2 of 3 threads", done.out)
        self.assertIn("hung?", done.out)
        self.assertNotIn("nothing wrong seen", done.out)


class OneSetOfFacts(Judged):
    def test_what_check_calls_critical_is_named_by_why(self):
        if os.geteuid() != 0:
            self.skipTest("who writes is to be seen by root")
        writer = self.spawn("sh", "-c", f"while :; do dd if=/dev/zero of={self.path('big')} bs=64k count=2000 oflag=direct "
                                        "conv=notrunc 2>/dev/null; done")
        harness.eventually("it writes", lambda: os.path.exists(self.path("big")))

        def critical():
            items = json.loads(self.vigie("check", "--json", "--interval", "3").out)["items"]
            return [one["id"] for one in items if one["status"] == "critical"
                    and one["id"] in ("io.pressure", "cpu.iowait", "disk.await")]

        try:
            harness.eventually("the checklist calls it critical", critical, 30)
        except AssertionError:
            self.skipTest("this disk takes it easily: nothing is critical")
        host = [one for one in self.findings("", "--interval", "4") if one["subject"] == "host"]
        self.assertIsNone(writer.poll())
        self.assertIn("disk-saturated", [one["rule"] for one in host], host)
        self.assertIn("dd (pid", " ".join(self.text(one) for one in host))


class Prompts(Judged):
    def asks(self, name, command, prompt):
        self.start(name, *command)
        self.wait_log(name, prompt.encode())
        finding = self.finding(name, "hung", "--interval", "1.5")
        self.assertIn("waits for a person", finding["summary"])
        self.assertIn(prompt, finding["summary"])
        self.assertIn(f"vigie attach {name}", self.text(finding))

    def test_a_training_that_asks(self):
        self.asks("input", [harness.PYTHON, "-c", "print('wandb: (1) Create'); input('Overwrite runs? [y/N] ')"],
                  "Overwrite runs? [y/N]")

    def test_a_question_on_the_terminal_behind_a_shell(self):
        program = self.program("asks.py", """
            import os
            terminal = os.open("/dev/tty", os.O_RDWR)
            os.write(terminal, b"Are you sure you want to continue connecting (yes/no)? ")
            os.read(terminal, 100)
        """)
        self.asks("tty", ["sh", "-c", f"cd /; {' '.join(program)}; echo done"], "continue connecting (yes/no)?")

    def test_a_shell_that_asks(self):
        self.asks("read", ["bash", "-c", "read -p 'Delete it? ' answer"], "Delete it?")

    def test_a_line_that_is_edited_while_it_is_typed(self):
        self.asks("readline", [harness.PYTHON, "-c", "import readline; input('Which project? ')"], "Which project?")

    def test_a_shell_to_type_into_is_healthy(self):
        self.start("shell", "bash", "--norc", options=("--env", "PS1=here> "))
        self.wait_log("shell", b"here> ")
        self.assertEqual(self.findings("shell", "--interval", "2"), [])

    def test_a_prompt_is_quoted_safely(self):
        self.start("evil", harness.PYTHON, "-c", "input('\\x1b]0;pwned\\x07Go\\x1b[31m on\\x9b5n? ')")
        self.wait_log("evil", b"Go")
        out = self.vigie("why", "evil", "--interval", "1.5").out
        self.assertIn("waits for a person", out)
        self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_a_thread_that_listens_for_keys_beside_the_work_asks_nothing(self):
        self.start("keys", *self.program("keys.py", """
            import sys, threading, time
            threading.Thread(target=sys.stdin.read, daemon=True).start()
            print("Press q to stop: ", end="")
            while True:
                end = time.process_time() + 0.05
                while time.process_time() < end:
                    pass
                time.sleep(0.05)
        """))
        self.wait_log("keys", b"Press q")
        self.assertNotIn("hung", [one["rule"] for one in self.findings("keys", "--interval", "2")])


class OrdinaryUsers(Judged):
    USER, COLLEAGUE = 64111, 64112

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root to be two other users")
        os.chmod(self.dir, 0o755)
        shutil.copy(harness.vigie_path, self.path("vigie"))
        os.mkdir(self.path("home"))
        os.chown(self.path("home"), self.USER, self.USER)

    def as_user(self, user, *command, **options):
        env = {"HOME": self.path("home"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
               "XDG_STATE_HOME": self.path("home/state"), "MARK": f"XDG_STATE_HOME={self.env['XDG_STATE_HOME']}"}
        return self.spawn("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command, env=env, cwd="/",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)

    def said(self, *command):
        return self.as_user(self.USER, self.path("vigie"), *command).communicate(timeout=harness.DEADLINE * 3)[0]

    def test_trainings_of_colleagues_are_listed(self):
        with open(self.path("train.py"), "w", encoding="utf-8") as file:
            file.write("import time\nprint('ready', flush=True)\ntime.sleep(1000)\n")
        other = self.as_user(self.COLLEAGUE, "/usr/bin/python3", self.path("train.py"))
        self.assertEqual(other.stdout.readline(), "ready\n")
        runs = json.loads(self.said("ls", "-a", "--interval", "0", "--json"))["runs"]
        row = next((run for run in runs if run["pid"] == other.pid), None)
        self.assertIsNotNone(row, runs)
        self.assertEqual(row["user"], str(self.COLLEAGUE))
        runs = json.loads(self.said("ls", "--interval", "0", "--json"))["runs"]
        self.assertNotIn(other.pid, [run["pid"] for run in runs])

    def test_advice_about_processes_of_others_is_possible(self):
        burn = "exec taskset -c 0 python3 -c 'while True: pass'"
        others = [self.as_user(self.COLLEAGUE, "sh", "-c", burn) for _ in range(3)]
        own = self.as_user(self.USER, "sh", "-c", burn)
        harness.eventually("it runs on one CPU", lambda: os.sched_getaffinity(own.pid) == {0} and all(
            os.sched_getaffinity(other.pid) == {0} for other in others))
        harness.eventually("it is ten seconds old", lambda: time.clock_gettime(time.CLOCK_BOOTTIME) - float(
            open(f"/proc/{own.pid}/stat", encoding="utf-8").read().rpartition(")")[2].split()[19]) / 100 > 10)
        out = self.said("why", str(own.pid), "--json")
        finding = next(one for one in json.loads(out)["findings"] if one["rule"] == "cpu-contention")
        self.assertIn(f"user {self.COLLEAGUE}" if "user 6" in self.text(finding) else str(self.COLLEAGUE), self.text(finding))
        self.assertNotIn("vigie renice", self.text(finding))
