"""What tests/gpu does on a machine with a card, on the driver that is not there and with an nvidia-smi that this file
writes: it answers from the same trace. Nothing here was checked on a card either.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import harness
from test_gpu import GpuTest

RUNNER = os.path.join(harness.ROOT, "tests", "gpu", "run.py")
NO_CARD = 77

# Of NVIDIA's only the shape of its answers is imitated: the fields asked for, in CSV, and the tables of pmon and dmon.
STAND_IN = r'''#!{python}
import json, os, sys

LINES = [json.loads(line) for line in open(os.environ["VIGIE_FAKE_NVML_TRACE"])]
DRIVER, CARDS = LINES[0]["driver"], LINES[1:]
WRONG = json.loads(os.environ.get("WRONG", "{{}}"))
UNKNOWN = os.environ.get("UNKNOWN", "").split()
MIB = 1 << 20
REASONS = {{"sw_power_cap": 4, "hw_slowdown": 8, "sw_thermal_slowdown": 0x20, "hw_thermal_slowdown": 0x40,
           "hw_power_brake_slowdown": 0x80}}


def pick(card, key, at=None, scale=1):
    if key not in card:
        return "[N/A]"
    return str((card[key] if at is None else card[key][at]) / scale).replace(".0", "")


def field(card, name):
    domain, rest = card["pci"].split(":", 1)
    own = {{"index": str(card["device"]), "name": card["name"], "uuid": card["uuid"], "driver_version": DRIVER,
           "pci.bus_id": domain.rjust(8, "0") + ":" + rest.upper(), "temperature.memory": "N/A",
           "mig.mode.current": "Enabled" if card.get("mig") else "[N/A]"}}
    if name in own:
        return own[name]
    prefix, _, word = name.partition(".")
    if word in REASONS:
        return "Active" if card["reasons"] & REASONS[word] else "Not Active"
    key, *how = {{
        "memory.total": ("memory", 0, MIB), "memory.reserved": ("memory", 1, MIB), "memory.used": ("memory", 2, MIB),
        "utilization.gpu": ("utilization", 0), "utilization.memory": ("utilization", 1),
        "power.draw": ("power_mw", None, 1000), "enforced.power.limit": ("power_limit_mw", None, 1000),
        "power.default_limit": ("power_default_mw", None, 1000),
        "temperature.gpu": ("temperature",), "fan.speed": ("fan",), "clocks.sm": ("clocks", 0),
        "clocks.mem": ("clocks", 1), "clocks.max.sm": ("clocks_max", 0), "clocks.max.mem": ("clocks_max", 1),
        "pcie.link.gen.current": ("pcie", 0), "pcie.link.gen.max": ("pcie_max", 0),
        "pcie.link.width.current": ("pcie", 1), "pcie.link.width.max": ("pcie_max", 1),
        "ecc.errors.corrected.volatile.total": ("ecc", 0), "ecc.errors.uncorrected.volatile.total": ("ecc", 1)}}[name]
    return pick(card, key, *how)


def remapped(card, name):
    names = ("correctable", "uncorrectable", "pending", "failure")
    return card["uuid"] if name == "gpu_uuid" else pick(card, "remapped", names.index(name.split(".")[1]))


def answer(option, asked):
    for name in asked:
        if name in UNKNOWN:
            print(f'Field "{{name}}" is not a valid field to query.')
            sys.exit(2)
    for card in CARDS:
        if option == "--query-compute-apps":
            for one in card["processes"]:
                values = {{"gpu_uuid": card["uuid"], "pid": str(one["pid"]), "used_memory": str(one["memory"] // MIB)}}
                print(", ".join(values[name] for name in asked))
            continue
        say = field if option == "--query-gpu" else remapped
        print(", ".join(str(WRONG.get(name, say(card, name))) for name in asked))


option, _, asked = sys.argv[1].partition("=")
if option == "pmon":
    print("# gpu        pid  type    sm   mem   enc   dec    fb   command")
    print("# Idx          #   C/G     %     %     %     %    MB   name")
    for card in CARDS:
        for one in card["processes"]:
            print("   ", card["device"], one["pid"], "C", one["sm"], one["mem"], "- -", one["memory"] // MIB, "python3 -c x")
        if not card["processes"]:
            print(f"    {{card['device']}} - - - - - - - -")
elif option == "dmon":
    for _ in range(2):
        print("# gpu    pwr  gtemp  mtemp     sm    mem   mclk   pclk     fb")
        print("# Idx      W      C      C      %      %    MHz    MHz     MB")
        for card in CARDS:
            print(card["device"], card["power_mw"] // 1000, card["temperature"], "-", *card["utilization"],
                  *reversed(card["clocks"]), card["memory"][2] // MIB)
else:
    answer(option, asked.split(","))
'''


class GpuCard(GpuTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        with open(self.path("bin/nvidia-smi"), "w", encoding="utf-8") as file:
            file.write(STAND_IN.format(python=sys.executable))
        os.chmod(self.path("bin/nvidia-smi"), 0o755)
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]
        # The names of earlier releases are asked for when this one does not know the later ones.
        self.env["UNKNOWN"] = "pcie.link.gen.gpucurrent clocks_event_reasons.hw_slowdown"

    def check_card(self, *options, expect, timeout=120):
        done = subprocess.run([harness.PYTHON, RUNNER, "--vigie", harness.vigie_path, "--out", self.path("out"),
                               "--device", "cpu", *options], env=self.env, cwd=self.dir, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        self.assertIn(done.returncode, (0, 1) if expect is None else (expect,), done.stdout)
        return done.stdout

    def report(self):
        with open(self.path("out/report.json"), encoding="utf-8") as file:
            return json.load(file)

    def two_cards(self):
        self.trace(self.gpu(0, self.sleeper(), remapped=[1, 0, 0, 0], pcie=[5, 16], pcie_max=[5, 16]),
                   self.gpu(1, reasons=0x24, fan=30))

    # --- part 1

    def test_a_driver_and_an_nvidia_smi_that_agree_pass(self):
        self.two_cards()
        out = self.check_card("--only", "compare", expect=0)
        self.assertNotIn("FAIL", out)
        self.assertRegex(out.splitlines()[-1], r"^\d+ passed, 0 failed, \d+ skipped$")
        for name in ("GPU 0 power_watts", "GPU 1 throttle", "GPU 0 remapped_rows", "GPU 0 pcie_generation", "processes",
                     "GPU 1 fan_percent", "GPU 1 dmon pclk = sm_clock_hertz"):
            self.assertIn(f"ok    compare idle: {name}\n", out)
        self.assertRegex(out, r"ok    compare idle: process \d+ memory\n")
        self.assertRegex(out, r"ok    compare idle: pmon process \d+ gpu_busy_percent\n")
        report = self.report()
        self.assertEqual((report["about"]["card"], report["about"]["driver"]), ("NVIDIA H200", "550.54.15"))
        with open(self.path("out/report.md"), encoding="utf-8") as file:
            self.assertIn("NVIDIA H200", file.read())

    def test_values_that_differ_fail_and_are_named(self):
        self.two_cards()
        # Another value, none where vigie has one, and one where vigie has none (card 0 has no fan).
        self.env["WRONG"] = json.dumps({"power.draw": "420", "memory.used": "[N/A]", "fan.speed": "30"})
        out = self.check_card("--only", "compare", expect=1)
        failed = [line for line in out.splitlines() if line.startswith("FAIL")]
        names = [re.match(r"FAIL  compare idle: (GPU \d \S+): vigie", line).group(1) for line in failed]
        self.assertEqual(names, ["GPU 0 gpu_memory_used_bytes", "GPU 0 power_watts", "GPU 0 fan_percent",
                                 "GPU 1 gpu_memory_used_bytes", "GPU 1 power_watts"], out)
        self.assertIn("vigie 500.0, nvidia-smi 420.0 before and 420.0 after [W], tolerance 15 + 5 %", out)

    def test_without_a_card_it_says_so(self):
        os.unlink(self.path("bin/nvidia-smi"))
        if shutil.which("nvidia-smi", path=self.env["PATH"]):
            self.skipTest("this host has an nvidia-smi")
        out = self.check_card(expect=NO_CARD)
        self.assertEqual(out, "there is no NVIDIA card to check vigie on: nvidia-smi is not installed\n")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_with_a_driver_that_does_not_answer_nvidia_smi_it_says_so(self):
        with open(self.path("bin/nvidia-smi"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho 'the driver is not loaded'\nexit 9\n")
        out = self.check_card(expect=NO_CARD)
        self.assertEqual(out, "there is no NVIDIA card to check vigie on: nvidia-smi says: the driver is not loaded\n")

    # --- parts 2 and 3

    def test_a_real_load_is_judged_and_its_trace_plays(self):
        if os.environ.get("VIGIE_SLOW") != "1":
            self.skipTest("it takes half a minute: VIGIE_SLOW=1")
        if subprocess.run([harness.PYTHON, "-c", "import torch"], check=False, stderr=subprocess.DEVNULL).returncode:
            self.skipTest("PyTorch is not installed")
        # A card that does nothing: the load computes on the CPU.
        self.trace(self.gpu(0, utilization=[0, 0], reasons=0))
        out = self.check_card("--only", "verdicts", "--load", "loader", expect=None)
        with open(self.path("out/traces/loader.verdict.json"), encoding="utf-8") as file:
            verdict = json.load(file)
        # Others on this host may be what holds the load back: then that is said, and the check fails.
        right = verdict["said"] == "loader-cpu"
        self.assertIn(f"{'ok  ' if right else 'FAIL'}  verdict on loader is loader-cpu", out)
        self.assertIn("ok    trace of loader is recorded\n", out)
        self.assertEqual((verdict["figures"]["GPU %"], verdict["about"]["card"]), (0, "NVIDIA H200"))
        self.assertEqual(self.runs(), [], "its runs are in directories of its own")
        self.env["VIGIE_FAKE_NVML_TRACE"] = self.path("out/traces/loader.jsonl")
        self.assertEqual(self.json("gpu", "--interval", "0")["gpus"][0]["gpu_uuid"], "GPU-0")


class GpuCardLogic(harness.unittest.TestCase):
    """What decides about a card, without one."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, os.path.dirname(RUNNER))
        import compare
        import cost
        import smi
        import verdicts
        cls.compare, cls.cost, cls.smi, cls.verdicts = compare, cost, smi, verdicts

    @classmethod
    def tearDownClass(cls):
        sys.path.remove(os.path.dirname(RUNNER))

    def test_a_moving_value_may_lie_between_or_near(self):
        near = self.compare.is_near
        self.assertTrue(near(50, [10, 90], 0))
        self.assertTrue(near(95, [10, 90], 5))
        self.assertFalse(near(96, [10, 90], 5))
        self.assertTrue(near(720, [700, 690], 15, 5))

    def test_what_is_absent_must_be_absent_on_both_sides(self):
        agrees, equal = self.compare.agrees, lambda value, answers: value in answers
        self.assertTrue(agrees(None, None, None, equal))
        self.assertFalse(agrees(None, 1, 1, equal))
        self.assertFalse(agrees(1, None, None, equal))
        self.assertTrue(agrees(1, None, 1, equal), "it came meanwhile")
        self.assertFalse(agrees(2, None, 1, equal))

    def test_words_of_throttling(self):
        self.assertEqual(self.compare.throttle_of("no"), set())
        self.assertIsNone(self.compare.throttle_of(None))
        self.assertEqual(self.compare.throttle_of("power cap, thermal, thermal, hardware"),
                         {"power cap", "thermal", "thermal, hardware"})
        self.assertEqual(self.compare.throttle_of("thermal, power brake"), {"thermal", "power brake"})

    def test_absent_values_of_nvidia_smi(self):
        for text in ("[N/A]", "N/A", "[Not Supported]", "-", "[Insufficient Permissions]", "[GPU is lost]", " "):
            self.assertIsNone(self.smi.value_of(text), text)
        self.assertEqual(self.smi.value_of(" 0 "), "0")

    def test_the_verdict_is_the_primary_finding_about_the_run(self):
        def finding(rule, primary, subject="gpu-copy"):
            return {"rule": rule, "primary": primary, "subject": subject}

        document = {"findings": [finding("gpu-error", True, "host"), finding("zombies", False),
                                 finding("copy-bound", True)]}
        rules = self.verdicts.rules_of(document, "gpu-copy")
        self.assertEqual(rules, ["copy-bound", "zombies"])
        self.assertTrue(self.verdicts.is_right("copy-bound", rules))
        self.assertFalse(self.verdicts.is_right("", rules))
        self.assertTrue(self.verdicts.is_right("", []))
        self.assertFalse(self.verdicts.is_right("copy-bound", []))

    def test_a_card_that_does_not_tell_cannot_show_it(self):
        missing = self.verdicts.what_is_missing
        self.assertIn("pcie", missing("copy-bound", {"pcie_received_bytes_per_second": None}))
        self.assertIsNone(missing("launch-bound", {"sm_active_percent": None, "power_watts": 300}))
        self.assertIsNone(missing("", {}))

    def test_the_speed_beside_vigie_is_that_between_two_without(self):
        points = [(0, 0), (10, 100), (20, 190), (30, 280)]
        self.assertEqual(self.cost.rate(points, (0, 10)), 10)
        self.assertIsNone(self.cost.rate(points, (25, 35)))
        self.assertEqual(self.cost.ratios_of([10, 8], [9]), [1])
        self.assertEqual(self.cost.points_of("1.5 3\n2.0 4\n2.5"), [(1.5, 3), (2.0, 4)])


if __name__ == "__main__":
    harness.unittest.main()
