"""Progress in the words of frameworks, what ended a run in its own, rates and times that are left, and what is not seen."""

import json
import os
import shutil
import subprocess
import unittest

import harness

DAY, HOUR = 86400, 3600

# What programs print; what is said of it. Written from the format strings that src/keep/progress/progress_formats.cpp names.
LINES = {
    "mmcv": ("2024-03-02 10:00:30,100 - mmdet - INFO - Epoch [2][100/900]\tlr: 0.00100, eta: 1 day, 2:02:39, time: 0.500, "
             "data_time: 0.010, memory: 4000, loss_cls: 0.3900, loss: 1.2400",
             {"epoch": 2, "step": 100, "total": 900, "eta_seconds": DAY + 2 * HOUR + 2 * 60 + 39}),
    "mmengine": ("03/02 10:00:05 - mmengine - INFO - Epoch(train)  [3][ 50/900]  lr: 1.0000e-03  eta: 5:32:55  time: "
                 "0.5000  data_time: 0.0100  memory: 4000  loss: 1.2500",
                 {"epoch": 3, "step": 50, "total": 900, "eta_seconds": 5 * HOUR + 32 * 60 + 55}),
    "detectron2": ("[03/02 10:00:00 d2.utils.events]:  eta: 1 day, 0:30:00  iter: 19  total_loss: 9.6  loss_cls: 4.2  "
                   "time: 0.35  data_time: 0.01  lr: 0.0002  max_mem: 2000M",
                   {"step": 19, "eta_seconds": DAY + 1800}),
    "detr": ("Epoch: [7]  [  10/5000]  eta: 1:07:09  lr: 0.000100  loss: 47.0253 (46.9134)  time: 0.6971  data: 0.0234",
             {"epoch": 7, "step": 10, "total": 5000}),
    "timm": ("Train: 3 [  50/1251 (  4%)]  Loss: 6.914 (6.93)  Time: 0.345s,  742.03/s  (0.401s,  638.40/s)  LR: 1.0e-05",
             {"epoch": 3, "step": 50, "total": 1251}),
    "megatron": (" iteration       10/  500000 | consumed samples:          160 | elapsed time per iteration (ms): 1250.0 | "
                 "learning rate: 1.500E-06 | lm loss: 1.05E+01 |",
                 {"step": 10, "total": 500000, "rate_per_second": 0.8}),
    "deepspeed": ("[2023-03-02 10:00:05,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=4, lr=[5e-05], "
                  "mom=[(0.9, 0.999)]", {"step": 10}),
    "fairseq": ("2024-03-02 10:00:05 | INFO | train_inner | epoch 001:    100 / 1234 loss=9.628, ppl=516.2, ups=8.5",
                {"epoch": 1, "step": 100, "total": 1234}),
    "mnist": ("Train Epoch: 1 [6400/60000 (11%)]\tLoss: 0.250000",
              {"epoch": 1, "step": 6400, "total": 60000, "unit": "sample"}),
    "json": ('{"epoch": 2, "step": 100, "loss": 0.5}', {"epoch": 2, "step": 100, "metrics": {"loss": 0.5}}),
    "dict": ("{'loss': 0.5, 'learning_rate': 5e-05, 'epoch': 0.1, 'step': 500}", {"step": 500}),
    "keras": ("Epoch 3/5\n120/500 ━━━━━━━━━━━━━━━━━━━━ 12s 12ms/step - accuracy: 0.9000 - loss: 0.1234",
              {"epoch": 3, "epochs": 5, "step": 120, "total": 500}),
    "yolo": ("      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\r\n"
             "\r\033[K       7/50       5.1G        1.1        0.9       1.05         40        640: 45% ━━━━━─────── 27/60 "
             "2.0it/s 13.5s<16.5s", {"epoch": 7, "epochs": 50, "step": 27, "total": 60}),
    "keras2": ("Epoch 1/200\r\n 15/400 [>.............................] - ETA: 385s - loss: 0.6937 - acc: 0.4703",
                {"epoch": 1, "epochs": 200, "step": 15, "total": 400, "eta_seconds": 385 + 199 * 400}),
    "fairseq-old": ("| epoch 011  1000 / 8223 loss=1.89 (1.38), wps=963, wpb=918, bsz=32, lr=0.001",
                     {"epoch": 11, "step": 1000, "total": 8223}),
    "opennmt": ("[2019-12-09 17:54:47,997 INFO] Step 50/ 5000; acc:   5.35; ppl: 1497.24; xent: 7.31; lr: 1.00000;  84/336 "
                "tok/s;    890 sec", {"step": 50, "total": 5000}),
    "basicsr": ("2020-08-15 15:53:05,349 INFO: [My_ES..][epoch:211, iter:  20,500, lr:(1.000e-04,)] [eta: 1 day, 18:09:02, "
                "time (data): 0.392 (0.003)] l_g_pix: 3.6478e-04", {"epoch": 211, "step": 20500,
                                                                   "eta_seconds": DAY + 18 * HOUR + 9 * 60 + 2}),
    "espnet2": ("2020-07-19 08:54:09,601 (trainer:464) INFO: 4epoch:train:101-200batch: iter_time=5.8e-05, loss=68.722",
                {"epoch": 4, "step": 200}),
    "pcdet": ("2023-01-05 16:35:00,786   INFO  Train:    1/3 ( 33%) [  99/323 ( 31%)]  Loss: 23.51 (54.8)  LR: 2.377e-04",
              {"epoch": 1, "epochs": 3, "step": 99, "total": 323}),
    "lightgbm": ("[100]\tvalid_0's l2: 0.3", {"step": 100}),
    "heading": ("2025-12-22 03:17:56.305979: Epoch 12", {"epoch": 12, "step": None}),
    "cut": ("Epoch 80:  12%|█▏        | 12/100 [00:05<00:35, 2.49it/s, loss=0.4291, v_num=0, grad_n",
            {"epoch": 80, "step": 12, "total": 100}),
}

