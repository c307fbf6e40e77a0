"""What `vigie gpu` says of each family of cards, played from figures of real ones (tests/fake_nvml/traces/cards.py)."""

import glob
import json
import os
import subprocess
import sys

import harness
from test_gpu import GpuTest

TRACES = os.path.join(harness.ROOT, "tests", "fake_nvml", "traces")
RECOVERIES = ("nothing", "reset", "reboot", "drain links", "drain and reset")


def values_at(path, second):
    """All that each device of a trace says then."""
    devices = {}
    with open(path, encoding="utf-8") as file:
        for line in map(json.loads, file):
            if line.get("time", 0) <= second and "trace" not in line:
                devices.setdefault(line["device"], {}).update(line)
    return [{key: value for key, value in devices[number].items() if value is not None} for number in sorted(devices)]


def scaled(value, scale):
    return None if value is None else value * scale


def expected(said):
    """The columns of `vigie gpu --json` that a device's line stands for; None is what it does not tell."""
    def part(key, at, scale=1):
        return scaled(said[key][at], scale) if key in said else None
    shared = "memory" not in said
    fields, gpm = said.get("fields", {}), said.get("gpm", {})
    link = (lambda key, at: None) if shared else part
    return {"gpu_name": said["name"], "gpu_state": "working", "gpu_memory_shared": shared,
            "gpu_percent": part("utilization", 0), "gpu_memory_percent": part("utilization", 1),
            "gpu_memory_total_bytes": part("memory", 0), "gpu_memory_reserved_bytes": part("memory", 1),
            "gpu_memory_used_bytes": part("memory", 2), "power_watts": scaled(said.get("power_mw"), 1e-3),
            "power_limit_watts": scaled(said.get("power_limit_mw"), 1e-3),
            "power_default_watts": scaled(said.get("power_default_mw"), 1e-3),
            "energy_joules": scaled(said.get("energy_mj"), 1e-3), "temperature_celsius": said.get("temperature") or None,
            "memory_temperature_celsius": fields.get("82"), "slowdown_celsius": said.get("slowdown"),
            "fan_percent": said.get("fan"), "sm_clock_hertz": part("clocks", 0, 1e6),
            "memory_clock_hertz": part("clocks", 1, 1e6), "sm_clock_max_hertz": part("clocks_max", 0, 1e6),
            "memory_clock_max_hertz": part("clocks_max", 1, 1e6), "pcie_generation": link("pcie", 0),
            "pcie_width": link("pcie", 1), "pcie_generation_max": link("pcie_max", 0), "pcie_width_max": link("pcie_max", 1),
            "throttle": ("power cap" if said["reasons"] & 4 else "no") if "reasons" in said else None,
            "ecc_corrected": part("ecc", 0), "ecc_uncorrected": part("ecc", 1), "remapped_rows": part("remapped", 0),
            "recovery_action": RECOVERIES[fields["230"]] if "230" in fields else None, "xid": None,
            "mig": True if "mig" in said else None, "sm_active_percent": gpm.get("2"), "tensor_active_percent": gpm.get("5"),
            "dram_active_percent": gpm.get("10")}


# What people see of device 0 in the first second: its line without the name and without who is on it.
LINES = {
    "h100-full": "0 H100 80GB HBM3 100.0 88.5 59.9 37.0 68.9G 79.6G 54 670 700 1590M power cap process 3000000",
    "h100-pipeline": "0 H100 80GB HBM3 100.0 52.3 12.6 39.1 30.6G 79.6G 45 414 700 1980M no process 3000000",
    "h100-spin": "0 H100 80GB HBM3 100.0 18.2 0.0 0.0 32.0G 79.6G 35 125 700 1980M no process 3000000",
    "b300-ladder": "0 B300 SXM6 AC 0.0 60.0G 288G 33 184 1100 2032M no process 3000000",
    "t4": "0 Tesla T4 100.0 9.0G 15.0G 75 71 70 1290M power cap process 3000000",
    "v100": "0 Tesla V100S-PCIE-32GB 84.0 4.0G 32.0G 48 197 250 1597M no process 3000000",
    "rtx3090": "0 RTX 3090 98.0 20.0G 24.0G 70 314 315 1500M power cap process 3000000",
    "rtx4090": "0 RTX 4090 96.0 17.5G 24.0G 58 297 450 2700M no process 3000000",
    "rtx5090": "0 RTX 5090 100.0 21.9G 31.8G 52 317 575 2850M no process 3000000",
    "laptop": "0 RTX 4050 Laptop GPU 100.0 1017M 6.0G 73 70 1860M power cap process 3000000",
    "a100-mig": "0 A100-SXM4-40GB - 10.9G 40.0G 44 184 400 1410M no process 3000000",
    "gb10": "0 GB10 96.0 - - 66 61 2405M no process 3000000",
    "orin": "0 Orin (nvgpu) - - - - - -",
    "wsl": "0 GTX 1650 Ti - 132M 4.0G - 13 1845M no process 3000000",
    "p400": "0 Quadro P400 0.0 0 2.0G 33 - 139M no",
}


