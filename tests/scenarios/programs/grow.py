"""Takes memory: first so much at once, then so much a second up to a plateau, with garbage in between if wanted."""
import argparse
import time

MIB = 1 << 20
parser = argparse.ArgumentParser()
parser.add_argument("--first", type=float, default=0, help="MiB at the start")
parser.add_argument("--rate", type=float, default=0, help="MiB a second")
parser.add_argument("--most", type=float, default=1e9, help="MiB where it ends")
parser.add_argument("--noise", type=float, default=0, help="MiB that are taken and given back again and again")
parser.add_argument("--rest", type=float, default=0, help="seconds at the beginning in which nothing grows")
options = parser.parse_args()


def take(mebibytes):
    block = bytearray(int(mebibytes * MIB))
    block[::4096] = b"x" * len(block[::4096])
    return block


kept = [take(options.first)]
print("ready", flush=True)
time.sleep(options.rest)
began, taken, turn = time.monotonic(), 0.0, 0
while True:
    wanted = min((time.monotonic() - began) * options.rate, options.most) - taken
    if wanted >= 0.25:
        kept.append(take(wanted))
        taken += wanted
    garbage = take(options.noise * (turn % 7) / 7) if options.noise else None
    turn += 1
    time.sleep(0.1)
    del garbage
