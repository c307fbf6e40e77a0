"""Prints a text and ends with a status: says.py STATUS TEXT..."""
import sys

print("\n".join(sys.argv[2:]), flush=True)
sys.exit(int(sys.argv[1]))
