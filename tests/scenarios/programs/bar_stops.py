"""A training with a progress bar that gets stuck after a while: waiting with a time limit, again and again."""
import argparse
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=30, help="steps before it sticks")
parser.add_argument("--pause", type=float, default=0.2, help="seconds a step takes")
options = parser.parse_args()
began = time.monotonic()
for step in range(1, options.steps + 1):
    time.sleep(options.pause)
    took = time.monotonic() - began
    clock = f"{int(took) // 60:02}:{int(took) % 60:02}"
    sys.stdout.write(f"\r{step // 5}%|##  | {step}/500 [{clock}<05:00, {step / took:5.2f}it/s, loss=0.5]")
    sys.stdout.flush()
answer = threading.Event()
while not answer.wait(5):
    pass
