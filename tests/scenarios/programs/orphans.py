"""A main process that ends and leaves workers behind."""
import os
import signal
import time

for _ in range(2):
    if os.fork() == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        while True:
            time.sleep(0.5)
time.sleep(3)
os._exit(1)