class GpuCards(GpuTest):
    def play(self, name):
        self.env["VIGIE_FAKE_NVML_TRACE"] = os.path.join(TRACES, f"card-{name}.jsonl")

    def assert_columns(self, row, columns, name):
        for column, value in columns.items():
            if isinstance(value, float) and row[column] is not None:
                self.assertAlmostEqual(row[column], value, delta=abs(value) * 1e-3 + 0.006, msg=(name, column))
            else:
                self.assertEqual(row[column], value, (name, column))

    def test_every_family_tells_what_it_has_and_nothing_else(self):
        paths = sorted(glob.glob(os.path.join(TRACES, "card-*.jsonl")))
        self.assertGreaterEqual(len(paths), 15)
        for path in paths:
            name = os.path.basename(path)[len("card-"):-len(".jsonl")]
            for second in (0, 12):
                self.set_clock(second)
                self.play(name)
                document = self.json("gpu", "--interval", "0.2")
                said = values_at(path, second)
                self.assertEqual(len(document["gpus"]), len(said), name)
                for row, device in zip(document["gpus"], said):
                    self.assert_columns(row, expected(device), name)
                processes = [(process, "mig" in device or device.get("wddm")) for device in said
                             for process in device.get("processes", ())]
                shown = {row["pid"]: row for row in document["processes"]}
                self.assertEqual(len(shown), len(processes), name)
                for process, untold in processes:
                    row = shown[process["pid"]]
                    self.assertEqual(row["gpu_busy_percent"], None if untold else process.get("sm", 0), (name, second))
                    self.assertEqual(row["gpu_memory_bytes"], None if name == "wsl" else process["memory"], name)

    def with_model(self, path):
        """A copy with the column that the converter wants, and the logs have lost."""
        with open(path, encoding="utf-8") as file:
            head, *rows = file.read().splitlines()
        with open(self.path("log"), "w", encoding="utf-8") as file:
            file.write("\n".join([head + ",gpu_model"] + [row + ",NVIDIA H100 80GB HBM3" for row in rows]))
        return self.path("log")

    def test_reports_of_real_cards_are_shown_value_by_value(self):
        logs = os.path.join(harness.ROOT, "..", "shared", "gpu-logs")
        convert = os.path.join(logs, "tools", "convert.py")
        if not os.path.isfile(convert):
            self.skipTest("the reports of real cards are not beside the project")
        wanted = [("xml", path) for path in sorted(glob.glob(os.path.join(logs, "q-*.xml")))]
        wanted += [("capture", path) for path in sorted(glob.glob(os.path.join(logs, "capture-*.txt")))]
        wanted += [("dcgm", path) for path in sorted(glob.glob(os.path.join(logs, "h100x8-*.csv")))]
        self.assertTrue(wanted)
        compared = 0
        for form, path in wanted:
            if form == "dcgm":
                path = self.with_model(path)
            with open(self.path("trace"), "wb") as file:
                subprocess.run([sys.executable, convert, form, path], stdout=file, stderr=subprocess.DEVNULL, check=True)
            with open(self.path("trace"), encoding="utf-8") as file:
                head, *lines = map(json.loads, file)
            second = lines[len(lines) // 2]["time"]
            self.set_clock(second)
            rows = self.json("gpu", "--interval", "0.2")["gpus"]
            said = values_at(self.path("trace"), second)
            self.assertEqual(len(rows), len(said), path)
            for row, device in zip(rows, said):
                columns = expected(device)
                if head.get("faults"):  # the older call for memory, which does not tell what is reserved
                    columns["gpu_memory_reserved_bytes"] = None
                self.assert_columns(row, columns, path)
                compared += len(columns)
        self.assertGreater(compared, 1000)

    def test_what_people_see_of_each_family(self):
        for name, line in LINES.items():
            self.play(name)
            lines = self.vigie("gpu", "--interval", "0.2", expect=0).out.splitlines()
            shown = " ".join(lines[1].split())
            self.assertEqual(shown, line, name)
            says = "GPU 0 has no memory to speak of: it uses the host's (vigie mem)"
            self.assertEqual(says in lines, name in ("gb10", "orin"), name)
