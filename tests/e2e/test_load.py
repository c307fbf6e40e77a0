"""Load on purpose: the system says that it is there, it stays within its bounds, and nothing of it is left."""

import glob
import json
import os
import re
import signal
import socket
import subprocess
import time

import harness
from harness import alive, eventually

MIB = 1 << 20


def status(pid, field):
    """A number of /proc/PID/status; sizes in bytes."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(field + ":"):
                words = line.split()
                return int(words[1]) * (1024 if words[2:] == ["kB"] else 1)
    return None


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def cpu_seconds(pid):
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(child) for child in file.read().split()]


def disk_directory(test):
    """A directory on a disk, for direct I/O; skips where there is none."""
    for place in (test.dir, harness.ROOT):
        kind = subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True, check=False)
        if kind.stdout.strip() not in ("tmpfs", "ramfs") and os.access(place, os.W_OK):
            return place
    test.skipTest("no directory on a disk may be written in")


class LoadTest(harness.VigieTest):
    def load(self, *args, **options):
        """A load beside the test; waits until it says what it does."""
        child = self.spawn(harness.vigie_path, "load", *args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        said = b""
        while b"Ctrl-C ends it" not in said and child.poll() is None:
            line = child.stderr.readline()
            if not line:
                break
            said += line
        self.assertIn(b"Ctrl-C ends it", said, f"load {args}: {said!r}")
        child.said = said.decode()
        return child

    def end(self, child, sig=signal.SIGTERM):
        child.send_signal(sig)
        out, err = child.communicate(timeout=10)
        self.assertEqual(child.returncode, 128 + sig, err)
        return out.decode()

    def state_load(self):
        path = os.path.join(self.state, "vigie", "load")
        return os.listdir(path) if os.path.isdir(path) else []


class TestKinds(LoadTest):
    """Each kind, as /proc and the file systems show it."""

    def test_cpu_uses_its_share_and_ends_in_time(self):
        done = self.json("load", "cpu", "--rate", "40%", "--for", "2s")["load"]
        self.assertEqual((done["kind"], done["ended"]), ("cpu", "time is over"))
        self.assertGreaterEqual(done["elapsed_seconds"], 2)
        self.assertLess(done["cpu_seconds"], 1.2)
        self.assertGreater(done["cpu_seconds"], 0.2)

    def test_cpu_is_as_many_threads_as_cpus(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("there is one CPU")
        child = self.load("cpu", "--cpus", "2", "--for", "30s")
        eventually("two threads work", lambda: cpu_seconds(child.pid) > 0.5 and status(child.pid, "Threads") == 3)
        self.assertIn("s of CPU time used", self.end(child, signal.SIGINT))

    def test_memory_is_really_taken_and_bounded(self):
        child = self.load("memory", "--size", "200M", "--for", "30s")
        eventually("200 MiB are resident", lambda: status(child.pid, "RssAnon") >= 200 * MIB)
        self.assertLess(status(child.pid, "RssAnon"), 230 * MIB)
        with open(f"/proc/{child.pid}/oom_score_adj", encoding="utf-8") as file:
            self.assertEqual(file.read().strip(), "1000")  # it, not somebody's training, is killed for memory
        self.end(child)

    def test_leak_grows_at_its_rate_up_to_its_bound(self):
        child = self.load("leak", "--rate", "40M", "--size", "60M", "--for", "30s")
        early = eventually("it grows", lambda: status(child.pid, "RssAnon") > 12 * MIB and status(child.pid, "RssAnon"))
        self.assertLess(early, 40 * MIB)
        eventually("it is at its bound", lambda: status(child.pid, "RssAnon") >= 60 * MIB)
        time.sleep(0.5)  # it stays there
        self.assertLess(status(child.pid, "RssAnon"), 75 * MIB)
        self.end(child)

    def test_disk_writes_its_file_then_reads_it(self):
        place = disk_directory(self)
        child = self.load("disk", "--size", "48M", "--dir", place, "--for", "30s")
        mine = eventually("its file is whole", lambda: [
            path for path in glob.glob(os.path.join(place, f"vigie-load-disk-{child.pid}-*"))
            if os.stat(path).st_size == 48 * MIB])
        self.assertEqual(os.stat(mine[0]).st_mode & 0o777, 0o600)

        def io(name):
            with open(f"/proc/{child.pid}/io", encoding="utf-8") as file:
                return int(re.search(rf"^{name}: (\d+)", file.read(), re.M).group(1))

        eventually("it reads it again", lambda: io("rchar") > 96 * MIB)
        written = io("wchar")
        self.assertLess(written, 50 * MIB)  # once: reading wears no disk out
        self.end(child)
        self.assertFalse(os.path.exists(mine[0]))

    def test_net_is_traffic_over_the_loopback(self):
        def received():
            with open("/proc/net/dev", encoding="utf-8") as file:
                return int(re.search(r"^\s*lo:\s*(\d+)", file.read(), re.M).group(1))

        before, began = received(), time.monotonic()
        child = self.load("net", "--rate", "20M", "--for", "30s")
        eventually("30 MiB went over lo", lambda: received() - before > 30 * MIB)
        self.assertGreater(time.monotonic() - began, 1.0)
        self.assertIn("sent and received", self.end(child))

    def test_threads_are_there(self):
        child = self.load("threads", "--count", "150", "--for", "30s")
        eventually("150 threads and its own", lambda: status(child.pid, "Threads") == 151)
        self.assertLess(cpu_seconds(child.pid), 0.5)
        self.end(child)

    def test_zombies_have_a_negligent_parent(self):
        child = self.load("zombie", "--count", "3", "--for", "30s")
        zombies = eventually("three children", lambda: len(children(child.pid)) == 3 and children(child.pid))
        eventually("all are zombies", lambda: all(stat_fields(pid)[0] == b"Z" for pid in zombies))
        self.end(child)
        self.assertFalse([pid for pid in zombies if os.path.exists(f"/proc/{pid}")])

    def test_hang_stops_making_progress(self):
        child = self.load("hang", "--for", "30s")
        eventually("it worked", lambda: cpu_seconds(child.pid) >= 0.02)

        def deadlocked():
            waits = 0
            for task in os.listdir(f"/proc/{child.pid}/task"):
                with open(f"/proc/{child.pid}/task/{task}/wchan", encoding="utf-8") as file:
                    waits += "futex" in file.read()
            return waits == 2

        with open("/proc/self/wchan", encoding="utf-8") as file:
            known = file.read().strip() not in ("", "0") or os.geteuid() == 0
        if known:
            eventually("both threads wait for a lock", deadlocked)
        out = self.end(child)
        self.assertRegex(out, r"\d+ steps, 2 of 2 threads wait" if known else r"\d+ steps")

    def test_shm_is_a_segment_that_goes_with_it(self):
        child = self.load("shm", "--size", "16M", "--for", "30s")
        mine = eventually("its segment", lambda: glob.glob(f"/dev/shm/vigie-load-shm-{child.pid}-*"))
        eventually("it is taken", lambda: os.stat(mine[0]).st_blocks * 512 >= 16 * MIB)
        eventually("and used", lambda: status(child.pid, "RssShmem") >= 16 * MIB)
        self.end(child)
        self.assertFalse(os.path.exists(mine[0]))

    def test_training_saves_on_sigterm_and_goes_on_from_there(self):
        checkpoint = self.path("night.ckpt")
        child = self.load("training", "--checkpoint", checkpoint, "--rate", "40", "--size", "8M", "--for", "60s")
        workers = eventually("two workers", lambda: len(children(child.pid)) == 2 and children(child.pid))
        eventually("it is on its way", lambda: os.path.exists(checkpoint) and self.saved(checkpoint)["step"] >= 50)
        self.end(child)
        saved = self.saved(checkpoint)
        self.assertEqual(saved["saved"], "SIGTERM")
        self.assertFalse([pid for pid in workers if alive(pid)])
        again = self.load("training", "--checkpoint", checkpoint, "--rate", "40", "--size", "8M", "--for", "60s")
        self.assertIn(f"going on from step {saved['step']}", again.said)
        eventually("it began there", lambda: self.saved(checkpoint)["began_at"] == saved["step"])
        self.end(again)

    @staticmethod
    def saved(path):
        with open(path, "rb") as file:
            return json.loads(file.readline())

    def test_training_is_a_run_with_progress(self):
        self.start("pattern", harness.vigie_path, "load", "training", "--size", "8M", "--for", "60s")
        row = self.wait_steps("pattern", 5)
        self.assertEqual(row["progress"]["total"], 600)
        self.vigie("stop", "pattern", expect=0)


class TestEnds(LoadTest):
    """Whatever ends it, nothing is left."""

    def test_signals_end_it_cleanly(self):
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            child = self.load("shm", "--size", "4M", "--for", "30s")
            eventually("its segment", lambda pid=child.pid: glob.glob(f"/dev/shm/vigie-load-shm-{pid}-*"))
            self.assertIn(f"ended: {sig.name}", self.end(child, sig))
            self.assertEqual(glob.glob(f"/dev/shm/vigie-load-shm-{child.pid}-*"), [])
            self.assertEqual(self.state_load(), [])

    def test_nohup_is_respected(self):
        child = self.load("threads", "--count", "1", "--for", "30s",
                          preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        child.send_signal(signal.SIGHUP)
        self.assertIn("ended: SIGTERM", self.end(child))

    def test_the_next_start_removes_what_sigkill_left(self):
        place = disk_directory(self)
        shm = self.load("shm", "--size", "4M", "--for", "60s")
        disk = self.load("disk", "--size", "4M", "--dir", place, "--for", "60s")
        kept = self.load("shm", "--size", "4M", "--for", "60s")
        paths = {child: eventually("its file", lambda where=where: glob.glob(where))[0] for child, where in (
            (shm, f"/dev/shm/vigie-load-shm-{shm.pid}-*"), (disk, f"{place}/vigie-load-disk-{disk.pid}-*"),
            (kept, f"/dev/shm/vigie-load-shm-{kept.pid}-*"))}
        for name in self.state_load():
            if name.endswith(".json"):
                mode = os.stat(os.path.join(self.state, "vigie", "load", name)).st_mode
                self.assertEqual(mode & 0o777, 0o600)
        for child in (shm, disk):
            child.kill()
            child.wait()
            self.assertTrue(os.path.exists(paths[child]))
        said = self.vigie("load", "cpu", "--rate", "1%", "--for", "100ms", expect=0).err
        for child in (shm, disk):
            self.assertFalse(os.path.exists(paths[child]))
            self.assertIn(f"removed {paths[child]}", said)
        self.assertTrue(os.path.exists(paths[kept]))  # whoever is alive keeps what it has
        self.end(kept)
        self.assertEqual(self.state_load(), [])

    def test_workers_die_with_a_killed_training(self):
        child = self.load("training", "--size", "4M", "--for", "60s")
        workers = eventually("two workers", lambda: len(children(child.pid)) == 2 and children(child.pid))
        child.kill()
        child.wait()
        eventually("they are gone", lambda: not [pid for pid in workers if alive(pid)])

    def test_a_tampered_note_removes_nothing_else(self):
        place = os.path.join(self.state, "vigie", "load")
        os.makedirs(place, mode=0o700)
        mine = self.path("precious")
        self.touch("precious")
        link = self.path("vigie-load-shm-1-00000000")
        os.symlink(mine, link)
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            boot = file.read().strip()
        note = {"kind": "shm", "host": socket.gethostname(), "pid": 1, "start_ticks": 7, "boot_id": boot,
                "paths": [mine, link, self.dir]}
        with open(os.path.join(place, "1-7.json"), "w", encoding="utf-8") as file:
            json.dump(note, file)
        self.vigie("load", expect=0)
        self.assertTrue(os.path.exists(mine) and os.path.islink(link) and os.path.isdir(self.dir))


class TestRefusals(LoadTest):
    """What would endanger the machine, or is a misunderstanding, is one sentence."""

    def refused(self, status_expected, text, *args):
        done = self.vigie("load", *args, expect=status_expected)
        self.assertRegex(done.err, text)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertEqual(self.state_load(), [])

    def test_too_much(self):
        with open("/proc/meminfo", encoding="utf-8") as file:
            available = int(re.search(r"MemAvailable:\s*(\d+)", file.read()).group(1)) * 1024
        self.refused(1, "refusing to take .* of the memory: .* are available", "memory", "--size", str(available))
        self.refused(1, "refusing to take .* of the memory", "leak", "--size", "1E")
        self.refused(1, "refusing to take", "shm", "--size", "1E")
        self.refused(1, "refusing to keep 4000 CPUs busy: this process may use", "cpu", "--cpus", "4000")
        self.refused(1, "refusing to start", "threads", "--count", "999999")
        self.refused(1, "refusing to make 5000 zombies|refusing to start 5000", "zombie", "--count", "5000")
        self.refused(1, "refusing to take .* of ", "disk", "--dir", disk_directory(self), "--size", "1E")

    def test_memory_is_no_disk(self):
        if not os.access("/dev/shm", os.W_OK):
            self.skipTest("/dev/shm may not be written in")
        self.refused(1, "is in memory \\(tmpfs\\)", "disk", "--dir", "/dev/shm")

    def test_places_that_are_none(self):
        self.refused(1, "cannot write in /nowhere: No such file", "disk", "--dir", "/nowhere")
        self.touch("file")
        self.refused(1, "it is no directory", "disk", "--dir", self.path("file"))
        self.refused(1, "no checkpoint of load training", "training", "--checkpoint", self.path("file"))
        if os.geteuid() != 0:
            self.refused(4, "Permission denied|not permitted", "disk", "--dir", "/proc/1")

    def test_misunderstandings(self):
        self.refused(2, 'there is no load "cpus": did you mean|there is no load "cpus"', "cpus")
        self.refused(2, "load cpu has no --dir", "cpu", "--dir", "/tmp")
        self.refused(2, "load hang has no --size", "hang", "--size", "1M")
        self.refused(2, "100% at most", "cpu", "--rate", "150%")
        self.refused(2, "wants a percentage", "cpu", "--rate", "fast")
        self.refused(2, "a day at most", "cpu", "--for", "2d")
        self.refused(2, "more than nothing", "cpu", "--for", "0")
        self.refused(2, "at least 1", "threads", "--count", "0")
        self.refused(2, "more than nothing", "memory", "--size", "0")

    def test_dry_run_does_nothing(self):
        out = self.vigie("load", "shm", "--size", "8M", "--dry-run", expect=0).out
        self.assertEqual(out, "load shm: a segment of 8.0M in /dev/shm for 1:00\n")
        self.assertEqual(self.json("load", "zombie", "--dry-run")["load"]["result"], "would be done")
        self.assertEqual(self.state_load(), [])

    def test_the_kinds_are_listed_for_programs_too(self):
        kinds = [line.split()[0] for line in self.vigie("load", expect=0).out.splitlines()]
        self.assertEqual([row["kind"] for row in self.json("load")["kinds"]], kinds)

    def test_a_control_group_is_the_machine(self):
        """What a group allows counts, not what the host has."""
        group = "/sys/fs/cgroup/memory" if os.path.isdir("/sys/fs/cgroup/memory") else "/sys/fs/cgroup"
        limit = "memory.limit_in_bytes" if group.endswith("memory") else "memory.max"
        own = os.path.join(group, f"vigie-load-test-{os.getpid()}")
        try:
            os.mkdir(own)
        except OSError:
            self.skipTest("no control group can be made")
        self.addCleanup(os.rmdir, own)
        try:
            with open(os.path.join(own, limit), "w", encoding="utf-8") as file:
                file.write(str(128 * MIB))
        except OSError:
            self.skipTest("this group has no limit of memory")
        code = f"import os\nopen('{own}/cgroup.procs','w').write(str(os.getpid()))\n" \
               f"os.execv('{harness.vigie_path}', ['vigie', 'load', 'memory', '--size', '110M'])"
        done = subprocess.run([harness.PYTHON, "-c", code], env=self.env, capture_output=True, text=True, check=False,
                              timeout=20)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("refusing to take 110M of the memory", done.stderr)


class TestHelp(LoadTest):
    def test_kinds_are_listed(self):
        out = self.vigie("load", expect=0).out
        for kind in ("cpu", "memory", "disk", "net", "threads", "zombie", "leak", "hang", "shm", "training"):
            self.assertRegex(out, rf"(?m)^{kind} ")
