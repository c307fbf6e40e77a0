"""vigie check against real control groups and real trouble: what it says must be what the kernel was told."""

import csv
import io
import json
import os
import pty
import subprocess
import time
import unittest

import harness

NOBODY = 65534
GIB = 1 << 30
IDS = ["cpu.busy", "load", "memory.available", "swap.used", "tasks.zombies"]


def v1_mount(controller):
    """Where a version 1 controller is mounted, or None."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            kind, _, options = after.split(None, 2)
            if kind == "cgroup" and controller in options.strip().split(","):
                return before.split()[4]
    return None


class Check(harness.VigieTest):
    def leave_directories(self):
        super().leave_directories()
        for group in reversed(getattr(self, "groups", [])):
            harness.eventually(f"{group} can be removed", lambda path=group: self.removed(path))

    @staticmethod
    def removed(path):
        try:
            os.rmdir(path)
        except OSError:
            return False
        return True

    def group(self, controller, *path, **limits):
        """A version 1 group with these limits; skips where none can be made."""
        mount = v1_mount(controller)
        if mount is None:
            self.skipTest(f"the {controller} controller is not mounted as version 1")
        directory = os.path.join(mount, f"vigie-e2e-{os.getpid()}", *path)
        try:
            missing = []
            while not os.path.isdir(directory):
                missing.append(directory)
                directory = os.path.dirname(directory)
            self.groups = getattr(self, "groups", [])
            for one in reversed(missing):
                os.mkdir(one)
                self.groups.append(one)
                directory = one
            for name, value in limits.items():
                with open(os.path.join(directory, name.replace("__", ".")), "w", encoding="utf-8") as file:
                    file.write(str(value))
        except OSError as error:
            self.skipTest(f"no control group can be made here: {error}")
        return directory

    def enter(self, directory, pid):
        with open(os.path.join(directory, "cgroup.procs"), "w", encoding="utf-8") as file:
            file.write(str(pid))

    def items(self, *args):
        done = self.vigie("check", *args, "--json")
        self.assertIn(done.code, (0, 1, 2, 3), done)
        document = json.loads(done.out)
        return {item["id"]: item for item in document["items"]}, done.code

    def test_the_exit_status_is_that_of_the_worst_item(self):
        items, code = self.items("--interval", "0.2")
        for wanted in IDS:
            self.assertIn(wanted, items)
        worst = {item["status"] for item in items.values()}
        self.assertEqual(code, 2 if "critical" in worst else 1 if "warning" in worst else code)
        if worst == {"ok"}:
            self.assertEqual(code, 0)
        for item in items.values():
            self.assertEqual(set(item), {"id", "value", "unit", "target", "status", "advice"})
            self.assertEqual(item["value"] is None, item["status"] == "unknown", item)
            if item["status"] == "unknown":
                self.assertTrue(item["advice"], item)

    def test_memory_available_is_that_of_the_kernel(self):
        with open("/proc/meminfo", encoding="utf-8") as file:
            meminfo = dict(line.split(":") for line in file)
        expected = 100 * int(meminfo["MemAvailable"].split()[0]) / int(meminfo["MemTotal"].split()[0])
        item = self.items("--interval", "0")[0]["memory.available"]
        if "control group" in item["advice"]:
            self.skipTest("these tests run under a memory limit")
        # Others allocate and free between the two reads.
        self.assertAlmostEqual(item["value"], expected, delta=5)

    def test_text_and_csv_say_the_same(self):
        order = ["critical", "warning", "unknown", "ok"]  # people read what is wrong first

        def same():
            text = self.vigie("check", "--interval", "0").out
            self.assertEqual(text.splitlines()[1].split(), ["ID", "VALUE", "UNIT", "TARGET", "STATUS", "ADVICE"])
            rows = list(csv.DictReader(io.StringIO(self.vigie("check", "--interval", "0", "--csv").out)))
            rows.sort(key=lambda row: order.index(row["status"]))
            return [row["id"] for row in rows] == [line.split()[0] for line in text.splitlines()[2:]]

        harness.eventually("two looks at a host on which nothing changed between them", same)

    def test_the_verdict_is_coloured_on_a_terminal_only(self):
        self.assertNotIn("\x1b", self.vigie("check", "--interval", "0").out)
        main, terminal = pty.openpty()
        env = {name: value for name, value in self.env.items() if name != "NO_COLOR"}
        child = subprocess.Popen([harness.vigie_path, "check", "--interval", "0"], stdout=terminal, env=env)
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(main, 65536):
                shown += chunk
        except OSError:
            pass  # the other side was closed
        os.close(main)
        child.wait()
        self.assertIn(b"\x1b[32mok\x1b[0m", shown)

    def test_an_ordinary_user_gets_the_same_items(self):
        if os.getuid() != 0:
            self.skipTest("only root can become somebody else")
        program = self.path("vigie")
        with open(harness.vigie_path, "rb") as source, open(program, "wb") as copy:
            copy.write(source.read())
        os.chmod(program, 0o755)
        os.chmod(self.dir, 0o755)
        done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program, "check",
                               "--interval", "0.2", "--json"], capture_output=True, env={"HOME": "/"}, check=False)
        self.assertIn(done.returncode, (0, 1, 2), done)
        self.assertEqual([item["id"] for item in json.loads(done.stdout)["items"]],
                         list(self.items("--interval", "0.2")[0]))

    def test_a_target_that_does_not_exist(self):
        done = self.vigie("check", "no-such-run", expect=3)
        self.assertIn("no-such-run", done.err)

    def test_the_tightest_memory_limit_counts(self):
        sleeper = self.spawn("sleep", "1000")
        self.group("memory", **({"memory__use_hierarchy": 1} if self.needs_hierarchy() else {}))
        parent = self.group("memory", "a parent:ü", memory__limit_in_bytes=GIB // 4)
        child = self.group("memory", "a parent:ü", "child", memory__limit_in_bytes=GIB // 4)
        # The parent is made tighter than its child: 128 MiB count.
        with open(os.path.join(parent, "memory.limit_in_bytes"), "w", encoding="utf-8") as file:
            file.write(str(GIB // 8))
        self.enter(child, sleeper.pid)
        item = self.items(str(sleeper.pid), "--interval", "0")[0]["memory.available"]
        self.assertIn("of 128M", item["advice"])
        self.assertIn("a parent:ü may use", item["advice"])
        self.assertIn("the host has", item["advice"])
        self.assertGreater(item["value"], 90)

    def needs_hierarchy(self):
        """Whether this kernel counts a child against its parent only on request."""
        path = os.path.join(v1_mount("memory") or "/", "memory.use_hierarchy")
        if not os.path.exists(path):
            return False
        with open(path, encoding="utf-8") as file:
            return file.read().strip() == "0"

    def test_a_throttled_process(self):
        directory = self.group("cpu", cpu__cfs_period_us=100000, cpu__cfs_quota_us=20000)
        burner = self.spawn("sh", "-c", "while :; do :; done")
        self.enter(directory, burner.pid)
        harness.eventually("the kernel has throttled it", lambda: self.throttled(directory) > 2)

        before, began = self.throttled(directory), time.monotonic()
        items, code = self.items(str(burner.pid), "--interval", "1.5")
        periods = (time.monotonic() - began) * 10
        # It wants a whole CPU and gets a fifth: nearly every period ends with a stop, unless others leave it less.
        if self.throttled(directory) - before < 0.6 * periods:
            self.skipTest("others use this host: the process hardly got as far as its quota")
        self.assertGreaterEqual(items["cgroup.throttled"]["value"], 50)
        self.assertEqual(items["cgroup.throttled"]["status"], "critical")
        self.assertIn("0.2 CPUs", items["cgroup.throttled"]["advice"])
        self.assertIn("for 0.2 of", items["load"]["advice"])
        self.assertEqual(code, 2)

    def throttled(self, directory):
        with open(os.path.join(directory, "cpu.stat"), encoding="utf-8") as file:
            return int(dict(line.split() for line in file)["nr_throttled"])

    def test_tasks_near_their_limit(self):
        directory = self.group("pids", pids__max=2)
        sleeper = self.spawn("sleep", "1000")
        self.enter(directory, sleeper.pid)
        other = self.spawn("sleep", "1000")
        self.enter(directory, other.pid)
        item = self.items(str(sleeper.pid), "--interval", "0")[0]["cgroup.pids"]
        self.assertEqual((item["value"], item["status"]), (100, "critical"))
        self.assertIn("2 of 2 tasks", item["advice"])

    def test_a_stopped_run(self):
        self.start("still", "sleep", "1000")
        self.wait_state("still", "running")
        self.vigie("pause", "still", expect=0)
        self.wait_state("still", "paused")
        items, code = self.items("still", "--interval", "0.2")
        self.assertEqual(items["target.stopped"]["status"], "warning")
        self.assertGreaterEqual(code, 1)


if __name__ == "__main__":
    unittest.main()
