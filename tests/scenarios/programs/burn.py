"""Keeps CPUs busy: burn.py [--processes N] [--period SECONDS --share PART]"""
import argparse
import multiprocessing
import time

parser = argparse.ArgumentParser()
parser.add_argument("--processes", type=int, default=1)
parser.add_argument("--share", type=float, default=1.0, help="part of each period that is spent computing")
parser.add_argument("--period", type=float, default=0.1)
options = parser.parse_args()


def burn():
    while True:
        end = time.monotonic() + options.period * options.share
        while time.monotonic() < end:
            sum(range(2000))
        if options.share < 1:
            time.sleep(options.period * (1 - options.share))


children = [multiprocessing.Process(target=burn) for _ in range(options.processes - 1)]
for child in children:
    child.start()
burn()
