"""Asks nvidia-smi. What it calls N/A, not supported, not permitted or lost is None here, as what vigie does not know.

Its names of values change with its releases: of each the known names are given, the newest first, and those that a
release does not know are left out by its own error message.
"""

import csv
import re
import shutil
import subprocess

TIMEOUT_SECONDS = 30
ABSENT = re.compile(r"^\[?(n/?a|not supported|not available|unknown error|.*permission.*|gpu is lost|.*reset.*|-|)\]?$",
                    re.IGNORECASE)
UNKNOWN_FIELD = re.compile(r'Field "([^"]+)" is not a valid field')
UNITS = ("nounits", "noheader")


class SmiError(Exception):
    """What nvidia-smi said when it failed, in one line."""


def value_of(text):
    text = text.strip()
    return None if ABSENT.match(text) else text


def run(*arguments):
    """Its output. A driver that hangs must not hang whoever tests it."""
    if shutil.which("nvidia-smi") is None:
        raise SmiError("nvidia-smi is not installed")
    try:
        done = subprocess.run(["nvidia-smi", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SmiError(f"nvidia-smi has not answered within {TIMEOUT_SECONDS} s") from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise SmiError("nvidia-smi says: " + (" ".join(text.split()) or f"nothing, and exits {done.returncode}"))
    return text


def count():
    """How many cards it knows; an SmiError says why there is none."""
    try:
        found = len(query("gpu", {"index": ("index",)}))
    except SmiError:
        raise
    if found == 0:
        raise SmiError("nvidia-smi lists none")
    return found


def query(what, wanted):
    """Rows of --query-WHAT. `wanted`: our name of a value -> its names in nvidia-smi, the best first.

    A row has only the values that this nvidia-smi knows.
    """
    left = {name: list(fields) for name, fields in wanted.items()}
    while True:
        asked = {name: fields[0] for name, fields in left.items() if fields}
        if not asked:
            return []
        try:
            text = run(f"--query-{what}={','.join(asked.values())}", f"--format=csv,{','.join(UNITS)}")
        except SmiError as error:
            unknown = UNKNOWN_FIELD.search(str(error))
            if unknown is None or unknown.group(1) not in asked.values():
                raise
            for name, field in asked.items():
                if field == unknown.group(1):
                    left[name].pop(0)
            continue
        return [dict(zip(asked, map(value_of, row))) for row in csv.reader(text.splitlines(), skipinitialspace=True)
                if len(row) == len(asked)]


def table(*arguments):
    """Rows of pmon and dmon, by the names of their columns: which there are is in the first line of their head."""
    return parse_table(run(*arguments))


def parse_table(text):
    rows, names = [], None
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if line.startswith("#"):
            # "# gpu pwr ..." names the columns, "# Idx W ..." below it their units. Both may come again.
            if words[1:2] == ["gpu"]:
                names = words[1:]
        elif names is not None and len(words) >= len(names) - 1:
            # The last one of pmon is a command, which may hold blanks.
            words[len(names) - 1:] = [" ".join(words[len(names) - 1:])]
            rows.append(dict(zip(names, map(value_of, words))))
    return rows
