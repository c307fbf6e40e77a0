"""Part 1: every value of `vigie gpu --json` beside the same value of nvidia-smi.

nvidia-smi is asked before and after vigie. A value agrees when it lies between its two answers, or beyond them by no
more than its tolerance; what is absent in the one must be absent in the other. A value that moves faster than that may
disagree by chance: a look in which something disagrees is repeated, twice at most, and what is wrong stays wrong.
"""

import functools
import json
import re
import subprocess
import time

import smi

MIB = 1 << 20
ROUNDS = 3

# Tolerances, all in the unit of nvidia-smi. "relative" is in percent of its value, and is added.
#   vigie's name, nvidia-smi's names, units of vigie in one of nvidia-smi, tolerance, relative, unit
NUMBERS = (
    ("gpu", ("index",), 1, 0, 0, ""),
    ("gpu_memory_total_bytes", ("memory.total",), MIB, 1, 0, "MiB"),
    ("gpu_memory_used_bytes", ("memory.used",), MIB, 4, 0, "MiB"),
    ("gpu_memory_reserved_bytes", ("memory.reserved",), MIB, 1, 0, "MiB"),
    ("gpu_percent", ("utilization.gpu",), 1, 15, 0, "%"),
    ("gpu_memory_percent", ("utilization.memory",), 1, 15, 0, "%"),
    ("power_watts", ("power.draw",), 1, 15, 5, "W"),
    ("power_limit_watts", ("enforced.power.limit", "power.limit"), 1, 1, 0, "W"),
    ("power_default_watts", ("power.default_limit",), 1, 1, 0, "W"),
    ("temperature_celsius", ("temperature.gpu",), 1, 3, 0, "°C"),
    ("memory_temperature_celsius", ("temperature.memory",), 1, 3, 0, "°C"),
    ("sm_clock_hertz", ("clocks.sm",), 1e6, 100, 0, "MHz"),
    ("memory_clock_hertz", ("clocks.mem",), 1e6, 50, 0, "MHz"),
    ("sm_clock_max_hertz", ("clocks.max.sm",), 1e6, 0, 0, "MHz"),
    ("memory_clock_max_hertz", ("clocks.max.mem", "clocks.max.memory"), 1e6, 0, 0, "MHz"),
    ("pcie_generation", ("pcie.link.gen.gpucurrent", "pcie.link.gen.current"), 1, 0, 0, ""),
    ("pcie_generation_max", ("pcie.link.gen.max",), 1, 0, 0, ""),
    ("pcie_width", ("pcie.link.width.current",), 1, 0, 0, "lanes"),
    ("pcie_width_max", ("pcie.link.width.max",), 1, 0, 0, "lanes"),
    ("ecc_corrected", ("ecc.errors.corrected.volatile.total",), 1, 0, 0, ""),
    ("ecc_uncorrected", ("ecc.errors.uncorrected.volatile.total",), 1, 0, 0, ""),
    ("fan_percent", ("fan.speed",), 1, 5, 0, "%"),
)
CLIENT_MEMORY_MIB = 4
CLIENT_PERCENT = 25  # both are the driver's last sample of a second, taken at different times
# Columns of `nvidia-smi dmon` beside `vigie stat gpu`. Without a tolerance both are only reported: they are measured
# in other ways (over 20 ms there, over the whole interval here).
MONITORED = (
    ("power_watts", ("pwr",), 1, 15, 5, "W"),
    ("temperature_celsius", ("gtemp", "temp"), 1, 3, 0, "°C"),
    ("memory_temperature_celsius", ("mtemp",), 1, 3, 0, "°C"),
    ("gpu_percent", ("sm",), 1, 20, 0, "%"),
    ("gpu_memory_percent", ("mem",), 1, 20, 0, "%"),
    ("memory_clock_hertz", ("mclk",), 1e6, 50, 0, "MHz"),
    ("sm_clock_hertz", ("pclk",), 1e6, 100, 0, "MHz"),
    ("gpu_memory_used_bytes", ("fb",), MIB, 4, 0, "MiB"),
    ("pcie_received_bytes_per_second", ("rxpci",), 1e6, None, 0, "MB/s"),
    ("pcie_sent_bytes_per_second", ("txpci",), 1e6, None, 0, "MB/s"),
    ("throttle_power_percent", ("pviol",), 1, None, 0, "%"),
)

TEXTS = (("gpu_name", "name"), ("gpu_uuid", "uuid"), ("pci_address", "pci.bus_id"), ("gpu_driver", "driver_version"))
TRUTHS = {"enabled": True, "disabled": False, "yes": True, "no": False, "1": True, "0": False}
# vigie's words for what holds the clocks down; each nvidia-smi has as a value of its own, under one of two prefixes.
REASONS = {"power cap": "sw_power_cap", "hardware slowdown": "hw_slowdown", "thermal": "sw_thermal_slowdown",
           "thermal, hardware": "hw_thermal_slowdown", "power brake": "hw_power_brake_slowdown"}
