#!/usr/bin/env python3
"""Checks vigie on a machine with an NVIDIA card: what the fake driver of the other tests cannot tell.

    run.py [--vigie PATH] [--out DIR] [--quick | --full] [--only PART]... [--load LOAD]... [--device cuda|cpu]

compare   every value of vigie beside nvidia-smi's, idle and under load
verdicts  four trainings with PyTorch (loads.py), what `vigie why` says about each, and the driver's trace
cost      the speed of a training beside vigie and without, and vigie's own CPU time

Prints a line for each check, and at the end how many passed, failed and were skipped. Exit status 0: nothing failed;
1: something did; 2: wrong usage; 77: there is no card here. All that is written is below DIR: report.md and
report.json, traces/, and the state of the runs. Needs Python 3.8, nvidia-smi, and for the loads PyTorch; nothing of
the repository but this directory and vigie.
"""

import argparse
import os
import platform
import shutil
import signal
import sys

import compare
import cost
import smi
import station
import verdicts
from report import Report

PARTS = ("compare", "verdicts", "cost")
LIMIT_SECONDS = {"quick": 300, "full": 600}
NO_CARD = 77


def default_vigie():
    """What was built here, else the one in the path."""
    built = os.path.join(os.path.dirname(os.path.dirname(station.HERE)), "build", "release", "vigie")
    return built if os.access(built, os.X_OK) else shutil.which("vigie") or built


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vigie", default=default_vigie(), metavar="PATH", help="default: %(default)s")
    parser.add_argument("--out", default="vigie-gpu-report", metavar="DIR", help="new or empty (default: %(default)s)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", dest="mode", action="store_const", const="quick", help="about 3 minutes (default)")
    length.add_argument("--full", dest="mode", action="store_const", const="full", help="about 8 minutes")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help="compare, verdicts or cost")
    parser.add_argument("--load", action="append", choices=sorted(verdicts.LOADS), metavar="LOAD",
                        help="judge only this load: compute, launch, loader or copy")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"),
                        help="where the loads compute; cpu only tries the programs out (default: %(default)s)")
    parser.set_defaults(mode="quick")
    options = parser.parse_args()
    options.vigie, options.out = os.path.abspath(options.vigie), os.path.abspath(options.out)
    if not os.access(options.vigie, os.X_OK):
        parser.error(f"{options.vigie} is not there, or not a program: --vigie PATH")
    if os.path.isdir(options.out) and os.listdir(options.out):
        parser.error(f"{options.out} is not empty: another --out DIR")
    return options


def describe(bench, options, torch):
    try:
        card = next(iter(compare.ask_cards().values()), {})
    except smi.SmiError:
        card = {}  # the comparison will say why
    return {"card": card.get("gpu_name"), "driver": card.get("gpu_driver"), "cards": smi.count(),
            "vigie": bench.vigie("--version").out.strip(), "kernel": platform.release(),
            "CPUs": len(os.sched_getaffinity(0)), "Python": platform.python_version(), "PyTorch": torch.get("torch"),
            "CUDA of PyTorch": torch.get("cuda"), "loads ran on": options.device, "mode": options.mode}


def run_parts(report, bench, options):
    parts = options.only or PARTS
    torch, why_no_load = station.python_says(options.device)
    report.about = describe(bench, options, torch)
    each = {"compare": lambda: compare.compare(report, bench, why_no_load),
            "verdicts": lambda: verdicts.verdicts(report, bench, options.mode, options.load or list(verdicts.LOADS),
                                                  why_no_load),
            "cost": lambda: cost.cost(report, bench, options.mode, why_no_load)}
    for part in parts:
        report.guarded(f"{part} goes to its end", each[part])


def main():
    options = parse_options()
    try:
        smi.count()
    except smi.SmiError as error:
        print(f"there is no NVIDIA card to check vigie on: {error}")
        return NO_CARD
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    os.makedirs(options.out, exist_ok=True)
    report = Report(options.out, LIMIT_SECONDS[options.mode])
    bench = station.Station(options.vigie, options.out, options.device)
    try:
        run_parts(report, bench, options)
    finally:
        bench.leave()
        report.write()
    print(report.summary())
    return 1 if report.count("FAIL") else 0


if __name__ == "__main__":
    sys.exit(main())