SETTINGS = ("engine/trainer: agnostic_nms=False, amp=True, augment=False, batch=24, bgr=0.1, box=5.5, epochs=30, imgsz=320\n"
            "batch=24, lr=0.1\nepochs=100\nNamespace(batch_size=24, epochs=100, step=1000, lr=0.1)\n"
            '{"epochs": 100, "batch_size": 24, "lr": 0.1}\n')

RICH_TRACK = ("import time\nfrom rich.progress import track\n"
              "for i in track(range(100), description='Training'):\n"
              "  if i == 9: time.sleep(1000)\n")
RICH_TASKS = ("import time\n"
              "from rich.progress import *\n"
              "with Progress(SpinnerColumn(), TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), "
              "TimeElapsedColumn(), TimeRemainingColumn()) as p:\n"
              "  e = p.add_task('epoch', total=10); s = p.add_task('step', total=200)\n"
              "  p.update(e, advance=2); p.update(s, advance=40); time.sleep(1000)\n")
TQDM_CUT = ("import time, tqdm\n"
            "bar = tqdm.tqdm(range(100), desc='Epoch 80', dynamic_ncols=True, mininterval=0)\n"
            "for i in bar:\n"
            "  bar.set_postfix(loss=0.4291, v_num=0, grad_norm_encoder=2.51, grad_norm_decoder=0.598)\n"
            "  if i == 12: time.sleep(1000)\n")

IN_A_TERMINAL = ("--env", "TERM=xterm-256color")  # rich draws nothing where that is "dumb"

needs_rich = unittest.skipIf(subprocess.run(["/usr/bin/python3", "-c", "import rich"], capture_output=True).returncode != 0,
                             "python3-rich is not installed")
needs_root = unittest.skipIf(os.geteuid() != 0, "needs root: it mounts file systems")


