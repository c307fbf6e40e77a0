"""Gives blocks over TCP, slowly: slow_server.py PORT BLOCK SECONDS"""
import socket
import sys
import threading
import time

port, block, pause = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])


def serve(line):
    try:
        while line.recv(1):
            time.sleep(pause)
            line.sendall(b"x" * block)
    except ConnectionError:
        pass  # the worker was killed


server = socket.create_server(("127.0.0.1", port))
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
