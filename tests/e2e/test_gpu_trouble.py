"""Cards that are denied, broken or silent, drivers that are slow, and what a recording keeps of it: on the fake driver."""

import json
import subprocess

import harness
from test_gpu import GpuTest


class GpuTrouble(GpuTest):
    def states(self):
        return [row["gpu_state"] for row in self.json("gpu", "--interval", "0")["gpus"]]

    def notes(self):
        return self.vigie("gpu", "--interval", "0", expect=0).out

    # --- cards

    def test_cards_that_are_not_for_you_are_counted_and_are_not_lost(self):
        self.trace(self.gpu(0), *({"device": device, "time": 0, "handle": 4} for device in (1, 2, 5)), self.gpu(3),
                   self.gpu(4))
        self.assertEqual(self.states(), ["working", "denied", "denied", "working", "working", "denied"])
        notes = self.notes()
        self.assertIn("3 of 6 GPUs are not for you here (1,2,5): ", notes)
        self.assertNotIn("fallen off", notes)
        self.trace(self.gpu(0, handle=4))
        self.assertIn("1 of 1 GPU is not for you here (0): ", self.notes())

    def test_each_trouble_has_a_sentence_that_says_who_can_do_what(self):
        for error, state, part in ((8, "unpowered", "GPU 1 does not get its power: "),
                                   (15, "lost", "GPU 1 has fallen off the bus: "),
                                   (16, "needs reset", "GPU 1 does nothing before it is reset: root does that with "),
                                   (999, "unopened", "GPU 1 does not answer: ")):
            self.trace(self.gpu(0), self.gpu(1, handle=error))
            self.assertEqual(self.states(), ["working", state])
            self.assertIn(part, self.notes())

    def test_a_card_of_which_every_call_wants_a_reset_does_not_work(self):
        self.trace(self.gpu(0, 4000000), self.gpu(0, 4000000, time=1, needs_reset=True), self.gpu(0, time=2, needs_reset=False))
        self.set_clock(1)
        [row] = self.json("gpu", "--interval", "0")["gpus"]
        self.assertEqual((row["gpu_state"], row["power_watts"], row["gpu_processes"]), ("needs reset", None, None))
        self.assertIn("GPU 0 does nothing before it is reset", self.notes())
        self.set_clock(2)
        self.assertEqual(self.states(), ["working"])

    def test_no_run_gets_a_card_in_trouble(self):
        self.trace(self.gpu(0), self.gpu(1, handle=4), self.gpu(2, needs_reset=True))
        done = self.vigie("run", "--gpus", "2", "--", "/bin/true", expect=1)
        self.assertEqual(done.err, "vigie: cannot give it 2 GPUs: this host has 3, of which 1 can be used here\n")
        self.assertIn("cannot give it GPU 1: denied", self.vigie("run", "--gpus", "1,", "--", "/bin/true", expect=4).err)
        self.assertEqual(self.runs(), [])

    def test_a_run_whose_card_falls_off_while_it_is_looked_at_is_told_so(self):
        """The driver does not say any more who was on it; the look before knows."""
        self.start("train", "sleep", "1000")
        pid = self.wait_row("train", "it runs for a while", lambda row: row["elapsed_seconds"] > 9)["pid"]
        self.trace(self.gpu(0, pid), self.gpu(1, pid), self.gpu(1, time=1, xid=79), self.gpu(1, time=1, lost=True))
        playing = {name: value for name, value in self.env.items() if name != "VIGIE_FAKE_NVML_CLOCK"}
        done = self.vigie("why", "train", "--interval", "3", "--json", env=playing, expect=1)
        finding = json.loads(done.out)["findings"][0]
        self.assertEqual((finding["rule"], finding["subject"], finding["severity"]), ("gpu-error", "train", "critical"))
        done = self.vigie("check", "train", "--interval", "3", env=playing)
        self.assertRegex(done.out, r"gpu\.errors.*critical.*GPU 1")

    def test_a_card_that_its_driver_wants_reset_is_not_given_away(self):
        self.trace(self.gpu(0, fields={"230": 1}), self.gpu(1, remapped=[0, 1, 0, 1]), self.gpu(2))
        done = self.vigie("run", "--name", "one", "--gpus", "1", "--", "sh", "-c", "echo $CUDA_VISIBLE_DEVICES", expect=0)
        self.vigie("wait", "one", expect=0)
        uuid = self.json("gpu", "--interval", "0")["gpus"][2]["gpu_uuid"]
        self.assertIn(uuid, self.vigie("logs", "one", expect=0).out, done)

    def test_what_slows_a_card_down_is_said_on_a_narrow_terminal_too(self):
        self.trace(self.gpu(0, reasons=0x80))
        self.assertIn("GPU 0 is slowed down: power brake", self.notes())

    def test_errors_are_told_with_their_cause_first(self):
        self.trace(self.gpu(0, xid=[62, 45, 45]))
        [row] = self.json("gpu", "--interval", "0")["gpus"]
        self.assertEqual((row["xid"], row["xids"]), (62, [62, 45]))
        self.assertIn("GPU 0 reported error Xid 62: the GPU's own controller halted (also Xid 45)", self.notes())

    # --- drivers

    def assert_empty(self, document, status, part):
        self.assertEqual(document["gpus"], [])
        [gpu] = [source for source in document["sources"] if source["name"] == "gpu"]
        self.assertEqual(gpu["status"], status)
        self.assertIn(part, gpu["reason"])

    def test_without_a_gpu_a_program_gets_an_empty_document_with_the_reason(self):
        for faults, status, part, code in (({"init": 9}, "missing", "not loaded", 1), ({"init": 4}, "denied", "may not be", 4),
                                           ({"hang": "nvmlInit_v2"}, "late", "more than 1.5 s a call (nvmlInit_v2)", 1)):
            self.trace(self.gpu(0), faults=faults)
            for command in (("gpu", "--json"), ("stat", "gpu", "--json"), ("gpu", "--processes", "--json")):
                done = self.vigie(*command, expect=code)
                [line] = done.out.splitlines()
                document = json.loads(line)
                if "--processes" in command:
                    self.assertEqual(document["processes"], [])
                else:
                    self.assert_empty(document, status, part)
                self.assertEqual(done.err, "")
        self.trace()
        self.assert_empty(json.loads(self.vigie("gpu", "--json", expect=1).out), "missing", "knows no card")
        self.assertEqual(json.loads(self.vigie("gpu", "-w", "--json", expect=1).out)["gpus"], [])

    def test_a_driver_that_takes_seconds_a_call_says_so_and_leaves_old_values(self):
        self.trace(self.gpu(0), self.gpu(0, time=1, slow={"nvmlDeviceGetPowerUsage": 2.5}))
        watch = self.spawn(harness.vigie_path, "gpu", "-w", "0.2", "--json", stdout=subprocess.PIPE)
        self.assertEqual(json.loads(watch.stdout.readline())["gpus"][0]["gpu_state"], "working")
        self.set_clock(1)
        reasons = []
        for line in watch.stdout:
            document = json.loads(line)
            reasons += [source["reason"] for source in document["sources"] if source["status"] == "late"]
            if reasons and reasons[-1].startswith("the driver takes 2.5 s a call (nvmlDeviceGetPowerUsage): "):
                break
        self.assertEqual((document["gpus"][0]["gpu_state"], document["gpus"][0]["power_watts"]), ("stale", 500))
        self.assertRegex(reasons[0], r"^the driver takes more than [0-9.]+ s a call \(nvmlDeviceGetPowerUsage\): it has not ")
        watch.terminate()
        self.assertIsNotNone(watch.wait(timeout=harness.DEADLINE))

    def test_a_watch_outlasts_a_driver_that_is_late_at_first(self):
        self.trace(self.gpu(0), faults={"slow": {"nvmlDeviceGetCount_v2": 2}})
        watch = self.spawn(harness.vigie_path, "gpu", "-w", "0.2", stdout=subprocess.PIPE)
        first = watch.stdout.readline().decode()
        self.assertRegex(first, r"^no GPU to show: the driver takes more than .* s a call \(nvmlDeviceGetCount_v2\): ")
        for line in watch.stdout:
            if b"H200" in line:
                break
        watch.terminate()
        self.assertIsNotNone(watch.wait(timeout=harness.DEADLINE))

    def test_a_limit_that_was_set_is_told_beside_the_usual_one(self):
        self.trace(self.gpu(0, power_limit_mw=240000, power_default_mw=400000), self.gpu(1, power_default_mw=700000))
        notes = self.notes()
        self.assertIn("GPU 0 may draw 240 W, less than the 400 W that it has", notes)
        self.assertNotIn("GPU 1 may", notes)

    # --- two programs that ask

    def test_a_process_whose_sample_another_program_got_is_not_idle(self):
        self.trace(self.gpu(0, 4000000), faults={"use_period": 1})
        first = self.json("gpu", "--interval", "0.2")["processes"]
        second = self.json("gpu", "--interval", "0.2")["processes"]
        self.assertEqual([row["gpu_busy_percent"] for row in first + second], [88, None])
        self.set_clock(1)
        self.assertEqual(self.json("gpu", "--interval", "0.2")["processes"][0]["gpu_busy_percent"], 88)

    # --- what was recorded

    def test_a_recording_keeps_what_disappears_and_troubles(self):
        self.trace(self.gpu(0, power_default_mw=650000, xid=31, clocks=[210, None]), self.gpu(0, time=1, power_mw=None),
                   self.gpu(0, time=2, power_mw=None, xid=79, needs_reset=True), {"device": 1, "time": 0, "handle": 4})
        watch = self.spawn(harness.vigie_path, "gpu", "-w", "0.2", "--json", "--record", self.path("recorded"),
                           stdout=subprocess.PIPE)
        state = None
        for line in watch.stdout:
            row = json.loads(line)["gpus"][0]
            now = (row["gpu_state"], row["power_watts"])
            if state is None and now == ("working", 500):
                state = now
                self.set_clock(1)
            elif state == ("working", 500) and now == ("working", None):
                state = now
                self.set_clock(2)
            elif now == ("needs reset", None):
                break
        watch.terminate()
        watch.wait(timeout=harness.DEADLINE)
        with open(self.path("recorded"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file][1:]
        of_first = [line for line in lines if line["device"] == 0]
        self.assertEqual((of_first[0]["power_default_mw"], of_first[0]["clocks"]), (650000, [210, None]))
        self.assertEqual([line["xid"] for line in of_first if "xid" in line], [[31], [79]], "each once")
        self.assertEqual([line["handle"] for line in lines if line["device"] == 1][:1], [4])
        self.env["VIGIE_FAKE_NVML_TRACE"] = self.path("recorded")
        states = set()
        for line in of_first:
            self.set_clock(line["time"])
            first, second = self.json("gpu", "--interval", "0")["gpus"]
            states.add((first["gpu_state"], first["power_watts"]))
            self.assertEqual(second["gpu_state"], "denied")
        self.assertEqual(states, {("working", 500), ("working", None), ("needs reset", None)})
