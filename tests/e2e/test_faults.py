"""The kernel misbehaves under vigie's hands: reads that stop short, files that are denied, processes that vanish midway."""

import os
import shutil
import subprocess
import sys
import threading

import harness

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faulty.c")
STABLE = "pid,ppid,user,state,comm,threads,nice,session,process_group,command"


class Faults(harness.VigieTest):
    def setUp(self):
        super().setUp()
        if shutil.which("cc") is None:
            self.skipTest("no C compiler to make the faults with")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.path("faulty.so"), SOURCE, "-ldl"], check=True)
        self.mine = [self.spawn(sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(1000)",
                                "a long argument " * (400 if index == 0 else 1), stdout=subprocess.PIPE) for index in range(7)]
        for child in self.mine:
            self.assertEqual(child.stdout.readline(), b"ready\n")
            harness.eventually("it sleeps", lambda pid=child.pid: harness.state_of(pid) == "S")

    def look(self, *args, **faults):
        env = {**self.env, "LD_PRELOAD": self.path("faulty.so"), **{name: str(value) for name, value in faults.items()}}
        done = self.vigie("--sampling", "keep", "ps", "-a", "--json", *args, env=env, expect=0)
        self.assertEqual(done.err, "")
        rows = harness.json.loads(done.out)
        return {row["pid"]: row for row in rows["processes"]}, rows["sources"][0]

    def mine_of(self, rows):
        return {child.pid: rows.get(child.pid) for child in self.mine}

    def test_short_reads_change_nothing(self):
        whole, _ = self.look("--interval", "0", "-o", STABLE)
        # Not so short that a read of cmdline ends exactly where an argument does: that is taken for the end.
        for most in (64, 100, 1000):
            short, source = self.look("--interval", "0.05", "-o", STABLE, VIGIE_SHORT=most)
            self.assertEqual(self.mine_of(short), self.mine_of(whole), most)
            self.assertEqual(source["name"], "proc")

    def test_what_is_denied_is_null_and_said_to_be_denied(self):
        rows, source = self.look("--interval", "0.05", VIGIE_DENY="io,environ,maps,cmdline")
        for child in self.mine:
            row = rows[child.pid]
            self.assertIsNone(row["read_bytes_per_second"])
            self.assertIsNone(row["write_bytes_per_second"])
            self.assertGreater(row["rss_bytes"], 0)
            self.assertTrue(row["comm"])
        self.assertEqual(source["status"], "partial")
        self.assertIn("denied", source["reason"])

    def test_everything_denied_but_stat(self):
        rows, _ = self.look("--interval", "0.05", VIGIE_DENY="io,environ,maps,cmdline,exe,cwd,cgroup,status,statm,schedstat,wchan")
        for child in self.mine:
            self.assertEqual(rows[child.pid]["ppid"], os.getpid())
            self.assertIsNone(rows[child.pid]["swap_bytes"])
            self.assertIsNone(rows[child.pid]["shared_bytes"])

    def test_processes_that_vanish_between_two_of_their_files(self):
        rows, _ = self.look("--interval", "0.05", VIGIE_VANISH=2)
        for child in self.mine:
            if child.pid % 2 == 0:
                self.assertIsNone((rows.get(child.pid) or {}).get("swap_bytes"))  # unknown, not zero
            else:
                self.assertIsNotNone(rows[child.pid]["swap_bytes"])

    def test_a_storm_of_forks(self):
        storm = self.spawn("sh", "-c", "echo ready; while :; do /bin/true & /bin/true; wait; done", stdout=subprocess.PIPE)
        self.assertEqual(storm.stdout.readline(), b"ready\n")
        self.failures = []
        threads = [threading.Thread(target=self.look_often) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.failures, [])

    def look_often(self):
        for args in (["ps", "-a"], ["tree", "-a"], ["ls"], ["ps", "-a", "--threads"], ["net", "--connections"], ["stat", "0.1", "2"]):
            for _ in range(3):
                interval = [] if args[0] == "stat" else ["--interval", "0.05"]
                done = self.vigie(*args, *interval, "--json")
                if done.code != 0 or done.err:
                    self.failures.append((args, done))
