#!/usr/bin/python3
"""Holds the rules about GPUs against logs of real cards, in every window of them.

    tests/gpu/windows.py [--logs DIRECTORY] [--judge PROGRAM] [PATTERN...]     PATTERN: part of a log's name

The logs are not part of this project: they lie in ../shared/gpu-logs, or nothing is done (exit status 77). Each becomes a
trace (logs.py), on each of its GPUs a program is put that uses 30 % of a CPU or 100 %, or ranks of one run on all of them,
and gpu_windows judges every window of 4 s and of 10 s. Prints what was said about each log, false alarms per hour, and
how often gpu-idle and launch-bound are right. Exit status 1: a false alarm, or a trace of min/ whose first cause is wrong.
"""

import argparse
import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

import logs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOGS = os.path.join(os.path.dirname(ROOT), "shared", "gpu-logs")
SKIPPED = 77
H100 = {"power_limit_mw": 700000, "power_default_mw": 700000}
HBM = {"power_limit_mw": 250000}
LAPTOP = {"power_limit_mw": 70000, "clocks_max": [3105, None]}

# What its owner says of a log: healthy; idle (memory is held, and hardly anything done); launch (small kernels); copy.
# `card` is what the log leaves out and is known of the card; `patience` the time between two rows at most.
Log = collections.namedtuple("Log", "name reader truth card ranks patience step", defaults=({}, False, 3, 1))


def query(total=None):
    return lambda text: with_total(logs.of_query(text), total)


def with_total(rows, total):
    """The memory of a card whose log tells only how much of it is used."""
    for time, device, values in rows:
        used = values.pop("used")
        if total and used is not None:
            values["memory"] = [total * logs.MIB, 0, used]
        yield time, device, values


def state(which):
    return lambda text: logs.of_capture(text, which)


ALL = (
    Log("h100x8-ddp-gradient-accumulation.csv", logs.of_dcgm, "healthy", H100, True),
    Log("h100x8-ddp-136m.csv", logs.of_dcgm, "healthy", H100, True),
    Log("h100x8-tensor-pipeline-node0.csv", logs.of_dcgm, "healthy", H100, True),
    Log("h100x8-tensor-pipeline-node1.csv", logs.of_dcgm, "healthy", H100, True),
    Log("h100x8-half-training-half-inference.csv", logs.of_dcgm, "healthy", H100),
    Log("h100x8-fsdp-cpu-offload.csv", logs.of_dcgm, "copy", H100, True),
    Log("h100x8-speculative-decoding.csv", logs.of_dcgm, "launch", H100),
    Log("h100x8-loaded-idle.csv", logs.of_dcgm, "idle", H100),
    Log("h100-idle-dcgm.csv", logs.of_fields, "healthy", H100),
    Log("b300-power-ladder.csv", logs.of_rungs, "healthy"),
    Log("rtx4090-vlm-evaluation.csv", query(24564), "healthy", {"power_limit_mw": 450000}, False, 8),
    Log("rtx5090-image-restoration.csv", query(32607), "healthy", {"power_limit_mw": 575000, "clocks_max": [3105, None]}),
    Log("48gb-dcconv.csv", query(), "healthy"),
    Log("v100s-har-lstm.csv", query(), "healthy", {}, False, 12, 5),
    Log("hbm-card-gan.csv", query(), "healthy", HBM),
    Log("hbm-card-aae.csv", query(), "healthy", HBM),
    Log("hbm-card-resnet-cifar10.csv", query(), "healthy", HBM),
    Log("quadro-rtx8000-image-generation.txt", logs.of_tables, "healthy", {}, False, 8),
    Log("laptop-6gb-sgemm.csv", query(), "healthy", LAPTOP),
    Log("laptop-6gb-conv2d.csv", query(), "healthy", LAPTOP),
    Log("laptop-6gb-elementwise.csv", query(), "healthy", LAPTOP),
    Log("h200-attention-unet-search.csv", query(), "idle"),
    Log("80gb-rl-with-vllm.csv", query(81559), "idle", {}, False, 17, 10),
    Log("rtx4000ada-federated.csv", query(), "idle", {}, False, 8, 2),
    *(Log(f"q-{name}.xml", logs.of_xml, "healthy") for name in (
        "a100-sxm4-mig", "a10g", "quadro-p400", "rtx-2080-win", "rtx-3060", "rtx-3080-v13", "rtx-3090-v12", "tesla-p100",
        "tesla-t4")),
    *(Log(f"capture-{name}.txt", state(which), "healthy") for which in ("idle", "load") for name in (
        "geforce-rtx-2080-super", "h100-mig", "h200", "l40s")),
)

