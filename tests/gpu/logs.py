"""Logs of real cards as traces: what nvidia-smi and DCGM wrote becomes what the driver would have said.

Each reader yields (seconds, device, values); the values have the names of a trace (tests/fake_nvml/README.md), and None
where the log has none. Pure; which file is of which format is in windows.py.
"""

import csv
import datetime
import io
import re
import xml.etree.ElementTree as ET

MIB = 1 << 20
BITS = {"gpu_idle": 0x1, "idle": 0x1, "applications_clocks_setting": 0x2, "sw_power_cap": 0x4, "hw_slowdown": 0x8,
        "sync_boost": 0x10, "sw_thermal_slowdown": 0x20, "hw_thermal_slowdown": 0x40, "hw_power_brake_slowdown": 0x80,
        "display_clocks_setting": 0x100, "display_clock_setting": 0x100}
GPM = (("2", "sm_active", 100), ("5", "tensor_active", 100), ("10", "dram_active", 100),
       ("20", "pcie_tx_bytes_s", 1 / MIB), ("21", "pcie_rx_bytes_s", 1 / MIB),
       ("61", "nvlink_tx_bytes_s", 1 / MIB), ("60", "nvlink_rx_bytes_s", 1 / MIB))
STAMPS = ("%Y/%m/%d %H:%M:%S.%f", "%a %b %d %H:%M:%S %Y")


def number(text):
    """228.82 of "228.82 W"; None of "[N/A]", "ERR!", "Not Supported"."""
    found = re.match(r"\s*(-?\d+(?:\.\d+)?)", text or "")
    return float(found.group(1)) if found else None


def seconds(text):
    for form in STAMPS:
        try:
            return datetime.datetime.strptime(" ".join(text.split()), form).replace(tzinfo=datetime.UTC).timestamp()
        except ValueError:
            pass
    return number(text)


def whole(value, scale=1.0):
    return None if value is None else round(value * scale)


def memory(total, used, reserved=None):
    if total is None or used is None:
        return None
    return [whole(total, MIB), whole(reserved or 0, MIB), whole(used, MIB)]


def pair(one, other):
    return None if one is None and other is None else [whole(one), whole(other)]


# --- nvidia-smi --query-gpu


def of_cells(get, text):
    """One row of a query: `get` gives the number in the first of these columns that there is, `text` its text. `used` is
    what is used of a memory whose size another has to tell."""
    fields = {"82": whole(get("temperature.memory"))}
    action = text("gpu_recovery_action")
    actions = ("None", "Reset", "Reboot", "Drain P2P", "Drain and Reset")
    if action in actions:
        fields["230"] = actions.index(action)
    reasons = text("clocks_event_reasons.active", "clocks_throttle_reasons.active")
    rows = [whole(get("remapped_rows." + name)) for name in ("correctable", "uncorrectable")]
    rows += [int(text("remapped_rows." + name) == "Yes") for name in ("pending", "failure")]
    return {
        "name": text("name"),
        "utilization": pair(get("utilization.gpu", "gpu_util_pct"), get("utilization.memory")),
        "memory": memory(get("memory.total", "mem_total_mb"), get("memory.used", "mem_used_mb"), get("memory.reserved")),
        "used": whole(get("memory.used"), MIB),
        "power_mw": whole(get("power.draw", "power_w"), 1000),
        "power_limit_mw": whole(get("enforced.power.limit", "power.limit"), 1000),
        "power_default_mw": whole(get("power.default_limit"), 1000),
        "temperature": whole(get("temperature.gpu", "temp_c")),
        "fan": whole(get("fan.speed")),
        "clocks": pair(get("clocks.current.sm", "clocks.sm"), get("clocks.current.memory", "clocks.mem")),
        "clocks_max": pair(get("clocks.max.sm"), get("clocks.max.memory")),
        "pcie": pair(get("pcie.link.gen.gpucurrent", "pcie.link.gen.current"), get("pcie.link.width.current")),
        "pcie_max": pair(get("pcie.link.gen.max"), get("pcie.link.width.max")),
        "reasons": int(reasons, 16) if reasons and reasons.startswith("0x") else None,
        "ecc": pair(get("ecc.errors.corrected.volatile.total"), get("ecc.errors.uncorrected.volatile.total")),
        "remapped": rows if None not in rows else None,
        "fields": {key: value for key, value in fields.items() if value is not None} or None,
    }


