#!/usr/bin/env python3
"""Four trainings with PyTorch, each of them held back by one thing, or by nothing.

    loads.py compute|launch|loader|copy [--seconds N] [--device cuda|cpu] [--times FILE]

compute   large matrices and convolutions in bfloat16, forward and backward: the card is what limits
launch    small kernels, one after the other, from one Python thread: launching them is what limits
loader    a DataLoader whose workers burn CPU, and a model with next to nothing to do
copy      every step moves a large batch from ordinary (pageable) memory to the card and computes little on it

Each prints `step N/M` every half second. A step counts when the card is done with it. --times appends lines
"SECONDS STEPS" by the monotonic clock of the host, for whoever wants to know how fast it was when. With --device cpu
the same programs run with small sizes, to see that they work; what they then show about a card is nothing.
"""

import argparse
import sys
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

MIB = 1 << 20
PRINT_SECONDS = 0.5
NOTE_SECONDS = 0.1
CALIBRATE_SECONDS = 1.0


# --- the loads: each is a function that makes a step


def compute(device):
    """Two wide layers and two convolutions: some 14 TFLOP a step on a card."""
    on_card = device.type == "cuda"
    kind = torch.bfloat16 if on_card else torch.float32
    rows, width, images = (8192, 4096, 64) if on_card else (32, 128, 1)
    dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width),
                          nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)).to(device, kind)
    images_net = nn.Sequential(nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(),
                               nn.Conv2d(128, 128, 3, padding=1)).to(device, kind)
    optimizer = torch.optim.SGD([*dense.parameters(), *images_net.parameters()], lr=1e-4)
    vectors = torch.randn(rows, width, device=device, dtype=kind)
    pictures = torch.randn(images, 64, 56, 56, device=device, dtype=kind)

    def step():
        optimizer.zero_grad()
        loss = dense(vectors).float().pow(2).mean() + images_net(pictures).float().pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def launch(device):
    """A recurrent cell over many time steps: three kernels each, for which a few multiprocessors are enough."""
    time_steps = 200 if device.type == "cuda" else 20
    batch, width = 16, 512
    state = torch.randn(batch, width, device=device)
    inner = torch.empty_like(state)
    weights = torch.randn(width, width, device=device) / width ** 0.5
    bias = torch.randn(width, device=device)

    @torch.no_grad()
    def step():
        for _ in range(time_steps):
            torch.addmm(bias, state, weights, out=inner)
            torch.tanh(inner, out=state)
            state.mul_(0.999)
        return state[0, 0].item()

    return step


class Costly(Dataset):
    """Samples that take CPU time to make, as decoding and augmenting do."""

    seconds = 0.02

    def __len__(self):
        return 1 << 30

    def __getitem__(self, index):
        began = time.thread_time()
        total = 0
        while time.thread_time() - began < self.seconds:
            total += sum(number * number for number in range(200))
        return torch.rand(3, 64, 64), total % 10


def loader(device):
    batches = iter(DataLoader(Costly(), batch_size=8, num_workers=2))
    model = nn.Sequential(nn.Conv2d(3, 8, 3, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16 * 16, 10)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    def step():
        images, labels = next(batches)
        optimizer.zero_grad()
        loss = criterion(model(images.to(device)), labels.to(device))
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def copy(device):
    """Batches in memory that is not pinned; several, so that no cache holds the one that comes next."""
    on_card = device.type == "cuda"
    floats = (128 * MIB if on_card else MIB) // 4
    batches = [torch.rand(floats) for _ in range(4)]
    taken = 0

    def step():
        nonlocal taken
        batch = batches[taken % len(batches)]
        taken += 1
        # To the device it is on already nothing is copied: without a card, a clone stands for it.
        there = batch.to(device) if on_card else batch.clone()
        return there.mean().item()

    return step


LOADS = {"compute": compute, "launch": launch, "loader": loader, "copy": copy}


# --- running them


class Times:
    """Appends how many steps were done when."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.noted = 0.0

    def note(self, done):
        now = time.monotonic()
        if self.file is None or now - self.noted < NOTE_SECONDS:
            return
        self.noted = now
        self.file.write(f"{now:.6f} {done}\n")
        self.file.flush()


def steps_in(step, seconds):
    """How many steps fit into `seconds`, by making some. The first ones load kernels, and tell nothing."""
    for _ in range(3):
        step()
    began, made = time.monotonic(), 0
    while time.monotonic() - began < CALIBRATE_SECONDS or made == 0:
        step()
        made += 1
    return max(1, int(made / (time.monotonic() - began) * seconds))


def drive(step, seconds, times):
    total = steps_in(step, seconds)
    began = printed = time.monotonic()
    print(f"step 0/{total}", flush=True)
    for done in range(1, total + 1):
        step()
        times.note(done)
        now = time.monotonic()
        if now - printed >= PRINT_SECONDS or done == total:
            printed = now
            print(f"step {done}/{total}", flush=True)
        if now - began > 2 * seconds:  # it became slower than it was while it was measured
            break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("load", choices=sorted(LOADS))
    parser.add_argument("--seconds", type=float, default=60, metavar="N", help="about how long (default: %(default)s)")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"), help="default: %(default)s")
    parser.add_argument("--times", metavar="FILE", help="append the steps done, by time")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("PyTorch sees no card here; --device cpu tries the program without one", file=sys.stderr)
        return 2
    if options.device == "cpu":
        torch.set_num_threads(1)
    torch.manual_seed(1)
    drive(LOADS[options.load](torch.device(options.device)), options.seconds, Times(options.times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
