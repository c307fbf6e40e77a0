"""The rows of script/bench about a screen that stays open: what `vigie top` and its peers cost while they are looked at.

Each program has a terminal of 200 x 50 and an interval of a second. Its start is not counted.
"""

import fcntl
import itertools
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import tempfile
import termios
import time

SECONDS = 12
KEYS = 20
# The cursor goes down and up, so that it never stands at an end of the list, where a key changes nothing: in the keypad's
# mode of ncurses, and without one.
KEYS_OF_NCURSES, KEYS_OF_BTOP = (b"\x1bOB", b"\x1bOA"), (b"\x1b[B", b"\x1b[A")
PEERS = (("htop", ["htop", "-d", "10"]), ("btop", ["btop"]), ("top", ["top", "-d", "1"]), ("atop", ["atop", "1"]),
         ("nvtop", ["nvtop", "-d", "10"]))


class Screen:
    """A program on a terminal of its own, whose output is counted and thrown away."""

    def __init__(self, command, env):
        keys = KEYS_OF_BTOP if command[0] == "btop" else KEYS_OF_NCURSES
        self.keys = itertools.chain(keys[:1], itertools.cycle(keys))  # the first one puts the cursor on a row
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            time.sleep(0.2)  # until the terminal has its size
            os.execvpe(command[0], command, env)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))

    def read_for(self, seconds):
        """The bytes that came meanwhile; None: the program has ended."""
        end, size = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.terminal], [], [], left)[0]:
                continue
            try:
                size += len(os.read(self.terminal, 1 << 16))
            except OSError:
                return None
        return size

    def cpu(self):
        """Seconds so far, all its threads, those that ended too (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def resident(self):
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))

    def key(self):
        """Seconds from a key to the last byte of what is drawn of it."""
        began = time.perf_counter()
        os.write(self.terminal, next(self.keys))
        last = None
        while select.select([self.terminal], [], [], 0.03 if last else 1)[0]:
            os.read(self.terminal, 1 << 16)
            last = time.perf_counter()
        return None if last is None else last - began

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def measure(command, env):
    """CPU and bytes a second, bytes resident, p50 of the seconds from a key to its picture; None: it does not start."""
    screen = Screen(command, env)
    if screen.read_for(4) is None:
        os.waitpid(screen.pid, 0)
        os.close(screen.terminal)
        return None
    before, began = screen.cpu(), time.monotonic()
    size = screen.read_for(SECONDS)
    wall = time.monotonic() - began
    used, resident = screen.cpu() - before, screen.resident()
    took = []
    screen.key()
    for _ in range(KEYS):
        screen.read_for(0.11)
        took.append(screen.key())
    screen.end()
    drawn = [seconds for seconds in took if seconds is not None]
    return used / wall, size / wall, resident, statistics.median(drawn) if drawn else None


def with_settings(directory):
    """btop has its interval from a file alone."""
    os.makedirs(os.path.join(directory, "btop"))
    with open(os.path.join(directory, "btop", "btop.conf"), "w", encoding="ascii") as file:
        file.write("update_ms = 1000\n")
    return dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8", XDG_CONFIG_HOME=directory)


def medians(rounds, commands, env):
    """Of each command, taken in turns; None: it does not start."""
    taken = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(measure(command, env))
    return {name: None if None in found else
            [statistics.median(values) if None not in values else None for values in zip(*found)]
            for name, found in taken.items()}


def compare(table, vigie, where):
    """The rows about all screens; the goals are those of the field's quickest."""
    if not table.wants("screen: `top`"):
        return
    commands = {"vigie": [vigie, "top", "processes", "--interval", "1"]}
    commands.update({name: command for name, command in PEERS if shutil.which(command[0])})
    with tempfile.TemporaryDirectory() as directory:
        found = medians(min(3, table.rounds), commands, with_settings(directory))
        whole = medians(1, {"overview": [vigie, "top", "--interval", "1"]}, with_settings(os.path.join(directory, "o")))
    mine = found.pop("vigie")
    overview = whole["overview"]
    table.row("screen: the overview of `top` / its list of processes, CPU a second", where, overview[0], mine[0], "")
    for name, other in found.items():
        if other is None:
            print(f"{name} does not start here", flush=True)
            continue
        cpu_goal = {"top": "1.0 at 80", "htop": "0.12 with BPF at 10,000"}.get(name, "")
        table.row(f"screen: `top` / {name}, CPU a second", where, mine[0], other[0], cpu_goal)
        table.row_of_bytes(f"screen: `top` / {name}, to the terminal a second", where, mine[1], other[1],
                           "1.0" if name == "htop" else "")
        table.row_of_bytes(f"screen: `top` / {name}, resident", where, mine[2], other[2],
                           "32 MB at 10,000" if name == "htop" else "")
        if mine[3] and other[3]:
            table.row(f"screen: `top` / {name}, key to picture, p50", where, mine[3], other[3],
                      "50 ms at 10,000" if name == "htop" else "")
