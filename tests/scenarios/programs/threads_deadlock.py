"""Two threads that take two locks in different order, while the main thread waits for both."""
import threading
import time

first, second = threading.Lock(), threading.Lock()


def work(mine, other):
    with mine:
        time.sleep(0.5)
        with other:
            pass


threads = [threading.Thread(target=work, args=pair) for pair in ((first, second), (second, first))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