REMAPPED = ("correctable", "uncorrectable", "pending", "failure")

NOT_COMPARED = {
    "gpu_vendor": "always nvidia here",
    "gpu_state": "vigie's own word; it must be working, or nothing else agrees",
    "sm_active_percent": "GPM: no query of nvidia-smi has it", "sm_occupancy_percent": "as above",
    "tensor_active_percent": "as above", "dram_active_percent": "as above",
    "slowdown_celsius": "no query of nvidia-smi has it",
    "mean_power_watts": "from the energy counter, which no query has", "energy_joules": "as above",
    "throttle_power_percent": "beside dmon, reported", "throttle_thermal_percent": "dmon has another measure",
    "pcie_sent_bytes_per_second": "beside dmon, reported", "pcie_received_bytes_per_second": "beside dmon, reported",
    "nvlink_sent_bytes_per_second": "no query of nvidia-smi has it", "nvlink_received_bytes_per_second": "as above",
    "recovery_action": "what nvidia-smi calls it is not known here",
    "xid": "no query of nvidia-smi has it", "xids": "as above",
    "gpu_memory_shared": "vigie's own word for a card whose memory nvidia-smi does not support", "mig_instances": "compared when a card with instances can be had",
    "gpu_processes": "the processes themselves are", "gpu_users": "as above",
}
COMPARED_OTHERWISE = {"throttle", "mig", "remapped_rows", "remap_pending", "remap_failed", *(one for one, _ in TEXTS)}


# --- what nvidia-smi says, in one shape: {uuid: {vigie's name: value in nvidia-smi's unit}}, absent values None


def number(text):
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def short_pci(text):
    """00000000:18:00.0, as sysfs writes it: 0000:18:00.0."""
    return text and text.lower()[-12:]


def reasons_of(row):
    """The set of vigie's words; None where none of them is told."""
    told = {word: row.get("reason " + word) for word in REASONS}
    if all(said is None for said in told.values()):
        return None
    return {word for word, said in told.items() if said == "Active"}


def ask_cards():
    wanted = {name: fields for name, fields, *_ in NUMBERS}
    wanted.update((name, (field,)) for name, field in TEXTS)
    wanted["mig"] = ("mig.mode.current",)
    for word, field in REASONS.items():
        wanted["reason " + word] = ("clocks_event_reasons." + field, "clocks_throttle_reasons." + field)
    cards = {}
    for row in smi.query("gpu", wanted):
        card = {name: number(row[name]) for name, *_ in NUMBERS if name in row}
        card.update((name, row[name]) for name, _ in TEXTS if name in row)
        card["pci_address"] = short_pci(card.get("pci_address"))
        if "mig" in row:
            card["mig"] = TRUTHS.get((row["mig"] or "").lower())
        if any(name.startswith("reason ") for name in row):
            card["throttle"] = reasons_of(row)
        cards[row["gpu_uuid"]] = card
    return cards


def ask_remapped():
    wanted = {"uuid": ("gpu_uuid",), **{name: ("remapped_rows." + name,) for name in REMAPPED}}
    try:
        rows = smi.query("remapped-rows", wanted)
    except smi.SmiError:
        return None  # a release that has no such query
    remapped = {}
    for row in rows:
        counts = [number(row.get(name)) for name in REMAPPED[:2]]
        remapped[row["uuid"]] = {"remapped_rows": None if None in counts else sum(counts),
                                 "remap_pending": TRUTHS.get((row.get("pending") or "").lower()),
                                 "remap_failed": TRUTHS.get((row.get("failure") or "").lower())}
    return remapped


def ask_clients():
    """{(uuid, pid): MiB}: who computes."""
    rows = smi.query("compute-apps", {"uuid": ("gpu_uuid",), "pid": ("pid",), "memory": ("used_memory",
                                                                                        "used_gpu_memory")})
    return {(row["uuid"], int(row["pid"])): number(row["memory"]) for row in rows if row["pid"]}


def ask_all():
    cards, remapped = ask_cards(), ask_remapped()
    for uuid, card in cards.items():
        if remapped is not None:
            card.update(remapped.get(uuid, dict.fromkeys(("remapped_rows", "remap_pending", "remap_failed"))))
    return cards, ask_clients()


# --- comparing: pure


def is_near(value, answers, tolerance, relative=0):
    """Whether it lies between the answers, or no further beyond than allowed."""
    low, high = min(answers), max(answers)
    return (low - tolerance - abs(low) * relative / 100 <= value + 1e-6 and
            value - 1e-6 <= high + tolerance + abs(high) * relative / 100)


def is_one_of(value, answers):
    return value in answers


