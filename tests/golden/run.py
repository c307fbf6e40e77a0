#!/usr/bin/python3
"""What every look command says about the fixture hosts, compared with what is stored beside this file.

    tests/golden/run.py [--vigie PATH] [--regenerate] [PATTERN...]     PATTERN: part of HOST/NAME.FORM

Each command is run as text on terminals of 80, 120 and 200 columns, and as JSON and CSV. --regenerate stores what it says
now: look at the difference before you commit it. The last line counts: "N passed, N failed, N skipped".
"""

import argparse
import difflib
import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "fixtures", "hosts"))
import make  # noqa: E402  pylint: disable=wrong-import-position

HOSTS = tuple(make.HOSTS)

# name, arguments, hosts: a new look command is one line here
COMMANDS = (
    ("ls", ["ls"], HOSTS),
    ("ps", ["ps"], HOSTS),
    ("ps-all", ["ps", "-a"], HOSTS),
    ("ps-columns", ["ps", "-a", "-o", "pid,ppid,user,comm,threads,nice,run,role,wait,command"], HOSTS),
    ("ps-sorted", ["ps", "-a", "--sort", "-rss_bytes", "-n", "8"], HOSTS),
    ("ps-user", ["ps", "-u", "61001"], ("laptop", "server")),
    ("ps-pattern", ["ps", "train"], ("laptop", "server")),
    ("tree", ["tree"], HOSTS),
    ("tree-all", ["tree", "-a"], HOSTS),
    ("files", ["files", "2100"], ("laptop",)),
    ("files", ["files", "100"], ("hostile",)),
    ("maps", ["maps", "20002"], ("server",)),
    ("maps", ["maps", "2100"], ("laptop",)),
    ("limits", ["limits", "8"], ("container",)),
    ("limits", ["limits", "6002"], ("old",)),
    ("env", ["env", "2100"], ("laptop",)),
    ("env", ["env", "100"], ("hostile",)),
    ("why", ["why"], ("server", "container")),
    ("ps-threads", ["ps", "--threads", "-u", "61001"], ("server",)),
    ("mem", ["mem"], HOSTS),
    ("net", ["net"], HOSTS),
    ("net-connections", ["net", "--connections"], ("server",)),
    ("check", ["check"], HOSTS),
    ("doctor", ["doctor"], HOSTS),
)
WIDTHS = (80, 120, 200)
FORMS = tuple(f"{width}.txt" for width in WIDTHS) + ("json", "csv")
SECONDS = 30  # a look takes milliseconds

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "xterm",
               "HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent"}


def on_terminal(command, width):
    """Exit status and output of a command whose standard output is a terminal of `width` columns."""
    parent, child = pty.openpty()
    try:
        attributes = termios.tcgetattr(child)
        attributes[1] &= ~termios.OPOST  # newlines as they were written
        termios.tcsetattr(child, termios.TCSANOW, attributes)
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=child, stderr=child, env=ENVIRONMENT)
    finally:
        os.close(child)
    output = b""
    try:
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError as error:
                if error.errno != errno.EIO:  # EIO: the other side is closed
                    raise
                break
            if not piece:
                break
            output += piece
        return process.wait(SECONDS), output
    finally:
        os.close(parent)
        if process.poll() is None:
            process.kill()
            process.wait()


def masked(output):
    """Without how long each source took, the only thing that differs from one look to the next; and the command line of
    100 KiB on the hostile host by its length."""
    output = re.sub(rb'"duration_seconds": [0-9.e+-]+', b'"duration_seconds": 0', output)
    return re.sub(rb"( argument-\d{5}){50,}", lambda found: b" (%d bytes of arguments)" % len(found[0]), output)


def run(vigie, root, arguments, form):
    command = [vigie, "--root", root, *arguments, "--interval", "0"]
    if form.endswith(".txt"):
        code, output = on_terminal(command, int(form.split(".")[0]))
    else:
        done = subprocess.run([*command, "--" + form], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=ENVIRONMENT, timeout=SECONDS, check=False)
        code, output = done.returncode, done.stdout
    return masked(output) + b"exit %d\n" % code


def difference(before, now):
    lines = [text.decode("utf-8", "backslashreplace").splitlines() for text in (before, now)]
    shown = list(difflib.unified_diff(*lines, "stored", "now", lineterm="", n=1))
    return "\n".join("      " + line[:220] for line in shown[:40]) + ("\n      …" if len(shown) > 40 else "")


def check(path, now, regenerate):
    """True when it is as stored; says what differs."""
    name = os.path.relpath(path, HERE)
    before = None
    if os.path.exists(path):
        with open(path, "rb") as file:
            before = file.read()
    if before == now:
        return True
    if regenerate:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(now)
        print(f"wrote {name}")
        return True
    print(f"FAIL  {name}" + (": nothing is stored; see --regenerate" if before is None else "\n" + difference(before, now)))
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vigie", default=os.path.join(ROOT, "build", "release", "vigie"))
    parser.add_argument("--regenerate", action="store_true", help="store what it says now")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="vigie-golden-") as roots:
        make.make(roots)
        for name, arguments, hosts in COMMANDS:
            for host in hosts:
                for form in FORMS:
                    path = os.path.join(HERE, host, f"{name}.{form}")
                    if options.patterns and not any(part in os.path.relpath(path, HERE) for part in options.patterns):
                        continue
                    now = run(os.path.abspath(options.vigie), os.path.join(roots, host), arguments, form)
                    good = check(path, now, options.regenerate)
                    passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
