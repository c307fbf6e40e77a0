"""A kernel of its own for tests of what this host's does not have: control groups of version 2 with every controller,
NFS, a boot that is over. It is user-mode Linux (Debian's user-mode-linux): a real kernel that is an ordinary process
here. Its root is this host's file system; who starts it needs no privilege, and is root inside.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile

import harness

KERNEL = "linux.uml"
INIT = os.path.join(harness.ROOT, "tests", "e2e", "guest_init.py")


def missing():
    """Why there can be no guest here; empty when there can."""
    if shutil.which(KERNEL) is None:
        return f"{KERNEL} is not installed (script/setup check)"
    return ""


class Guest:
    """One boot of the kernel at a time; what it leaves in the file system is there at the next."""

    def __init__(self, directory):
        self.directory = directory
        self.env = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": directory,
                    "USER": "root", "LOGNAME": "root", "TERM": "dumb", "TMPDIR": "/run"}

    def boot_script(self, text, **options):
        """Runs shell commands, up to the first that fails, as whoever owns the files: this process's user."""
        return self.boot(["/bin/sh", "-ec", text], owner=(os.getuid(), os.getgid()), **options)

    def boot(self, argv, memory="512M", disk=None, modules=(), env=None, owner=(0, 0), cut=False, timeout=240):
        """Runs one command and switches off; how the command ended. With `cut` the power goes as soon as the command
        has ended, whatever else runs, and nobody notes how it did (None)."""
        place = tempfile.mkdtemp(prefix="guest-", dir=self.directory)
        with open(os.path.join(place, "command"), "w", encoding="utf-8") as file:
            json.dump({"argv": list(argv), "env": {**self.env, **(env or {})}, "modules": list(modules), "owner": owner,
                       "cut": cut}, file)
        line = [KERNEL, f"mem={memory}", "root=hostfs", "rootfstype=hostfs", "hostfs=/", "rw", f"init={INIT}",
                "quiet", "con=null", "con0=null,fd:1", f"VIGIE_GUEST={place}"]
        if disk:
            line.append(f"ubd0={disk}")
        console = self.run_kernel(line, timeout)
        said = {}
        for name in ("out", "err", "status"):
            path = os.path.join(place, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    said[name] = file.read()
        status = int(said["status"]) if said.get("status") else None
        return harness.Done(status, said.get("out", ""), said.get("err", "") + ("" if status is not None else console))

    def run_kernel(self, line, timeout):
        """The end of what it printed; it is killed when its time is over."""
        with tempfile.TemporaryFile() as console:
            # Its memory is a file, which must be on a file system that lets it be executed. A process for each
            # of the guest's: one group, which ends as one.
            kernel = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                                      env={**os.environ, "TMPDIR": self.directory}, start_new_session=True)
            try:
                kernel.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(kernel.pid, signal.SIGKILL)
                kernel.wait()
            console.seek(0)
            return console.read().decode(errors="replace")[-2000:]
