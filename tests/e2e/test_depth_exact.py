"""vigie files, maps and limits say what lsof -p, pmap -x and prlimit say about the same real processes.

The processes hold still while they are compared, so everything is compared exactly: descriptors, names, offsets,
sizes, limits. Only resident memory may move a little (the kernel may reclaim a page in between): 64 KiB a mapping.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import harness

TOLERANCE = 64 * 1024  # bytes of resident memory, per mapping

POPULATION = r'''
import mmap, os, select, signal, socket, sys
base = sys.argv[1]
os.chdir(base)
keep = []
named = open("ends in (deleted)", "wb+", buffering=0); named.write(b"x" * 100000); named.seek(1234)
gone = open("gone", "wb+", buffering=0); gone.write(b"y" * 50000); os.unlink("gone")
log = open("two\nlines", "ab", buffering=0); log.write(b"12")
reader, writer = os.pipe()
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
pair = socket.socketpair()
memory = os.memfd_create("segment"); os.ftruncate(memory, 1 << 20)
view = mmap.mmap(memory, 1 << 20); view.write(b"z" * (1 << 20))
epoll = select.epoll()
shared = open("/dev/shm/vigie-test-%d" % os.getpid(), "wb+", buffering=0); shared.truncate(8 << 20)
segment = mmap.mmap(shared.fileno(), 8 << 20); segment.write(b"q" * (8 << 20))
os.unlink(shared.name)
workers = []
for _ in range(2):
    if (pid := os.fork()) == 0:
        segment.seek(0); segment.read(); os.write(writer, b"r")
        while True: signal.pause()
    workers.append(pid)
for _ in workers: os.read(reader, 1)
print("ready", *workers, flush=True)
while True: signal.pause()
'''

STREAM = r'''
import os, sys, time
file = open(sys.argv[1], "rb", buffering=0)
print("ready", flush=True)
while True:
    if not file.read(10000): file.seek(0)
    time.sleep(0.01)
'''


class Depth(harness.VigieTest):
    def setUp(self):
        super().setUp()
        for tool in ("lsof", "pmap", "prlimit"):
            if shutil.which(tool) is None:
                self.skipTest(f"{tool} is not installed")
        self.child = self.spawn(sys.executable, "-c", POPULATION, self.dir, stdout=subprocess.PIPE, text=True)
        self.workers = [int(word) for word in self.child.stdout.readline().split()[1:]]
        self.assertEqual(len(self.workers), 2, "the population did not start")
        self.pid = self.child.pid

    def tearDown(self):
        for worker in getattr(self, "workers", []):
            os.kill(worker, 9)

    def files(self, *options):
        return self.json("files", str(self.pid), "--interval", "0", *options)["files"]

    def test_descriptors_are_those_of_lsof(self):
        """Field output (-F) of lsof: every descriptor's access, type, offset, size, inode and name."""
        out = subprocess.run(["lsof", "-p", str(self.pid), "-o", "-F", "fatoin"], capture_output=True, check=False,
                             text=True).stdout
        theirs, current = {}, None
        for line in out.splitlines():
            if line[0] == "f":
                current = theirs.setdefault(line[1:], {})
            elif current is not None:
                current[line[0]] = line[1:]
        mine = {row["fd"]: row for row in self.files() if row["fd"].isdigit()}
        self.assertEqual(sorted(mine), sorted(fd for fd in theirs if fd.isdigit()))
        access = {"r": "r", "w": "w", "u": "rw"}
        types = {"REG": ("file", "memfd"), "FIFO": ("pipe",), "CHR": ("device",), "IPv4": ("socket",),
                 "unix": ("socket",), "DIR": ("dir",), "a_inode": ("epoll", "eventfd", "anon")}
        for fd, row in mine.items():
            their = theirs[fd]
            self.assertEqual(row["mode"].replace("a", ""), access[their["a"].strip()], (row, their))
            self.assertIn(row["file_type"], types[their["t"]], (row, their))
            if "i" in their and their["t"] != "IPv4":
                self.assertEqual(row["inode"], int(their["i"]), (row, their))
            if row["file_type"] == "file":
                offset = their["o"]
                self.assertEqual(row["position_bytes"], int(offset[2:]) if offset.startswith("0t") else int(offset, 16))

    def test_sizes_names_and_deletion(self):
        rows = {row["path"]: row for row in self.files() if row["fd"] != "mem"}
        named = rows[self.path("ends in (deleted)")]
        self.assertEqual((named["size_bytes"], named["position_bytes"], named["deleted"]), (100000, 1234, False))
        gone = rows[self.path("gone")]
        self.assertEqual((gone["size_bytes"], gone["position_bytes"], gone["deleted"]), (50000, 50000, True))
        self.assertEqual(rows[self.path("two\nlines")]["mode"], "wa")
        self.assertEqual(rows["/memfd:segment"]["file_type"], "memfd")
        self.assertFalse(rows["/memfd:segment"]["deleted"])
        self.assertEqual(rows[self.dir]["fd"], "cwd")
        deleted = {row["path"] for row in self.files("--deleted")}
        self.assertEqual(deleted, {self.path("gone"), f"/dev/shm/vigie-test-{self.pid}"})

    def test_mapped_files_are_those_of_lsof(self):
        out = subprocess.run(["lsof", "-p", str(self.pid), "-F", "fn"], capture_output=True, check=False,
                             text=True).stdout
        theirs = set(re.findall(r"^fmem\nn(.*)$", out, re.MULTILINE))
        mine = {row["path"] for row in self.files() if row["fd"] == "mem" and not row["deleted"]
                and row["file_type"] != "memfd"}
        self.assertEqual(mine, {name for name in theirs if "/memfd:" not in name})

    def test_the_speed_of_a_position(self):
        with open(self.path("data"), "wb") as file:
            file.truncate(1 << 30)
        child = self.spawn(sys.executable, "-c", STREAM, self.path("data"), stdout=subprocess.PIPE, text=True)
        child.stdout.readline()

        def position():
            with open(f"/proc/{child.pid}/fdinfo/3", encoding="utf-8") as info:
                return int(info.readline().split()[1])

        before = position()
        document = self.json("files", str(child.pid), "--interval", "1")
        after = position()
        first = document["files"][0]
        self.assertEqual(first["path"], self.path("data"), "what is being read does not stand first")
        # The file was read between the two looks of vigie, which lie between those of this test. A look takes some
        # milliseconds, its time is that of its beginning, and a second look is quicker: 5 %.
        self.assertGreater(first["position_bytes_per_second"], 0)
        self.assertLessEqual(first["position_bytes_per_second"] * document["elapsed_seconds"], 1.05 * (after - before))

    def test_every_mapping_is_that_of_pmap(self):
        def take():
            out = subprocess.run(["pmap", "-x", str(self.pid)], capture_output=True, check=True, text=True).stdout
            rows = re.findall(r"^([0-9a-f]{8,16})\s+(\d+)\s+(\d+)\s+(\d+) ", out, re.MULTILINE)
            total = re.search(r"^total kB\s+(\d+)\s+(\d+)\s+(\d+)", out, re.MULTILINE)
            return ({int(start, 16): tuple(int(number) * 1024 for number in rest) for start, *rest in rows},
                    [int(number) * 1024 for number in total.groups()])

        theirs, total = take()
        mine = {int(row["address"], 16): row for row in self.json("maps", "--all", str(self.pid))["mappings"]}
        self.assertEqual(sorted(mine), sorted(theirs))
        for start, (size, rss, dirty) in theirs.items():
            row = mine[start]
            self.assertEqual(row["size_bytes"], size, row)
            self.assertLessEqual(abs(row["rss_bytes"] - rss), TOLERANCE, row)
            self.assertLessEqual(abs(row["dirty_bytes"] - dirty), TOLERANCE, row)
        sums = self.json("maps", str(self.pid))["mappings"][-1]
        self.assertEqual(sums["category"], "total")
        self.assertEqual(sums["mappings"], len(theirs))
        self.assertEqual(sums["size_bytes"], total[0])
        self.assertLessEqual(abs(sums["rss_bytes"] - total[1]), 4 * TOLERANCE)

    def test_shared_memory_of_workers_is_counted_once(self):
        rows = {row["category"]: row for row in self.json("maps", str(self.pid))["mappings"]}
        shared = rows["shared memory"]
        self.assertEqual(shared["rss_bytes"], 9 << 20)  # 8 MiB of /dev/shm, 1 MiB of a memfd
        self.assertEqual(shared["once_bytes"], 9 << 20)
        self.assertLess(shared["pss_bytes"], 5 << 20)  # three processes share the 8 MiB

    def test_limits_are_those_of_prlimit(self):
        out = subprocess.run(["prlimit", "--pid", str(self.pid), "--raw", "--noheadings", "-o", "RESOURCE,SOFT,HARD"],
                             capture_output=True, check=True, text=True).stdout
        theirs = {name: (soft, hard) for name, soft, hard in (line.split() for line in out.splitlines())}
        names = {"AS": "address space", "CORE": "core file size", "CPU": "cpu time", "DATA": "data size",
                 "FSIZE": "file size", "LOCKS": "file locks", "MEMLOCK": "locked memory", "MSGQUEUE": "msgqueue size",
                 "NICE": "nice priority", "NOFILE": "open files", "NPROC": "processes", "RSS": "resident set",
                 "RTPRIO": "realtime priority", "RTTIME": "realtime timeout", "SIGPENDING": "pending signals",
                 "STACK": "stack size"}
        mine = {row["limit"]: row for row in self.json("limits", str(self.pid))["limits"]}
        groups = {name for name in mine if name.startswith("cgroup ")}  # prlimit knows nothing of control groups
        self.assertEqual(set(mine) - groups, set(names.values()))
        for name, (soft, hard) in theirs.items():
            row = mine[names[name]]
            self.assertEqual((str(row["soft_limit"]), str(row["hard_limit"])), (soft, hard), row)
        self.assertEqual(mine["open files"]["used"], len(os.listdir(f"/proc/{self.pid}/fd")))

    def test_one_process_in_every_format(self):
        for command in ("files", "maps", "limits"):
            text = self.vigie(command, str(self.pid), "--interval", "0", expect=0).out
            table = self.vigie(command, str(self.pid), "--interval", "0", "--csv", expect=0).out
            self.assertGreater(len(text.splitlines()), 3)
            self.assertGreater(len(table.splitlines()), 3)

    def test_a_process_that_is_not_there(self):
        for command in ("files", "maps", "limits"):
            self.assertEqual(self.vigie(command, "4194304").code, 3)