def agrees(value, before, after, near):
    """`near(value, answers)` decides about known values; absent ones must be absent on both sides at some time."""
    answers = [one for one in (before, after) if one is not None]
    if value is None:
        return len(answers) < 2
    return bool(answers) and near(value, answers)


def throttle_of(text):
    """vigie's text as a set of words. "thermal, hardware" is one word with a comma in it."""
    if text is None:
        return None
    words = set()
    if "thermal, hardware" in text:
        words.add("thermal, hardware")
        text = text.replace("thermal, hardware", "")
    return words | {word for word in re.split(", ", text) if word and word != "no"}


def reasons_agree(value, answers):
    """What both answers have must be there, and nothing that none has."""
    return set.intersection(*answers) <= value <= set.union(*answers)


def outcome(name, value, before, after, near, unit="", tolerance=""):
    return {"name": name, "before": before, "vigie": value, "after": after, "unit": unit, "tolerance": tolerance,
            "result": "ok" if agrees(value, before, after, near) else "FAIL"}


def tolerance_text(tolerance, relative):
    return f"{tolerance:g}" + (f" + {relative:g} %" if relative else "")


def compare_card(ours, before, after):
    """The outcome of each value of one card; what this nvidia-smi has no name for is skipped."""
    outcomes = []
    for name, _, scale, tolerance, relative, unit in NUMBERS:
        value = None if ours[name] is None else ours[name] / scale
        near = functools.partial(is_near, tolerance=tolerance, relative=relative)
        outcomes.append((name, value, near, unit, tolerance_text(tolerance, relative)))
    for name, _ in TEXTS:
        outcomes.append((name, ours[name], is_one_of, "", "exact"))
    for name in ("mig", "remapped_rows", "remap_pending", "remap_failed"):
        outcomes.append((name, ours[name], is_one_of, "", "exact"))
    outcomes.append(("throttle", throttle_of(ours["throttle"]), reasons_agree, "", "those of either answer"))
    told = []
    for name, value, near, unit, tolerance in outcomes:
        if name in before and name in after:
            told.append(outcome(name, value, before[name], after[name], near, unit, tolerance))
        else:
            told.append({"name": name, "before": None, "vigie": value, "after": None, "unit": unit,
                         "tolerance": tolerance, "result": "skip"})
    return told


def compare_clients(ours, before, after):
    """Who computes on the cards, and with how much memory."""
    told = [outcome("processes", set(ours), set(before), set(after), reasons_agree, "", "those of either answer")]
    for client in sorted(set(ours) & (set(before) | set(after))):
        told.append(outcome(f"process {client[1]} memory", ours[client], before.get(client), after.get(client),
                            functools.partial(is_near, tolerance=CLIENT_MEMORY_MIB), "MiB", str(CLIENT_MEMORY_MIB)))
    return told


def clients_of(document):
    """{(uuid, pid): MiB} of those that compute; a process on several MIG instances is one here."""
    clients = {}
    for row in document["processes"]:
        if row["gpu_work"] == "graphics":
            continue
        key, memory = (row["gpu_uuid"], row["pid"]), row["gpu_memory_bytes"]
        known = clients.get(key)
        clients[key] = known if memory is None else memory / MIB + (known or 0)
    return clients


def compare_monitored_processes(document, rows):
    """vigie's clients beside `nvidia-smi pmon`: who is there, and how busy."""
    theirs = {(int(row["gpu"]), int(row["pid"])): row for row in rows if row.get("pid")}
    ours = {(row["gpu"], row["pid"]): row for row in document["processes"]}
    told = [outcome("pmon processes", set(ours), set(theirs), set(theirs), is_one_of)]
    for key in sorted(set(ours) & set(theirs)):
        for name, column in (("gpu_busy_percent", "sm"), ("gpu_memory_busy_percent", "mem")):
            # "-" is how pmon says that a process did nothing, or that it cannot tell.
            value, said = ours[key][name] or 0, number(theirs[key].get(column)) or 0
            told.append(outcome(f"pmon process {key[1]} {name}", value, said, said,
                                functools.partial(is_near, tolerance=CLIENT_PERCENT), "%", str(CLIENT_PERCENT)))
    return told


def compare_monitored(gpu, ours, theirs):
    """The rows of one card in `vigie stat gpu` beside those in `nvidia-smi dmon` of the same seconds."""
    told = []
    for name, columns, scale, tolerance, relative, unit in MONITORED:
        column = next((one for one in columns if theirs and one in theirs[0]), None)
        if column is None:
            continue
        values = [row[name] / scale for row in ours if row.get(name) is not None]
        answers = [number(row[column]) for row in theirs if number(row[column]) is not None]
        if tolerance is None:
            result = "reported"
        elif not values or not answers:
            result = "ok" if not values and not answers else "FAIL"
        else:
            result = "ok" if any(is_near(value, answers, tolerance, relative) for value in values) else "FAIL"
        told.append({"name": f"GPU {gpu} dmon {column} = {name}", "before": min(answers, default=None),
                     "vigie": values[-1] if values else None, "after": max(answers, default=None), "unit": unit,
                     "tolerance": "" if tolerance is None else tolerance_text(tolerance, relative), "result": result})
    return told


