"""Touches more memory than it may keep, page after page: swaps.py MIB"""
import random
import sys

PAGE = 4096
block = bytearray(int(sys.argv[1]) << 20)
pages = len(block) // PAGE
for page in range(pages):
    block[page * PAGE] = 1
while True:
    block[random.randrange(pages) * PAGE] += 0
