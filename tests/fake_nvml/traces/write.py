#!/usr/bin/env python3
"""Writes the traces in this directory: write.py. The numbers are made up within what NVML's documentation allows; those of
the families of cards (cards.py) are from figures of real ones."""

import json
import os

from cards import CARDS

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = "written by hand from NVML's documentation; recorded on no card"
GIB = 1 << 30


def head(**more):
    return {"trace": "nvml", "version": 1, "source": SOURCE, "driver": "550.54.15", **more}


def h200(device, pids=(), busy=True, seconds=0, **more):
    """One NVIDIA H200 as it might answer; with counters that grow with the seconds."""
    line = {
        "time": seconds, "device": device, "uuid": f"GPU-00000000-0000-4000-8000-{device:012x}", "name": "NVIDIA H200",
        "pci": f"0000:{0x18 + device:02x}:00.0",
        "memory": [141 * GIB, GIB // 2, (71 * GIB + GIB // 4) if busy else 0],
        "utilization": [98 if busy else 0, 43 if busy else 0],
        "power_mw": 512_000 if busy else 76_000, "power_limit_mw": 700_000,
        "energy_mj": 1_000_000_000 + int(seconds * (512_000 if busy else 76_000)),
        "temperature": 61 if busy else 34, "slowdown": 90,
        "clocks": [1755 if busy else 345, 3201], "clocks_max": [1980, 3201], "reasons": 4 if busy else 1,
        "pcie": [5, 16], "pcie_max": [5, 16], "ecc": [0, 0], "remapped": [0, 0, 0, 0],
        "fields": {"74": int(seconds * 250_000_000) if busy else 0, "75": 0, "82": 70 if busy else 33,
                   "197": int(seconds * 3e9) % (1 << 32), "198": int(seconds * 2e9) % (1 << 32),
                   "138": int(seconds * 40_000_000), "139": int(seconds * 41_000_000)},
        "gpm": {"1": 97.5, "2": 61.2, "3": 28.4, "5": 33.1, "10": 47.9, "20": 2900.0, "21": 1900.0, "60": 40039.0,
                "61": 39062.5} if busy else {"1": 0.0, "2": 0.0, "3": 0.0, "5": 0.0, "10": 0.0},
        "processes": [{"pid": pid, "memory": 71 * GIB, "sm": 97, "mem": 43} for pid in pids]}
    line.update(more)
    return line


def t4(device, **more):
    """An older card: no GPM, no NVLink, no remapped rows."""
    return {"time": 0, "device": device, "uuid": f"GPU-11111111-0000-4000-8000-{device:012x}", "name": "Tesla T4",
            "pci": f"0000:{0x3b + device:02x}:00.0", "memory": [16 * GIB - GIB // 2, GIB // 4, 9 * GIB],
            "utilization": [54, 20], "power_mw": 61_500, "power_limit_mw": 70_000, "energy_mj": 5_000_000,
            "temperature": 88, "slowdown": 93, "clocks": [900, 5001], "clocks_max": [1590, 5001], "reasons": 0x24,
            "pcie": [3, 16], "pcie_max": [3, 16], "ecc": [3, 1],
            "processes": [{"pid": 3000000, "memory": 9 * GIB, "sm": 54, "mem": 20}], **more}


def mig(device):
    """An H100 in two instances."""
    line = h200(device, name="NVIDIA H100 80GB HBM3", memory=[80 * GIB, GIB // 2, 30 * GIB])
    del line["utilization"]
    line["mig"] = [{"instance": 1, "uuid": "MIG-0000001", "name": "NVIDIA H100 80GB HBM3 MIG 3g.40gb",
                    "memory": [40 * GIB, 0, 30 * GIB]},
                   {"instance": 2, "uuid": "MIG-0000002", "name": "NVIDIA H100 80GB HBM3 MIG 3g.40gb",
                    "memory": [40 * GIB, 0, 0]}]
    line["processes"] = [{"pid": 3000001, "memory": 30 * GIB, "instance": 1}]
    return line


TRACES = {
    "one": [head()] + [h200(0, [3000000], seconds=second) for second in range(0, 30)],
    "eight": [head()] + [h200(device, range(3000000 + 8 * device, 3000008 + 8 * device), seconds=second)
                         for second in range(0, 3) for device in range(8)],
    "sixteen": [head()] + [h200(device, [3000000 + device] if device % 2 else [], device % 2 == 1)
                           for device in range(16)],
    "old": [head(driver="470.57.02", faults={"old_structs": True}), t4(0)],
    "mig": [head(), mig(0)],
    "lost": [head()] + [h200(device) for device in range(2)]
            + [{"time": 1, "device": 1, "xid": 79}, {"time": 1, "device": 1, "lost": True}],
    "garbage": [head(faults={"garbage": True}), h200(0, [3000000], utilization=[4000000000, 7])],
    "hang": [head(faults={"hang": "nvmlInit_v2"}), h200(0)],
    "hang-later": [head(faults={"hang": "nvmlDeviceGetPowerUsage", "hang_after": 1}), h200(0, [3000000])],
    "mismatch": [head(faults={"init": 18}), h200(0)],
    "denied": [head(faults={"init": 4}), h200(0)],
    "unloaded": [head(faults={"init": 9})],
}


def main():
    for name, lines in [*TRACES.items(), *((f"card-{name}", lines) for name, lines in CARDS.items())]:
        with open(os.path.join(HERE, name + ".jsonl"), "w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