def of_query(text, step=1.0):
    """CSV with a head line, with or without units; rows without a time are `step` seconds apart."""
    text = re.sub(r'"([\d.]+)\n\d+"', r"\1", text)  # a field that somebody broke over two lines
    rows = csv.reader(io.StringIO(text))
    head = [re.sub(r"\s*\[.*", "", name).strip() for name in next(rows)]
    for count, cells in enumerate(rows):
        if len(cells) < len(head) or cells[0].strip() == head[0]:
            continue
        cell = dict(zip(head, (one.strip() for one in cells)))

        def value_of(*names, cell=cell):
            return next((number(cell[name]) for name in names if name in cell), None)

        def text_of(*names, cell=cell):
            return next((cell[name] for name in names if name in cell), None)

        if "memory.free" in cell and "memory.total" not in cell:
            cell["memory.total"] = str(number(cell["memory.used"]) + number(cell["memory.free"]))
        stamp = text_of("timestamp", "elapsed_sec")
        yield seconds(stamp) if stamp else count * step, int(value_of("index", "gpu") or 0), of_cells(value_of, text_of)


# --- DCGM


def of_dcgm(text):
    for cell in csv.DictReader(io.StringIO(text)):
        get = {key: number(value) for key, value in cell.items()}
        gpm = {number: round(get[name] * scale, 4) for number, name, scale in GPM if get[name] is not None}
        yield get["timestamp"], int(get["gpu"]), {
            "utilization": pair(get["gpu_util_pct"], get["mem_util_pct"]),
            "memory": memory(get["mem_total_mib"], get["mem_used_mib"]), "power_mw": whole(get["power_w"], 1000),
            "temperature": whole(get["temp_c"]), "energy_mj": whole(get["energy_mj"]),
            "reasons": whole(get["throttle_reasons"]), "gpm": gpm or None}


def of_fields(text):
    """One value a line: GPUId, TimeStampUs, Field, Values."""
    now = {}
    for cell in csv.DictReader(io.StringIO(text)):
        device, value = int(cell["GPUId"]), number(cell["Values"])
        key = {"power_usage_instant": "power_mw", "current_clock_throttle_reasons": "reasons"}.get(cell["Field"])
        if key is None or value is None:
            continue
        now.setdefault(device, {"utilization": [0, 0]})[key] = whole(value, 1000 if key == "power_mw" else 1)
        yield int(cell["TimeStampUs"]) / 1e6, device, dict(now[device])


def of_rungs(text):
    """Averages of one load a line; each is a card of its own, looked at for 12 s."""
    for device, cell in enumerate(csv.DictReader(io.StringIO(text))):
        get = {key: number(value) for key, value in cell.items()}
        values = {"name": cell["rung"], "utilization": pair(get["gpu_util_avg_pct"], get["memory_util_avg_pct"]),
                  "power_mw": whole(get["power_avg_w"], 1000), "power_limit_mw": whole(get["limit_w"], 1000),
                  "power_default_mw": whole(get["default_limit_w"], 1000), "clocks": [whole(get["sm_avg_mhz"]), 3996],
                  "clocks_max": [2032, 3996], "temperature": whole(get["temperature_avg_c"]),
                  "reasons": sum(BITS[one] for one in cell["throttle_reasons"].split(";") if one)}
        if get["sm_avg_mhz"]:
            yield from ((float(second), device, values) for second in range(13))


# --- nvidia-smi without options, and with -q -x


def of_tables(text):
    time, name, device = 0.0, None, 0
    for line in text.splitlines():
        stamp = re.match(r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}", line)
        time = seconds(stamp.group(0)) if stamp else time
        card = re.match(r"\| +(\d+)  (\S.*?)  +(?:On|Off|N/A) *\|", line)
        if card:
            device, name = int(card.group(1)), card.group(2)
        found = re.match(r"\|\s*(\S+)\s+(\S+)\s+\S+\s+(\S+) ?/ +(\S+) \|\s*(.*?) \|\s*(\S+)\s+\S+ \|", line)
        if not found or name is None:
            continue
        fan, heat, power, limit = (number(found.group(at)) for at in (1, 2, 3, 4))
        sizes = re.findall(r"(\d+)MiB", found.group(5))
        yield time, device, {
            "name": name, "fan": whole(fan), "temperature": whole(heat), "power_mw": whole(power, 1000),
            "power_limit_mw": whole(limit, 1000), "utilization": pair(number(found.group(6)), None),
            "memory": memory(float(sizes[1]), float(sizes[0])) if len(sizes) == 2 else None}
        name = None


