"""One trace for each family of cards, from figures that owners of such cards have published: nvidia-smi's logs and reports,
DCGM's fields. `write.py` writes them as card-NAME.jsonl. What a family does not tell is not in its trace; what its owner's
figures lacked and had to be made up is named in "source"."""

GIB, MIB = 1 << 30, 1 << 20
SECONDS = 20

PUBLISHED = "figures that owners of such cards have published, by no recording of vigie's; "


def head(source, driver="580.65.06", **more):
    return {"trace": "nvml", "version": 1, "source": PUBLISHED + source, "driver": driver, **more}


def wave(values, at):
    """The values in turn: a trace that repeats itself is compared more easily than one that is random."""
    return values[at % len(values)]


def played(device, first, changing, seconds=SECONDS, energy_told=True):
    """The first line of a device with all that it tells, then what changes from second to second."""
    lines, energy, held = [], 5_000_000_000 + device, 0
    for second in range(seconds):
        line = {"time": second, "device": device, **(first if second == 0 else {}), **changing(second)}
        if energy_told:
            energy += line["power_mw"]
            line["energy_mj"] = energy
        if line.get("reasons", 0) & 4 and "fields" in line:
            held += 900_000_000
        if "fields" in line:
            line["fields"] = {**line["fields"], "74": held}
        lines.append(line)
    return lines


def identity(device, name, family, bus=0x18):
    return {"uuid": f"GPU-{family:08x}-0000-4000-8000-{device:012x}", "name": name, "pci": f"0000:{bus + device:02x}:00.0"}


def process(device, memory, sm=None, mem=None, instance=None):
    more = {"sm": sm, "mem": mem, "instance": instance, "memory": memory}
    return {"pid": 3000000 + device, **{key: value for key, value in more.items() if value is not None}}


def h100(device, used_mib, **more):
    """As it is told of in all logs of H100s: no slowdown temperature (from Ada on), a temperature of its memory."""
    return {**identity(device, "NVIDIA H100 80GB HBM3", 0x100),
            "memory": [81559 * MIB, 479 * MIB, used_mib * MIB], "power_limit_mw": 700_000, "power_default_mw": 700_000,
            "clocks_max": [1980, 2619], "pcie": [5, 16], "pcie_max": [5, 16], "ecc": [0, 0], "remapped": [0, 0, 0, 0],
            "fields": {"82": 60, "230": 0}, **more}


def gpm(sm, tensor, dram, sent, received, nvlink, occupancy=30):
    """Percentages; megabytes a second over PCIe; gigabytes a second over NVLink, both ways alike."""
    return {"1": 99.0 if sm > 0 else 0.0, "2": sm, "3": occupancy, "5": tensor, "10": dram, "20": round(sent * 1e6 / MIB, 3),
            "21": round(received * 1e6 / MIB, 3), "60": round(nvlink * 1e9 / MIB, 1), "61": round(nvlink * 1e9 / MIB, 1)}


def h100_full(device):
    def now(at):
        watts = wave((670, 692, 689, 696, 693), at + device)
        return {"utilization": [100, wave((49, 44, 51, 48), at + device)], "power_mw": watts * 1000,
                "temperature": (54, 57, 60, 63, 64, 67, 70, 74)[device], "clocks": [wave((1590, 1635, 1605), at), 2619],
                "reasons": 4, "fields": {"82": 66 + device, "230": 0},
                "gpm": gpm(wave((88.5, 85.0, 89.5), at + device), wave((59.9, 48.5, 61.3), at), wave((37.0, 33.2, 39.3), at),
                           7.2, wave((26.3, 25.0, 28.9), at), 0)}
    return played(device, h100(device, 70569, processes=[process(device, 70000 * MIB, 100, 49)]), now)


def h100_pipeline(device):
    def now(at):
        step = at + device // 4
        return {"utilization": [wave((100, 99, 100), step), wave((50, 54, 15), step)],
                "power_mw": wave((414, 433, 400), step) * 1000, "temperature": 45 + device * 13 // 7,
                "clocks": [1980, 2619], "reasons": 0,
                "gpm": gpm(wave((52.3, 55.2, 27.5), step), wave((12.6, 14.1, 4.5), step), wave((39.1, 42.1, 13.0), step),
                           wave((20.8, 9.0, 499.1), step), wave((72.3, 26.1, 6910.2), step), wave((60.1, 66.1, 21.4), step))}
    return played(device, h100(device, 31306, processes=[process(device, 30800 * MIB, 100, 50)]), now)


