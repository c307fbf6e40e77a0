"""The rows of script/bench about a session that somebody looks at: its output, one who has frozen, and the echo of a key."""

import os
import pty
import select
import shutil
import signal
import statistics
import subprocess
import time

import session

KEYS = 400


def attach_command(sessions, kind):
    """To the session that was started last."""
    name = f"s{sessions.number}"
    return {"vigie": [sessions.vigie, "attach", name], "dtach": ["dtach", "-a", os.path.join(sessions.directory, name), "-r", "none"],
            "tmux": ["tmux", "-L", f"b{sessions.number}", "attach"], "screen": ["screen", "-r"]}[kind]


def until(condition):
    while not condition():
        time.sleep(0.002)


class Looked:
    """A session whose program waits, with a client on a terminal, and goes on when told to."""

    def __init__(self, sessions, kind, shell, looked=True):
        self.go, self.done = (os.path.join(sessions.directory, name) for name in ("go", "done"))
        for path in (self.go, self.done):
            if os.path.exists(path):
                os.unlink(path)
        sessions.start(kind, f"while [ ! -e {self.go} ]; do sleep 0.02; done; {shell}; touch {self.done}")
        self.client = None
        if looked:
            self.client = subprocess.Popen([sessions.drain, *attach_command(sessions, kind)], env=sessions.env,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.5)  # it is attached by then

    def freeze(self):
        for pid in session.children_of({self.client.pid}):
            os.kill(pid, signal.SIGSTOP)

    def run(self):
        began = time.monotonic()
        with open(self.go, "w", encoding="ascii"):
            pass
        until(lambda: os.path.exists(self.done))
        return time.monotonic() - began

    def end(self):
        if self.client is not None:
            for pid in [*session.children_of({self.client.pid}), self.client.pid]:
                os.kill(pid, signal.SIGKILL)
        session.wait_for_all()


def outputs(table, sessions):
    rounds = min(3, table.rounds)
    lines = 1_000_000 if session.WHOLE else 300_000
    size = 100 if session.WHOLE else 20
    long_lines = os.path.join(sessions.directory, "long")
    with open(long_lines, "w", encoding="ascii") as file:
        file.writelines(("x" * 3999 + "\n") * 250 for _ in range(size))

    def measure(kind, shell, looked=True, frozen=False):
        scene = Looked(sessions, kind, shell, looked)
        if frozen:
            scene.freeze()
        took = scene.run()
        scene.end()
        return (took,)

    for where, shell in ((f"seq 1 {lines}", f"seq 1 {lines}"), (f"{size} MB of long lines", f"cat {long_lines}")):
        kinds = ["vigie", *(peer for peer in ("dtach", "tmux") if shutil.which(peer))]
        found = session.medians(rounds, kinds, lambda kind, shell=shell: measure(kind, shell))
        for kind in kinds[1:]:
            table.row(f"session: attached, `run` / {kind}, wall of the program", where, found["vigie"][0], found[kind][0],
                      "1.1 x dtach, 0.5 x tmux")
        how = {"nobody": (False, False), "frozen": (True, True)}
        found = session.medians(rounds, how, lambda who, shell=shell: measure("vigie", shell, *how[who]))
        table.row("session: with a frozen client / with none, wall of the program", where, found["frozen"][0], found["nobody"][0], "1.0")


def echo_of(command, env):
    """p50 of the seconds between a key and its echo on the terminal of a client."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, env)
    took = []
    until(lambda: not select.select([terminal], [], [], 0.5)[0] or not os.read(terminal, 1 << 16))
    for _ in range(KEYS):
        began = time.perf_counter()
        os.write(terminal, b"x")
        while b"x" not in os.read(terminal, 1 << 16):
            pass
        took.append(time.perf_counter() - began)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return statistics.median(took)


def echoes(table, sessions):
    def measure(kind):
        if kind == "plain PTY":
            return (echo_of(["cat"], sessions.env),)
        sessions.start(kind, "exec cat")
        time.sleep(0.2)
        took = echo_of(attach_command(sessions, kind), sessions.env)
        session.end_all()
        return (took,)

    kinds = ["vigie", "plain PTY", *(peer for peer in ("dtach", "tmux") if shutil.which(peer))]
    found = session.medians(min(3, table.rounds), kinds, measure)
    for kind in kinds[1:]:
        table.row(f"session: echo of a key, `attach` / {kind}, p50", f"{KEYS} keys", found["vigie"][0], found[kind][0], "1.5 x plain PTY",
                  lambda seconds: f"{seconds * 1e6:.0f} us")
