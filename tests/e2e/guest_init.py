#!/usr/bin/python3
"""The first process of a kernel that guest.py boots: mounts what programs expect, runs one command, switches off.

guest_init.py is named on the kernel's command line; VIGIE_GUEST there is a directory, which has
    command     JSON: {"argv": [...], "env": {...}, "modules": ["nfsd", ...], "modules_in": DIRECTORY, "disk": false,
                "owner": [uid, gid], "cut": false}
and gets
    out, err    what the command printed
    status      its exit status; absent when the kernel was switched off before it ended
"""

import ctypes
import fcntl
import glob
import json
import os
import re
import socket
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE = 313  # x86-64; finit_module(2) has no wrapper in glibc
POWER_OFF = 0x4321FEDC  # reboot(2)


def must(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), what)


def mount(kind, where, options=""):
    os.makedirs(where, exist_ok=True)
    must(LIBC.mount(kind.encode(), where.encode(), kind.encode(), 0, options.encode()), f"mount {kind} on {where}")


def in_order_of_need(root, names):
    """The files of these modules and of what they need, each after what it needs itself; what is built in has none."""
    paths = {module_name(path): path for path in glob.glob(root + "/kernel/**/*.ko", recursive=True)}
    ordered = []

    def add(name):
        path = paths.get(name)
        if path is None or path in ordered:
            return
        with open(path, "rb") as module:
            needs = re.search(rb"\0depends=([^\0]*)\0", module.read())  # of its section .modinfo
        for need in needs[1].decode().split(",") if needs else ():
            add(need.replace("-", "_"))
        ordered.append(path)

    for name in names:
        add(name)
    return ordered


def module_name(path):
    return os.path.basename(path)[:-len(".ko")].replace("-", "_")


def load(root, names):
    for path in in_order_of_need(root, names):
        with open(path, "rb") as module:
            if LIBC.syscall(FINIT_MODULE, module.fileno(), b"", 0) < 0 and ctypes.get_errno() != 17:  # EEXIST
                raise OSError(ctypes.get_errno(), f"cannot load {path}")


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        flags = struct.unpack("16sh14x", fcntl.ioctl(line, 0x8913, struct.pack("16s16x", b"lo")))[1]  # SIOCGIFFLAGS
        fcntl.ioctl(line, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))  # SIOCSIFFLAGS, IFF_UP


def prepare(owner):
    for kind, where, options in (("proc", "/proc", ""), ("sysfs", "/sys", ""), ("tmpfs", "/run", "mode=755"),
                                 ("cgroup2", "/sys/fs/cgroup", ""), ("tmpfs", "/dev/shm", "mode=1777"),
                                 ("devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=620")):
        mount(kind, where, options)
    if os.path.lexists("/dev/ptmx"):
        os.unlink("/dev/ptmx")
    os.symlink("pts/ptmx", "/dev/ptmx")
    os.mkdir("/run/user", 0o700)
    os.chown("/run/user", *owner)
    loopback_up()


def start(place, command):
    child = os.fork()
    if child:
        return child
    os.setsid()
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{place}/{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), number)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.setgroups([])
    os.setgid(command["owner"][1])
    os.setuid(command["owner"][0])
    os.execve(command["argv"][0], command["argv"], command["env"])


def main():
    place = os.environ["VIGIE_GUEST"]
    try:
        with open(place + "/command", encoding="utf-8") as file:
            command = json.load(file)
        prepare(command["owner"])
        load(command["modules_in"], [*command["modules"], *(("virtio_blk", "ext4", "crc32c_generic") if command["disk"] else ())])
        child = start(place, command)
        while True:  # orphans are everybody's, and end here
            pid, status = os.wait()
            if pid == child:
                break
        if command["cut"]:
            LIBC.reboot(POWER_OFF)
        with open(place + "/status", "w", encoding="utf-8") as file:
            file.write(str(os.waitstatus_to_exitcode(status)))
    except Exception as error:  # pylint: disable=broad-except  # nobody else would hear of it
        with open(place + "/err", "a", encoding="utf-8") as file:
            file.write(f"guest_init: {error}\n")
    os.sync()
    LIBC.reboot(POWER_OFF)


if __name__ == "__main__":
    sys.exit(main())
