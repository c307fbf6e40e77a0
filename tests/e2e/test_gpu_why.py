"""What `vigie why` and `vigie check` say about GPUs, on the driver that is not there (tests/fake_nvml)."""

import time
import unittest

import harness
from test_gpu import GIB, GpuTest


class WhyOfGpus(GpuTest):
    def why(self, *target):
        return self.vigie("why", *target, "--interval", "0.5")

    def test_why_says_that_the_gpus_could_not_be_asked_and_why(self):
        pid = self.sleeper()
        for faults, part in (({"init": 18}, "of different versions"), ({"init": 4}, "may not be opened"),
                             ({"init": 9}, "is not loaded"), ({"hang": "nvmlInit_v2"}, "ha"),
                             ({"slow": {"nvmlDeviceGetPowerUsage": 6}}, "")):
            self.trace(self.gpu(0, pid), faults=faults)
            done = self.vigie("why", str(pid), "--interval", "2.5")
            notes = [line for line in done.out.splitlines() if line.startswith("note: the GPUs could not be asked: ")]
            self.assertEqual(len(notes), 1, (faults, done.out))
            self.assertIn(part, notes[0])
            document = self.json("why", str(pid), "--interval", "0.5")
            [source] = [one for one in document["sources"] if one["name"] == "gpu"]
            self.assertNotEqual(source["status"], "ok")
            self.assertEqual(document["findings"], [])

    def test_nothing_wrong_does_not_cover_gpus_that_were_not_asked(self):
        pid = self.sleeper()
        self.trace(self.gpu(0, pid), faults={"init": 18})
        deadline = time.monotonic() + 20
        while "too early" in (text := self.why(str(pid)).out) and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertRegex(text, r"nothing wrong seen in \d\.\d s, but of the GPUs nothing is known\n")

    def test_a_host_without_a_driver_or_with_one_that_answers_has_no_note(self):
        pid = self.sleeper()
        self.trace(self.gpu(0, pid))
        self.assertNotIn("could not be asked", self.why(str(pid)).out)
        self.assertNotIn("could not be asked", self.vigie("why", str(pid), "--interval", "0.5",
                                                          env={**self.env, "LD_LIBRARY_PATH": ""}).out)

    def test_a_broken_gpu_is_said_to_a_run_that_may_be_on_it(self):
        pid, other = self.sleeper(), self.sleeper()
        self.trace(self.gpu(0, pid, lost=True), self.gpu(1, other))
        document = self.json("why", str(pid), "--interval", "0.5", expect=1)
        self.assertEqual([(one["rule"], one["subject"]) for one in document["findings"]], [("gpu-error", "host")])
        self.assertIn("fell off the bus", document["findings"][0]["evidence"][0]["text"])
        self.assertEqual(self.json("why", str(other), "--interval", "0.5", expect=0)["findings"], [])


    def test_a_note_is_no_failure(self):
        pid = self.sleeper()
        for xid, code, severity in ((63, 0, "info"), (48, 1, "critical")):
            self.trace(self.gpu(0, pid, remapped=[0, 1, 0, 0]), {"time": 0.1, "device": 0, "xid": xid})
            self.set_clock(1)
            document = self.json("why", str(pid), "--interval", "0.5", expect=code)
            self.assertEqual([(one["rule"], one["severity"]) for one in document["findings"]], [("gpu-error", severity)])

    def test_a_process_without_a_number_holds_its_memory(self):
        self.trace(self.gpu(0, 0, utilization=[0, 0]))
        [process] = self.json("gpu", "--interval", "0.2")["processes"]
        self.assertEqual((process["pid"], process["gpu_memory_bytes"], process["run"]), (0, 40 * GIB, None))
        rules = [one["rule"] for one in self.json("why", "--interval", "0.5", expect=None)["findings"]
                 if one["subject"] == "host"]
        self.assertNotIn("gpu-memory-held", rules)


class CheckOfGpus(GpuTest):
    def items(self, *words, expect=None):
        document = self.json("check", *words, expect=expect)
        return {(one["id"], one["status"]): one for one in document["items"] if one["id"].startswith("gpu.")}

    def test_without_a_gpu_there_is_no_item(self):
        self.trace()
        done = self.vigie("check", "--interval", "0.1", env={**self.env, "LD_LIBRARY_PATH": ""})
        self.assertNotIn("gpu.", done.out)

    def test_each_item_names_the_worst_gpu(self):
        pid = self.sleeper()
        self.trace(self.gpu(0, pid), self.gpu(1, pid, temperature=88), self.gpu(2, ecc=[0, 3]))
        items = self.items("--interval", "0.3")
        self.assertIn("GPU 1", items["gpu.temperature", "warning"]["advice"])
        self.assertIn("GPU 2", items["gpu.errors", "warning"]["advice"])
        for name in ("gpu.busy", "gpu.memory", "gpu.power", "gpu.clock", "gpu.held"):
            self.assertIn((name, "ok"), items)

    def test_a_target_has_its_own_gpus(self):
        pid, other = self.sleeper(), self.sleeper()
        self.trace(self.gpu(0, pid), self.gpu(1, other, temperature=95))
        self.assertIn(("gpu.temperature", "ok"), self.items(str(pid), "--interval", "0.3"))
        self.assertIn(("gpu.temperature", "critical"), self.items(str(other), "--interval", "0.3"))

    def test_a_recording_is_checked_as_the_host_was(self):
        pid = self.sleeper()
        self.trace(self.gpu(0, pid, temperature=88))
        self.vigie("record", self.path("seen.vigie"), "--for", "2s", expect=0)
        env = {**self.env, "LD_LIBRARY_PATH": ""}
        done = self.vigie("check", "--replay", self.path("seen.vigie"), "--json", env=env)
        self.assertIn('"gpu.temperature"', done.out)
        self.assertIn("it slows itself down at 90 C", done.out)

    def test_a_driver_that_fails_is_not_known(self):
        self.trace(self.gpu(0), faults={"init": 18})
        items = self.items("--interval", "0.1")
        self.assertIn("of different versions", items["gpu.driver", "unknown"]["advice"])


if __name__ == "__main__":
    unittest.main()
