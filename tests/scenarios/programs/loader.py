"""A training whose samples come from a slow place: loader.py disk PATH | network PORT, with real PyTorch workers."""
import argparse
import mmap
import os
import socket
import time

import torch
from torch.utils.data import DataLoader, Dataset

parser = argparse.ArgumentParser()
parser.add_argument("kind", choices=("disk", "network", "memory"))
parser.add_argument("place", nargs="?")
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--block", type=int, default=128 << 10)
parser.add_argument("--step", type=float, default=0, help="seconds of computing a step")
parser.add_argument("--device", type=float, default=0, help="seconds a step waits for a device, asleep")
options = parser.parse_args()


class Samples(Dataset):
    def __len__(self):
        return 100_000

    def __getitem__(self, index):
        if options.kind == "disk":
            if not hasattr(self, "file"):
                self.file = os.open(options.place, os.O_RDONLY | os.O_DIRECT)
                self.buffer = mmap.mmap(-1, options.block)
                self.blocks = os.lseek(self.file, 0, os.SEEK_END) // options.block
            os.preadv(self.file, [self.buffer], (index % self.blocks) * options.block)
        elif options.kind == "network":
            if not hasattr(self, "line"):
                self.line = socket.create_connection(("127.0.0.1", int(options.place)))
            self.line.sendall(b"?")
            left = options.block
            while left > 0:
                left -= len(self.line.recv(min(left, 65536)))
        return torch.zeros(16)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print("ready", flush=True)
    for batch in DataLoader(Samples(), batch_size=4, num_workers=options.workers):
        if options.device:
            time.sleep(options.device)
        end = time.monotonic() + options.step
        while time.monotonic() < end:
            batch.sum()
