"""Runs vigie and the loads, with directories of their own, and ends all that it started."""

import collections
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOADS = os.path.join(HERE, "loads.py")
# PyTorch is read from a cold disk, and a card's context made: both have been seen to take half a minute.
READY_SECONDS = 120

Done = collections.namedtuple("Done", "code out err")


class StationError(Exception):
    """What did not come to be, in one sentence."""


class Station:
    def __init__(self, vigie, directory, device):
        self.vigie_path = vigie
        self.directory = directory
        self.device = device
        self.runs = []
        self.children = []
        self.env = dict(os.environ, NO_COLOR="1")
        # CUDA's own order would be the fastest first: GPU 0 is to be that of nvidia-smi.
        self.env.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
        for name in ("STATE", "CONFIG", "CACHE"):
            self.env[f"XDG_{name}_HOME"] = self.path(name.lower())
        self.env["XDG_RUNTIME_DIR"] = self.path("runtime")
        os.makedirs(self.path("traces"))
        os.mkdir(self.path("runtime"), 0o700)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    # --- vigie

    def vigie(self, *arguments, timeout=60):
        try:
            done = subprocess.run([self.vigie_path, *arguments], env=self.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise StationError(f"vigie {' '.join(arguments)} has not ended within {timeout} s") from None
        return Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def json(self, *arguments, codes=(0,), timeout=60):
        done = self.vigie(*arguments, "--json", timeout=timeout)
        if done.code not in codes:
            raise StationError(f"vigie {' '.join(arguments)} exits {done.code}: {done.err.strip() or done.out.strip()}")
        return json.loads(done.out)

    def spawn(self, *command, stdout=subprocess.DEVNULL):
        child = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=stdout,
                                 stderr=subprocess.DEVNULL)
        self.children.append(child)
        return child

    def beside(self, *arguments, stdout=subprocess.DEVNULL):
        """A vigie that goes on until end() is called on it."""
        return self.spawn(self.vigie_path, *arguments, stdout=stdout)

    @staticmethod
    def end(child):
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    # --- loads

    def start(self, name, load, seconds, *options):
        done = self.vigie("run", "--name", name, "--", sys.executable, LOADS, load, "--seconds", str(seconds),
                          "--device", self.device, *options)
        if done.code != 0:
            raise StationError(f"the load {load} was not started: {done.err.strip()}")
        self.runs.append(name)

    def row(self, name):
        return next((run for run in self.json("ls", "--interval", "0")["runs"] if run["name"] == name), None)

    def wait_steps(self, name, steps=1):
        """The row of the run, once it has made so many steps by its own output."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            row = self.row(name)
            if row is None or row["state"] not in ("running", "starting"):
                log = " ".join(self.vigie("logs", "-n", "5", name).out.split())
                raise StationError(f"{name} is {row['state'] if row else 'gone'} instead of at work: {log}")
            if ((row["progress"] or {}).get("step") or 0) >= steps:
                return row
            time.sleep(0.5)
        raise StationError(f"{name} has made no step within {READY_SECONDS} s")

    def stop(self, name):
        self.vigie("kill", name)
        if name in self.runs:
            self.runs.remove(name)

    def leave(self):
        """Ends what is still there."""
        for child in self.children:
            self.end(child)
        for name in list(self.runs):
            self.stop(name)


def python_says(device):
    """(what PyTorch says of itself, why it cannot be used on this device or None)."""
    script = ("import json, torch; card = torch.cuda.is_available(); print(json.dumps({'torch': torch.__version__, "
              "'cuda': torch.version.cuda, 'card': torch.cuda.get_device_name(0) if card else None}))")
    try:
        done = subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=READY_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {}, f"importing PyTorch takes longer than {READY_SECONDS} s"
    if done.returncode != 0:
        return {}, f"{sys.executable} has no PyTorch that works"
    said = json.loads(done.stdout.decode("utf-8", "replace").splitlines()[-1])
    return said, None if device == "cpu" or said["card"] else "PyTorch sees no card"
