"""Two ranks whose threads spin, as those that wait for a collective of NCCL do; with pauses, so that two fit anywhere.
Started with RANK=0 in the environment; starts rank 1 as its child."""
import os
import subprocess
import sys
import time

if os.environ["RANK"] == "0":
    subprocess.Popen([sys.executable, os.path.abspath(__file__)], env={**os.environ, "RANK": "1", "LOCAL_RANK": "1"})
while True:
    end = time.monotonic() + 0.004
    while time.monotonic() < end:
        pass
    time.sleep(0.003)