class UseProgress(harness.VigieTest):
    def show(self, name, text, *options):
        """A run that prints this and rests."""
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        self.start(name, "sh", "-c", f"cat {name}; exec sleep 1000", options=options)

    def progress(self, name, what="its progress is seen", predicate=lambda progress: True):
        return self.wait_row(name, what, lambda row: row["progress"] and predicate(row["progress"]))["progress"]

    def text_row(self, name):
        done = self.vigie("ls", "--interval", "0", expect=0)
        return next(line for line in done.out.splitlines() if line.startswith(name + " "))

    def test_formats_of_frameworks(self):
        for name, (text, _) in LINES.items():
            self.show(name, text)
        for name, (_, expected) in LINES.items():
            with self.subTest(name):
                progress = self.progress(name)
                self.assertEqual({key: progress[key] for key in expected}, expected)

    def test_a_loss_that_is_no_number(self):
        self.show("nan", "iter 3000: loss 4.2490, time 1092.33ms, mfu 13.85%\niter 3010: loss nan, time 1019.95ms, mfu 14.12%\n")
        self.show("dict", "{'loss': nan, 'grad_norm': inf, 'learning_rate': 5e-05, 'epoch': 1.2}\n")
        progress = self.progress("nan", "step 3010", lambda progress: progress["step"] == 3010)
        self.assertEqual(progress["metrics"]["loss"], "nan")
        self.assertIn("loss nan", self.text_row("nan"))
        self.assertEqual(self.progress("dict")["metrics"], {"loss": "nan", "grad_norm": "inf", "learning_rate": 5e-05})
        self.vigie("stop", "nan", expect=0)
        self.assertIn("loss nan", self.text_row("nan"), "its record has it, too")

    def test_a_run_whose_loss_is_no_number_does_not_stall(self):
        program = ("import time\n"
                   "for i in range(1000):\n"
                   "  print(f'iter {i}: loss ' + ('nan' if i > 3 else '4.5') + ', time 300.0ms', flush=True); time.sleep(0.3)\n")
        self.start("moves", "/usr/bin/python3", "-c", program)
        progress = self.progress("moves", "step 40", lambda progress: (progress["step"] or 0) >= 40)
        self.assertEqual((progress["stalled_seconds"], progress["metrics"]["loss"]), (None, "nan"))

    def test_a_validation_is_beside_the_training(self):
        table = "    151/200      2.95G     0.3137     0.3809     0.7961          3        640: 100%|####| 246/246 [02:17<00:00,  1.79it/s]"
        class_bar = "\r                 Class     Images  Instances      Box(P          R      mAP50): {} [00:03<00:02,  6.18it/s]"
        self.show("yolo", table + "\r\n" + class_bar.format(" 50%|##   | 16/32"))
        self.show("yolo-after", table + "\r\n" + class_bar.format("100%|#####| 32/32") + "\r\n  all  3932  1523  0.98\r\n")
        self.show("hf", "\r 27%|##7   | 500/1856 [1:04:16<3:02:24,  7.43s/it]\n\r 32%|###   | 20/63 [00:10<00:20,  2.00it/s]\033[A")
        self.show("lightning", "Epoch 1:  85%|####  | 17/20 [00:08<00:01,  2.00batch/s, loss=0.183]\r\n"
                               "\rValidating:  40%|####      | 2/5 [00:01<00:01,  2.00batch/s]")
        for name, expected in (("yolo", (151, 246, 246)), ("yolo-after", (151, 246, 246)), ("hf", (None, 500, 1856)),
                               ("lightning", (1, 17, 20))):
            with self.subTest(name):
                self.wait_log(name, {"yolo": b"16/32", "yolo-after": b"1523", "hf": b"20/63", "lightning": b"2/5"}[name])
                progress = self.progress(name)
                self.assertEqual((progress["epoch"], progress["step"], progress["total"]), expected)

    def test_the_loss_is_shown_first(self):
        parts = ", ".join(f"loss_part{i:02}: 0.{i:04}" for i in range(20))
        self.show("mmdet", f"2020-11-11 18:28:31,705 - mmdet - INFO - Epoch [1][2250/29317]\tlr: 2.000e-02, eta: 1 day, 16:17:58, "
                           f"time: 0.394, data_time: 0.009, memory: 3946, {parts}, acc: 90.2373, loss: 0.9516\n")
        self.assertEqual(self.progress("mmdet")["metrics"]["loss"], 0.9516)
        text = self.text_row("mmdet")
        self.assertLess(text.index(" loss 0.9516"), text.index(" loss_part00 "))
        self.show("above", "\r  1%|    | 9/1856 [04:16<13:02:24, 25.43s/it]\r{'loss': 2.9043, 'learning_rate': 4.9e-05, 'epoch': 0.02}"
                           "     \r\n\r  1%|    | 10/1856 [04:16<13:02:24, 25.43s/it]")
        above = self.progress("above", "step 10", lambda progress: progress["step"] == 10)
        self.assertEqual(above["metrics"], {"loss": 2.9043, "learning_rate": 4.9e-05})
        self.show("neox", " samples/sec: 7.799 | iteration       34/   10000 | elapsed time per iteration (ms): 4103.1 | learning rate: "
                          "2.111E-06 | lm_loss: 1.118665E+01 |\n[2023-07-25 21:03:21,037] [INFO] [logging.py:96:log_dist] [Rank 0] "
                          "step=35, skipped=0, lr=[2.17e-06], mom=[[0.9, 0.95]]\n")
        neox = self.progress("neox", "step 35", lambda progress: progress["step"] == 35)
        self.assertEqual((neox["total"], neox["metrics"]["lm_loss"]), (10000, 11.18665))

    def test_ls_and_why_agree_on_a_run_that_never_moved_again(self):
        program = ("import threading\n"
                   "print('step 3/2500 loss 0.3, 10 it/s', flush=True)\n"
                   "lock = threading.Lock(); lock.acquire(); lock.acquire()\n")
        self.start("stuck", "/usr/bin/python3", "-c", program)
        harness.eventually("ls says that it is stalled", lambda: "stalled" in self.vigie("ls", "stuck", expect=0).out)
        why = json.loads(self.vigie("why", "stuck", "--json").out)
        self.assertEqual(why["findings"][0]["rule"], "hung", why)
        evidence = " ".join(one["text"] for one in why["findings"][0]["evidence"])
        self.assertIn("by its own words a step takes", evidence)

    def test_settings_are_no_progress(self):
        self.show("settings", SETTINGS)
        self.show("after", SETTINGS + "step 3/9 loss 0.5\n")
        self.progress("after")
        self.wait_log("settings", b"batch_size")
        self.assertIsNone(self.row("settings")["progress"])

    @needs_rich
    def test_rich_with_a_percentage_alone(self):
        self.start("track", "/usr/bin/python3", "-c", RICH_TRACK, options=IN_A_TERMINAL)
        self.progress("track", "9 %", lambda progress: progress["percent"] == 9)
        self.assertIn(" 9%", self.text_row("track"))

    @needs_rich
    def test_rich_with_a_task_of_epochs(self):
        self.start("tasks", "/usr/bin/python3", "-c", RICH_TASKS, options=IN_A_TERMINAL)
        progress = self.progress("tasks", "step 40", lambda progress: progress["step"] == 40)
        self.assertEqual((progress["total"], progress["epochs"]), (200, 10))

    def test_tqdm_that_the_edge_cuts(self):
        for columns in (80, 40):
            name = f"cut{columns}"
            self.start(name, "sh", "-c", f"stty cols {columns}; exec /usr/bin/python3 -c \"$0\"", TQDM_CUT)
            self.progress(name, "12 %", lambda progress: progress["percent"] == 12)
        self.assertEqual(self.progress("cut80")["total"], 100)

    def test_a_pattern_of_ones_own(self):
        text = "setting up step 1/3\nround 40 of 200 cost=0.5 left 2m\n"
        self.show("own", text, "--progress", r"round (?<step>\d+) of (?P<total>\d+) cost=(?<loss>\S+) left (?<eta>\S+)")
        progress = self.progress("own")
        self.assertEqual((progress["step"], progress["total"], progress["metrics"], progress["eta_seconds"]),
                         (40, 200, {"loss": 0.5}, 120))
        self.vigie("stop", "own", expect=0)
        self.vigie("restart", "own", expect=0)
        self.assertEqual(self.progress("own", "again", lambda progress: progress["total"] == 200)["step"], 40)

    def test_a_bad_pattern_is_bad_usage(self):
        for pattern, why in ((r"(?<step>\d+", "missing closing parenthesis"), (r"step \d+", "named step"),
                             ("*", "is not a regular expression")):
            done = self.vigie("run", "--progress", pattern, "--", "true", expect=2)
            self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)
            self.assertIn(why, done.err)
        self.assertEqual([run for run in self.runs() if run["supervised"]], [])

    def test_an_endless_pattern_does_not_stop_the_recorder(self):
        line = "a" * 180 + "!"
        self.start("endless", "sh", "-c", f"while sleep 0.02; do echo {line}; done",
                   options=("--progress", r"^(?<step>(a+)+)$"))
        self.wait_log("endless", b"a!")
        shim = self.record("endless")["shim"]["pid"]

        def ticks():
            with open(f"/proc/{shim}/stat", encoding="utf-8") as stat:
                fields = stat.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        before = ticks()
        size = len(self.raw_log("endless"))
        harness.eventually("it goes on logging", lambda: len(self.raw_log("endless")) > size + 50 * len(line))
        self.assertLess(ticks() - before, 1.5)

    def test_what_a_program_reports_wins(self):
        self.show("reports", "VIGIE_PROGRESS=40/200 epoch=2/5 loss=0.25\nstep 3/9 loss 7\n")
        progress = self.progress("reports", "what it reports", lambda progress: progress["total"] == 200)
        self.assertEqual((progress["step"], progress["epoch"], progress["epochs"], progress["metrics"]),
                         (40, 2, 5, {"loss": 0.25}))

    def test_what_is_left_is_the_runs(self):
        self.show("left", "epoch 2/5:  40%|####      | 40/100 [00:20<00:30,  2.00it/s]")
        self.assertEqual(self.progress("left")["eta_seconds"], 30 + 3 * 50)
        self.assertIn("eta 3:00", self.text_row("left"))

    def test_a_run_that_stalls_says_so_and_one_that_ended_has_nothing_left(self):
        program = ("import time\n"
                   "for i in range(41):\n"
                   "  print(f'step {i}/100 loss 0.5', flush=True); time.sleep(0.1)\n")
        self.start("stalls", "/usr/bin/python3", "-c", program + "time.sleep(1000)")
        self.start("ends", "/usr/bin/python3", "-c", program + "raise SystemExit(3)")
        self.assertIsNotNone(self.progress("stalls", "moves", lambda progress: progress["eta_seconds"])["eta_seconds"])
        self.wait_state("ends", "failed")
        ended = self.row("ends")["progress"]
        self.assertEqual((ended["step"], ended["eta_seconds"], ended["stalled_seconds"]), (40, None, None))
        self.assertNotIn(" eta ", self.text_row("ends"))
        stalled = self.progress("stalls", "is stalled", lambda progress: progress["stalled_seconds"])
        self.assertIsNone(stalled["eta_seconds"])
        self.assertRegex(self.text_row("stalls"), r"stalled \d+ s\b")
        again = self.progress("stalls", "longer", lambda progress: progress["stalled_seconds"] > 10)  # looks are no pauses
        self.assertGreater(again["stalled_seconds"], 10)

    def test_another_batch_is_compared_in_samples(self):
        with open(self.path("train.py"), "w", encoding="utf-8") as file:
            file.write("import sys, time\n"
                       "pause = float(sys.argv[3])\n"
                       "for i in range(100000): print(f'step {i}/100000 loss 0.5', flush=True); time.sleep(pause)\n")
        for name, batch, pause in (("small", "32", "0.1"), ("large", "128", "0.2")):
            self.start(name, "/usr/bin/python3", "train.py", "--batch-size", batch, pause)
            self.progress(name, "its rate is known", lambda progress: progress["rate_per_second"] and progress["step"] > 15)
        found = json.loads(self.vigie("why", "large", "--json").out)["relaunches"][0]
        self.assertGreater(found["change_percent"], 20, found)
        self.assertIn("samples per second", self.vigie("why", "large").out)


