"""A kernel of its own for tests of what this host's does not have: control groups of version 2 with every controller,
NFS, a boot that is over. Its root is this host's file system; who starts it needs no privilege, and is root inside.

There are two. User-mode Linux (Debian's user-mode-linux) is a real kernel that is an ordinary process here, and quick;
it does not run on every processor. A machine that qemu imitates, with Debian's kernel (script/guest_kernel unpacks it),
runs everywhere and takes three times as long. Each is tried before it is used; VIGIE_GUEST_KIND=uml or qemu wants one.
"""

import functools
import glob
import json
import os
import platform
import shutil
import signal
import subprocess
import tempfile

import guest_init
import harness

INIT = os.path.join(harness.ROOT, "tests", "e2e", "guest_init.py")
UNPACKED = os.path.join(harness.ROOT, "build", "guest")  # by script/guest_kernel


class Uml:
    """User-mode Linux: root by its hostfs."""

    name = "uml"
    program = "linux.uml"
    patience = 1  # how much longer than on this host things take; timeouts are multiplied by it

    @staticmethod
    def missing():
        return "" if shutil.which("linux.uml") else "linux.uml is not installed (script/setup check)"

    @staticmethod
    def modules():
        return next(iter(glob.glob("/usr/lib/uml/modules/*")), "")

    def line(self, boot):
        line = [self.program, f"mem={boot.memory}M", "root=hostfs", "rootfstype=hostfs", "hostfs=/", "rw",
                f"init={INIT}", "quiet", "con=null", "con0=null,fd:1", f"VIGIE_GUEST={boot.place}"]
        return line + ([f"ubd0={boot.disk}"] if boot.disk else [])


class Qemu:
    """An imitated machine: root by 9p, read-only, and the directory of the guest beside it, which may be written."""

    name = "qemu"
    program = "qemu-system-x86_64"
    patience = 3
    own_memory = 64  # MB that this kernel takes for itself, and user-mode Linux does not
    first_modules = ("virtio_pci", "9pnet_virtio", "9p")

    def missing(self):
        if platform.machine() != "x86_64":
            return f"the kernel that would be booted is for x86_64 and this host is {platform.machine()}"
        if shutil.which(self.program) is None:
            return f"{self.program} is not installed (script/setup check)"
        if not glob.glob(UNPACKED + "/boot/vmlinuz-*") or not self.modules():
            return f"there is no kernel in {UNPACKED} (script/guest_kernel)"
        return ""

    @staticmethod
    def modules():
        return next(iter(glob.glob(UNPACKED + "/lib/modules/*")), "")

    def line(self, boot):
        first = os.path.join(boot.place, "initramfs")
        with open(first, "wb") as file:
            file.write(self.initramfs(boot))
        line = [self.program, "-accel", "tcg", "-cpu", "max", "-m", f"{boot.memory + self.own_memory}M", "-nodefaults",
                "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
                "-kernel", glob.glob(UNPACKED + "/boot/vmlinuz-*")[0], "-initrd", first,
                "-append", f"console=ttyS0 quiet panic=-1 rdinit=/init VIGIE_GUEST={boot.place}"]
        for tag, path, more in (("root", "/", ",readonly=on,multidevs=remap"), ("own", boot.directory, "")):
            line += ["-fsdev", f"local,id={tag},path={path.replace(',', ',,')},security_model=none{more}",
                     "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        if boot.disk:
            line += ["-drive", f"if=virtio,format=raw,file={boot.disk.replace(',', ',,')}"]
        return line

    def initramfs(self, boot):
        """What runs before there is a root: a shell that loads the modules for it."""
        with open(UNPACKED + "/bin/busybox", "rb") as file:
            busybox = file.read()
        paths = guest_init.in_order_of_need(self.modules(), self.first_modules)
        mount = "/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000"
        # Of the root nothing changes while it is looked at; what is written must be there when the power goes.
        script = ["#!/bin/busybox sh", *(f"/bin/busybox insmod /{os.path.basename(path)}" for path in paths),
                  f"{mount},ro,cache=loose root /root", f"{mount},cache=mmap own '/root{boot.directory}'",
                  "/bin/busybox mount -t devtmpfs dev /root/dev",
                  f"exec /bin/busybox switch_root /root '{harness.PYTHON}' '{INIT}'"]
        files = [("bin", 0o040755, b""), ("root", 0o040755, b""), ("bin/busybox", 0o100755, busybox),
                 ("init", 0o100755, "\n".join(script).encode() + b"\n")]
        for path in paths:
            with open(path, "rb") as file:
                files.append((os.path.basename(path), 0o100644, file.read()))
        return cpio(files)


def cpio(files):
    """An archive as the kernel's initramfs wants it: "newc", see buffer-format.rst of its documentation."""
    out = b""
    for number, (name, mode, content) in enumerate([*files, ("TRAILER!!!", 0, b"")], 1):
        name = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        out += b"\0" * (-len(out) % 4) + content
        out += b"\0" * (-len(out) % 4)
    return out


KINDS = (Uml(), Qemu())


@functools.cache
def tried():
    """The first kind that boots here, or None, and what became of those that were tried."""
    wanted = os.environ.get("VIGIE_GUEST_KIND", "")
    said = []
    for kind in KINDS:
        if wanted not in ("", kind.name):
            continue
        why = kind.missing()
        if not why:
            with tempfile.TemporaryDirectory(prefix="vigie-guest-") as directory:
                done = Guest(directory, kind).boot(["/bin/true"], timeout=60)
            why = "" if done.code == 0 else f"{kind.program} was tried and did not boot: {heart_of(done.err)}"
        if not why:
            return kind, said
        said.append(why)
    return None, said or [f"VIGIE_GUEST_KIND={wanted} is neither uml nor qemu"]


def heart_of(console):
    """The lines of a kernel's last words that say what happened."""
    lines = [line.strip() for line in console.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("anic", "failed", "annot", "rror", "guest_init"))]
    return "; ".join((telling or lines or ["it said nothing"])[-2:])


