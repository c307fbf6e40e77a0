"""Part 3: what vigie costs. A training beside `vigie stat gpu 1` and without it, in turn; and vigie's own CPU time.

The speed alone is the mean of the windows before and after the one with vigie, so that a card that becomes slower as it
becomes warm does not count against vigie.
"""

import os
import statistics
import time

import station

WINDOWS = {"quick": (5, 3), "full": (12, 6)}  # seconds of a window, windows with vigie
PASSES = {"quick": 5, "full": 15}
LEAST_RATIO = 0.9
SETTLE_SECONDS = 4
START_SECONDS = 1  # of `vigie stat`, before a window with it begins


# --- pure


def steps_at(points, when):
    """Steps done at a time, between the notes before and after it. `points`: (seconds, steps), ascending."""
    for (t0, n0), (t1, n1) in zip(points, points[1:]):
        if t0 <= when <= t1:
            return n0 + (n1 - n0) * (when - t0) / (t1 - t0) if t1 > t0 else n0
    return None


def rate(points, window):
    begin, end = window
    done = [steps_at(points, when) for when in window]
    return None if None in done else (done[1] - done[0]) / (end - begin)


def ratios_of(alone, beside):
    """Each speed beside vigie to that around it without: there is one window more without."""
    return [after / ((alone[at] + alone[at + 1]) / 2) for at, after in enumerate(beside)
            if None not in (after, alone[at], alone[at + 1])]


def points_of(text):
    """The file that --times wrote; a last line may be there only in part."""
    return [(float(words[0]), int(words[1])) for words in map(str.split, text.splitlines(True)[:-1]) if len(words) == 2]


# --- measuring


def cpu_seconds(bench, *arguments):
    """User and system time of one vigie that ends by itself, by the kernel's account of it."""
    child = bench.beside(*arguments)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
    if child.returncode != 0:
        raise station.StationError(f"vigie {' '.join(arguments)} exits {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def own_cost(bench, mode):
    once = [cpu_seconds(bench, "gpu", "--json", "--interval", "0") for _ in range(PASSES[mode])]
    rates = [cpu_seconds(bench, "gpu", "--json") for _ in range(PASSES[mode])]
    short, long = (cpu_seconds(bench, "stat", "gpu", "1", str(seconds), "--json") for seconds in (2, 8))
    milliseconds = lambda values: round(1000 * statistics.median(values), 2)  # noqa: E731
    return {"CPU of vigie gpu --json --interval 0, ms": milliseconds(once),
            "CPU of vigie gpu --json, two looks, ms": milliseconds(rates),
            "CPU of vigie stat gpu 1, ms a second": round(1000 * (long - short) / 6, 2)}


def window(bench, seconds, beside):
    child = bench.beside("stat", "gpu", "1", "--json") if beside else None
    try:
        time.sleep(START_SECONDS if beside else 0)
        begin = time.monotonic()
        time.sleep(seconds)
        return begin, time.monotonic()
    finally:
        if child is not None:
            bench.end(child)


def beside_a_training(bench, mode):
    seconds, pairs = WINDOWS[mode]
    path = bench.path("steps")
    bench.start("cost", "compute", 2 * (seconds + 3) * (2 * pairs + 1), "--times", path)
    bench.wait_steps("cost")
    time.sleep(SETTLE_SECONDS)
    windows = [window(bench, seconds, beside=at % 2 == 1) for at in range(2 * pairs + 1)]
    time.sleep(1)
    with open(path, encoding="utf-8") as file:
        points = points_of(file.read())
    rates = [rate(points, one) for one in windows]
    if None in rates:
        raise station.StationError("the training has not told its steps all the time")
    return rates[0::2], rates[1::2]


def tell_own_cost(report, bench, mode):
    report.figures["cost"].update(own_cost(bench, mode))
    report.check("cost: CPU time of vigie", True, "reported")


def tell_ratio(report, bench, mode, name):
    alone, beside = beside_a_training(bench, mode)
    ratios = ratios_of(alone, beside)
    ratio = statistics.median(ratios)
    report.figures["cost"].update({"steps per second alone": statistics.median(alone),
                                   "steps per second beside vigie stat gpu 1": statistics.median(beside),
                                   "ratio, median": round(ratio, 4),
                                   "ratio, least and largest": f"{min(ratios):.4f} to {max(ratios):.4f}"})
    report.check(name, ratio >= LEAST_RATIO, f"median ratio {ratio:.4f}")


def cost(report, bench, mode, why_no_load):
    seconds, pairs = WINDOWS[mode]
    name = "cost: CPU time of vigie"
    if report.has_time(name, 12 + 2 * PASSES[mode]):
        report.guarded(name, lambda: tell_own_cost(report, bench, mode))
    name = f"cost: a training beside vigie keeps {LEAST_RATIO:.0%} of its speed"
    if why_no_load:
        report.skip(name, why_no_load)
    elif report.has_time(name, 15 + (seconds + 1) * (2 * pairs + 1)):
        report.guarded(name, lambda: tell_ratio(report, bench, mode, name))
        bench.stop("cost")