class UseEndings(harness.VigieTest):
    def ended(self, name, *command, state="failed", text=None, options=()):
        if text is not None:
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)
            command = ("sh", "-c", f"cat {name}; exit 1")
        self.start(name, *command, options=options)
        self.wait_state(name, state, "failed", "killed")
        return self.verdict(name)

    KEY_ERROR = ("Traceback (most recent call last):\n  File \"train.py\", line 3, in <module>\n    {}['lr']\n"
                 "KeyError: 'lr'\n")
    GPU_OOM = ("Traceback (most recent call last):\n  File \"train.py\", line 20, in gather\n    out = torch.empty(n)\n"
               "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate more than 1EB memory.\n")
    TIMEOUT = ("[rank2]:[E513 10:00:00.1 ProcessGroupNCCL.cpp:607] [Rank 2] Watchdog caught collective operation timeout: "
               "WorkNCCL(SeqNum=9, OpType=BROADCAST, Timeout(ms)=1800000) ran for 1800002 milliseconds before timing out.\n")

    def test_the_first_cause_wins_and_what_recovered_is_none(self):
        steps = "".join(f"step {i}/1000 loss 0.5\n" for i in range(300))
        warning = "_helpers.py:46: UserWarning: [Errno 28] No space left on device.  joblib will operate in serial mode\n"
        grpc = ("Traceback (most recent call last):\n  File \"client.py\", line 9, in call\n    stub.Predict(request)\n"
                "grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n"
                "\tstatus = StatusCode.RESOURCE_EXHAUSTED\n\tdetails = \"Received message larger than max\"\n>\n")
        cases = {"old-warning": (warning + steps + self.KEY_ERROR, "failed"),
                 "recovered": (steps + self.GPU_OOM + steps + self.KEY_ERROR, "failed"),
                 "timeout-first": (self.TIMEOUT + self.GPU_OOM, "collective-wait"),
                 "memory-first": (self.GPU_OOM + self.TIMEOUT, "gpu-oom"),
                 "grpc": (grpc, "failed")}
        for name, (text, rule) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.ended(name, text=text)["rule"], rule)

    def test_memory_that_a_limit_refused(self):
        found = self.ended("limited", "bash", "-c",
                           "ulimit -v 300000; exec /usr/bin/python3 -c 'x = bytearray(10**9)'")
        self.assertEqual(found["rule"], "failed", found)
        self.assertIn("ulimit -v", " ".join(found["causes"]))
        self.assertIn("293M", " ".join(found["causes"]))

    def test_sigkill_is_not_blamed_on_memory(self):
        found = self.ended("shot", "sh", "-c", "echo step 3/9 loss 1; kill -9 $$", state="killed")
        self.assertEqual(found["rule"], "killed")
        self.assertIn("killed nothing for want of memory", " ".join(found["causes"]))

    @needs_root
    def test_a_semaphore_on_a_full_dev_shm(self):
        found = self.ended("semaphore", "unshare", "-m", "sh", "-c",
                           "mount -t tmpfs -o size=64k tmpfs /dev/shm; head -c 65536 /dev/zero >/dev/shm/x; "
                           "exec /usr/bin/python3 -c 'import multiprocessing as mp; print(\"step 1/9 loss 1\"); mp.Queue(4)'")
        self.assertEqual(found["rule"], "shm-full", found)

    @needs_root
    def test_a_checkpoint_on_a_full_disk(self):
        os.mkdir(self.path("disk"))
        program = ("import torch; m = torch.nn.Linear(2000, 2000); print('step 10/100 loss 0.5', flush=True); "
                   "torch.save(m.state_dict(), 'disk/ckpt.pt')")
        found = self.ended("save", "unshare", "-m", "sh", "-c",
                           "mount -t tmpfs -o size=4m tmpfs disk; exec /usr/bin/python3 -c \"$0\"", program)
        self.assertEqual(found["rule"], "disk-full", found)