def h100_spin(device):
    def now(at):
        return {"utilization": [100, 0], "power_mw": wave((125, 124, 127), at + device) * 1000, "temperature": 35 + device,
                "clocks": [1980, 2619], "reasons": 0,
                "gpm": gpm(wave((18.2, 16.7, 18.0), at + device), 0.0, 0.0, 0.7, 0.6, 0.0, 6)}
    return played(device, h100(device, 32735, processes=[process(device, 32200 * MIB, 100, 0)]), now)


# seconds from which, watts, limit, utilisation, memory utilisation, SM clock, reasons, degrees
B300_LADDER = ((0, 183.5, 1100, 0, 0, 2032, 0, 33), (20, 215.1, 1100, 100, 0, 2032, 0, 35), (40, 417.3, 1100, 100, 0, 1983, 0, 40),
               (60, 624.4, 1100, 49, 22, 1942, 4, 44), (80, 1070.4, 1100, 100, 87, 1942, 4, 54),
               (100, 1049.7, 1100, 100, 27, 1724, 4, 57), (120, 1081.7, 1100, 100, 18, 1422, 4, 59),
               (140, 448.2, 450, 100, 22, 926, 4, 40))


def b300(device):
    first = {**identity(device, "NVIDIA B300 SXM6 AC", 0x300), "memory": [288 * GIB, GIB // 2, 60 * GIB],
             "power_default_mw": 1_100_000, "clocks_max": [2032, 3996], "ecc": [0, 0], "remapped": [0, 0, 0, 0]}

    def now(at):
        _, watts, limit, busy, memory, clock, reasons, heat = [rung for rung in B300_LADDER if rung[0] <= at][-1]
        return {"utilization": [busy, memory], "power_mw": round(watts * 1000) + at % 3 * 1000, "power_limit_mw": limit * 1000,
                "clocks": [clock, 3996], "reasons": reasons, "temperature": heat, "fields": {"230": 0},
                "processes": [process(device, 60 * GIB, busy, memory)]}
    return played(device, first, now, 160)


def t4(device):
    first = {**identity(device, "Tesla T4", 0x4, 0x1e), "memory": [15360 * MIB, 388 * MIB, 9 * GIB], "power_limit_mw": 70_000,
             "power_default_mw": 70_000, "slowdown": 93, "clocks_max": [1590, 5001], "pcie": [3, 8], "pcie_max": [3, 16],
             "ecc": [0, 0], "processes": [process(device, 9 * GIB, 99, 80)]}

    def now(at):
        return {"utilization": [100, 80], "power_mw": wave((70_990, 69_970, 70_050), at), "temperature": 75, "reasons": 4,
                "clocks": [wave((1290, 1290, 1275), at) if at < 10 else 900, 5000]}
    return played(device, first, now)


def v100(device):
    first = {**identity(device, "Tesla V100S-PCIE-32GB", 0x7), "memory": [32768 * MIB, 262 * MIB, 4 * GIB],
             "power_limit_mw": 250_000, "power_default_mw": 250_000, "slowdown": 87, "clocks_max": [1597, 1107],
             "clocks": [1597, 1107], "pcie": [3, 16], "pcie_max": [3, 16], "ecc": [0, 0], "reasons": 0,
             "processes": [process(device, 3700 * MIB, 84, 35)]}

    def now(at):
        return {"utilization": [wave((84, 81, 85), at), wave((35, 35, 36), at)], "temperature": 48,
                "power_mw": wave((197, 163, 233), at) * 1000, "fields": {"82": 47}}
    return played(device, first, now)


def geforce(device, name, family, total_mib, used_mib, limit, default, sm, **more):
    """No errors of memory, no temperature of it, no rows to replace."""
    return {**identity(device, name, family, 1), "memory": [total_mib * MIB, 330 * MIB, used_mib * MIB],
            "power_limit_mw": limit * 1000, "power_default_mw": default * 1000, "pcie": [4, 16], "pcie_max": [4, 16],
            "processes": [process(device, (used_mib - 400) * MIB, *sm)], **more}


def rtx3090(device):
    first = geforce(device, "NVIDIA GeForce RTX 3090", 0x3090, 24576, 20480, 315, 350, (98, 85), slowdown=95, fan=60,
                    clocks_max=[2100, 9751])
    return played(device, first, lambda at: {"utilization": [98, 85], "power_mw": wave((314_000, 313_600, 314_400), at),
                                             "clocks": [wave((1500, 1515), at), 9501], "reasons": 4, "temperature": 70})


def rtx4090(device):
    first = geforce(device, "NVIDIA GeForce RTX 4090", 0x4090, 24564, 17955, 450, 450, (96, 37), fan=45, clocks_max=[3105, 10501])
    return played(device, first, lambda at: {"utilization": [wave((96, 95, 97), at), wave((37, 20, 48), at)],
                                             "power_mw": wave((296_760, 276_840, 312_100), at), "clocks": [2700, 10501],
                                             "reasons": 0, "temperature": 58})


def rtx5090(device):
    first = geforce(device, "NVIDIA GeForce RTX 5090", 0x5090, 32607, 22426, 575, 575, (100, 30), fan=40, clocks_max=[3090, 14001],
                    pcie=[5, 16], pcie_max=[5, 16])
    return played(device, first, lambda at: {"utilization": [wave((100, 97, 100), at), None], "reasons": 0,
                                             "power_mw": wave((316_980, 278_470, 327_780), at),
                                             "clocks": [wave((2850, 2842, 2857), at), 13801], "temperature": 52})


def laptop(device):
    first = geforce(device, "NVIDIA GeForce RTX 4050 Laptop GPU", 0x4050, 6141, 1017, 0, 0, (100, 28), clocks_max=[3105, 8001],
                    pcie=[4, 8], pcie_max=[4, 8])
    del first["power_limit_mw"], first["power_default_mw"]
    return played(device, first, lambda at: {"utilization": [100, wave((28, 28, 29), at)], "reasons": 4, "temperature": 73,
                                             "power_mw": wave((69_950, 69_830, 70_060), at),
                                             "clocks": [wave((1860, 1845, 1890), at), 8001]})


def a100_mig(device):
    parts = [{"instance": number, "uuid": f"MIG-00000a10-0000-4000-8000-{number:012x}",
              "name": "NVIDIA A100-SXM4-40GB MIG 3g.20gb", "memory": [19968 * MIB, 0, used * MIB]}
             for number, used in ((1, 11090), (2, 19))]
    first = {**identity(device, "NVIDIA A100-SXM4-40GB", 0xa100, 4), "memory": [40960 * MIB, 605 * MIB, 11125 * MIB],
             "power_limit_mw": 400_000, "power_default_mw": 400_000, "slowdown": 89, "clocks": [1410, 1215],
             "clocks_max": [1410, 1215], "reasons": 0, "pcie": [4, 16], "pcie_max": [4, 16], "ecc": [0, 0],
             "remapped": [0, 0, 0, 0], "mig": parts, "processes": [process(device, 11000 * MIB, instance=1)]}
    return played(device, first, lambda at: {"power_mw": wave((184_000, 187_000, 181_000), at), "temperature": 44,
                                             "fields": {"82": 47}})


def gb10(device):
    first = {**identity(device, "NVIDIA GB10", 0x10), "pci": "000f:01:00.0", "clocks_max": [3003, None], "pcie": [1, 1],
             "pcie_max": [1, 1], "processes": [process(device, 9 * GIB, 96, 0)]}

    def now(at):
        if at < 10:
            return {"utilization": [96, 0], "power_mw": 61_000, "temperature": 66, "clocks": [2405, None], "reasons": 0}
        return {"utilization": [0, 0], "power_mw": 3_000, "temperature": 38, "clocks": [208, None], "reasons": 1,
                "processes": [process(device, 9 * GIB)]}
    return played(device, first, now)


def orin(device):
    unsupported = {f"nvmlDeviceGet{kind}RunningProcesses{version}": 3 for kind in ("Compute", "Graphics", "MPSCompute")
                   for version in ("", "_v2", "_v3")}
    return [{"time": 0, "device": device, "uuid": "GPU-000000ae-0000-4000-8000-000000000000", "name": "Orin (nvgpu)",
             "errors": {**unsupported, "nvmlDeviceGetProcessUtilization": 3, "nvmlDeviceGetFieldValues": 3}}]


def wsl(device):
    first = {**identity(device, "NVIDIA GeForce GTX 1650 Ti", 0x1650, 1), "memory": [4096 * MIB, 60 * MIB, 132 * MIB],
             "wddm": True, "clocks_max": [2100, 6001], "processes": [process(device, 90 * MIB, 30, 2)]}

    def now(at):
        return {"temperature": 0 if at < 10 else 69, "power_mw": 13_000 if at < 10 else 29_000, "clocks": [1845, 4996],
                "reasons": 0}
    return played(device, first, now, energy_told=False)


def p400(device):
    return [{"time": 0, "device": device, **identity(device, "Quadro P400", 0x400, 0x43), "memory": [1998 * MIB, None, 0],
             "utilization": [0, 3], "temperature": 33, "slowdown": 100, "fan": 34, "clocks": [139, 405],
             "clocks_max": [1252, 2005], "reasons": 1, "pcie": [1, 16], "pcie_max": [3, 16], "processes": []}]


def all_devices(one, count=8):
    """Ascending by time, as they were told."""
    return sorted((line for device in range(count) for line in one(device)), key=lambda line: line["time"])


CARDS = {
    "h100-full": [head("DDP of a model of 3.4B on eight H100: DCGM's fields in 880 samples. Made up: SM clock, memory's heat"),
                  *all_devices(h100_full)],
    "h100-pipeline": [head("tensor parallel over eight H100, pipeline over two hosts: DCGM's fields in 880 samples. Made up: "
                           "SM clock"), *all_devices(h100_pipeline)],
    "h100-spin": [head("H100s whose ranks wait in NCCL: 333 samples of 100 % with quiet links. Made up: SM clock, "
                       "temperatures"), *all_devices(h100_spin)],
    "b300-ladder": [head("a B300 idle, with fp64, FMA, half of the time, decoding, training, GEMM, and held at 450 W, 20 s "
                         "each: means of the owner's runs", "610.57.04"), *b300(0)],
    "t4": [head("a T4 that decodes, and one in BERT from second 10 on. Made up: temperature"), *t4(0)],
    "v100": [head("ResNet on CIFAR-10, 2429 samples of an HBM2 card of 250 W, told as a V100S. Made up: memory, clocks"),
             *v100(0)],
    "rtx3090": [head("decoding on an RTX 3090 that its owner holds at 315 W: 162 samples. Made up: fan"), *rtx3090(0)],
    "rtx4090": [head("evaluation of a vision model on an RTX 4090: 562 samples at 95 % and more. Made up: fan, clocks, "
                     "temperature"), *rtx4090(0)],
    "rtx5090": [head("image restoration, 435 samples of a card that is as an RTX 5090. Made up: fan"), *rtx5090(0)],
    "laptop": [head("SGEMM on a laptop's GPU of 6 GB, 502 samples. Made up: name, reasons"), *laptop(0)],
    "a100-mig": [head("an A100 in two instances, idle by nvidia-smi -q; a process as on an H100 in instances. Made up: "
                      "power", "510.47.03"), *a100_mig(0)],
    "gb10": [head("a GB10 idle, from second 10 on; before that at work, which is made up"), *gb10(0)],
    "orin": [head("Jetson AGX Orin, nvidia-smi", "540.4.0"), *orin(0)],
    "wsl": [head("a GTX 1650 Ti under WSL: the table that says 0 degrees, from second 10 on dmon"), *wsl(0)],
    "p400": [head("a Quadro P400, nvidia-smi -q", "418.43", faults={"missing": ["nvmlDeviceGetMemoryInfo_v2"]}), *p400(0)],
}