# What may be said where: of the owner's own complaint. gpu-idle is true of any window in which a GPU is held and idle; how
# often that is a fault is counted below.
ALLOWED = {"launch": {"launch-bound"}, "copy": {"copy-bound"}, "idle": set(), "healthy": set()}

# Of each trace in min/: the rule that must come first for somebody, a part of its first evidence, and of its severity and first
# action; "": nothing, or a note at most.
CAUSES = {
    "b300-train-full": ("", ""), "b300-train-gemm": ("", ""), "container": ("", ""), "pid0": ("", ""), "t4-bert": ("", ""),
    "t4-decode": ("", ""), "t13-copy-bound": ("", ""), "rtx3090-315w": ("", ""), "rtx3090ti-375w": ("", ""),
    "handle-no-permission": ("", ""), "handle-lost": ("gpu-error", "fell off the bus"),
    "reset-required": ("gpu-error", "has to be reset"), "xid-62-45": ("gpu-error", "Xid 62", "critical"),
    "xid-31-154": ("gpu-error", "Xid 31", "critical the driver asks for a reboot"), "xid-63": ("gpu-error", "Xid 63", "info"), "ghost": ("gpu-memory-held", "does not exist"),
    "nccl-hang": ("collective-wait", ""), "driver-late": ("", ""),
}


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    return raw.decode("utf-16" if raw[:2] == b"\xff\xfe" else "utf-8", "replace")


