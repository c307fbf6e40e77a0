"""Multiplies matrices with PyTorch: math_threads.py [--threads N]"""
import argparse
import time

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int)
parser.add_argument("--rest", type=float, default=0, help="seconds asleep after each product")
options = parser.parse_args()
if options.threads:
    torch.set_num_threads(options.threads)
matrix = torch.rand(700, 700)
while True:
    matrix @ matrix
    if options.rest:
        time.sleep(options.rest)
