"""Writes a file: fill.py PATH FIRST-MIB MIB-PER-SECOND [SYNC]; then waits."""
import os
import sys
import time

path, first, rate = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
MIB = 1 << 20
with open(path, "wb") as file:
    for _ in range(int(first)):
        file.write(b"x" * MIB)
    file.flush()
    began, written = time.monotonic(), 0
    while True:
        while rate and written < (time.monotonic() - began) * rate:
            file.write(b"x" * (MIB // 4))
            written += 0.25
        file.flush()
        time.sleep(0.1)