MEMINFO = ("MemTotal: {total} kB\nMemFree: {free} kB\nMemAvailable: {available} kB\nBuffers: 0 kB\nCached: 2000 kB\n"
           "SwapTotal: 0 kB\nSwapFree: 0 kB\n")


class UseHidden(harness.VigieTest):
    """Hidden, unknown and not connected are not zero."""

    def host(self, files):
        root = self.path("root")
        shutil.rmtree(root, ignore_errors=True)
        basic = {"proc/stat": "cpu 1 0 1 1000 0 0 0 0 0 0\ncpu0 1 0 1 1000 0 0 0 0 0 0\nbtime 1700000000\n",
                 "proc/uptime": "1000.00 900.00\n", "proc/loadavg": "0.00 0.00 0.00 1/100 200\n",
                 "proc/meminfo": MEMINFO.format(total=100000000, free=50000000, available=60000000)}
        for name, text in {**basic, **files}.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return root

    def item(self, root, name):
        done = self.vigie("--root", root, "check", "--interval", "0", "--json")
        return next(item for item in json.loads(done.out)["items"] if item["id"] == name)

    def test_the_cache_of_zfs_is_available(self):
        root = self.host({"proc/meminfo": MEMINFO.format(total=264000000, free=14000000, available=12000000),
                          "proc/spl/kstat/zfs/arcstats": "13 1 0x01 96 4608 1 2\nname type data\nc_min 4 8589934592\n"
                                                         "size 4 128849018880\n"})
        found = self.item(root, "memory.available")
        self.assertEqual(found["status"], "ok", found)
        self.assertAlmostEqual(found["value"], 49, delta=1)

    def test_no_more_is_available_than_there_is(self):
        root = self.host({"proc/meminfo": MEMINFO.format(total=104857600, free=104000000, available=128000000)})
        found = self.item(root, "memory.available")
        self.assertLessEqual(found["value"], 100, found)

    def test_pins_that_float_are_no_temperatures(self):
        chips = {"hwmon0/name": "coretemp", "hwmon0/temp1_label": "Package id 0", "hwmon0/temp1_input": "48000",
                 "hwmon0/temp1_crit": "96000", "hwmon1/name": "nct6779", "hwmon1/temp1_input": "52000",
                 "hwmon1/temp1_max": "0", "hwmon1/temp2_input": "127500", "hwmon1/temp2_max": "80000",
                 "hwmon1/temp3_input": "-62000", "hwmon2/name": "w83627", "hwmon2/temp1_input": "95000",
                 "hwmon2/temp1_crit": "90000", "hwmon2/temp1_fault": "1"}
        root = self.host({"sys/class/hwmon/" + name: text + "\n" for name, text in chips.items()})
        found = self.item(root, "temperature")
        self.assertEqual((found["value"], found["status"]), (48, "ok"), found)

    def test_a_node_of_memory_alone(self):
        node = "Node {0} MemTotal: 100000000 kB\nNode {0} MemFree: 90000000 kB\nNode {0} FilePages: 1000 kB\n"
        files = {}
        for number, cpus in ((0, "0-3"), (1, "")):
            files[f"sys/devices/system/node/node{number}/meminfo"] = node.format(number)
            files[f"sys/devices/system/node/node{number}/cpulist"] = cpus + "\n"
        done = self.vigie("--root", self.host(files), "mem", expect=0)
        self.assertIn("no CPUs", done.out)
        self.assertNotIn("CPUs ;", done.out)

    @unittest.skipIf(os.geteuid() != 0, "needs root: it mounts another /proc and becomes another user")
    def test_zombies_that_are_hidden_are_not_known_to_be_none(self):
        os.chmod(self.dir, 0o755)
        vigie = shutil.copy(harness.vigie_path, self.path("vigie"))
        os.mkdir(self.path("other"), 0o777)
        os.chmod(self.path("other"), 0o777)
        script = (f"mount -o remount,hidepid=2 /proc; setpriv --reuid=65534 --regid=65534 --clear-groups "
                  f"env XDG_STATE_HOME={self.path('other')} {vigie} check --interval 0 --json; true")
        done = subprocess.run(["unshare", "-pf", "--kill-child", "--mount-proc", "sh", "-c", script], env=self.env,
                              cwd=self.dir, capture_output=True, text=True, check=False, timeout=60)
        items = {item["id"]: item for item in json.loads(done.stdout)["items"]}
        for name in ("tasks.zombies", "tasks.disk"):
            self.assertEqual((items[name]["status"], items[name]["value"]), ("unknown", None), items[name])


