"""A process whose memory cannot be looked at, as on a host whose file server died. Root, and /dev/fuse.

    /usr/bin/python3 stuck.py [--server-only] DIRECTORY

Mounts a FUSE file system on DIRECTORY that never answers a read. A process maps a file of it; somebody who looks at that
page holds the process's mmap_lock and waits; a thread of the process wants the lock to change the map, and waits behind
him; from then on every reader of /proc/PID/cmdline waits behind the thread. Prints the PID when it is so, or why it
cannot be done here (exit 77). With --server-only there is nobody but the server, which says "ready": who reads a file
with O_DIRECT waits for it, and not even SIGKILL ends that. With --mute it does not even say how much
room there is. Everything ends with its standard input.
"""

import ctypes
import mmap
import os
import struct
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)

# include/uapi/linux/fuse.h
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, INIT, INTERRUPT, BATCH_FORGET = 1, 2, 3, 14, 15, 17, 26, 36, 42
ENOSYS = 38
SIZE = 4096


def attributes(node):
    mode = 0o040755 if node == 1 else 0o100644
    return struct.pack("<6Q10I", node, SIZE, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node, mute):
    """The body of an answer, None for an error, False for silence."""
    if opcode == INIT:
        return struct.pack("<4I2H2I2H8I", 7, 31, 0, 0, 1, 1, 4096, 1, 1, 0, *[0] * 8)
    if opcode == GETATTR:
        return struct.pack("<QII", 1000, 0, 0) + attributes(node)
    if opcode == LOOKUP:
        return struct.pack("<4Q2I", 2, 0, 1000, 1000, 0, 0) + attributes(2)
    if opcode == OPEN:
        return struct.pack("<QII", 1, 0, 0)
    if opcode == STATFS and mute:
        return False
    return False if opcode in (READ, FORGET, INTERRUPT, BATCH_FORGET) else None


def serve(fuse, mute):
    while True:
        try:
            request = os.read(fuse, 1 << 17)
        except OSError:  # unmounted
            return
        _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
        body = answer(opcode, node, mute)
        if body is None:
            os.write(fuse, struct.pack("<IiQ", 16, -ENOSYS, unique))
        elif body is not False:
            os.write(fuse, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)


def wchan(task):
    with open(f"/proc/{task}/wchan", encoding="utf-8") as file:
        return file.read()


def wait_for(task, function, processes):
    """Until the task sleeps in a kernel function of that kind."""
    end = time.monotonic() + 20
    while function not in (seen := wchan(task)):
        if time.monotonic() > end:
            print(f"it gets not stuck here: {task} is in {seen}, not {function}", flush=True)
            for pid in processes:
                os.kill(pid, 9)
            os._exit(77)
        time.sleep(0.01)


def target(path, told, go):
    """Maps the file, says where, and changes its map when told to."""
    file = os.open(path, os.O_RDONLY)
    page = mmap.mmap(file, SIZE, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))

    def change():
        os.read(go, 1)
        libc.mmap(None, ctypes.c_size_t(4096), 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, ctypes.c_long(0))

    thread = threading.Thread(target=change)
    thread.start()
    os.write(told, struct.pack("<QI", address, thread.native_id))
    thread.join()


def child(work, *arguments):
    pid = os.fork()
    if pid == 0:
        try:
            work(*arguments)
        finally:
            os._exit(0)
    return pid


def look(pid, address):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        memory.read(1)


def end(processes, directory):
    sys.stdin.read()
    for pid in processes:  # the end of the server ends every read of the file system
        os.kill(pid, 9)
    libc.umount2(directory.encode(), 2)  # MNT_DETACH
    return 0


def main(directory, server_only, mute):
    try:
        fuse = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        print(f"/dev/fuse: {error.strerror}", flush=True)
        return 77
    options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"vigie-e2e", directory.encode(), b"fuse", 0, options) != 0:
        print(f"mounting a FUSE file system: {os.strerror(ctypes.get_errno())}", flush=True)
        return 77
    server = child(serve, fuse, mute)
    os.close(fuse)
    if server_only or mute:
        print("ready", flush=True)
        return end((server,), directory)
    told_read, told = os.pipe()
    go, go_write = os.pipe()
    stuck = child(target, os.path.join(directory, "file"), told, go)
    address, thread = struct.unpack("<QI", os.read(told_read, 12))
    looker = child(look, stuck, address)
    processes = (server, stuck, looker)
    wait_for(looker, "wait", processes)  # request_wait_answer
    os.write(go_write, b"x")
    wait_for(f"{stuck}/task/{thread}", "mmap", processes)  # vm_mmap_pgoff: in line for the lock
    print(stuck, flush=True)
    return end(processes, directory)


if __name__ == "__main__":
    sys.exit(main(sys.argv[-1], "--server-only" in sys.argv, "--mute" in sys.argv))
