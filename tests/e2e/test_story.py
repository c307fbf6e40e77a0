"""The main job, from launch to verdict to checkpoint, on the real training: the numbered points of the demo in order."""

import os

import harness

# Expensive enough that one worker cannot keep the trainer busy.
SLOW = ("--workers", "1", "--transform-cost", "20")
FASTER = ("--workers", "2", "--transform-cost", "20")


class Story(harness.VigieTest):
    """Each test goes on where the one before it stopped; unittest runs them by name."""

    @classmethod
    def setUpClass(cls):
        cls.enter_directories(cls)

    @classmethod
    def tearDownClass(cls):
        cls().leave_directories()

    def setUp(self):
        pass

    def tearDown(self):
        pass

    def measured_rate(self, name):
        """Steps per second of the run, counted over 40 steps well after its start."""
        first = self.wait_steps(name, 8, 90)
        last = self.wait_steps(name, self.steps(first) + 40, 90)
        return (self.steps(last) - self.steps(first)) / (last["elapsed_seconds"] - first["elapsed_seconds"])

    def test_1_a_slow_training_starts_as_a_supervised_run(self):
        self.start("slow", *self.train_command(*SLOW, "--epochs", "50"))
        row = self.wait_state("slow", "running")
        self.assertEqual(row["attempt"], 1)
        self.assertTrue(harness.alive(row["pid"]))

    def test_2_ls_and_tree_show_name_roles_use_and_progress(self):
        self.wait_steps("slow", 3, 90)
        row = self.row("slow")
        self.assertEqual(row["state"], "running")
        progress = row["progress"]
        self.assertGreater(progress["total"], progress["step"])
        self.assertGreater(progress["rate_per_second"], 0)
        self.assertGreater(progress["eta_seconds"], 0)
        self.assertIn("loss", progress["metrics"])
        self.assertGreater(row["rss_bytes"], 50 << 20)
        self.assertGreaterEqual(row["processes"], 2)
        measured = [run for run in self.json("ls")["runs"] if run["name"] == "slow"][0]
        self.assertGreater(measured["cpu_percent"], 10)

        tree = self.json("tree", "slow")["processes"]
        roles = [process["role"] or "" for process in tree]
        self.assertIn("trainer", roles)
        workers = [process for process in tree if (process["role"] or "").startswith("loader worker")]
        self.assertEqual(len(workers), 1, tree)
        trainer = tree[roles.index("trainer")]
        self.assertEqual(trainer["pid"], row["pid"])
        self.assertEqual(workers[0]["ppid"], trainer["pid"])
        self.assertGreater(workers[0]["depth"], trainer["depth"])

        text = self.vigie("ls", expect=0).out
        self.assertIn("slow", text)
        self.assertIn("loader worker", self.vigie("tree", "slow", expect=0).out)

    def test_3_why_says_it_waits_for_data_with_evidence_and_action(self):
        finding = self.verdict("slow")
        self.assertEqual(finding["rule"], "loader-cpu", finding)
        self.assertEqual(finding["subject"], "slow")
        self.assertTrue(finding["evidence"])
        for evidence in finding["evidence"]:
            self.assertIsInstance(evidence["value"], (int, float))
            self.assertGreater(evidence["window_seconds"], 0)
        self.assertIn("worker", " ".join(finding["actions"]))
        text = self.vigie("why", "slow", expect=1).out
        self.assertIn("loader-cpu", text)

    def test_4_relaunched_as_advised_it_is_faster(self):
        before = self.measured_rate("slow")
        self.vigie("stop", "slow", expect=0)
        idle = harness.idle_cpus()
        self.start("faster", *self.train_command(*FASTER, "--epochs", "50", checkpoint="faster"))
        after = self.measured_rate("faster")
        print(f"      step rate {before:.2f}/s with 1 worker, {after:.2f}/s with 2", flush=True)
        if idle < 1.7:
            self.skipTest(f"a second worker has nowhere to run: without the training {idle:.1f} CPUs were idle")
        self.assertGreater(after, before * 1.1)

    def test_5a_pause_stops_it_and_why_says_so(self):
        self.vigie("pause", "faster", expect=0)
        self.wait_state("faster", "paused")
        finding = self.json("why", "faster", expect=1)["findings"][0]
        self.assertEqual(finding["rule"], "stopped")
        self.assertIn("resume", " ".join(finding["actions"]))

    def test_5b_resume_lets_it_go_on(self):
        steps = self.steps(self.row("faster"))
        self.vigie("resume", "faster", expect=0)
        self.wait_state("faster", "running")
        self.wait_steps("faster", steps + 2)

    def test_5c_stop_reports_the_checkpoint_and_the_true_exit(self):
        document = self.json("stop", "faster")
        self.assertIn("143", document["ended"])
        paths = [file["path"] for file in document["files"]]
        self.assertTrue(any(os.path.dirname(path) == self.path("faster") for path in paths), document)
        for file in document["files"]:
            self.assertEqual(os.path.getsize(file["path"]), file["size_bytes"])
        self.assertEqual(document["left"], [])
        exit_record = self.record("faster")["exit"]
        self.assertEqual((exit_record["kind"], exit_record["value"]), ("code", 143))
        self.assertEqual(self.row("faster")["state"], "cancelled")
        self.vigie("wait", "faster", expect=143)

    def test_5d_restart_continues_from_the_checkpoint(self):
        self.vigie("restart", "faster", expect=0)
        row = self.wait_state("faster", "running")
        self.assertEqual(row["attempt"], 2)
        self.wait_log("faster", b"resum", 60)
        self.vigie("rm", "faster", expect=1)  # it is alive
        self.vigie("kill", "faster", expect=0)
        self.wait_state("faster", "killed")
        self.vigie("rm", "faster", "slow", expect=0)
        self.assertIsNone(self.row("faster"))