class Ends(harness.VigieTest):
    """What launchers, loggers, schedulers and Rich make of the error that ended a run."""

    ended = UseEndings.ended
    HEAD = "Traceback (most recent call last):\n"
    KEY_ERROR = (HEAD + '  File "/w/train.py", line 88, in <module>\n    main()\n  File "/w/data.py", line 31, in load\n'
                 "KeyError: 'labels'\n")
    CHILD_FAILED = (HEAD + '  File "/opt/conda/bin/torchrun", line 8, in <module>\n    sys.exit(main())\n'
                    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n")
    ROOT_CAUSE = ("Root Cause (first observed failure):\n[0]:\n  time      : 2025-03-25_20:57:27\n  rank      : 1 (local_rank: "
                  "1)\n  exitcode  : {status} (pid: 22276)\n  error_file: <N/A>\n")

    def assert_key_error(self, found):
        self.assertEqual((found["rule"], found["summary"]), ("failed", "ended with an error: KeyError: 'labels'"))
        self.assertIn("data.py:31 in load", " ".join(found["causes"]))

    @staticmethod
    def behind(prefix, text):
        return "".join(prefix + line + "\n" for line in text.splitlines())

    def test_a_rank_that_a_signal_killed(self):
        cases = {"torchrun": (self.CHILD_FAILED + self.ROOT_CAUSE.format(status=-9), "rank 1 (pid 22276) was killed by SIGKILL"),
                 "crash": (self.CHILD_FAILED + self.ROOT_CAUSE.format(status=-11), "rank 1 (pid 22276) was killed by SIGSEGV"),
                 "code": (self.CHILD_FAILED + self.ROOT_CAUSE.format(status=3), "rank 1 (pid 22276) failed first, with exit code 3"),
                 "deepspeed": ("[ERROR] [launch.py:434:sigkill_handler] ['python3', '-u', 'main.py', '--local_rank=2'] exits "
                               "with return code = -9\n", "local rank 2 was killed by SIGKILL")}
        for name, (text, what) in cases.items():
            with self.subTest(name):
                self.assertIn(what, self.ended(name, text=text)["summary"])
        program = "import subprocess; subprocess.run(['sh', '-c', 'kill -9 $$'], check=True)"
        found = self.ended("accelerate", "/usr/bin/python3", "-c", program)
        self.assertIn("a process of it was killed by SIGKILL", found["summary"])

    def test_tracebacks_behind_prefixes_and_of_ranks_that_alternate(self):
        timed = "".join(f"2024-11-20 14:38:{15 + number} {line}\n" for number, line in enumerate(self.KEY_ERROR.splitlines()))
        alternate = "".join(f"[rank0]: {line}\n[rank1]: {line}\n" for line in self.KEY_ERROR.splitlines())
        cases = {"timed": timed, "alternate": alternate, "logger": self.behind("2022-12-28 16:13:02 [ERROR]  ", self.KEY_ERROR),
                 "ray": self.behind("(WorkerDict pid=27110) ", self.KEY_ERROR)}
        for name, text in cases.items():
            with self.subTest(name):
                self.assert_key_error(self.ended(name, text=text + self.CHILD_FAILED))

    def test_what_comes_after_the_first_error_is_none(self):
        lines = "".join(f"some line {i}\n" for i in range(20))
        cases = {"launcher": lines + self.CHILD_FAILED + self.ROOT_CAUSE.format(status=1),
                 "thread": "wandb: Process/Epoch 59\nwandb: Process/Step 606960\n" + lines + "Exception in thread IntMsgThr:\n" +
                           self.HEAD + '  File "/a/site-packages/wandb/sock_client.py", line 212, in send\n'
                           "BrokenPipeError: [Errno 32] Broken pipe\n"}
        for name, text in cases.items():
            with self.subTest(name):
                self.assert_key_error(self.ended(name, text=self.KEY_ERROR + text))
        steps = "".join(f"step {i}/1000 loss 0.5\n" for i in range(20))
        found = self.ended("recovered", text=self.KEY_ERROR + steps + "ValueError: x\n" + self.HEAD +
                           '  File "/w/train.py", line 9, in <module>\nIndexError: too far\n')
        self.assertEqual(found["summary"], "ended with an error: IndexError: too far")

    def test_the_error_of_a_child_is_the_error(self):
        with open(self.path("pool.py"), "w", encoding="utf-8") as file:
            file.write("import multiprocessing\ndef work(number):\n  return {}['labels']\n"
                       "if __name__ == '__main__':\n  with multiprocessing.Pool(1) as pool: pool.map(work, [1])\n")
        found = self.ended("pool", "/usr/bin/python3", "pool.py")
        self.assertEqual(found["summary"], "ended with an error: KeyError: 'labels'")
        self.assertIn("pool.py:3 in work", " ".join(found["causes"]))
        spawned = (self.HEAD + '  File "/a/lib/python3.8/site-packages/torch/multiprocessing/spawn.py", line 160, in join\n'
                   "torch.multiprocessing.spawn.ProcessRaisedException:\n\n-- Process 0 terminated with the following error:\n")
        self.assert_key_error(self.ended("spawned", text=spawned + self.KEY_ERROR))

    def test_what_a_scheduler_and_a_gpu_say(self):
        slurm = "slurmstepd: error: *** JOB 1449736 ON a CANCELLED AT 2023-12-03T12:47:09 DUE TO TIME LIMIT ***"
        found = self.ended("limit", "sh", "-c", f"echo '{slurm}'; kill -TERM $$", state="killed")
        self.assertIn("the time limit of its job was over", found["summary"])
        cases = {"step": ("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=9411285.0.\n", "oom-killed"),
                 "ecc": ("RuntimeError: CUDA error: uncorrectable ECC error encountered\n", "gpu-error"),
                 "old": ("RuntimeError: cuda runtime error (2) : out of memory at THCStorage.cu:58\n", "gpu-oom")}
        for name, (text, rule) in cases.items():
            with self.subTest(name):
                self.assertEqual(self.ended(name, text=text)["rule"], rule)
        what = "terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: an illegal memory access\n"
        self.assertIn("CUDA error: an illegal memory access", self.ended("what", text=what)["summary"])

    @needs_rich
    def test_a_box_of_rich(self):
        with open(self.path("boxed.py"), "w", encoding="utf-8") as file:
            file.write("from rich.traceback import install\ninstall(width=80, show_locals=True)\n"
                       "def load(batch):\n  return batch['labels']\nload({})\n")
        found = self.ended("boxed", "/usr/bin/python3", "boxed.py", options=("--env", "PYTHONUTF8=1"))
        self.assertEqual(found["summary"], "ended with an error: KeyError: 'labels'")
        self.assertIn("boxed.py:4 in load", " ".join(found["causes"]))

    def test_two_programs_of_one_shell_are_not_compared(self):
        pause = "import time\nfor i in range(100000): print(f'step {i}/100000 loss 0.5', flush=True); time.sleep(0.1)\n"
        for name in ("one", "two"):
            with open(self.path(name + ".py"), "w", encoding="utf-8") as file:
                file.write(pause)
        for name, command in (("first", "python3 one.py --lr 1"), ("second", "python3 two.py --lr 2"),
                              ("third", "python3 two.py --lr 3")):
            self.start(name, "sh", "-c", "exec /usr/bin/" + command)
            self.wait_row(name, "its rate is known", lambda row: row["progress"] and row["progress"]["rate_per_second"] and
                          row["progress"]["step"] > 15)
        self.assertEqual(json.loads(self.vigie("why", "second", "--json").out).get("relaunches", []), [])
        found = json.loads(self.vigie("why", "third", "--json").out)["relaunches"][0]
        self.assertEqual((found["earlier_run"], found["changes"]), ("second", ["--lr 2 → 3"]))
