"""Ranks that exchange a byte after each step, as an all-reduce does: ranks.py COUNT STEP-SECONDS [SLOW-RANK SLOW-SECONDS]
Each has RANK, LOCAL_RANK and WORLD_SIZE; rank 0 collects and answers. SLOW-SECONDS -1: that rank skips a step and
waits for an answer that never comes."""
import os
import socket
import subprocess
import sys
import time


def compute(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


def rank(number, count, step, slow, slow_seconds, port):
    if number == 0:
        server = socket.create_server(("127.0.0.1", port))
        lines = [server.accept()[0] for _ in range(count - 1)]
    else:
        while True:
            try:
                line = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
    began = time.monotonic()
    while True:
        late = number == slow and time.monotonic() - began > 2
        if late and slow_seconds < 0:
            line.recv(1)  # in another collective than the others
        compute(slow_seconds if late else step)
        if number == 0:
            for one in lines:
                one.recv(1)
            for one in lines:
                one.sendall(b"!")
        else:
            line.sendall(b"!")
            line.recv(1)


arguments = sys.argv[1:]
if "RANK" in os.environ:
    rank(int(os.environ["RANK"]), int(arguments[0]), float(arguments[1]), int(arguments[2]), float(arguments[3]),
         int(os.environ["MASTER_PORT"]))
total = int(arguments[0])
arguments += ["-9", "0"] if len(arguments) == 2 else []
with socket.create_server(("127.0.0.1", 0)) as probe:
    free_port = probe.getsockname()[1]
children = [subprocess.Popen([sys.executable, os.path.abspath(__file__), *arguments],
                             env={**os.environ, "RANK": str(number), "LOCAL_RANK": str(number),
                                  "WORLD_SIZE": str(total), "MASTER_PORT": str(free_port)}) for number in range(total)]
for child in children:
    child.wait()
