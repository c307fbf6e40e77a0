"""The classic of loader workers: a lock is held by a thread when the worker is forked, and nobody gives it back there."""
import os
import threading
import time

lock = threading.Lock()


def hold():
    with lock:
        time.sleep(2)


threading.Thread(target=hold).start()
time.sleep(0.2)
child = os.fork()
if child == 0:
    lock.acquire()  # the thread that holds it does not exist here
    os._exit(0)
os.waitpid(child, 0)
