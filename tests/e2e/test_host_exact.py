"""`vigie stat` and `vigie mem` against free, vmstat, iostat and sar (sysstat) over the same seconds, under a load made
here. Counters are read at slightly different moments, so rates are compared over several seconds, and each test states
its tolerance."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time

import harness

SECONDS = 4
NOBODY = 65534


def tool(name):
    return shutil.which(name) or ""


class HostExact(harness.VigieTest):
    def need(self, name):
        if not tool(name):
            self.skipTest(f"{name} is not installed")

    def both(self, vigie_args, command):
        """The same seconds measured by vigie and by the classic tool: one JSON document, and the tool's text."""
        env = dict(os.environ, LC_ALL="C", S_TIME_FORMAT="ISO")
        other = subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True)
        done = self.vigie("stat", *vigie_args, "--json", "--interval", str(SECONDS), expect=0)
        text = other.communicate(timeout=30)[0]
        return json.loads(done.out), text

    def near(self, mine, theirs, part, least, what):
        """Equal within a part of the larger one, or within `least`."""
        self.assertLessEqual(abs(mine - theirs), max(least, part * max(mine, theirs)), f"{what}: {mine} and {theirs}")

    def load(self):
        """Busy CPU, direct writes and loopback traffic until the test ends."""
        self.spawn("sh", "-c", "while :; do :; done")
        target = os.path.join(self.dir, "load.bin")
        self.spawn("sh", "-c", f"while :; do dd if=/dev/zero of={target} bs=64k count=64 oflag=direct 2>/dev/null; done")
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        peer = server.accept()[0]
        stop = threading.Event()

        def send():
            while not stop.is_set():
                client.sendall(bytes(20000))
                peer.recv(20000, socket.MSG_WAITALL)
                time.sleep(0.01)

        thread = threading.Thread(target=send)
        thread.start()

        def end():
            stop.set()
            thread.join()
            for one in (client, peer, server):
                one.close()

        self.addCleanup(end)
        time.sleep(0.3)  # the first rounds of each are not measured

    def test_memory_is_what_free_says(self):
        """Within 1 % of all memory: other programs allocate in between."""
        text = subprocess.run(["free", "-b"], capture_output=True, text=True, check=True,
                              env=dict(os.environ, LC_ALL="C")).stdout
        words = {line.split()[0]: [int(word) for word in line.split()[1:]] for line in text.splitlines()[1:]}
        rows = {row["memory"]: row for row in self.json("mem", "--interval", "0")["memory"]}
        total, used, free, shared, cache, available = words["Mem:"]
        self.assertEqual(rows["memory"]["total_bytes"], total)
        least = total / 100
        for name, mine, theirs in [("used", rows["memory"]["used_bytes"], used),
                                   ("free", rows["memory"]["free_bytes"], free),
                                   ("available", rows["memory"]["available_bytes"], available),
                                   ("shared", rows["shared"]["used_bytes"], shared),
                                   ("cache", rows["cache"]["used_bytes"], cache)]:
            self.near(mine, theirs, 0, least, name)
        self.assertEqual(rows["swap"]["total_bytes"], words["Swap:"][0])
        shm = os.statvfs("/dev/shm")
        self.assertEqual(rows["/dev/shm"]["total_bytes"], shm.f_blocks * shm.f_frsize)

    def test_rows_are_what_vmstat_says(self):
        """CPU within 4 points; switches and interrupts within 20 %; blocks written within 25 %."""
        self.need("vmstat")
        self.load()
        document, text = self.both([], ["vmstat", "-n", str(SECONDS), "2"])
        titles = text.splitlines()[1].split()
        theirs = dict(zip(titles, (int(word) for word in text.splitlines()[-1].split())))
        row = document["stat"][0]
        self.assertAlmostEqual(document["elapsed_seconds"], SECONDS, delta=0.5)
        self.near(row["cpu_us_percent"], theirs["us"] + theirs.get("gu", 0), 0, 4, "us")
        self.near(row["cpu_sy_percent"], theirs["sy"], 0, 4, "sy")
        self.near(row["cpu_idle_percent"] + row["cpu_iowait_percent"], theirs["id"] + theirs["wa"], 0, 4, "idle")
        self.near(row["context_switches_per_second"], theirs["cs"], 0.2, 100, "cs")
        self.near(row["interrupts_per_second"], theirs["in"], 0.2, 100, "in")
        self.near(row["paged_out_bytes_per_second"] / 1024, theirs["bo"], 0.25, 2000, "bo")
        self.near(row["memory_free_bytes"] / 1024, theirs["free"], 0.05, 200000, "free")

    def test_disks_are_what_iostat_says(self):
        """Requests, bytes and latency within 25 % (dd begins and ends in bursts); busy time within 10 points."""
        self.need("iostat")
        self.load()
        document, text = self.both(["disk"], ["iostat", "-x", "-y", "-o", "JSON", str(SECONDS), "1"])
        statistics = json.loads(text)["sysstat"]["hosts"][0]["statistics"][-1]
        mine = {row["disk"]: row for row in document["disks"]}
        seen = 0
        for disk in statistics["disk"]:
            row = mine[disk["disk_device"]]
            self.near(row["writes_per_second"], disk["w/s"], 0.25, 20, "w/s")
            self.near(row["reads_per_second"], disk["r/s"], 0.25, 20, "r/s")
            self.near(row["disk_write_bytes_per_second"] / 1024, disk["wkB/s"], 0.25, 1000, "wkB/s")
            self.near(row["disk_busy_percent"], disk["util"], 0, 10, "util")
            self.near(row["queue_length"], disk["aqu-sz"], 0.25, 0.2, "aqu-sz")
            if disk["w/s"] > 100:
                seen += 1
                self.near(row["write_await_seconds"] * 1000, disk["w_await"], 0.25, 0.1, "w_await")
                self.near(row["write_size_bytes"] / 1024, disk["wareq-sz"], 0.25, 4, "wareq-sz")
        if seen == 0:
            self.skipTest("the files of this test are on no disk that iostat knows")

    def test_each_cpu_is_what_sar_says(self):
        """Within 5 points per CPU and category."""
        self.need("sar")
        self.load()
        document, text = self.both(["cpu", "--per-core"], ["sar", "-u", "-P", "ALL", str(SECONDS), "1"])
        average = [line.split() for line in text.splitlines() if line.startswith("Average:")]
        titles = average[0]
        mine = {row["cpu"]: row for row in document["cpus"]}
        for words in average[1:]:
            theirs = dict(zip(titles, words))
            if theirs["CPU"] == "all":
                continue
            row = mine[theirs["CPU"]]
            system = row["cpu_system_percent"] + row["cpu_irq_percent"] + row["cpu_softirq_percent"]
            self.near(row["cpu_user_percent"] + row["cpu_guest_percent"], float(theirs["%user"]), 0, 5, "user")
            self.near(row["cpu_nice_percent"], float(theirs["%nice"]), 0, 5, "nice")
            self.near(system, float(theirs["%system"]), 0, 5, "system")
            self.near(row["cpu_idle_percent"] + row["cpu_iowait_percent"],
                      float(theirs["%idle"]) + float(theirs["%iowait"]), 0, 5, "idle")

    def test_interfaces_are_what_sar_says(self):
        """Bytes and packets within 15 %."""
        self.need("sar")
        self.load()
        document, text = self.both(["net"], ["sar", "-n", "DEV", str(SECONDS), "1"])
        average = [line.split() for line in text.splitlines() if line.startswith("Average:")]
        titles = average[0]
        mine = {row["interface"]: row for row in document["interfaces"]}
        loopback = 0
        for words in average[1:]:
            theirs = dict(zip(titles, words))
            row = mine[theirs["IFACE"]]
            self.near(row["received_bytes_per_second"] / 1024, float(theirs["rxkB/s"]), 0.15, 20, "rx")
            self.near(row["sent_bytes_per_second"] / 1024, float(theirs["txkB/s"]), 0.15, 20, "tx")
            self.near(row["received_packets_per_second"], float(theirs["rxpck/s"]), 0.15, 20, "rxpck")
            if theirs["IFACE"] == "lo":
                loopback = row["received_bytes_per_second"]
        self.assertGreater(loopback, 50000, "the traffic that this test makes")

    def test_the_largest_consumers_are_named(self):
        big = self.spawn(harness.PYTHON, "-c", "import time; x = bytearray(300 << 20); time.sleep(60)")
        harness.eventually("the memory is there", lambda: self.rss(big.pid) > 250 << 20)
        spinner = self.spawn("sh", "-c", "while :; do :; done")
        row = self.json("stat", "all", "--top")["stat"][0]
        self.assertGreaterEqual(row["top_memory"]["rss_bytes"], 250 << 20)
        self.assertGreater(row["top_cpu"]["cpu_percent"], 5)
        rows = self.json("mem", "--interval", "0", "-n", "50")["memory"]
        self.assertTrue(any(f"process {big.pid};" in one["remark"] for one in rows), rows)
        self.assertIsNone(spinner.poll())

    def rss(self, pid):
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def test_an_ordinary_user_sees_the_same(self):
        if os.getuid() != 0:
            self.skipTest("becomes an ordinary user, which takes root")
        path = os.path.join("/tmp", f"vigie-host-{os.getpid()}")
        shutil.copy(harness.vigie_path, path)
        os.chmod(path, 0o755)
        self.addCleanup(os.unlink, path)
        for words in (["stat", "all"], ["stat", "disk"], ["stat", "cpu", "--per-core"], ["mem"]):
            done = subprocess.run([path, *words, "--json"], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/",
                                  capture_output=True, text=True, check=False, timeout=30)
            self.assertEqual(done.returncode, 0, done.stderr)
            status = {source["name"]: source["status"] for source in json.loads(done.stdout)["sources"]}
            self.assertEqual(status["sys"], "ok")

    def test_rows_come_as_asked(self):
        lines = self.vigie("stat", "cpu", "mem", "0.2", "3", expect=0).out.splitlines()
        self.assertEqual(len(lines), 4, "a header and three rows")
        self.assertEqual(len({len(line) for line in lines}), 1, "aligned: " + "\n".join(lines))
        lines = self.vigie("stat", "0.2", "3", "--json", expect=0).out.splitlines()
        self.assertEqual([len(json.loads(line)["stat"]) for line in lines], [1, 1, 1])
        lines = self.vigie("stat", "psi", "0.2", "2", "--csv", expect=0).out.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertTrue(lines[0].startswith("time,cpu_some_pressure_percent"))
        gpu = self.vigie("stat", "gpu", "--interval", "0.1", "--json")
        if gpu.code != 0:  # a host without GPUs has no rows to show, and says so
            [source] = [one for one in json.loads(gpu.out)["sources"] if one["name"] == "gpu"]
            self.assertTrue(source["reason"], source)
            self.assertRegex(self.vigie("stat", "gpu", "--interval", "0.1").err, r"^vigie: no GPU to show: .+\n$")

    def test_what_is_not_understood(self):
        for words, says in ((["dsk"], "did you mean disk"), (["cpu", "1", "x"], "no count"), (["1", "2", "3"], "too much"),
                            (["mem", "--per-core"], "--per-core"), (["0"], "interval")):
            done = self.vigie("stat", *words, expect=2)
            self.assertIn(says, done.err)
