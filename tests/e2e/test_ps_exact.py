"""vigie ps beside ps, on processes of every kind: the same rows, the same values."""

import os
import shutil
import signal
import subprocess
import sys

from harness import VigieTest, eventually, state_of

# Values that may differ, the -o names of ps, and by how much. Both look within a fraction of a second, so
# what only grows may have grown; the kernel counts resident pages in batches of 32 for each CPU and kind (mm_counter).
CLOSE = (("rss_bytes", "rss", 1024 * 1024), ("cpu_seconds", "cputimes", 2), ("elapsed_seconds", "etimes", 3))
HOSTILE = ("two\nlines", "par(en)) thesis", "esc\x1b[31m", "tail ")


class PsExact(VigieTest):
    def start(self, code, *arguments):
        child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.children.append(child)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child.pid

    def setUp(self):
        super().setUp()
        wait = "import sys; print('ready', flush=True); sys.stdin.read()"
        self.sleeping = self.start(wait)
        self.busy = self.start("print('ready', flush=True)\nwhile True: pass")
        self.stopped = self.start(wait)
        os.kill(self.stopped, signal.SIGSTOP)
        eventually("the stopped one is stopped", lambda: state_of(self.stopped) == "T")
        self.zombie_parent = self.start("import os, sys\nif os.fork() == 0: os._exit(3)\n" + wait)
        self.many = self.start("import threading, sys\nfor _ in range(20):\n"
                               "  threading.Thread(target=threading.Event().wait, daemon=True).start()\n" + wait)
        self.huge = self.start(wait, *(["x" * 1000] * 100))
        self.named = [self.start("import sys; open('/proc/self/comm', 'w').write(sys.argv[1]); " + wait, name)
                      for name in HOSTILE]

    def rows(self, *arguments):
        return {row["pid"]: row for row in self.json("ps", "-a", "--interval", "0", *arguments)["processes"]}

    def ps(self, *names):
        done = subprocess.run(["ps", "-e", *(word for name in ("pid", *names) for word in ("-o", name + "="))],
                              capture_output=True, text=True, check=True)
        return {int(line.split()[0]): line.split()[1:] for line in done.stdout.splitlines()}

    def test_every_process_and_every_number_is_what_ps_says(self):
        theirs = self.ps("ppid", "euid", "s", "ni", "nlwp", "pgid", "sid", "vsz", "rss", "cputimes", "etimes")
        names = ("ppid", "uid", "state", "nice", "threads", "process_group", "session", "virtual_bytes", "rss_bytes",
                 "cpu_seconds", "elapsed_seconds")
        ours = self.rows()
        mine = [self.sleeping, self.busy, self.stopped, self.zombie_parent, self.many, self.huge, *self.named]
        self.assertLessEqual(set(mine), set(ours))
        scale = {"virtual_bytes": 1024, "rss_bytes": 1024}
        allowed = {name: limit for name, _, limit in CLOSE}
        compared = 0
        for pid in set(theirs) & set(ours):
            row, other = ours[pid], dict(zip(names, theirs[pid]))
            if pid not in mine and row["state"] != other["state"]:
                continue  # somebody else's process went on between the two looks
            for name, value in other.items():
                if name == "nice" and value == "-":
                    continue  # real time: ps shows no nice value
                expected = value if name == "state" else float(value) * scale.get(name, 1)
                if name == "state" or pid in mine and name not in allowed:
                    self.assertEqual(row[name], expected, f"{name} of {pid} ({row['comm']!r})")
                elif name in allowed and pid in mine:
                    self.assertAlmostEqual(row[name], expected, delta=allowed[name], msg=f"{name} of {pid}")
                compared += 1
        self.assertGreater(compared, 200)
        zombies = [row for row in ours.values() if row["state"] == "Z" and row["ppid"] == self.zombie_parent]
        self.assertEqual(len(zombies), 1)

    def test_hostile_names_and_a_huge_command_line_are_whole(self):
        ours = self.rows("-o", "pid,comm,command")
        self.assertEqual([ours[pid]["comm"] for pid in self.named], list(HOSTILE))
        self.assertGreater(len(ours[self.huge]["command"]), 100_000)
        text = self.vigie("ps", "-a", "-o", "comm", "--interval", "0").out
        self.assertNotIn("\x1b", text)
        self.assertIn(r"two\nlines", text)

    def test_cpu_percent_is_what_the_interval_saw_and_never_more_than_possible(self):
        rows = {row["pid"]: row for row in self.json("ps", "-a", "--interval", "1")["processes"]}
        self.assertGreater(rows[self.busy]["cpu_percent"], 5)  # of a busy machine it may get little
        self.assertEqual(rows[self.stopped]["cpu_percent"], 0)
        for row in rows.values():
            self.assertLessEqual(row["cpu_percent"] or 0, 100 * row["threads"], row)

    def test_threads_are_those_of_ps(self):
        done = subprocess.run(["ps", "-L", "-p", str(self.many), "-o", "lwp=,comm="], capture_output=True, text=True,
                              check=True)
        theirs = sorted(int(line.split()[0]) for line in done.stdout.splitlines())
        ours = self.json("ps", "--threads", str(self.many), "--interval", "0")["processes"]
        self.assertEqual([row["tid"] for row in ours], theirs)
        self.assertEqual({row["pid"] for row in ours}, {self.many})

    def test_a_pattern_that_matches_nothing_is_no_row_and_exit_1(self):
        nobody = "[n]obody-is-called-this"  # the pattern does not match itself on a command line
        for args in ([nobody], ["%" + nobody], ["--exact", "no-such-name"], ["--pids", nobody]):
            done = self.vigie("ps", *args, "--interval", "0", expect=1)
            self.assertEqual(done.err, "")
        self.assertEqual(self.json("ps", nobody, "--interval", "0", expect=1)["processes"], [])

    def test_cpu_and_disk_are_what_pidstat_says(self):
        """Both look for two seconds, at the same time but for their start: 10 points of CPU, a fifth of the bytes."""
        if shutil.which("pidstat") is None:
            self.skipTest("no pidstat")
        writer = self.start("import os, sys, time\nfile = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
                            "print('ready', flush=True)\n"
                            "while True: os.pwrite(file, b'x' * 65536, 0); os.fsync(file); time.sleep(0.01)", self.path("written"))
        for pid, option, name, tolerance in ((self.busy, "-u", "cpu_percent", lambda value: 10),
                                             (writer, "-d", "write_bytes_per_second", lambda value: value / 5)):
            theirs = subprocess.Popen(["pidstat", option, "-p", str(pid), "2", "1"], stdout=subprocess.PIPE, text=True,
                                      env={**self.env, "LC_ALL": "C"})
            ours = self.json("ps", str(pid), "--interval", "2")["processes"][0][name]
            average = next(line.split() for line in theirs.communicate()[0].splitlines() if line.startswith("Average:")
                           and "PID" not in line)
            value = float(average[7]) if option == "-u" else float(average[4]) * 1024
            self.assertLessEqual(abs(ours - value), tolerance(value), (name, ours, average))

    def test_names_of_procps_and_several_sort_keys(self):
        done = self.vigie("ps", "-a", "--interval", "0", "-o", "pid,ppid,pcpu,pmem,rss,vsz,s,etime,args", "--sort",
                          "state,-rss", "-n", "5", "--csv")
        self.assertEqual(done.code, 0, done)
        self.assertTrue(done.out.startswith("pid,ppid,cpu_percent,mem_percent,rss_bytes,virtual_bytes,state,"), done)

    def test_a_misspelt_column_or_key_is_refused_with_the_near_ones(self):
        for arguments in (("-o", "rsss"), ("--sort", "-rsss")):
            done = self.vigie("ps", "-a", *arguments)
            self.assertEqual(done.code, 2, done)
            self.assertIn("rss", done.err)

    def test_exact_names_and_pids_are_those_of_pidof(self):
        name = f"only{os.getpid() % 100000}"
        pid = self.start("import sys; open('/proc/self/comm', 'w').write(sys.argv[1]); print('ready', flush=True); "
                         "sys.stdin.read()", name)
        done = self.vigie("ps", "-a", "--exact", name, "--pids", "--interval", "0")
        self.assertEqual((done.code, done.out), (0, f"{pid}\n"), done)