class Denied(harness.VigieTest):
    @unittest.skipUnless(os.geteuid() == 0, "becoming another user takes root")
    def test_somebody_elses_process_is_denied_in_one_sentence(self):
        program = os.path.join(self.dir, "vigie")
        shutil.copy(harness.vigie_path, program)
        os.chmod(self.dir, 0o755)
        sleeper = self.spawn("sleep", "1000")
        for command in ("files", "maps"):
            done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program,
                                   command, str(sleeper.pid)], capture_output=True, text=True, check=False,
                                  env=self.env, cwd="/")
            self.assertEqual(done.returncode, 4, done)
            self.assertEqual(len(done.stderr.splitlines()), 1, done)
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "limits",
                               str(sleeper.pid), "--json"], capture_output=True, text=True, check=False, env=self.env,
                              cwd="/")
        # Limits of others may be read, but their descriptors not counted.
        rows = {row["limit"]: row for row in json.loads(done.stdout)["limits"]}
        self.assertIsNone(rows["open files"]["used"])
        self.assertIsNotNone(rows["open files"]["soft_limit"])


DATA_SET = r'''
import sys, torch
from torch.utils.data import DataLoader, Dataset

class InSharedMemory(Dataset):
    def __init__(self):
        self.data = torch.ones(8, 1024, 1024).share_memory_()
    def __len__(self):
        return 64
    def __getitem__(self, index):
        return self.data.sum()  # every worker touches all of it

torch.set_num_threads(1)
data = InSharedMemory()
loader = iter(DataLoader(data, batch_size=1, num_workers=2, persistent_workers=True))
for _ in range(6):
    next(loader)
data.data.sum()
print("ready", flush=True)
sys.stdin.read()
'''