def compare_all(before, document, after):
    """Every value of every card, and who computes there. `before` and `after`: (cards, clients) of nvidia-smi."""
    ours = {row["gpu_uuid"]: row for row in document["gpus"] if row["gpu_vendor"] == "nvidia"}
    told = [outcome("cards", set(ours), set(before[0]), set(after[0]), is_one_of)]
    for uuid, row in ours.items():
        if uuid not in before[0] or uuid not in after[0]:
            continue
        known = {name for name, *_ in NUMBERS} | COMPARED_OTHERWISE | set(NOT_COMPARED)
        told.append(outcome(f"GPU {row['gpu']} tells nothing that is not in these tables", sorted(set(row) - known),
                            [], [], is_one_of))
        for one in compare_card(row, before[0][uuid], after[0][uuid]):
            told.append({**one, "name": f"GPU {row['gpu']} {one['name']}"})
    return told + compare_clients(clients_of(document), before[1], after[1])


# --- asking and judging


def in_rounds(look):
    """Looks until nothing disagrees, a few times at most."""
    for left in reversed(range(ROUNDS)):
        told = look()
        if left == 0 or all(one["result"] != "FAIL" for one in told):
            return told
    return told


def judge(report, state, told):
    for one in told:
        name = f"compare {state}: {one['name']}"
        plain = {key: sorted(map(str, value)) if isinstance(value, set) else value for key, value in one.items()}
        report.figures["compared"].append({"state": state, **plain})
        if one["result"] == "skip":
            report.skip(name, "this nvidia-smi has no such value")
        elif one["result"] != "reported":
            report.check(name, one["result"] == "ok",
                         f"vigie {plain['vigie']}, nvidia-smi {plain['before']} before and {plain['after']} after "
                         f"[{one['unit']}], tolerance {one['tolerance'] or 'none'}")


def look_at_all(bench):
    before = ask_all()
    document = bench.json("gpu")
    return compare_all(before, document, ask_all())


def smi_beside(*arguments):
    """nvidia-smi that measures for a while; vigie looks meanwhile."""
    return subprocess.Popen(["nvidia-smi", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)


def text_of(child):
    try:
        out = child.communicate(timeout=smi.TIMEOUT_SECONDS)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        raise smi.SmiError(f"nvidia-smi has not answered within {smi.TIMEOUT_SECONDS} s") from None
    if child.returncode != 0:
        raise smi.SmiError("nvidia-smi says: " + " ".join(out.split()))
    return out


def look_at_processes(bench):
    child = smi_beside("pmon", "-c", "1", "-s", "um")
    document = bench.json("gpu", "--interval", "1")
    return compare_monitored_processes(document, smi.parse_table(text_of(child)))


def look_over_time(bench):
    child = smi_beside("dmon", "-c", "2", "-s", "pucvmet")
    done = bench.vigie("stat", "gpu", "1", "2", "--json")
    rows = [row for line in done.out.splitlines() for row in json.loads(line)["gpus"]]
    theirs = smi.parse_table(text_of(child))
    told = []
    for gpu in sorted({row["gpu"] for row in rows}):
        told += compare_monitored(gpu, [row for row in rows if row["gpu"] == gpu],
                                  [row for row in theirs if row["gpu"] == str(gpu)])
    return told


def compare_part(report, bench, state, part, look):
    try:
        judge(report, state, in_rounds(lambda: look(bench)))
    except smi.SmiError as error:
        # Not every release and card has pmon and dmon; without its values nothing can be compared at all.
        report.say("FAIL" if part == "values" else "skip", f"compare {state}: {part}", str(error))


def compare_state(report, bench, state):
    for part, look in (("values", look_at_all), ("pmon", look_at_processes), ("dmon", look_over_time)):
        report.guarded(f"compare {state}: {part}",
                       lambda part=part, look=look: compare_part(report, bench, state, part, look))


def compare_under_load(report, bench):
    bench.start("beside", "compute", 120)
    bench.wait_steps("beside")
    time.sleep(4)  # power and clocks settle; both are averages of a second
    compare_state(report, bench, "under load")


def compare(report, bench, why_no_load):
    compare_state(report, bench, "idle")
    name = "compare under load"
    if why_no_load or bench.device == "cpu":
        report.skip(name, why_no_load or "--device cpu puts no load on a card")
    elif report.has_time(name, 40):
        report.guarded(name, lambda: compare_under_load(report, bench))
        bench.stop("beside")
