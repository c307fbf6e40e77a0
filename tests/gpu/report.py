"""The results of all checks: printed as they come, and kept as report.json and report.md."""

import json
import os
import time
import traceback

from station import StationError


class Report:
    def __init__(self, directory, limit_seconds):
        self.directory = directory
        self.began = time.monotonic()
        self.limit_seconds = limit_seconds
        self.checks = []  # (word, name, detail)
        self.about = {}   # card, driver, host, programs
        self.figures = {"compared": [], "verdicts": [], "cost": {}}

    def say(self, word, name, detail=""):
        self.checks.append((word, name, detail))
        shown = f": {detail}" if detail and word != "ok" else ""
        print(f"{word:4}  {name}{shown}", flush=True)

    def check(self, name, good, detail=""):
        self.say("ok" if good else "FAIL", name, detail)
        return good

    def guarded(self, name, function):
        """Calls it. What nobody thought of on this card costs this check, not the ones after it."""
        try:
            function()
        except StationError as error:
            self.check(name, False, str(error))
        except Exception as error:
            traceback.print_exc()
            self.check(name, False, f"{type(error).__name__}: {error}")

    def skip(self, name, reason):
        self.say("skip", name, reason)

    def time_left(self):
        return self.limit_seconds - (time.monotonic() - self.began)

    def has_time(self, name, seconds):
        """Whether `seconds` are left; says that the check is left out when they are not."""
        if self.time_left() >= seconds:
            return True
        left = max(0, self.time_left())
        self.skip(name, f"it takes {seconds:.0f} s, and of {self.limit_seconds} s {left:.0f} are left")
        return False

    def count(self, word):
        return sum(1 for one in self.checks if one[0] == word)

    def summary(self):
        return f"{self.count('ok')} passed, {self.count('FAIL')} failed, {self.count('skip')} skipped"

    def write(self):
        document = {"about": self.about, "seconds": round(time.monotonic() - self.began, 1), "summary": self.summary(),
                    "checks": [dict(zip(("result", "name", "detail"), one)) for one in self.checks], **self.figures}
        with open(os.path.join(self.directory, "report.json"), "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")
        with open(os.path.join(self.directory, "report.md"), "w", encoding="utf-8") as file:
            file.write(markdown(document))


# --- for people


def shown(value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    return str(value).replace("|", "\\|").replace("\n", " ")


def rows(head, lines):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(map(shown, line)) + " |" for line in lines), ""]


def markdown(document):
    lines = ["# vigie on a real card", "", document["summary"] + f", in {document['seconds']:.0f} s", ""]
    lines += rows(("", ""), document["about"].items())
    bad = [one for one in document["checks"] if one["result"] != "ok"]
    if bad:
        lines += ["## What failed or was left out", ""]
        lines += rows(("", "check", "why"), [(one["result"], one["name"], one["detail"]) for one in bad])
    if document["compared"]:
        lines += ["## vigie beside nvidia-smi", "", "The last round of each comparison; in nvidia-smi's units.", ""]
        keys = ("state", "name", "before", "vigie", "after", "unit", "tolerance", "result")
        lines += rows(keys, [[one[key] for key in keys] for one in document["compared"]])
    if document["verdicts"]:
        lines += ["## Verdicts", ""]
        lines += rows(("load", "must be", "was", "all findings"),
                      [(one["load"], one["expected"] or "nothing", one["said"] or "nothing", ", ".join(one["rules"]))
                       for one in document["verdicts"]])
        names = sorted({name for one in document["verdicts"] for name in one["figures"]})
        lines += ["What the driver said meanwhile, on average:", ""]
        lines += rows(("", *(one["load"] for one in document["verdicts"])),
                      [(name, *(one["figures"].get(name) for one in document["verdicts"])) for name in names])
    if document["cost"]:
        lines += ["## Cost", ""]
        lines += rows(("", ""), document["cost"].items())
    return "\n".join(lines)
