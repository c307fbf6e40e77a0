"""The `session` part of script/bench: what a terminal kept by vigie, dtach, tmux or screen costs the program in it.

Sessions detach from who starts them. This process is their subreaper, so it hears of every end and gets the CPU time of
all: the program, the session's server, and what they waited for. Without VIGIE_SLOW=1 the outputs are a fifth as long.
"""

import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER (prctl(2))
WHOLE = os.environ.get("VIGIE_SLOW") == "1"
PEERS = ("dtach", "tmux", "screen")


def wait_for_all():
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def reap():
    """What has ended until now: who helped to start a session is this process's child, too."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def used_by_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Sessions:
    """Starts a shell command in each kind of session, in a directory that is thrown away."""

    def __init__(self, vigie, drain):
        self.vigie, self.drain, self.number = vigie, drain, 0

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="vigie-bench-")
        self.env = dict(os.environ, XDG_STATE_HOME=self.directory, SCREENDIR=os.path.join(self.directory, "screen"),
                        TMUX_TMPDIR=self.directory, TERM="xterm-256color")
        self.env.pop("TMUX", None)
        os.mkdir(self.env["SCREENDIR"], 0o700)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            end_all()  # what a failure left would be waited for in vain
        wait_for_all()
        shutil.rmtree(self.directory, ignore_errors=True)

    def command(self, kind, shell):
        self.number += 1
        return {"vigie": [self.vigie, "run", "--name", f"s{self.number}", "--", "sh", "-c", shell],
                "vigie --no-pty": [self.vigie, "run", "--no-pty", "--", "sh", "-c", shell],
                "plain PTY": [self.drain, "sh", "-c", shell],
                "dtach": ["dtach", "-n", os.path.join(self.directory, f"s{self.number}"), "sh", "-c", shell],
                "tmux": ["tmux", "-L", f"b{self.number}", "-f", "/dev/null", "new-session", "-d", shell],
                "screen": ["screen", "-d", "-m", "sh", "-c", shell]}[kind]

    def start(self, kind, shell):
        subprocess.run(self.command(kind, shell), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       check=True)

    def whole(self, kind, shell):
        """Wall and CPU seconds until the program and its session are over."""
        before, began = used_by_children(), time.monotonic()
        self.start(kind, shell)
        wait_for_all()
        return time.monotonic() - began, used_by_children() - before


def medians(rounds, kinds, measure):
    """Of (wall, CPU) by kind, taken in turns."""
    taken = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            taken[kind].append(measure(kind))
    return {kind: [statistics.median(values) for values in zip(*pairs)] for kind, pairs in taken.items()}


def installed():
    return [peer for peer in PEERS if shutil.which(peer)]


def outputs(table, sessions):
    rounds = min(3, table.rounds)
    lines = 5_000_000 if WHOLE else 1_000_000
    size = 100 if WHOLE else 20
    long_lines = os.path.join(sessions.directory, "long")
    with open(long_lines, "w", encoding="ascii") as file:
        file.writelines(("x" * 3999 + "\n") * 250 for _ in range(size))
    for where, shell, goal in ((f"seq 1 {lines}", f"seq 1 {lines}", "0.35 of the fastest"),
                               (f"{size // 2} MB of yes", f"yes | head -c {size // 2}000000", "0.35 of the fastest"),
                               (f"{size} MB of long lines", f"cat {long_lines}", "1.05 x dtach, 0.5 x tmux")):
        kinds = ["vigie", "vigie --no-pty", "plain PTY", *installed()]
        found = medians(rounds, kinds, lambda kind, shell=shell: sessions.whole(kind, shell))
        for kind in kinds[2:]:
            for number, what in enumerate(("wall", "CPU of program and session")):
                table.row(f"session: `run` / {kind}, {what}", where, found["vigie"][number], found[kind][number], goal)
        table.row("session: `run --no-pty` / `run`, wall", where, found["vigie --no-pty"][0], found["vigie"][0], "0.2")


def starts(table, sessions):
    """How long the command takes to return; the program it starts ends at once."""

    def once(kind):
        began = time.monotonic()
        sessions.start(kind, "exit")
        took = time.monotonic() - began
        wait_for_all()
        return (took,)

    kinds = ["vigie", *(peer for peer in ("dtach", "tmux") if peer in installed())]
    found = medians(table.rounds, kinds, once)
    for kind in kinds[1:]:
        table.row(f"session: `run` / {kind}, until it returns, wall", "", found["vigie"][0], found[kind][0],
                  "1.5 x dtach, and one fsync")


def children_of(parents):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as stat:
                    parent = int(stat.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            if parent in parents:
                found.append(int(entry))
    return found


def memory(pids):
    """(own, proportional) bytes: what only these processes have, and with their share of what others have, too."""
    own = proportional = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
                fields = {line.split()[0]: int(line.split()[1]) << 10 for line in rollup if line.endswith("kB\n")}
        except OSError:  # not a keeper, but who noted where a run came from, and is done
            continue
        own += fields["Private_Clean:"] + fields["Private_Dirty:"]
        proportional += fields["Pss:"]
    return own, proportional


def keepers():
    """The processes that keep the sessions this process is the subreaper of, without the programs in them."""
    reap()
    servers = children_of({os.getpid()})
    return servers + [pid for pid in children_of(set(servers)) if program(pid) == program(servers[0])]


def program(pid):
    return os.path.realpath(f"/proc/{pid}/exe")


def end_all():
    for pid in [*children_of(set(keepers())), *keepers()]:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
    wait_for_all()


def idle_memory(table, sessions):
    found = {}
    for kind in ("vigie", "dtach"):
        if kind == "vigie" or kind in installed():
            for _ in range(5):
                sessions.start(kind, "exec sleep 1000")
            time.sleep(1)  # what is done at the start is over
            found[kind] = memory(keepers())[0] / 5
            end_all()
    table.row_of_bytes("session: an idle run / dtach, memory of its own", "5 at once", found["vigie"], found.get("dtach"), "400 KiB")


def many_at_once(table, sessions):
    count = 200
    for _ in range(count):
        sessions.start("vigie", "exec sleep 1000")
    time.sleep(1)
    kept = keepers()
    programs = [pid for pid in children_of(set(kept)) if pid not in kept]
    own, proportional = memory(kept)
    table.row_of_bytes(f"session: {len(programs)} of {count} runs at once, memory of all their keepers (own, with shares)", "", own,
                       proportional, "none lost")
    end_all()


def measure(table, vigie, drain, *parts):
    """Each part with sessions of its own; `table` has row() and row_of_bytes()."""
    if not table.wants("session: "):
        return
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    for part in parts:
        with Sessions(vigie, drain) as sessions:
            part(table, sessions)
    ctypes.CDLL(None).prctl(SUBREAPER, 0, 0, 0, 0)
