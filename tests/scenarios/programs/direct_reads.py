"""Reads a file past the page cache, block after block: direct_reads.py PATH [--pause SECONDS]"""
import argparse
import mmap
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("path")
parser.add_argument("--pause", type=float, default=0)
parser.add_argument("--size", type=int, default=256 << 10)
options = parser.parse_args()
buffer = mmap.mmap(-1, options.size)
descriptor = os.open(options.path, os.O_RDONLY | os.O_DIRECT)
length = os.lseek(descriptor, 0, os.SEEK_END)
at = 0
while True:
    at = 0 if at + options.size > length else at
    os.preadv(descriptor, [buffer], at)
    at += options.size
    time.sleep(options.pause)