def run_judge(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def judged(program, log, directory, where):
    path = os.path.join(where, "trace.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"trace": "nvml", "version": 1}\n')
        for line in logs.lines_of(log.reader(read(os.path.join(directory, log.name))), log.card):
            file.write(json.dumps(line) + "\n")
    return run_judge(program, "logs", str(log.step), str(log.patience), path)[0]


def counted(log, result):
    """By rule: windows in which it was said; and those of them that are false alarms."""
    said, false, notes = collections.Counter(), collections.Counter(), collections.Counter()
    for length in ("4", "10"):
        for who, rules in result[length]["said"].items():
            if who == "ranks" and not log.ranks:
                continue
            for rule, severities in rules.items():
                for severity, count in severities.items():
                    said[rule] += count
                    if severity == "info":
                        notes[rule] += count
                    elif rule != "gpu-idle" and rule not in ALLOWED[log.truth]:
                        false[rule] += count
    return said, false, notes


def hours(log, result):
    """Of looking: windows begin every `step` seconds, and each kind of window and stand-in looks at all of it."""
    looks = sum(len(result[length]["said"]) or 1 for length in ("4", "10"))
    return result["4"]["windows"] * log.step * looks / 3600


def part(one, of):
    return f"{one} of {of} ({100 * one / of:.1f} %)" if of else "none"


def report_logs(options, where):
    idle, launch, wrong = collections.Counter(), collections.Counter(), 0
    print(f"{'log':42} {'GPUs':>4} {'windows':>8} {'false':>6} {'per hour':>9}  said")
    for log in ALL:
        if options.patterns and not any(pattern in log.name for pattern in options.patterns):
            continue
        result = judged(options.judge, log, options.logs, where)
        said, false, notes = counted(log, result)
        alarms = sum(false.values())
        wrong += alarms
        windows = result["4"]["windows"] + result["10"]["windows"]
        text = ", ".join(f"{rule} {count}" + (f" ({notes[rule]} notes)" if notes[rule] else "")
                         for rule, count in sorted(said.items()))
        print(f"{log.name:42} {result['devices']:4} {windows:8} {alarms:6} {alarms / max(hours(log, result), 1e-9):9.2f}"
              f"  {text or '-'}")
        for rule in false:
            print(f"      {rule}: {result['4']['example'].get(rule) or result['10']['example'].get(rule)}")
        ten, four = result["10"], result["4"]
        fired = ten["idle_said"].get("30 % of a CPU", 0)
        kind = "idle" if log.truth == "idle" else "other"
        idle.update({f"{kind} windows": ten["held"], f"{kind} idle": ten["idle"], f"{kind} said": fired})
        small = sum(four["said"].get("100 % of a CPU", {}).get("launch-bound", {}).values())
        launch.update({f"{log.truth == 'launch'} windows": four["held"], f"{log.truth == 'launch'} said": small})
    print(f"\ngpu-idle (windows of 10 s, each GPU): said in {part(idle['idle said'], idle['idle idle'])} of those in which a "
          f"held GPU did nothing, in logs whose owner calls it idle (recall);\n  {part(idle['idle said'], idle['idle said'] + idle['other said'])}"
          f" of what was said was said there (precision); elsewhere {part(idle['other said'], idle['other windows'])}")
    print(f"launch-bound (windows of 4 s, 100 % of a CPU): said in {part(launch['True said'], launch['True windows'])} of the "
          f"log of small kernels (recall);\n  {part(launch['True said'], launch['True said'] + launch['False said'])} of what "
          f"was said was said there (precision); elsewhere {part(launch['False said'], launch['False windows'])}")
    return wrong


def mended(path, where):
    """A copy of a minimal trace: of one whose head lacks its last brace, whole; of one from a container, marked."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line if line.count("{") == line.count("}") else line.rstrip() + "}") for line in file]
    lines[0]["container"] = "container" in path
    copy = os.path.join(where, os.path.basename(path))
    with open(copy, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return copy


def report_causes(options, where):
    """The minimal traces: what comes first for the run that is worst off."""
    wrong = 0
    print()
    for path in sorted(glob.glob(os.path.join(options.logs, "min", "*.jsonl"))):
        name = os.path.basename(path)[:-len(".jsonl")]
        if options.patterns and not any(pattern in name for pattern in options.patterns):
            continue
        result = run_judge(options.judge, "cause", mended(path, where))[0]
        expected, evidence, action = (*CAUSES.get(name, (None, "")), "")[:3]
        first = collections.OrderedDict()
        for finding in result["findings"]:
            first.setdefault((finding["stand_in"], finding["subject"]), finding)
        # A program that holds a GPU and does nothing is called idle where the trace is of one that does nothing.
        found = [one for one in first.values() if one["rule"] != "gpu-idle"]
        right = (any(one["rule"] == expected and evidence in one["evidence"] and
                     action in f"{one['severity']} {one['action']}" for one in found) if expected else
                 expected == "" and all(one["severity"] == "info" for one in found))
        right = right and (name != "driver-late" or "not answered" in result["unknown"])
        wrong += not right
        shown = next((one for one in found if one["rule"] == expected), found[0] if found else None)
        text = f"{shown['rule']} ({shown['severity']}): {shown['evidence']}; do: {shown['action']}" if shown else "-"
        print(f"{'ok' if right else 'FAIL':5} {name:22} {text}{' unknown: ' + result['unknown'] if result['unknown'] else ''}")
    return wrong


def find_judge():
    """Of the release where it is there: with sanitizers it takes twenty times as long."""
    found = glob.glob(os.path.join(ROOT, "build", "*", "tests", "gpu", "gpu_windows"))
    return min(found, key=lambda path: (f"{os.sep}release{os.sep}" not in path, path), default=None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", default=LOGS)
    parser.add_argument("--judge", default=find_judge(), help="gpu_windows, of whichever build made it")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    options = parser.parse_args()
    if not os.path.isdir(options.logs):
        print(f"skip: the logs are not there: {options.logs}")
        return SKIPPED
    if options.judge is None:
        print("skip: the judge is not built: cmake --build --preset release --target gpu_windows")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="vigie-gpu-logs-") as where:
        alarms = report_logs(options, where)
        wrong = report_causes(options, where)
    print(f"\n{alarms} false alarms, {wrong} first causes wrong")
    return 1 if alarms or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
