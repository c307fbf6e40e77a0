"""Opens files until only so many more are allowed: open_files.py LIMIT LEFT"""
import os
import resource
import sys
import time

limit, left = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
held = [os.open("/dev/null", os.O_RDONLY) for _ in range(limit - left - len(os.listdir("/proc/self/fd")) + 1)]
while True:
    time.sleep(0.2)
