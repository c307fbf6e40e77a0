"""GPUs, on a driver that is not there: tests/fake_nvml plays traces through the library path, as the real one is found.

Nothing here was checked on a card: the traces are written from NVML's documentation (tests/fake_nvml/README.md).
"""

import glob
import json
import os
import subprocess
import sys
import time

import harness

GIB = 1 << 30


def fake_driver(variant):
    """The directory of the fake library, of whichever build made it."""
    found = sorted(glob.glob(os.path.join(harness.ROOT, "build", "*", "tests", "fake_nvml", variant, "libnvidia-ml.so.1")))
    return os.path.dirname(found[0]) if found else None


class GpuTest(harness.VigieTest):
    variant = "fake_nvml"

    def setUp(self):
        super().setUp()
        library = fake_driver(self.variant)
        if library is None:
            self.skipTest("the fake driver is not built: cmake --build --preset dev --target fake_nvml fake_nvml_old")
        self.env["LD_LIBRARY_PATH"] = library
        self.env["VIGIE_FAKE_NVML_TRACE"] = self.path("trace")
        self.env["VIGIE_FAKE_NVML_CLOCK"] = self.path("clock")
        self.set_clock(0)

    def set_clock(self, seconds):
        with open(self.path("clock.new"), "w", encoding="utf-8") as file:
            file.write(str(seconds))
        os.rename(self.path("clock.new"), self.path("clock"))

    def trace(self, *lines, **head):
        with open(self.path("trace"), "w", encoding="utf-8") as file:
            for line in ({"trace": "nvml", "version": 1, "source": "this test", "driver": "550.54.15", **head}, *lines):
                file.write(json.dumps(line) + "\n")

    @staticmethod
    def gpu(device, *pids, time=0, **more):
        return {"time": time, "device": device, "uuid": f"GPU-{device}", "name": "NVIDIA H200",
                "pci": f"0000:{device + 16:02x}:00.0", "memory": [141 * GIB, GIB // 2, 40 * GIB if pids else 0],
                "utilization": [90, 30], "power_mw": 500000, "power_limit_mw": 700000, "temperature": 60, "slowdown": 90,
                "clocks": [1755, 3201], "clocks_max": [1980, 3201], "reasons": 4, "ecc": [0, 0],
                "processes": [{"pid": pid, "memory": 40 * GIB, "sm": 88, "mem": 30} for pid in pids], **more}

    def sleeper(self):
        child = self.spawn(sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(1000)",
                           stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child.pid


class Gpu(GpuTest):
    # --- looking

    def test_every_value_is_the_drivers_and_the_process_is_found(self):
        pid = self.sleeper()
        self.trace(self.gpu(0, pid), self.gpu(1))
        document = self.json("gpu", "--interval", "0.2")
        one, two = document["gpus"]
        self.assertEqual((one["gpu"], one["gpu_uuid"], one["pci_address"]), (0, "GPU-0", "0000:10:00.0"))
        self.assertEqual((one["gpu_percent"], one["power_watts"], one["temperature_celsius"]), (90, 500, 60))
        self.assertEqual((one["gpu_memory_used_bytes"], one["gpu_memory_total_bytes"]), (40 * GIB, 141 * GIB))
        self.assertEqual((one["throttle"], one["sm_clock_hertz"]), ("power cap", 1755e6))
        self.assertIsNone(one["sm_active_percent"])
        self.assertIsNone(one["fan_percent"])
        self.assertEqual((one["gpu_processes"], two["gpu_processes"]), (1, 0))
        [process] = document["processes"]
        self.assertEqual((process["pid"], process["gpu"], process["gpu_memory_bytes"]), (pid, 0, 40 * GIB))
        self.assertEqual((process["gpu_busy_percent"], process["gpu_work"]), (88, "compute"))
        # Who computes on a GPU is a run, whatever it is called.
        self.assertTrue(process["run"].endswith(f"-{pid}"), process)

    def test_text_has_a_line_for_each_of_sixteen(self):
        self.trace(*(self.gpu(device) for device in range(16)))
        lines = self.vigie("gpu", "--interval", "0", expect=0).out.splitlines()
        self.assertEqual(len(lines), 17, lines)
        self.assertEqual([line.split()[:2] for line in lines[1:]], [[str(device), "H200"] for device in range(16)])
        rows = self.vigie("gpu", "--interval", "0", "--csv", expect=0).out.splitlines()
        self.assertEqual(len(rows), 17)

    def test_columns_of_ls_ps_and_tree(self):
        self.start("train", sys.executable, "-c", "import time; time.sleep(1000)")
        pid = self.wait_state("train", "running")["pid"]
        self.trace(self.gpu(0, pid), self.gpu(1, pid), self.gpu(2))
        row = self.row("train")
        self.assertEqual(row["gpu_memory_bytes"], 80 * GIB)
        self.assertEqual([gpu["gpu"] for gpu in row["gpus"]], [0, 1])
        self.assertIn("0,1", self.vigie("ls", "--interval", "0", expect=0).out)
        [process] = self.json("ps", "train", "-o", "pid,gpus,gpumem", "--interval", "0")["processes"]
        self.assertEqual(process, {"pid": pid, "gpus": "0,1", "gpu_memory_bytes": 80 * GIB})
        self.assertIn("80.0G", self.vigie("tree", "--gpu", "train", "--interval", "0", expect=0).out)

    def test_no_library_is_loaded_for_what_needs_none(self):
        self.trace(self.gpu(0))
        env = {**self.env, "LD_DEBUG": "libs"}
        for command in (("ps", "-a"), ("ps", "-a", "--json"), ("tree",), ("mem",)):
            done = self.vigie(*command, "--interval", "0.1", env=env, expect=0)
            self.assertNotIn("libnvidia-ml", done.err, command)
        self.assertIn("libnvidia-ml", self.vigie("ls", "--interval", "0", env=env).err)

    # --- a driver that fails

    def test_a_driver_that_does_not_start_says_why(self):
        for code, part, status in ((9, "not loaded", 1), (18, "different versions", 1), (4, "may not be opened", 4)):
            self.trace(self.gpu(0), faults={"init": code})
            done = self.vigie("gpu", expect=status)
            self.assertIn(part, done.err)
            self.assertEqual((done.out, done.err.count("\n")), ("", 1))

    def test_without_a_driver(self):
        env = {**self.env, "LD_LIBRARY_PATH": ""}
        done = self.vigie("gpu", env=env)
        if done.code == 0:
            self.skipTest("this host has a GPU")
        self.assertEqual(done.code, 1)
        self.assertRegex(done.err, r"^vigie: no GPU to show: .+\n$")
        self.assertEqual(self.vigie("ls", "--interval", "0", env=env).err, "")

    def test_a_driver_that_hangs_costs_a_sentence_and_not_the_screen(self):
        self.trace(self.gpu(0), faults={"hang": "nvmlInit_v2"})
        for command, expect in ((("gpu",), 1), (("ls", "--interval", "0"), 0)):
            begin = time.monotonic()
            done = self.vigie(*command, expect=expect)
            # 2 s are promised on a machine that is not overloaded; a second more for one that is
            self.assertLess(time.monotonic() - begin, 3, command)
        done = self.vigie("gpu", expect=1)
        self.assertIn("has not answered", done.err)

    def test_a_driver_that_hangs_later_leaves_old_values_marked(self):
        self.trace(self.gpu(0), faults={"hang": "nvmlDeviceGetPowerUsage", "hang_after": 1})
        watch = self.spawn(harness.vigie_path, "gpu", "-w", "0.2", "--json", stdout=subprocess.PIPE)
        self.assertEqual(json.loads(watch.stdout.readline())["gpus"][0]["gpu_state"], "working")
        self.set_clock(2)
        for line in watch.stdout:
            document = json.loads(line)
            if document["gpus"][0]["gpu_state"] == "stale":
                break
        self.assertEqual(document["gpus"][0]["power_watts"], 500)
        self.assertIn("late", [source["status"] for source in document["sources"] if source["name"] == "gpu"])
        watch.terminate()
        self.assertIsNotNone(watch.wait(timeout=harness.DEADLINE))

    def test_a_gpu_that_is_lost_leaves_the_other(self):
        self.trace(self.gpu(0), self.gpu(1, lost=True))
        done = self.vigie("gpu", "--interval", "0", expect=0)
        self.assertIn("GPU 1 has fallen off the bus", done.out)
        self.assertEqual([row["gpu_state"] for row in self.json("gpu", "--interval", "0")["gpus"]], ["working", "lost"])

    def test_a_recording_is_a_trace_that_plays(self):
        self.trace(self.gpu(0, 4000000, fields={"74": 5, "197": 7}, gpm={"2": 61.5, "5": 33.1}), self.gpu(1))
        said = self.json("gpu", "--interval", "0.2", "--record", self.path("recorded"))
        self.env["VIGIE_FAKE_NVML_TRACE"] = self.path("recorded")
        again = self.json("gpu", "--interval", "0.2")
        for document in (said, again):
            for gpu in document["gpus"]:
                gpu.pop("gpu_driver")
        self.assertEqual(again["gpus"], said["gpus"])
        self.assertEqual(again["processes"], said["processes"])
        self.vigie("gpu", "--record", self.path("recorded"), expect=1)

    def test_cards_of_amd_and_intel_from_a_saved_host(self):
        host = os.path.join(harness.ROOT, "tests", "fixtures", "gpu_drm")
        if not os.path.isdir(host):
            self.skipTest("the fixture is not here")
        rows = self.json("--root", host, "gpu", "--interval", "0")["gpus"]
        self.assertEqual([(row["gpu_vendor"], row["gpu"]) for row in rows],
                         [("amd", 0), ("amd", 1), ("intel", 0), ("intel", 1)])
        self.assertEqual(rows[0]["power_watts"], 241)
        self.assertIn("switched off", self.vigie("--root", host, "gpu", "--interval", "0", expect=0).out)

    # --- runs that wait for GPUs

    def test_runs_get_gpus_that_nobody_has_and_give_them_back(self):
        self.trace(self.gpu(0, self.sleeper()), self.gpu(1), self.gpu(2))
        show = f"echo \"$CUDA_VISIBLE_DEVICES $CUDA_DEVICE_ORDER.\"; {self.until('go')}"
        self.start("first", "/bin/sh", "-c", show, options=("--gpus", "2"))
        self.wait_log("first", b"GPU-1,GPU-2 PCI_BUS_ID.")
        row = self.row("first")
        self.assertEqual([(gpu["gpu_uuid"], gpu["promised"]) for gpu in row["gpus"]], [("GPU-1", True), ("GPU-2", True)])
        done = self.vigie("run", "--name", "second", "--gpus", "1", "--", "/bin/sh", "-c", "echo \"$CUDA_VISIBLE_DEVICES.\"")
        self.assertEqual(done.err, "vigie: second waits for 1 GPU (0 of 3 free)\n")
        self.assertIn("waits for 1 GPU", self.vigie("ls", "--interval", "0", expect=0).out)
        self.touch("go")
        self.wait_state("second", "exited")
        self.assertIn(b"GPU-1.", self.raw_log("second"))

    def test_a_gpu_that_a_process_gives_back_is_noticed(self):
        self.trace(self.gpu(0, self.sleeper()), self.gpu(0, time=1))
        self.vigie("run", "--name", "waiting", "--gpus", "0,", "--", "/bin/true", expect=0)
        self.assertEqual(self.row("waiting")["queued_for"], "GPU 0 to be free")
        self.set_clock(2)
        self.wait_state("waiting", "exited")

    # --- what a stop leaves

    def on_gpu(self, name, script):
        """A run that was promised GPU 0; its pid, once it works."""
        self.trace(self.gpu(0))
        self.start(name, "/bin/sh", "-c", f"{script}; echo ready; while :; do sleep 0.05; done", options=("--gpus", "1"))
        self.wait_log(name, b"ready")
        return self.record(name)["leader"]["pid"]

    def stop(self, name, *options, expect=0):
        return json.loads(self.vigie("stop", name, "--json", *options, expect=expect).out)

    def test_memory_that_the_driver_counts_for_who_is_gone_is_named(self):
        pid = self.on_gpu("leaky", "trap 'exit 0' TERM")
        self.trace(self.gpu(0, pid))
        report = self.stop("leaky")
        self.assertEqual(report["left"], [])
        self.assertEqual(report["gpu_memory"], [{"gpu": "0", "gpu_uuid": "GPU-0", "pid": pid, "gone": True,
                                                 "gpu_memory_bytes": 40 * GIB}])
        pid = self.on_gpu("again", "trap 'exit 0' TERM")
        self.trace(self.gpu(0, pid))
        text = self.vigie("stop", "again", expect=0).out
        self.assertIn(f"left 40.0G of GPU 0: the driver still counts it for process {pid}, which is gone", text)
        self.assertIn("no process of it is left", text)

    def test_memory_that_is_given_back_a_moment_later_is_not_left(self):
        pid = self.on_gpu("clean", f"trap 'sleep 0.3; printf 5 > {self.path('clock')}; exit 0' TERM")
        self.trace(self.gpu(0, pid), self.gpu(0, time=5))
        report = self.stop("clean")
        self.assertEqual((report["gpu_memory"], report["gpu_memory_reason"]), ([], None))

    def test_who_survives_a_stop_is_named_with_his_memory(self):
        pid = self.on_gpu("tough", "trap '' TERM")
        self.trace(self.gpu(0, pid))
        report = self.stop("tough", "--grace", "0.2s", "--no-kill", expect=1)
        self.assertEqual([(one["pid"], one["gone"]) for one in report["gpu_memory"]], [(pid, False)])
        self.assertIn(f"left 40.0G of GPU 0 to process {pid}",
                      self.vigie("stop", "tough", "--grace", "0.2s", "--no-kill", expect=1).out)

    def test_a_driver_that_hangs_keeps_no_stop_from_its_end(self):
        self.on_gpu("hung", "trap 'exit 0' TERM")
        self.trace(self.gpu(0), faults={"hang": "nvmlInit_v2"})
        began = time.monotonic()
        report = self.stop("hung")
        self.assertLess(time.monotonic() - began, 15)
        self.assertIsNone(report["gpu_memory"])
        self.assertTrue(report["gpu_memory_reason"])
        # Who has nothing to do with GPUs does not even ask.
        self.start("plain", "sleep", "1000")
        report = self.stop("plain")
        self.assertEqual((report["gpu_memory"], report["gpu_memory_reason"]), ([], None))

    def test_what_cannot_be_given_is_refused_in_a_sentence(self):
        self.trace(self.gpu(0))
        self.assertEqual(self.vigie("run", "--gpus", "4", "--", "/bin/true", expect=1).err,
                         "vigie: cannot give it 4 GPUs: this host has 1\n")
        self.vigie("run", "--gpus", "7,", "--", "/bin/true", expect=3)
        self.vigie("run", "--gpus", "0", "--", "/bin/true", expect=2)
        self.trace(self.gpu(0), faults={"init": 9})
        done = self.vigie("run", "--gpus", "1", "--", "/bin/true", expect=1)
        self.assertRegex(done.err, r"^vigie: cannot give the run GPUs: .*not loaded.*\n$")
        self.assertEqual(self.runs(), [])


class OldGpu(GpuTest):
    """A library of 2020: no function of a later version is there at all."""

    variant = "fake_nvml_old"

    def test_every_value_is_the_drivers_and_the_process_is_found(self):
        pid = self.sleeper()
        self.trace(self.gpu(0, pid))
        document = self.json("gpu", "--interval", "0.2")
        [one], [process] = document["gpus"], document["processes"]
        self.assertEqual((one["gpu_memory_used_bytes"], one["throttle"]), (40 * GIB, "power cap"))
        self.assertIsNone(one["gpu_memory_reserved_bytes"])
        self.assertEqual((process["pid"], process["gpu_memory_bytes"], process["gpu_busy_percent"]), (pid, 40 * GIB, None))
