"""The log of a run: byte for byte whatever happens, and readable."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

import harness
from harness import VigieTest, eventually

SLOW = os.environ.get("VIGIE_SLOW") == "1"
FLOOD_LINES = 20_000_000 if SLOW else 400_000
# no newline translation: what is written is what a byte-exact log must hold
RAW = "stty raw; exec "


def numbers(count):
    return subprocess.run(["seq", "1", str(count)], stdout=subprocess.PIPE, check=True).stdout


class Logs(VigieTest):
    def raw(self, name, *options):
        return subprocess.run([harness.vigie_path, "logs", "--raw", *options, name], env=self.env, capture_output=True,
                              check=True, timeout=600)

    def files(self, name):
        directory = self.record(name)["directory"]
        return sorted(entry for entry in os.listdir(directory) if entry.startswith("output.log"))

    def concatenated(self, name):
        """All segments in order, unpacked with zstd's own tool."""
        directory, whole = self.record(name)["directory"], b""
        for entry in [*self.files(name)[1:], "output.log"]:
            path = os.path.join(directory, entry)
            if entry.endswith(".zst"):
                whole += subprocess.run(["zstdcat", path], stdout=subprocess.PIPE, check=True).stdout
            else:
                with open(path, "rb") as file:
                    whole += file.read()
        return whole

    def gaps(self, log, expected):
        """How many pieces of the expected output are missing in the log, which has nothing else."""
        count = at = where = 0
        while at < len(log):
            piece = os.path.commonprefix([log[at:at + 65536], expected[where:where + 65536]])
            at, where = at + len(piece), where + len(piece)
            if piece == b"":
                count += 1
                where = expected.find(log[at:at + 64], where)
                self.assertGreaterEqual(where, 0, "a piece of the log that was never printed")
        return count

    def test_a_flood_is_byte_exact_across_rotation(self):
        self.start("flood", "sh", "-c", RAW + f"seq 1 {FLOOD_LINES}", options=("--log-max", "512M" if SLOW else "8M"))
        self.wait_state("flood", "exited", deadline=600)
        expected = numbers(FLOOD_LINES)
        self.assertGreater(len(self.files("flood")), 3)
        # Its end is written down first, and packing gives way to everybody.
        eventually("all is packed", lambda: all(entry.endswith(".zst") for entry in self.files("flood")[1:]))
        self.assertEqual(hashlib.sha1(self.raw("flood").stdout).digest(), hashlib.sha1(expected).digest())
        if subprocess.run(["sh", "-c", "command -v zstdcat"], stdout=subprocess.DEVNULL, check=False).returncode == 0:
            self.assertTrue(self.concatenated("flood") == expected)
        self.assertEqual(self.vigie("logs", "-n", "3", "flood").out, "".join(f"{FLOOD_LINES - 2 + i}\n" for i in range(3)))

    def test_the_oldest_output_goes_at_the_limit_and_that_is_said(self):
        code = "import os\nfor i in range(3000): os.write(1, os.urandom(750).hex().encode() + b' %d\\n' % i)"
        self.start("much", harness.PYTHON, "-c", code, options=("--log-max", "1M", "--no-pty"))
        self.wait_state("much", "exited")
        eventually("all segments are packed", lambda: all(
            entry.endswith(".zst") for entry in self.files("much") if entry.startswith("output.log.")))
        total = sum(os.path.getsize(os.path.join(self.record("much")["directory"], entry)) for entry in self.files("much"))
        self.assertLess(total, 1.2 * (1 << 20))
        shown = self.vigie("logs", "much", expect=0).out.splitlines()
        self.assertRegex(shown[0], r"^\[vigie: \d+ bytes of output are gone here")
        self.assertTrue(shown[-1].endswith(" 2999"))
        raw = self.raw("much")
        self.assertIn(b"bytes of output before this are gone", raw.stderr)
        self.assertTrue(raw.stdout.endswith(b" 2999\n"))

    def test_follow_goes_on_across_rotation(self):
        self.start("followed", "sh", "-c", f"{self.until('go')}; {RAW} seq 1 {FLOOD_LINES}",
                   options=("--log-max", "256M" if SLOW else "4M"))
        follower = self.spawn(harness.vigie_path, "logs", "-f", "--raw", "followed", stdout=subprocess.PIPE)
        got = []
        reader = threading.Thread(target=lambda: got.append(follower.stdout.read()))
        reader.start()
        self.touch("go")
        reader.join(600)
        self.assertTrue(got and got[0] == numbers(FLOOD_LINES))

    def test_a_bar_is_its_last_state_and_the_log_shrinks(self):
        code = ("import sys\nfor e in range(20):\n"
                "  for i in range(5001): sys.stderr.write(f'\\rEpoch {e}: {i * 100 // 5000:3d}%|' + '█' * 40 + f'| {i}/5000')\n"
                "  sys.stderr.write('\\n')\n")
        self.start("bars", harness.PYTHON, "-c", code)
        self.wait_state("bars", "exited", deadline=60)
        self.assertGreater(len(self.raw("bars").stdout), 10_000_000)
        shown = self.vigie("logs", "bars", expect=0).out.splitlines()
        self.assertEqual([line[:14] for line in shown], [f"Epoch {e}: 100%|"[:14] for e in range(20)])
        self.assertEqual(self.vigie("logs", "-n", "2", "bars").out.splitlines(), shown[-2:])

    def test_since_begins_where_the_time_says(self):
        script = f"echo early; {self.until('go')}; echo late; sleep 1000"
        self.start("timed", "sh", "-c", script)
        self.wait_log("timed", b"early")
        began = time.time()
        # An entry covers one second: what is printed within the next one may be shown, too.
        eventually("the clock is more than a second on", lambda: time.time() > began + 2.1)
        between = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time()))
        self.touch("go")
        self.wait_log("timed", b"late")
        self.assertEqual(self.vigie("logs", "--since", between, "timed", expect=0).out, "late\n")
        self.assertEqual(self.vigie("logs", "--since", "1h", "timed", expect=0).out, "early\nlate\n")
        self.assertEqual(self.vigie("logs", "--since", "1h", "-n", "1", "timed", expect=0).out, "late\n")
        self.assertEqual(self.vigie("logs", "--since", "yesterday", "timed").code, 2)

    def test_hostile_bytes_are_kept_raw_and_never_shown(self):
        code = ("import os, sys\nsys.stdout.buffer.write(bytes(range(256)) * 40)\n"
                "sys.stdout.buffer.write(b'\\x1b]0;title\\x07\\x1b]52;c;aGk=\\x1b\\\\\\x9b31m\\x1bP1$r\\x1b\\\\end\\n')")
        self.start("hostile", "sh", "-c", RAW + f'{harness.PYTHON} -c "$0"', code)
        self.wait_state("hostile", "exited")
        self.assertIn(bytes(range(256)), self.raw("hostile").stdout)
        shown = subprocess.run([harness.vigie_path, "logs", "hostile"], env=self.env, capture_output=True, check=True).stdout
        self.assertFalse([byte for byte in shown if byte < 0x20 and byte != 0x0a or byte == 0x7f])
        self.assertIn("end", shown.decode("utf-8"))
        self.assertNotIn("\x9b", shown.decode("utf-8"))

    def test_a_shim_killed_in_a_flood_loses_at_most_what_it_held(self):
        self.start("killed", "sh", "-c", RAW + f"seq 1 {FLOOD_LINES * 2}", options=("--log-max", "512M" if SLOW else "64M"))
        kills = 0
        while kills < 5:
            record = eventually("a shim keeps it", lambda: (r := self.record("killed"))["shim"]["pid"] > 1 and r)
            if "exit" in record:
                break
            try:
                os.kill(record["shim"]["pid"], signal.SIGKILL)
            except ProcessLookupError:
                continue
            kills += 1
            before = record["shim"]["pid"]
            eventually("another shim keeps it", lambda: self.record("killed")["shim"]["pid"] != before)
        self.wait_state("killed", "exited", deadline=600)
        log, expected = self.raw("killed").stdout, numbers(FLOOD_LINES * 2)
        lost = len(expected) - len(log)
        self.assertGreaterEqual(lost, 0)
        self.assertLessEqual(lost, kills * (64 << 10))  # what was read and not yet written
        self.assertLessEqual(self.gaps(log, expected), kills)

    def test_the_terminal_is_an_ordinary_one_in_and_after_a_burst(self):
        names = {when: self.path(when) for when in ("before", "during", "after")}
        script = (f"stty -a > {names['before']}; seq 1 200000 & stty -a > {names['during']}; wait; "
                  f"stty -a > {names['after']}")
        self.start("settings", "sh", "-c", script)
        self.wait_state("settings", "exited")
        said = {}
        for when, path in names.items():
            with open(path, encoding="ascii") as file:
                said[when] = file.read()
        self.assertRegex(said["before"], r"\bopost\b[^;]* onlcr\b")
        self.assertEqual(said["during"], said["before"])
        self.assertEqual(said["after"], said["before"])
        self.assertEqual(self.raw("settings").stdout, numbers(200000).replace(b"\n", b"\r\n"))

    def test_a_full_disk_never_blocks_the_run_and_the_gap_is_marked(self):
        if os.geteuid() != 0:
            self.skipTest("a small tmpfs can only be mounted by root")
        os.makedirs(self.state)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6M,mode=700", "vigie-test", self.state], check=False)
        if mounted.returncode != 0:
            self.skipTest("mount is not permitted here")
        try:
            code = (f"{self.until('go')}; stty raw; head -c 20000000 /dev/zero | tr '\\0' x; touch {self.path('full')}; "
                    f"{self.until('free')}; sleep 0.2; echo recovered; seq 1 1000")
            self.start("full", "sh", "-c", code, options=("--log-max", "1G"))
            self.touch("go")
            eventually("the run goes on although the disk is full", lambda: os.path.exists(self.path("full")), 60)
            # Nobody but the log fills it: it is emptied in the middle, as someone who cleans up does.
            with open(os.path.join(self.record("full")["directory"], "output.log"), "r+b") as log:
                log.truncate(1000)
            self.touch("free")
            self.wait_state("full", "exited")
            tail = self.raw("full").stdout[-(256 << 10):]
            mark = tail.rfind(b"bytes of output are missing here")
            self.assertGreater(mark, 0)
            lost = int(tail[:mark].rpartition(b"[vigie: ")[2])
            self.assertGreater(lost, 13_000_000)
            self.assertTrue(tail.endswith(numbers(1000)))
            self.assertIn("missing here", self.vigie("logs", "-n", "1005", "full").out)
        finally:
            self.kill_all()
            subprocess.run(["umount", "-l", self.state], check=False)


if __name__ == "__main__":
    sys.exit(unittest.main())
