"""vigie doctor: what it says of this host is what this host allows, tried here in another way, for root and for others."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys

from harness import VigieTest
import harness

NOBODY = 65534
STATUSES = {"works", "limited", "denied", "unsupported", "missing"}
NOBODYS = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

# Run by the user in question: tries what vigie should be able to tell, and prints which of it worked.
TRY = r"""
import ctypes, json, os, platform, socket
def works(attempt):
    try:
        attempt()
        return True
    except OSError:
        return False
def listen():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 11) as connector:  # NETLINK_CONNECTOR
        connector.bind((0, 1))  # CN_IDX_PROC
def group():
    own = GROUP
    if own is None:
        raise OSError('no version 2')
    directory = own + f'/vigie-test-{os.getpid()}'
    os.mkdir(directory)
    os.rmdir(directory)
def perf(pid, cpu, exclude_kernel):
    attributes = bytearray(128)
    attributes[0:4] = (1).to_bytes(4, 'little')    # PERF_TYPE_SOFTWARE; config 0 is the CPU clock
    attributes[4:8] = (128).to_bytes(4, 'little')
    attributes[40] = 1 | (32 if exclude_kernel else 0)  # disabled, exclude_kernel
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(298, (ctypes.c_char * 128).from_buffer(attributes), pid, cpu, -1, 0)
    if fd < 0:
        raise OSError(ctypes.get_errno(), 'perf_event_open')
    os.close(fd)
