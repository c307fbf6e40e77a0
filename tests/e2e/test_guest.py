"""What takes another kernel than this host's: see guest.py. Each test is one boot, of a few seconds, or two."""

import json
import os
import re
import unittest

import harness
from guest import Guest, missing

RUN = [harness.PYTHON, os.path.join(harness.ROOT, "tests", "e2e", "run.py"), "--inside", "--vigie"]


class InAGuest(harness.VigieTest):
    def setUp(self):
        if why := missing():
            self.skipTest(why)
        super().setUp()
        self.guest = Guest(self.dir)

    def inside(self, *patterns, passed, **options):
        """Runs these tests in the guest; as many as said must pass, and none may be skipped there."""
        done = self.guest.boot([*RUN, harness.vigie_path, *patterns], **options)
        self.assertEqual((done.code, re.findall(r"^\d+ passed.*", done.out, re.MULTILINE)),
                         (0, [f"{passed} passed, 0 failed, 0 skipped"]), done)

    def test_limits_by_control_groups_of_version_2(self):
        disk = os.path.join(self.dir, "disk")
        with open(disk, "wb") as file:
            file.truncate(64 << 20)
        self.inside("inside_guest.Limits", "test_control.Groups", "a_group_that_was_delegated_is_used", passed=8,
                    disk=disk)

    def test_a_host_whose_memory_is_used_up(self):
        self.inside("inside_guest.HostWithoutMemory", passed=2, memory="160M")

    @unittest.skipUnless(os.path.exists("/usr/sbin/rpc.nfsd"), "nfs-kernel-server is not installed: it would start a "
                         "server here, so script/setup leaves it to whoever wants this test")
    def test_a_home_on_nfs(self):
        self.inside("inside_guest.HomeOnNfs", passed=2, modules=("nfsd", "nfsv4"))

    def test_a_host_that_loses_its_power_loses_its_runs_and_not_what_is_known_of_them(self):
        """Not shut down: the kernel is gone in the middle of everything, and another one boots on the same files."""
        vigie = harness.vigie_path
        env = {"XDG_STATE_HOME": os.path.join(self.dir, "kept"), "XDG_RUNTIME_DIR": "/run/user"}
        printed = f"until {vigie} logs works | grep -q step; do :; done; {vigie} ls --json"
        done = self.guest.boot_script(
            f"{vigie} run --name works -- sh -c 'echo step 1; sleep 1000' >&2; {vigie} run --name done -- true >&2; "
            f"{vigie} wait done >&2; {printed}", env=env, cut=True)
        self.assertIsNone(done.code, done)
        self.assertEqual(self.states(done.out), {"works": "running", "done": "exited"})

        done = self.guest.boot_script(
            f"{vigie} ls --json; echo ===; {vigie} restart --lost >&2; {printed}; {vigie} kill works >&2", env=env)
        self.assertEqual(done.code, 0, done)
        lost, restarted = done.out.split("===\n")
        self.assertEqual(self.states(lost), {"works": "lost", "done": "exited"})
        self.assertEqual(self.states(restarted), {"works": "running", "done": "exited"})

    @staticmethod
    def states(said):
        return {run["name"]: run["state"] for run in json.loads(said)["runs"]}
