"""Part 2: four real loads, what `vigie why` says about each, and what the driver said meanwhile, as a trace."""

import json
import os
import time

LOADS = {"compute": "", "launch": "launch-bound", "loader": "loader-cpu", "copy": "copy-bound"}
SETTLE_SECONDS = {"quick": 11, "full": 20}  # a run is judged from its tenth second on, when start-up is over
LOOKS = {"quick": 1, "full": 2}
EXPECTED_SECONDS = {"quick": 32, "full": 55}  # with the start of PyTorch
RECORD_SECONDS = 1
# What else must be known of a card for a verdict to be possible at all: of each line one.
NEEDS = {"launch-bound": ("sm_active_percent", "power_watts"), "copy-bound": ("pcie_received_bytes_per_second",)}


# --- pure


def rules_of(document, name):
    """The rules of all findings about a run, the primary one first."""
    findings = [one for one in document["findings"] if one["subject"] == name]
    return [one["rule"] for one in sorted(findings, key=lambda one: not one["primary"])]


def is_right(expected, rules):
    return rules[:1] == ([expected] if expected else [])


def what_is_missing(expected, gpu):
    """Why this card cannot show what is expected; None when it can."""
    needed = NEEDS.get(expected, ())
    if not needed or any(gpu.get(name) is not None for name in needed):
        return None
    return f"this card tells nothing of {' or '.join(needed)}"


def lines_of(trace):
    lines = [json.loads(line) for line in trace.splitlines() if line.strip()]
    return [line for line in lines if "trace" not in line]


def average(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def counted(lines, field):
    """A second's growth of a counter, in the trace's own numbers; None when one wrapped or there is none."""
    points = [(line["time"], line["fields"][field]) for line in lines if field in line.get("fields", {})]
    if len(points) < 2 or points[-1][0] <= points[0][0] or any(b[1] < a[1] for a, b in zip(points, points[1:])):
        return None
    return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])


def figures_of(trace, pid):
    """What the driver said on average about the card that this process is on, else about the first."""
    lines = lines_of(trace)
    on = {line["device"] for line in lines for client in line.get("processes", ()) if client["pid"] == pid}
    device = min(on, default=0)
    lines = [line for line in lines if line["device"] == device and not line.get("lost")]
    if not lines:
        return {}

    def pair(name, at, scale=1.0):
        return average(line[name][at] / scale for line in lines if name in line)

    def plain(name, scale=1.0):
        return average(line[name] / scale for line in lines if name in line)

    def gpm(number):
        return average(line.get("gpm", {}).get(number) for line in lines)

    own = [client for line in lines for client in line.get("processes", ()) if client["pid"] == pid]
    figures = {"looks": len(lines), "GPU %": pair("utilization", 0), "memory bus %": pair("utilization", 1),
               "SM %": gpm("2"), "occupancy %": gpm("3"), "tensor %": gpm("5"), "DRAM %": gpm("10"),
               "power W": plain("power_mw", 1000), "power limit W": plain("power_limit_mw", 1000),
               "clock MHz": pair("clocks", 0), "highest clock MHz": pair("clocks_max", 0),
               "temperature °C": plain("temperature"), "PCIe sent MiB/s (GPM)": gpm("20"),
               "PCIe received MiB/s (GPM)": gpm("21"), "PCIe sent bytes/s (counter)": counted(lines, "197"),
               "PCIe received bytes/s (counter)": counted(lines, "198"),
               "looks that list the process": len(own), "SM % of the process": average(one.get("sm") for one in own)}
    return {name: value if value is None else round(value, 2) for name, value in figures.items()}


# --- the loads


def look(bench, name, path, looks):
    """`vigie why` while the trace is recorded: the documents, and what `vigie gpu` says then."""
    recorder = bench.beside("gpu", "-w", str(RECORD_SECONDS), "--json", "--record", path)
    try:
        time.sleep(2 * RECORD_SECONDS)
        documents = [bench.json("why", name, codes=(0, 1)) for _ in range(looks)]
        gpus = bench.json("gpu")["gpus"]
        time.sleep(RECORD_SECONDS)
    finally:
        bench.end(recorder)
    return documents, gpus


def keep(bench, load, verdict):
    with open(bench.path("traces", load + ".verdict.json"), "w", encoding="utf-8") as file:
        json.dump(verdict, file, indent=1, ensure_ascii=False)
        file.write("\n")


def judge_load(report, bench, mode, load):
    expected, name, path = LOADS[load], "gpu-" + load, bench.path("traces", load + ".jsonl")
    bench.start(name, load, 150)
    bench.wait_steps(name)
    time.sleep(SETTLE_SECONDS[mode])
    documents, gpus = look(bench, name, path, LOOKS[mode])
    row = bench.row(name)
    trace = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            trace = file.read()
    all_rules = [rules_of(document, name) for document in documents]
    wrong = [rules for rules in all_rules if not is_right(expected, rules)]
    rules = wrong[0] if wrong else all_rules[-1]
    figures = figures_of(trace, row["pid"])
    verdict = {"load": load, "expected": expected, "said": rules[0] if rules else "", "rules": rules, "pid": row["pid"],
               "looks": all_rules, "figures": figures}
    report.figures["verdicts"].append(verdict)
    keep(bench, load, {**verdict, "about": report.about, "progress": row["progress"], "why": documents})
    report.check(f"trace of {load} is recorded", len(lines_of(trace)) >= 4, f"{len(lines_of(trace))} lines")
    missing = what_is_missing(expected, gpus[0])
    if wrong and missing:
        report.skip(f"verdict on {load}", missing)
        return
    on_card = "" if figures.get("looks that list the process") else "; the driver lists the process on no card"
    report.check(f"verdict on {load} is {expected or 'that nothing is wrong'}", not wrong,
                 f"vigie why says {', '.join(rules) or 'nothing'}{on_card}")


def verdicts(report, bench, mode, loads, why_no_load):
    for load in loads:
        name = f"verdict on {load}"
        if why_no_load:
            report.skip(name, why_no_load)
        elif report.has_time(name, EXPECTED_SECONDS[mode]):
            report.guarded(name, lambda load=load: judge_load(report, bench, mode, load))
            bench.stop("gpu-" + load)