print(json.dumps({
    'other-processes': works(lambda: [open(f'/proc/1/{name}', 'rb').read() for name in ('io', 'environ')]),
    'process-events': works(listen),
    'pressure': works(lambda: open('/proc/pressure/cpu').read()),
    'smaps-rollup': works(lambda: open('/proc/self/smaps_rollup').read()),
    'control-group-limits': works(group),
    'perf-events': works(lambda: perf(-1, 0, False)) if platform.machine() == 'x86_64' else None,
    'perf-own': works(lambda: perf(0, -1, True)) if platform.machine() == 'x86_64' else None,
}))
"""


class Doctor(VigieTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.program = shutil.copy(harness.vigie_path, self.path("vigie"))

    def doctor(self, *before, env=None, **options):
        done = subprocess.run([*before, self.program, "doctor", "--json"], env=env or self.env, cwd="/", check=False,
                              capture_output=True, **options)
        self.assertEqual((done.returncode, done.stderr), (0, b""), done)
        rows = json.loads(done.stdout)["capabilities"]
        by_id = {row["id"]: row for row in rows}
        self.assertEqual(len(by_id), len(rows), "each capability has one row")
        for row in rows:
            self.assertIn(row["status"], STATUSES)
            self.assertTrue(row["reason"], row)
        return by_id

    def tried(self, **options):
        done = subprocess.run([sys.executable, "-c", f"GROUP = {harness.own_v2_group()!r}\n{TRY}"], cwd="/", check=True, capture_output=True, **options)
        return json.loads(done.stdout)

    def agrees(self, **options):
        said, tried = self.doctor(**options), self.tried(**options)
        own_perf = tried.pop("perf-own")
        for name, worked in tried.items():
            if worked is not None:
                self.assertEqual(said[name]["status"] == "works", worked, said[name])
        if tried["perf-events"] is False:
            self.assertEqual(said["perf-events"]["status"], "limited" if own_perf else "denied", said["perf-events"])
        for row in said.values():
            if row["status"] in ("limited", "denied"):
                self.assertTrue(row["advice"], row)
        done = subprocess.run([self.program, "--sampling", "bpf", "ps", "-a", "--interval", "0"], env=self.env, cwd="/",
                              check=False, capture_output=True, **options)
        self.assertEqual(said["sampling-bpf"]["status"] == "works", done.returncode == 0, (said["sampling-bpf"], done))
        if done.returncode == 4:
            self.assertEqual(said["sampling-bpf"]["status"], "denied")
        return said

    def test_what_it_says_is_what_is_possible(self):
        said = self.agrees()
        for name, path in (("delay-accounting", "/proc/sys/kernel/task_delayacct"),):
            with open(path, encoding="ascii") as file:
                self.assertEqual(said[name]["status"] == "works", file.read().strip() == "1", said[name])
        with open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii") as file:
            self.assertEqual(said["perf-events"]["value"], float(file.read()))
        scope = "/proc/sys/kernel/yama/ptrace_scope"
        self.assertEqual(said["tracing"]["value"], float(open(scope, encoding="ascii").read()) if os.path.exists(scope) else None)

    def test_and_for_an_ordinary_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        said = self.agrees(**NOBODYS)
        self.assertEqual(said["other-processes"]["status"], "limited")
        self.assertIn("setcap", said["other-processes"]["advice"])
        self.assertNotEqual(said["sampling-bpf"]["status"], "works")
        self.assertNotIn("bpf,", said["sampling"]["reason"])

    def test_a_run_that_would_be_killed_with_the_login_says_so(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make a group that looks like a login session's")
        point = harness.own_v2_group()
        if point is None or not os.path.isdir("/etc/systemd"):
            self.skipTest("no control groups of version 2, or no configuration of systemd")
        session = f"{point}/session-{os.getpid()}.scope"
        try:
            os.mkdir(session)
        except OSError as error:
            self.skipTest(f"no group can be made: {error}")
        self.addCleanup(lambda: harness.eventually("the session is empty", lambda: subprocess.run(["rmdir", session], check=False, capture_output=True).returncode == 0))
        os.mkdir(self.path("systemd"))
        with open(self.path("systemd/logind.conf"), "w", encoding="utf-8") as file:
            file.write("[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n")
        script = 'echo $$ >"$1/cgroup.procs" && mount --bind systemd /etc/systemd || exit 77; exec "$2" run --name doomed -- sleep 1000'
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", session, self.program], env=self.env, cwd=self.dir,
                              check=False, capture_output=True, text=True)
        if done.returncode == 77 or done.stderr.startswith("unshare:"):
            self.skipTest(f"no login session can be imitated here: {done.stderr}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("doomed: what is started here is killed when you log out", done.stderr)
        self.vigie("kill", "doomed", expect=0)
        self.vigie("rm", "doomed", expect=0)

    def test_what_sampling_costs_and_which_way_is_chosen(self):
        said = self.doctor()
        for name in ("sampling-reopen", "sampling-keep"):
            self.assertEqual(said[name]["status"], "works")
            self.assertGreater(said[name]["value"], 0)
        self.assertGreater(said["sampling"]["value"], 1)
        self.assertEqual(said["own-memory"]["unit"], "bytes")
        self.assertGreater(said["own-memory"]["value"], 1 << 20)
        self.assertGreater(said["own-cpu"]["value"], said["sampling-reopen"]["value"])
        look = self.json("ps", "-a", "--interval", "0")
        method = next(source["method"] for source in look["sources"] if source["name"] == "proc")
        if said["sampling"]["value"] < 300 or said["sampling"]["value"] > 500:  # no matter if a few come or go meanwhile
            self.assertTrue(said["sampling"]["reason"].startswith(method), (method, said["sampling"]))

    def test_limits_of_the_process_itself(self):
        few = sum(entry.isdigit() for entry in os.listdir("/proc")) + 128  # one for each process, and too few for the rest
        said = self.doctor("prlimit", f"--nofile={few}")
        self.assertEqual((said["descriptors"]["status"], said["descriptors"]["value"]), ("limited", few))
        self.assertEqual(self.doctor("prlimit", "--nofile=4096")["descriptors"]["value"], 4096)
        self.assertEqual(self.doctor()["terminal"]["status"], "missing")

    def test_terminal_programs_and_state_directory(self):
        os.mkdir(self.path("bin"))
        without = self.doctor(env={**self.env, "PATH": self.path("bin")})
        self.assertEqual(without["tmux"]["status"], "missing")
        with open(self.path("bin/tmux"), "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o755)
        self.assertEqual(self.doctor(env={**self.env, "PATH": self.path("bin")})["tmux"]["status"], "works")
        self.assertEqual(without["state-directory"]["status"], "works")
        self.assertFalse(os.path.exists(self.state), "asking makes no directory")
        denied = self.doctor(env={**self.env, "XDG_STATE_HOME": "/proc/sys/none"})
        self.assertEqual(denied["state-directory"]["status"], "denied")

    def test_namespaces_and_hidden_processes(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make namespaces")
        if subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False, capture_output=True).returncode:
            self.skipTest("no namespaces can be made here")
        inside = self.doctor("unshare", "--pid", "--fork", "--mount-proc")
        self.assertEqual(inside["host-processes"]["status"], "limited")
        self.assertEqual(inside["sampling-bpf"]["status"], "unsupported")
        self.assertEqual(self.doctor()["all-processes"]["status"], "works")
        hidden = ["unshare", "--mount", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh"]
        self.assertEqual(self.doctor(*hidden)["all-processes"]["status"], "works")  # root sees them all the same
        nobody = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        row = self.doctor(*hidden, *nobody)["all-processes"]
        self.assertEqual(row["status"], "limited")
        self.assertRegex(row["reason"], "hidepid=(2|invisible)")

    def test_text_and_csv_and_its_other_name(self):
        text = self.vigie("doctor", expect=0).out
        self.assertTrue(text.startswith("CAPABILITY"), text)
        self.assertEqual({row.split(",")[0] for row in self.vigie("doctor", "--csv", expect=0).out.split("\r\n")[1:-1]
                          if re.match("[a-z-]+,", row)}, set(self.doctor()))
        self.assertEqual(set(row["id"] for row in self.json("capabilities")["capabilities"]), set(self.doctor()))

    def test_nothing_is_wider_than_the_terminal(self):
        parent, child = pty.openpty()
        try:
            subprocess.run(["stty", "cols", "80", "rows", "24"], stdin=child, check=True)
            process = subprocess.Popen([self.program, "doctor"], stdin=subprocess.DEVNULL, stdout=child, env=self.env)
            os.close(child)
            output = b""
            try:
                while piece := os.read(parent, 65536):
                    output += piece
            except OSError:
                pass  # how a terminal ends
            self.assertEqual(process.wait(), 0)
        finally:
            os.close(parent)
        lines = output.decode().split("\r\n")
        # A path is not broken, wherever vigie was built.
        self.assertLessEqual(max(len(line) for line in lines if " " in line.strip()), 80, lines)
        self.assertTrue(any(line.startswith("terminal") and "80 x 24" in line for line in lines), lines)