def missing():
    """Why there can be no guest here; empty when there can."""
    kind, said = tried()
    return "" if kind else "; ".join(said)


class Boot:
    """What one boot is given."""

    def __init__(self, directory, memory, disk):
        self.directory, self.disk = directory, disk
        self.memory = int(memory.rstrip("M"))
        self.place = tempfile.mkdtemp(prefix="guest-", dir=directory)


class Guest:
    """One boot of the kernel at a time; what it leaves in the directory is there at the next."""

    def __init__(self, directory, kind=None):
        self.directory = os.path.realpath(directory)
        self.kind = kind or tried()[0]
        self.env = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": self.directory,
                    "USER": "root", "LOGNAME": "root", "TERM": "dumb", "TMPDIR": "/run"}

    def boot_script(self, text, **options):
        """Runs shell commands, up to the first that fails, as whoever owns the files: this process's user."""
        return self.boot(["/bin/sh", "-ec", text], owner=(os.getuid(), os.getgid()), **options)

    def boot(self, argv, memory="512M", disk=None, modules=(), env=None, owner=(0, 0), cut=False, timeout=240):
        """Runs one command and switches off; how the command ended. With `cut` the power goes as soon as the command
        has ended, whatever else runs, and nobody notes how it did (None)."""
        boot = Boot(self.directory, memory, disk)
        with open(os.path.join(boot.place, "command"), "w", encoding="utf-8") as file:
            json.dump({"argv": list(argv), "env": {**self.env, **(env or {})}, "modules": list(modules), "owner": owner,
                       "modules_in": self.kind.modules(), "disk": disk is not None, "cut": cut}, file)
        console = self.run_kernel(self.kind.line(boot), timeout * self.kind.patience)
        said = {}
        for name in ("out", "err", "status"):
            path = os.path.join(boot.place, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    said[name] = file.read()
        status = int(said["status"]) if said.get("status") else None
        return harness.Done(status, said.get("out", ""), said.get("err", "") + ("" if status is not None else console))

    def run_kernel(self, line, timeout):
        """The end of what it printed; it is killed when its time is over."""
        with tempfile.TemporaryFile() as console:
            # The memory of user-mode Linux is a file, which must be on a file system that lets it be executed. It is a
            # process for each of the guest's: one group, which ends as one.
            kernel = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                                      env={**os.environ, "TMPDIR": self.directory}, start_new_session=True)
            try:
                kernel.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(kernel.pid, signal.SIGKILL)
                kernel.wait()
            console.seek(0)
            return console.read().decode(errors="replace")[-4000:]