class DataLoader(harness.VigieTest):
    def test_a_data_set_in_shared_memory_is_counted_once(self):
        """Three processes of a real DataLoader have the same 32 MiB resident: 96 in RSS, 32 in truth."""
        room = os.statvfs("/dev/shm")
        if (free := room.f_bavail * room.f_frsize) < 40 << 20:
            self.skipTest(f"a data set of 32 MiB does not fit into /dev/shm: {free >> 20} MiB are free")
        python = "/usr/bin/python3"  # the one that Debian's python3-torch is for
        if subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no PyTorch")
        with open(self.path("loading.py"), "w", encoding="utf-8") as script:
            script.write(DATA_SET)
        trainer = subprocess.Popen([python, self.path("loading.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.env)
        self.children.append(trainer)
        self.assertEqual(trainer.stdout.readline(), b"ready\n")
        run = f"loading-{trainer.pid}"
        members = [row["pid"] for row in self.json("ps", run, "--interval", "0")["processes"]]
        self.assertEqual(len(members), 3)
        rows = {row["category"]: row for row in self.json("maps", run)["mappings"]}
        shared = rows["shared memory"]
        size = 32 << 20
        self.assertGreaterEqual(shared["rss_bytes"], 3 * size)
        self.assertLess(shared["rss_bytes"], 3 * size * 1.05)
        self.assertGreaterEqual(shared["once_bytes"], size)
        self.assertLess(shared["once_bytes"], size * 1.05)
        pss = 0
        for pid in members:
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as rollup:
                pss += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) * 1024
        # Pages that processes outside of the run share, too (libraries), are wholly the run's when counted once.
        self.assertGreaterEqual(rows["total"]["once_bytes"], pss * 0.98)
        self.assertLess(rows["total"]["once_bytes"], rows["total"]["rss_bytes"] - size)


if __name__ == "__main__":
    unittest.main()
