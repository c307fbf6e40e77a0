#!/usr/bin/python3
"""Runs the end-to-end tests against a real vigie and the real training.

    tests/e2e/run.py [--vigie PATH] [--except PATTERN]... [--for SECONDS] [--jobs N] [--inside] [PATTERN...]

PATTERN: part of a test's name. A test that hangs fails, and the next one begins. What has not begun when the SECONDS are
over is skipped, counted, and said. With --jobs as many classes at once, but for those that judge or measure the host: they
come after the others, those that take no CPU side by side, the rest one by one. What has failed then is run once more alone, and named at the end either way: a test that
passes only alone is unsteady, and wants to be mended before it hides a fault.
"""

import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

import harness

# What takes longest begins first.
MODULES = ("test_guest", "test_use_progress", "test_safety_logs", "test_safety_bytes", "test_use_stop", "test_safety_model",
           "test_safety_targets", "test_scenarios", "test_gpu_why", "test_gpu_trouble", "test_use_control", "test_use_terminal",
           "test_story", "test_verdicts", "test_endings", "test_progress", "test_bad_input", "test_harm", "test_check",
           "test_depth_exact", "test_host_exact", "test_ps_exact", "test_net_exact", "test_sampling",
           "test_terminals", "test_top", "test_config", "test_attach", "test_stuck", "test_syscalls", "test_doctor", "test_events", "test_faults",
           "test_policies", "test_control", "test_logs", "test_replay", "test_gpu", "test_gpu_card", "test_gpu_families",
           "test_hazards", "test_hazards_host", "test_hazards_output", "test_load", "test_lab",
           "test_safety_life", "test_safety_storm", "test_use_verdicts", "test_cases",
           "test_ranks", "test_before", "test_gpu_logs")

# These want the CPUs for themselves, or count what else the user and the host have: modules, and classes of modules.
ALONE = ("test_story", "test_verdicts", "test_check", "test_depth_exact", "test_host_exact", "test_ps_exact", "test_net_exact",
         "test_sampling", "test_events", "test_load", "test_lab", "test_safety_storm",
         "test_safety_bytes.LimitsOfProcesses", "test_hazards_output", "test_use_verdicts.Loaders",
         "test_use_verdicts.SlowDisks", "test_use_verdicts.Listed", "test_use_verdicts.OneSetOfFacts", "test_use_terminal.LabsKeepTheirScene")

# These want idle CPUs, and leave them idle.
QUIET = ("test_use_verdicts",)

AGAIN = 8  # failed tests that are run once more: of more than so many the program is the cause
LONGEST = 600  # seconds of one test: several times what the longest takes on a slow machine
NOTHING = 2  # exit status: no test has such a name


def hanging(signal_number, frame):
    raise AssertionError(f"it hangs: it did not end within {LONGEST} s")


