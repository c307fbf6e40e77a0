"""A job that notices itself when another copy of it is alive: what test_safety_storm and test_safety_model run.

    one_copy.py DIRECTORY

It holds a lock of DIRECTORY/lock as long as anything of it is alive, its helper too, and notes in DIRECTORY/log
    start PID RUN_ID ATTEMPT        with the lock
    second PID RUN_ID ATTEMPT       without: another copy is alive
    end PID RUN_ID ATTEMPT          before it ends by itself
It ends with the code in DIRECTORY/end, which it takes away. Its helper, in a session of its own, ends with it, or stays
as long as there is DIRECTORY/linger.
"""

import fcntl
import os
import signal
import sys
import time


def main():
    place = sys.argv[1]

    def say(word):
        note = os.open(place + "/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.write(note, f"{word} {os.getpid()} {os.environ.get('VIGIE_RUN_ID', '-')} "
                       f"{os.environ.get('VIGIE_ATTEMPT', '-')}\n".encode())
        os.close(note)

    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    lock = os.open(place + "/lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("second")
        sys.exit(9)
    say("start")
    parent = os.getpid()
    if os.fork() == 0:
        os.setsid()
        while os.getppid() == parent or os.path.exists(place + "/linger"):
            time.sleep(0.05)
        os._exit(0)
    print("works", flush=True)
    count = 0
    while True:
        try:
            with open(place + "/end", encoding="utf-8") as file:
                code = int(file.read() or "0")
            os.unlink(place + "/end")
            say("end")
            os._exit(code)
        except (FileNotFoundError, ValueError):
            pass
        time.sleep(0.05)
        count += 1
        if count % 20 == 0:
            print(f"step {count}", flush=True)


if __name__ == "__main__":
    main()
