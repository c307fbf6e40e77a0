"""vigie net against /proc/net/dev, ss and connections whose traffic this test makes."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time

import harness


def row_of(rows, port):
    return [row for row in rows if row["local_address"].endswith(f":{port}")]


class Net(harness.VigieTest):
    def pair(self, family=socket.AF_INET, address="127.0.0.1"):
        """A TCP connection of this process: the client's and the server's end."""
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind((address, 0))
            listener.listen()
            client = socket.create_connection(listener.getsockname()[:2])
            server, _ = listener.accept()
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        return client, server

    def connections(self, *args):
        return self.json("net", "--connections", *args)["connections"]

    def test_interfaces_lie_between_two_looks_at_proc_net_dev(self):
        def counters():
            with open("/proc/net/dev", encoding="ascii") as dev:
                lines = [line.rpartition(":") for line in dev.readlines()[2:]]
            return {name.strip(): [int(word) for word in numbers.split()] for name, _, numbers in lines}

        before = counters()
        rows = {row["interface"]: row for row in self.json("net", "--interval", "0")["interfaces"]}
        after = counters()
        self.assertEqual(set(rows), set(before))
        for name, row in rows.items():
            for key, column in (("received_bytes", 0), ("sent_bytes", 8)):
                self.assertLessEqual(before[name][column], row[key])
                self.assertLessEqual(row[key], after[name][column])

    def test_a_connection_has_its_owner_and_exact_totals(self):
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            client, server = self.pair(family, address)
            client.sendall(b"x" * 54321)
            self.assertEqual(len(server.recv(54321, socket.MSG_WAITALL)), 54321)
            [row] = row_of(self.connections("--interval", "0", str(os.getpid())), client.getsockname()[1])
            self.assertEqual((row["pid"], row["sent_bytes"], row["received_bytes"]), (os.getpid(), 54321, 0))
            self.assertEqual(row["socket_inode"], os.fstat(client.fileno()).st_ino)
            self.assertEqual(row["connection_state"], "ESTAB")

    def test_rates_are_within_ten_percent(self):
        client, server = self.pair()
        over = threading.Event()
        began, sent = time.monotonic(), 0

        def drain():
            while server.recv(1 << 16):
                pass

        def send():
            nonlocal sent
            while not over.is_set():
                client.sendall(b"x" * 10000)
                sent += 10000
                over.wait(0.01)
            client.shutdown(socket.SHUT_WR)

        threads = [threading.Thread(target=target) for target in (drain, send)]
        for thread in threads:
            thread.start()
        [row] = row_of(self.connections("--interval", "2", str(os.getpid())), client.getsockname()[1])
        over.set()
        for thread in threads:
            thread.join()
        rate = sent / (time.monotonic() - began)
        self.assertAlmostEqual(row["sent_bytes_per_second"], rate, delta=0.1 * rate + 20000)

    def test_close_wait_queues_and_time_wait(self):
        client, server = self.pair()
        client.sendall(b"unread")
        client.shutdown(socket.SHUT_WR)
        port = server.getsockname()[1]
        probe = lambda: [row for row in row_of(self.connections("--interval", "0"), port)
                         if row["connection_state"] == "CLOSE-WAIT"]
        [row] = harness.eventually("the server's end is CLOSE-WAIT", probe)
        self.assertEqual(row["receive_queue"], 7)  # the FIN counts, as in ss

    def test_listening_udp_and_unix(self):
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                socket.socket(socket.AF_UNIX) as unix:
            for one in (tcp, udp):
                one.bind(("127.0.0.1", 0))
            tcp.listen(7)
            unix.bind(self.path("sock"))
            unix.listen()
            rows = self.json("net", "--listening", "--unix", "--interval", "0", str(os.getpid()))["connections"]
            inodes = {row["socket_inode"]: row for row in rows}
            for one in (tcp, udp, unix):
                self.assertIn(os.fstat(one.fileno()).st_ino, inodes)
            self.assertEqual(inodes[os.fstat(unix.fileno()).st_ino]["local_address"], self.path("sock"))

    def test_the_same_owners_as_ss(self):
        if shutil.which("ss") is None:
            self.skipTest("ss (iproute2) is not installed")
        ends = [end for _ in range(5) for end in self.pair()]
        out = subprocess.run(["ss", "-tnpeH"], capture_output=True, text=True, check=True).stdout
        theirs = {int(ino[1]) for line in out.splitlines() if f"pid={os.getpid()}," in line
                  and (ino := re.search(r"ino:(\d+)", line))}
        ours = {row["socket_inode"] for row in self.connections("--interval", "0", str(os.getpid()))
                if row["protocol"] == "tcp"}
        self.assertEqual(ours, theirs)
        self.assertLessEqual({os.fstat(end.fileno()).st_ino for end in ends}, ours)

    def test_a_target_in_another_network_namespace(self):
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            self.skipTest("needs root and unshare for a network namespace")
        code = ("import socket,sys; s=socket.socket(); s.bind(('0.0.0.0', 4567)); s.listen(); "
                "print('ready', flush=True); sys.stdin.read()")
        child = subprocess.Popen(["unshare", "-n", harness.PYTHON, "-c", code], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        self.children.append(child)
        child.stdout.readline()
        [row] = self.json("net", "--listening", "--interval", "0", str(child.pid))["connections"]
        self.assertEqual(row["local_address"], "0.0.0.0:4567")
        self.assertEqual(row["network_namespace"], os.stat(f"/proc/{child.pid}/ns/net").st_ino)
        child.stdin.close()