def each_test(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each_test(item)
        else:
            yield item


class Printer(unittest.TestResult):
    """One line per test as it ends."""

    def __init__(self, end):
        super().__init__()
        self.end = end

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        signal.alarm(LONGEST)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)
        if time.monotonic() > self.end:
            self.stop()

    def say(self, test, word, detail=""):
        name = test.id() if hasattr(test, "id") else str(test)
        took = time.monotonic() - getattr(self, "began", time.monotonic())
        print(f"{word:4}  {name}  ({took:.1f} s)" + (f"\n{detail}" if detail else ""), flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed = getattr(self, "passed", 0) + 1
        self.say(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(test, "FAIL", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.say(test, "FAIL", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say(subtest, "FAIL", (self.failures + self.errors)[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, "skip", f"      {reason}")


class Counts:
    """Of all modules that were run in processes of their own."""

    LINE = re.compile(rb"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
    FAILURE = re.compile(rb"^FAIL  (\S+)  \(", re.MULTILINE)

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []
        self.lock = threading.Lock()

    def add(self, module, output, status):
        """Prints what a module said, and adds what it counted."""
        counted = self.LINE.findall(output)
        with self.lock:
            sys.stdout.buffer.write(self.LINE.sub(b"", output).rstrip(b"\n") + b"\n")
            sys.stdout.flush()
            if not counted:
                print(f"FAIL  {module}: it ended with status {status} and counted nothing", flush=True)
                self.failed += 1
                return
            # A guest's tests fail within the one that boots it, which is run again.
            self.failures += [(module, name.decode()) for name in self.FAILURE.findall(output) if name.startswith(module.encode() + b".")]
            passed, failed, skipped = (int(number) for number in counted[-1])
            self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped


def run_module(module, *options):
    return subprocess.run([sys.executable, os.path.abspath(__file__), f"--module={module}", *options], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def try_again(counts):
    """Runs what has failed once more, alone, and names it."""
    for module, name in counts.failures if len(counts.failures) <= AGAIN else ():
        if run_module(module, f"--vigie={harness.vigie_path}", name).returncode == 0:
            counts.failed, counts.passed = counts.failed - 1, counts.passed + 1
            print(f"unsteady  {name}  (it failed above, and passed alone)", flush=True)
        else:
            print(f"failed twice  {name}", flush=True)


def units_of(module):
    """What runs beside others: its classes. A module that runs alone stays whole."""
    if module in ALONE:
        return [module]
    tests = each_test(unittest.defaultTestLoader.loadTestsFromName(module))
    return list(dict.fromkeys(f"{module}.{type(test).__name__}" for test in tests))


def run_in_parallel(options, modules):
    """Each class in a process of its own, options.jobs of them at once and ALONE ones after them. The exit status."""
    counts, end = Counts(), time.monotonic() + options.seconds
    chosen = [*options.patterns, *(f"--except={pattern}" for pattern in options.left_out), f"--vigie={harness.vigie_path}"]

    def run(unit):
        seconds = end - time.monotonic()
        limit = [f"--for={max(seconds, 0):.0f}"] if options.seconds != float("inf") else []
        done = run_module(unit, *limit, *chosen)
        if done.returncode != NOTHING:
            counts.add(unit, done.stdout, done.returncode)

    units = [unit for module in modules for unit in units_of(module)]
    quiet = [unit for unit in units if unit not in ALONE and unit.partition(".")[0] in QUIET]
    together = [unit for unit in units if unit not in ALONE and unit not in quiet]
    for those, jobs in ((together, options.jobs), (quiet, options.jobs), ([unit for unit in units if unit in ALONE], 1)):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(run, those))
    try_again(counts)
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vigie", default=harness.vigie_path, help="the program to test (default: %(default)s)")
    parser.add_argument("--except", action="append", default=[], dest="left_out", metavar="PATTERN", help="not these")
    parser.add_argument("--for", type=float, default=float("inf"), dest="seconds", metavar="SECONDS",
                        help="begin no test after this time (default: all are run)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="classes at once (default: %(default)s)")
    parser.add_argument("--module", help=argparse.SUPPRESS)  # or a class of one
    parser.add_argument("--inside", action="store_true", help="also those that test_guest.py runs in its kernel")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    options = parser.parse_args()
    harness.vigie_path = os.path.abspath(options.vigie)
    if options.inside:
        harness.patience = 4.0
    # Under nohup, or in the background of a script, the programs of the tests would inherit that they ignore these.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nor does it matter which language the caller speaks, or that all of this is within a run of vigie.
    os.environ["LC_ALL"] = "C.UTF-8"
    for name in ("LANGUAGE", "VIGIE_RUN_ID", "VIGIE_RUN_NAME", "VIGIE_RUN_DIR", "VIGIE_ATTEMPT", "VIGIE_DETACH_KEYS"):
        os.environ.pop(name, None)
    if not os.access(harness.vigie_path, os.X_OK):
        print(f"{harness.vigie_path} is not there: run ./script/build first", file=sys.stderr)
        return 1
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    if options.jobs > 1:
        return run_in_parallel(options, MODULES)
    suite = unittest.TestSuite()
    for name in (options.module,) if options.module else (*MODULES, "inside_guest") if options.inside else MODULES:
        for test in each_test(unittest.defaultTestLoader.loadTestsFromName(name)):
            if any(pattern in test.id() for pattern in options.left_out):
                continue
            if not options.patterns or any(pattern in test.id() for pattern in options.patterns):
                suite.addTest(test)
    if suite.countTestCases() == 0:
        print("no test has such a name", file=sys.stderr)
        return NOTHING
    result = Printer(time.monotonic() + options.seconds)
    signal.signal(signal.SIGALRM, hanging)
    try:
        suite.run(result)
    finally:
        harness.remove_shared_directory()
    failed = len(result.failures) + len(result.errors)
    late = suite.countTestCases() - result.testsRun
    if late:
        print(f"skip  {late} tests  (not begun within {options.seconds:.0f} s)")
    print(f"{getattr(result, 'passed', 0)} passed, {failed} failed, {len(result.skipped) + late} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
