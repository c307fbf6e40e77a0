"""What is tested inside a guest: test_guest.py boots it and has run.py --inside run this."""

import json
import os
import signal
import subprocess

import harness
from harness import eventually

GROUPS = "/sys/fs/cgroup"
DISK = "/dev/ubda" if os.path.exists("/dev/ubda") else "/dev/vda"  # user-mode Linux, qemu
BURN = "while True: pass"
GREEDY = "a = []\nwhile True: a.append(bytearray(1 << 20))"
USER = 65534
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def give_to_user(test):
    """The directories of a test."""
    for name in (".", "state", "runtime"):
        os.makedirs(test.path(name), exist_ok=True)
        os.chmod(test.path(name), 0o777)
    os.chmod(test.path("runtime"), 0o700)
    os.chown(test.path("runtime"), USER, USER)


class Limits(harness.VigieTest):
    """Every controller is of version 2, and vigie runs as root in the first group: it may hand them down."""

    def group_of(self, name):
        return json.loads(self.vigie("ls", "--json", expect=0).out)["runs"][0]["cgroup"]

    def rules_about(self, name):
        """By `vigie why`; none as long as it is too early to say."""
        return [one["rule"] for one in json.loads(self.vigie("why", name, "--json").out)["findings"]]

    def test_cpu_time_is_limited_and_why_says_so(self):
        self.vigie("run", "--name", "burns", "--", harness.PYTHON, "-c", BURN, expect=0)
        self.vigie("limit", "burns", "--cpu", "0.3", expect=0)
        group = self.group_of("burns")
        self.assertEqual(read(group + "/cpu.max").split(), ["30000", "100000"])
        eventually("it is held back", lambda: "nr_throttled 0" not in read(group + "/cpu.stat"))
        verdict = eventually("it is old enough to be judged", lambda: self.rules_about("burns"), 40)
        self.assertEqual(verdict, ["cpu-throttled"], "its pauses are nobody else's fault")

    def test_disk_rates_are_limited(self):
        place = os.path.join("/run", "disk")
        os.makedirs(place)
        subprocess.run(["mkfs.ext4", "-q", DISK], check=True)
        subprocess.run(["mount", DISK, place], check=True)
        writes = (f"import os, time\nf = os.open({place + '/f'!r}, os.O_CREAT | os.O_WRONLY)\n"
                  f"while not os.path.exists({self.path('go')!r}): time.sleep(0.05)\n"
                  "began = time.monotonic()\n"
                  "for _ in range(4): os.write(f, bytes(1 << 20)); os.fsync(f)\n"
                  "print('took', time.monotonic() - began, flush=True)\n")
        self.vigie("run", "--name", "writes", "--", harness.PYTHON, "-c", writes, expect=0)
        self.vigie("limit", "writes", "--io", "1M", expect=0)
        self.assertIn("wbps=1048576", read(self.group_of("writes") + "/io.max"))
        self.touch("go")
        self.vigie("wait", "writes", expect=0)
        took = float(self.vigie("logs", "writes", expect=0).out.split()[-1])
        self.assertGreater(took, 2.5, "4 MB at 1 MB a second")

    def test_memory_is_limited_for_a_user_in_his_part_of_the_tree(self):
        """As systemd lays it out: the user owns a group and what is below, and is in one of its scopes."""
        scope = GROUPS + "/user.slice/app.slice/run.scope"
        os.makedirs(scope)
        for group in (GROUPS, GROUPS + "/user.slice"):  # from app.slice on it is the user who hands it down
            with open(group + "/cgroup.subtree_control", "w", encoding="utf-8") as control:
                control.write("+memory")
        for group in (GROUPS + "/user.slice/app.slice", scope):
            for file in ("", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"):
                os.chown(group + file, USER, USER)
        give_to_user(self)

        def enter():
            with open(scope + "/cgroup.procs", "w", encoding="utf-8") as procs:
                procs.write("0")

        done = subprocess.run(
            [*AS_USER, harness.vigie_path, "run", "--name", "greedy", "-f", "--memory", "48M", "--", harness.PYTHON,
             "-c", GREEDY], env=self.env, preexec_fn=enter, cwd=self.dir, capture_output=True, text=True, timeout=60,
            check=False)
        self.assertEqual(done.returncode, 128 + signal.SIGKILL, done)
        self.assertIn("out of memory, its limit is 48.0M", done.stdout + done.stderr)


class HostWithoutMemory(harness.VigieTest):
    """No limit anywhere: the kernel chooses somebody when nothing is left, and only its log and a counter tell."""

    def setUp(self):
        super().setUp()
        # A slow machine reads the programs that run from disk again and again, for minutes, before the kernel finds that
        # nothing is left. What was used within the last second may not be dropped: admin-guide/mm/multigen_lru.rst.
        for file, value in (("enabled", "y"), ("min_ttl_ms", "1000")):
            if os.path.exists("/sys/kernel/mm/lru_gen/" + file):
                with open("/sys/kernel/mm/lru_gen/" + file, "w", encoding="utf-8") as setting:
                    setting.write(value)

    def test_root_reads_in_the_log_of_the_kernel_whom_it_chose(self):
        self.vigie("run", "--name", "eats", "-f", "--", harness.PYTHON, "-c", GREEDY, expect=128 + signal.SIGKILL)
        exit_record = self.row("eats")["exit"]
        self.assertTrue(exit_record["out_of_memory"], exit_record)
        self.assertRegex(exit_record["reason"],
                         "the host was out of memory, and the kernel chose it, which had [0-9.]+M")
        [finding] = json.loads(self.vigie("why", "eats", "--json").out)["findings"]
        self.assertEqual(finding["rule"], "oom-killed")

    def test_a_user_is_told_what_the_counter_says(self):
        give_to_user(self)
        with open("/proc/sys/kernel/dmesg_restrict", "w", encoding="utf-8") as restrict:
            restrict.write("1")

        def vigie(*argv):
            return subprocess.run([*AS_USER, harness.vigie_path, *argv], env=self.env, cwd=self.dir, timeout=60,
                                  capture_output=True, text=True, check=False)

        done = vigie("run", "--name", "eats", "-f", "--", harness.PYTHON, "-c", GREEDY)
        self.assertEqual(done.returncode, 128 + signal.SIGKILL, done)
        [finding] = json.loads(vigie("why", "eats", "--json").stdout)["findings"]
        self.assertEqual((finding["rule"], finding["confidence"]), ("oom-killed", 0.7), finding)
        self.assertIn("the kernel killed 1 process on this host", finding["evidence"][0]["text"])


class HomeOnNfs(harness.VigieTest):
    """State on an NFS server: locks, sockets, renames and syncs are its protocol's."""

    def enter_directories(self):
        super().enter_directories()
        self.addCleanup(self.stop_serving)
        for place in ("/run/export", "/run/home"):
            os.makedirs(place, exist_ok=True)
        self.command("mount", "-t", "tmpfs", "tmpfs", "/var/lib/nfs")
        os.makedirs("/var/lib/nfs/v4recovery")
        for name in ("etab", "rmtab", "xtab"):
            open("/var/lib/nfs/" + name, "w", encoding="utf-8").close()
        self.command("mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd")
        self.command("exportfs", "-o", "rw,no_root_squash,insecure,fsid=0,no_subtree_check", "127.0.0.1:/run/export")
        self.spawn("rpc.mountd", "--foreground", "--no-nfs-version", "3")
        self.serve()
        self.command("mount", "-t", "nfs", "-o", "vers=4.2", "127.0.0.1:/", "/run/home")
        self.env["XDG_STATE_HOME"] = "/run/home/state"
        self.state = self.env["XDG_STATE_HOME"]

    def serve(self):
        self.command("rpc.nfsd", "--no-nfs-version", "3", "--no-udp", "1")
        with open("/proc/fs/nfsd/v4_end_grace", "w", encoding="utf-8") as grace:
            grace.write("Y")  # there are no clients of before to wait for

    def command(self, *argv):
        subprocess.run(argv, check=True, timeout=60)

    def stop_serving(self):
        for argv in (("umount", "-l", "/run/home"), ("rpc.nfsd", "0"), ("exportfs", "-au"), ("umount", "/proc/fs/nfsd"),
                     ("umount", "-l", "/var/lib/nfs"), ("rm", "-rf", "/run/export")):
            subprocess.run(argv, timeout=30, check=False)

    def test_runs_live_there_from_start_to_end(self):
        self.vigie("run", "--name", "one", "--", "sh", "-c", "echo hello; sleep 1000", expect=0)
        eventually("its output is there", lambda: "hello" in self.vigie("logs", "one", expect=0).out)
        # A queue is a lock in the state directory.
        self.vigie("run", "--name", "two", "--after", "one", "--", "sh", "-c", "echo after; exit 3", expect=0)
        self.assertEqual(self.row("two")["state"], "queued")
        self.vigie("pause", "one", expect=0)
        self.vigie("resume", "one", expect=0)
        self.vigie("stop", "one", "--grace", "1s", expect=0)
        self.vigie("wait", "two", expect=3)
        self.assertIn("after", self.vigie("logs", "two", expect=0).out)
        self.assertEqual((self.row("one")["state"], self.row("two")["state"]), ("cancelled", "failed"))

    def test_a_server_that_goes_away_holds_the_log_up_and_not_the_run(self):
        ticks = (f"import time\nf = open({self.path('n')!r}, 'w')\nfor n in range(10**6):\n print(n, flush=True)\n"
                 " f.write('.')\n f.flush()\n time.sleep(0.02)")
        self.vigie("run", "--name", "goes-on", "--", harness.PYTHON, "-c", ticks, expect=0)
        eventually("it counts", lambda: os.path.exists(self.path("n")))
        self.command("rpc.nfsd", "0")
        before = os.path.getsize(self.path("n"))
        eventually("it goes on meanwhile", lambda: os.path.getsize(self.path("n")) > before + 50)
        self.serve()
        eventually("the log catches up", lambda: str(before + 50) in self.vigie("logs", "goes-on").out.split(), 60)
        self.vigie("kill", "goes-on", expect=0)
