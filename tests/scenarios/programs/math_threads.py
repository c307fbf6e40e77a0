"""Multiplies matrices with PyTorch, and with --element-wise takes roots on OpenMP's threads: math_threads.py [--threads N]"""
import argparse
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int)
parser.add_argument("--rest", type=float, default=0, help="seconds asleep after each product")
parser.add_argument("--element-wise", action="store_true", help="work that PyTorch itself divides, not its BLAS")
options = parser.parse_args()
if options.threads:
    # Debian's PyTorch multiplies with OpenBLAS, which makes its threads when it is loaded and heeds no set_num_threads().
    os.environ["OMP_NUM_THREADS"] = str(options.threads)

import torch  # noqa: E402

if options.threads:
    torch.set_num_threads(options.threads)
matrix = torch.rand(2000, 2000) if options.element_wise else torch.rand(700, 700)
while True:
    matrix.exp().sqrt() if options.element_wise else matrix @ matrix
    if options.rest:
        time.sleep(options.rest)