def reasons_of(gpu):
    for group in ("clocks_event_reasons", "clocks_throttle_reasons"):
        found = gpu.find(group)
        if found is not None and any(one.text in ("Active", "Not Active") for one in found):
            return sum(BITS.get(re.sub(r"^clocks_(event|throttle)_reason_", "", one.tag), 0) for one in found
                       if one.text == "Active")
    return None


def processes_of(gpu):
    if gpu.find("processes") is None:
        return None
    found = []
    for one in gpu.findall("processes/process_info"):
        process = {"pid": int(one.findtext("pid")), "memory": whole(number(one.findtext("used_memory")), MIB)}
        if one.findtext("type") == "G":
            process["kind"] = "graphics"
        found.append({key: value for key, value in process.items() if value is not None})
    return found


def of_xml(text):
    """One look, held for 12 s."""
    for device, gpu in enumerate(ET.fromstring(text[text.index("<nvidia_smi_log"):]).findall("gpu")):
        def get(*paths, gpu=gpu):
            return next((value for value in (number(gpu.findtext(path)) for path in paths) if value is not None), None)

        link = "pci/pci_gpu_link_info/"
        power = [group + "/" for group in ("gpu_power_readings", "power_readings")]
        values = {
            "name": gpu.findtext("product_name"),
            "utilization": pair(get("utilization/gpu_util"), get("utilization/memory_util")),
            "memory": memory(get("fb_memory_usage/total"), get("fb_memory_usage/used"), get("fb_memory_usage/reserved")),
            "power_mw": whole(get(*(one + name for one in power for name in ("power_draw", "instant_power_draw"))), 1000),
            "power_limit_mw": whole(get(*(one + name for one in power for name in (
                "enforced_power_limit", "current_power_limit", "power_limit"))), 1000),
            "power_default_mw": whole(get(*(one + "default_power_limit" for one in power)), 1000),
            "temperature": whole(get("temperature/gpu_temp")),
            "slowdown": whole(get("temperature/gpu_temp_slow_threshold")), "fan": whole(get("fan_speed")),
            "clocks": pair(get("clocks/sm_clock"), get("clocks/mem_clock")),
            "clocks_max": pair(get("max_clocks/sm_clock"), get("max_clocks/mem_clock")),
            "pcie": pair(get(link + "pcie_gen/current_link_gen"), get(link + "link_widths/current_link_width")),
            "pcie_max": pair(get(link + "pcie_gen/max_link_gen"), get(link + "link_widths/max_link_width")),
            "reasons": reasons_of(gpu), "processes": processes_of(gpu),
            "mig": [{}] * len(gpu.findall("mig_devices/mig_device")) or None}
        yield from ((float(second), device, values) for second in range(13))


def of_capture(text, state):
    """A file with many outputs of nvidia-smi: the query of that state ("idle" or "load"), held for 12 s."""
    parts = re.split(r"#{80}\n# (.+)\n(?:# .*\n)*#{80}\n", text)
    sections = dict(zip(parts[1::2], parts[2::2]))
    query = next(body for name, body in sections.items() if name.startswith(f"{state} :: query-gpu"))
    for _, device, values in of_query(query.strip() + "\n"):
        values.pop("used")
        yield from ((float(second), device, values) for second in range(13))


# --- traces


def lines_of(rows, more):
    """A trace's lines from 0 on: what has changed, and null for what was told and is not any more. `more` is added to
    each row where the log has nothing. A gap of hours is one of a minute."""
    rows = sorted(rows, key=lambda row: row[0])
    begin, last, before = rows[0][0], rows[0][0], {}
    for time, device, values in rows:
        begin += max(0, time - last - 60)
        last = time
        values = {**more, **{key: value for key, value in values.items() if value is not None}}
        old = before.get(device, {})
        line = {key: value for key, value in values.items() if old.get(key) != value}
        line.update({key: None for key in old if key not in values})
        before[device] = values
        yield {"time": round(time - begin, 3), "device": device, **line}
