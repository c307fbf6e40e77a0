#include "rules/ended/last_words.hpp"

#include <gtest/gtest.h>

namespace vigie::rules {
namespace {

std::string steps(int from, int to) {
  std::string text;
  for (int step = from; step <= to; ++step) text += "step " + std::to_string(step) + "/1000 loss 0.5\n";
  return text;
}

/// The rule of the first cause; "-" for an error like any other, "" for none.
std::string rule_of(const std::string& output) {
  const std::optional<Cause> cause = first_cause(printed_lines(output));
  return !cause ? "" : cause->rule.empty() ? "-" : std::string(cause->rule);
}

const std::string key_error =
    "Traceback (most recent call last):\n  File \"train.py\", line 3, in <module>\n    {}[\"lr\"]\nKeyError: 'lr'\n";
const std::string gpu_oom =
    "Traceback (most recent call last):\n  File \"train.py\", line 20, in gather\n    out = torch.empty(size)\n"
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate more than 1EB memory.\n";
const std::string timed_out =
    "[rank2]:[E513 10:00:00.1 ProcessGroupNCCL.cpp:607] [Rank 2] Watchdog caught collective operation timeout: "
    "WorkNCCL(SeqNum=9, OpType=BROADCAST, Timeout(ms)=1800000) ran for 1800002 milliseconds before timing out.\n";
const std::string no_space =
    "lib/joblib/_multiprocessing_helpers.py:46: UserWarning: [Errno 28] No space left on device.  joblib will operate "
    "in "
    "serial mode\n";

TEST(FirstCause, AnOldWarningIsNone) {
  EXPECT_EQ(rule_of(no_space + steps(0, 300) + key_error), "-");
  EXPECT_EQ(rule_of(no_space + key_error), "-") << "an error counts more than a warning";
  EXPECT_EQ(rule_of(no_space + steps(0, 3)), "");
  EXPECT_EQ(rule_of(no_space), "disk-full");
  EXPECT_TRUE(first_cause(printed_lines(no_space))->warned);
}

TEST(FirstCause, TheFirstWinsEitherWay) {
  EXPECT_EQ(rule_of(timed_out + gpu_oom), "collective-wait");
  EXPECT_EQ(rule_of(gpu_oom + timed_out), "gpu-oom");
  EXPECT_EQ(rule_of(key_error + timed_out), "-") << "the others then wait for this rank";
  EXPECT_EQ(rule_of(steps(0, 9) + gpu_oom + "OSError: [Errno 28] No space left on device\n"), "gpu-oom");
}

TEST(FirstCause, WhatItRecoveredFromIsNone) {
  std::string read;
  for (int i = 0; i < 9; ++i) read += "read " + std::to_string(i) + " samples\n";
  EXPECT_EQ(rule_of(steps(0, 9) + gpu_oom + steps(10, 40) + key_error), "-");
  EXPECT_EQ(rule_of(steps(0, 9) + "CUDA out of memory, retrying with batch 16\n" + key_error), "-");
  EXPECT_EQ(rule_of("epoch 1 loss 0.5\n" + gpu_oom + "epoch 2 loss 0.4\nepoch 3 loss 0.3\n" + timed_out),
            "collective-wait");
  EXPECT_EQ(rule_of(gpu_oom + read + key_error), "-");
  EXPECT_EQ(rule_of(steps(0, 9) + gpu_oom + "step 9/1000 loss 0.5\n"), "gpu-oom") << "a bar that is drawn once more";
}

TEST(FirstCause, OfErrorsWhileOneWasHandled) {
  const std::string handling = "\nDuring handling of the above exception, another exception occurred:\n\n";
  EXPECT_EQ(rule_of(key_error + handling + gpu_oom), "gpu-oom");
  const std::string writer =
      "Traceback (most recent call last):\n  File \"t.py\", line 4, in save\nRuntimeError: [enforce fail at "
      "inline_container.cc:445] . PytorchStreamWriter failed writing file data/0: file write failed\n";
  const std::string closing =
      "Traceback (most recent call last):\n  File \"t.py\", line 5, in __exit__\nRuntimeError: [enforce fail at "
      "inline_container.cc:325] . unexpected pos 448 vs 378\n";
  EXPECT_EQ(rule_of(writer + handling + closing + "terminate called after throwing an instance of 'c10::Error'\n"),
            "disk-full");
  EXPECT_EQ(rule_of(closing), "disk-full");
  EXPECT_EQ(rule_of("Traceback (most recent call last):\n  File \"t.py\", line 5, in f\n    a.tofile(f)\n"
                    "OSError: 1000000 requested and 262144 written\n"),
            "disk-full");
}

TEST(FirstCause, WhoseSpaceWasFull) {
  const std::string head = "Traceback (most recent call last):\n  File \"t.py\", line 3, in <module>\n";
  const std::string full = "OSError: [Errno 28] No space left on device\n";
  EXPECT_EQ(rule_of(head + "    sl = self._semlock = _multiprocessing.SemLock(\n" + full), "shm-full");
  EXPECT_EQ(rule_of(head + "  File \"/usr/lib/python3.11/multiprocessing/shared_memory.py\", line 98, in f\n" + full),
            "shm-full");
  EXPECT_EQ(rule_of("misc/shmutils.cc:72 NCCL WARN Error: failed to extend /dev/shm/nccl-x to 9637892 bytes, error: No "
                    "space left on device (28)\n"),
            "shm-full");
  EXPECT_EQ(rule_of(head + "    f.write(data)\n" + full), "disk-full");
}

TEST(FirstCause, ExhaustedResourcesOfGrpcAreNoGpu) {
  const std::string grpc =
      "Traceback (most recent call last):\n  File \"client.py\", line 9, in call\n    stub.Predict(request)\n"
      "grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n"
      "\tstatus = StatusCode.RESOURCE_EXHAUSTED\n\tdetails = \"Received message larger than max (12 vs. 4)\"\n>\n";
  EXPECT_EQ(rule_of(grpc), "-");
  EXPECT_EQ(
      rule_of("jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 "
              "bytes.\n"),
      "gpu-oom");
}

const std::string child_failed =
    "Traceback (most recent call last):\n  File \"/opt/conda/bin/torchrun\", line 8, in <module>\n"
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n";
const std::string broken_pipe =
    "Exception in thread IntMsgThr:\nTraceback (most recent call last):\n  File \"/lib/python3.11/threading.py\", line "
    "1045, in _bootstrap_inner\nBrokenPipeError: [Errno 32] Broken pipe\n";

std::string error_of(const std::string& output) {
  const std::optional<Cause> cause = first_cause(printed_lines(output));
  return !cause ? "" : cause->traceback ? cause->traceback->error : cause->line;
}

TEST(FirstCause, WhatALauncherOrAThreadReportsIsAConsequence) {
  std::string lines, wandb = "wandb: Process/Epoch 59\nwandb: Process/Step 606960\n";
  for (int i = 0; i < 20; ++i) lines += "some line " + std::to_string(i) + "\n";
  for (const std::string& between : {std::string(), lines, wandb, wandb + lines}) {
    EXPECT_EQ(error_of(key_error + between + child_failed), "KeyError: 'lr'") << between;
    EXPECT_EQ(error_of(key_error + between + broken_pipe), "KeyError: 'lr'") << between;
    EXPECT_EQ(error_of(broken_pipe + between + key_error), "KeyError: 'lr'") << between;
    EXPECT_EQ(rule_of(gpu_oom + between + child_failed), "gpu-oom") << between;
    EXPECT_EQ(rule_of(gpu_oom + between + timed_out), "gpu-oom") << between;
  }
  EXPECT_EQ(error_of(key_error + steps(0, 9) + broken_pipe), "BrokenPipeError: [Errno 32] Broken pipe");
  EXPECT_TRUE(first_cause(printed_lines(child_failed))->consequence);
  EXPECT_TRUE(first_cause(printed_lines(key_error + lines))->perhaps_past);
}

TEST(FirstCause, TheErrorOfAChildIsTheError) {
  const std::string spawned =
      "Traceback (most recent call last):\n  File \"/a/lib/python3.8/site-packages/torch/multiprocessing/spawn.py\", "
      "line "
      "160, in join\ntorch.multiprocessing.spawn.ProcessRaisedException:\n\n-- Process 0 terminated with the following "
      "error:\n";
  EXPECT_EQ(error_of(spawned + key_error), "KeyError: 'lr'");
  EXPECT_EQ(rule_of(spawned + gpu_oom), "gpu-oom");
  EXPECT_FALSE(first_cause(printed_lines(spawned + key_error))->consequence);
  const std::string pool =
      "multiprocess.pool.RemoteTraceback: \n\"\"\"\nTraceback (most recent call last):\n  File \"/w/data.py\", line 3, "
      "in "
      "map\nKeyError: 'x'\n\"\"\"\n\nThe above exception was the direct cause of the following exception:\n\n"
      "Traceback (most recent call last):\n  File \"/w/train.py\", line 9, in <module>\nKeyError: 'x'\n";
  EXPECT_EQ(first_cause(printed_lines(pool))->traceback->where, "data.py:3 in map");
  EXPECT_EQ(error_of("Traceback (most recent call last):\n  File \"/w/train.py\", line 9, in <module>\n"
                     "multiprocess.managers.RemoteError: \n---------------------\n" +
                     key_error),
            "KeyError: 'lr'");
  EXPECT_EQ(error_of("Traceback (most recent call last):\n  File \"/w/train.py\", line 9, in <module>\n"
                     "ray.exceptions.RayTaskError(KeyError): ray::f() (pid=7, ip=10.0.0.1)\n"
                     "  File \"/w/task.py\", line 3, in f\nKeyError: 'x'\n"),
            "KeyError: 'x'");
}

TEST(FirstCause, WhatACppProgramSays) {
  const std::string terminated = "terminate called after throwing an instance of 'c10::Error'\n  what():  ";
  EXPECT_EQ(error_of(terminated + "CUDA error: an illegal memory access was encountered\n"),
            "CUDA error: an illegal memory access was encountered");
  EXPECT_EQ(rule_of(terminated + "CUDA error: uncorrectable ECC error encountered\n"), "gpu-error");
  EXPECT_EQ(rule_of("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n"),
            "oom-killed");
  EXPECT_EQ(error_of("terminate called without an active exception\n"), "terminate called without an active exception");
  EXPECT_EQ(rule_of("RuntimeError: cuda runtime error (2) : out of memory at THCStorage.cu:58\n"), "gpu-oom");
}

TEST(FirstCause, WhatASchedulerSays) {
  EXPECT_EQ(
      rule_of("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=9411285.0. Some of your processes may have "
              "been killed by the cgroup out-of-memory handler.\n"),
      "oom-killed");
  EXPECT_EQ(rule_of("slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.\n"), "oom-killed");
  EXPECT_EQ(rule_of("srun: error: gpu20-15: task 0: Out Of Memory\n"), "oom-killed");
  const std::string over =
      "slurmstepd: error: *** JOB 1449736 ON phoenix-07 CANCELLED AT 2023-12-03T12:47:09 DUE TO TIME LIMIT ***\n";
  EXPECT_EQ(first_cause(printed_lines(over))->ended_by, "the time limit of its job was over");
  EXPECT_EQ(first_cause(printed_lines("=>> PBS: job killed: walltime 3633 exceeded limit 3600\n"))->ended_by,
            "the time limit of its job was over");
  const std::string cancelled = "slurmstepd: error: *** STEP 7.0 ON a CANCELLED AT 2022-05-17T17:58:10 ***\n";
  EXPECT_EQ(first_cause(printed_lines(cancelled))->ended_by, "its job was cancelled");
  EXPECT_EQ(error_of(cancelled + key_error), "KeyError: 'lr'") << "srun ends the others when a task fails";
}

/// Whether a training that runs out of memory on its GPU and then prints these lines went on.
bool went_on(const std::string& lines) {
  return rule_of(gpu_oom + lines) != "gpu-oom";
}

TEST(FirstCause, TwoCountsThatDifferSayThatItWentOn) {
  const std::pair<const char*, const char*> counts[] = {
      {"1/9", "2/9"},
      {"12/100", "22/100"},
      {"1/10 it", "1/11 it"},
      {"10%|# | 1/9", "20%|## | 2/9"},
      {"step 1", "step 2"},
      {"Epoch: [1]", "Epoch: [2]"},
      {"iter=1", "iter=2"},
      {"in the middle of it all: step 1", "in the middle of it all: step 2"},
      {"step        1", "step        2"},
  };
  for (const auto& [first, second] : counts) EXPECT_TRUE(went_on(std::string(first) + "\n" + second + "\n")) << first;
  const std::pair<const char*, const char*> others[] = {
      {"1/9", "1/9"},
      {"data/1", "data/2"},
      {"1/a", "2/a"},
      {"/1", "/2"},
      {"1/", "2/"},
      {"loss 1", "loss 2"},
      {"1 step", "2 step"},
      {"step         1", "step         2"},
      {"  step 1", "  step 2"},
      {"wandb: step 1", "wandb: step 2"},
  };
  for (const auto& [first, second] : others) EXPECT_FALSE(went_on(std::string(first) + "\n" + second + "\n")) << first;
  EXPECT_TRUE(went_on("step 1/9\nWARNING: slow\nstep 2/9\n"));
  EXPECT_FALSE(went_on("step 10/1000 loss 0.5\n")) << "one count may have been on its way";
}

TEST(FirstCause, ACountOfBeforeIsNoneOfAfter) {
  EXPECT_EQ(rule_of("step 9/10\n" + gpu_oom + "step 9/10\nstep 10/10\n"), "gpu-oom");
  EXPECT_EQ(rule_of("step 8/10\n" + gpu_oom + "step 9/10\nstep 10/10\n"), "");
  EXPECT_EQ(rule_of("step 8/10: CUDA out of memory\nstep 8/10\nstep 9/10\n"), "gpu-oom") << "the line tells its own";
  EXPECT_EQ(rule_of("step 8/10: CUDA out of memory\nstep 9/10\nstep 10/10\n"), "");
}

TEST(FirstCause, ThreeLinesThatDifferInTheirNumbersMayBeProgress) {
  const std::string end = "[I] that is all of its message\n";
  const auto perhaps = [&](const std::string& lines) {
    return first_cause(printed_lines(gpu_oom + end + lines))->perhaps_past;
  };
  EXPECT_TRUE(perhaps("loss 9.5\nloss 10.5\nloss   8.5\n"));
  EXPECT_FALSE(perhaps("loss 9.5\nloss 10.5\n"));
  EXPECT_FALSE(perhaps("loss 9.5\nloss 9.5\nloss 9.5\n"));
  EXPECT_FALSE(perhaps("loss 1.5\ngain 2.5\ncost 3.5\n"));
  EXPECT_FALSE(perhaps("a\nb\nc\n"));
  EXPECT_TRUE(perhaps("▏ 0.1\n▎ 0.2\n▍ 0.3\n")) << "a bar";
  EXPECT_FALSE(perhaps("loss of rank 1\nloss of rank 2\nloss of rank 3\n")) << "each rank says so";
  EXPECT_FALSE(perhaps("  1.5\n  2.5\n  3.5\n"));
  EXPECT_EQ(rule_of(gpu_oom + end + "loss 1.5\nloss 2.5\n" + key_error), "gpu-oom");
  EXPECT_EQ(rule_of(gpu_oom + end + "loss 1.5\nloss 2.5\nloss 3.5\n" + key_error), "-");
  EXPECT_EQ(rule_of(gpu_oom + end + "loss 1.5\nloss 2.5\nloss 3.5\n" + no_space), "gpu-oom") << "no warning ended it";
}

TEST(FirstCause, WhatIsPrintedFarBehindAnErrorIsNotAboutIt) {
  const auto after = [](std::size_t lines) {
    std::string text = gpu_oom;
    for (std::size_t i = 0; i < lines; ++i) text += "text\n";
    return rule_of(text + "step 1/9\nstep 2/9\n");
  };
  EXPECT_EQ(after(3990), "");
  EXPECT_EQ(after(4010), "gpu-oom");
}

TEST(FirstCause, AMessageOfSeveralLines) {
  const auto with = [](int lines, const std::string& last) {
    std::string text = key_error;
    for (int i = 0; i < lines; ++i) text += "more of it\n";
    return rule_of(text + last + "\n");
  };
  EXPECT_EQ(with(0, "CUDA out of memory"), "gpu-oom");
  EXPECT_EQ(with(3, "CUDA out of memory"), "gpu-oom");
  EXPECT_EQ(with(4, "CUDA out of memory"), "-") << "five lines on it is another matter";
  for (const char* other : {"[W] CUDA out of memory", "7 times CUDA out of memory", "WARNING: CUDA out of memory",
                            "step 3: CUDA out of memory"})
    EXPECT_EQ(with(0, other), "-") << other;
  EXPECT_EQ(rule_of(gpu_oom + "No space left on device\n"), "gpu-oom") << "what comes first in it counts";
  EXPECT_EQ(rule_of("Traceback (most recent call last):\n  File \"t.py\", line 3, in f\n    raise MemoryError(\"x\")\n"
                    "ValueError: y\n"),
            "-")
      << "a line of the program is not what it says";
}

TEST(FirstCause, HowFarApartErrorsWhileOneWasHandledMayBe) {
  const std::string second = "Traceback (most recent call last):\n  File \"t.py\", line 9, in f\nValueError: y\n";
  const auto chained = [&](int lines) {
    std::string text = key_error + "During handling of the above exception, another exception occurred:\n";
    for (int i = 0; i < lines; ++i) text += "a line\n";
    return error_of(text + second);
  };
  EXPECT_EQ(chained(0), "ValueError: y");
  EXPECT_EQ(chained(2), "ValueError: y");
  EXPECT_EQ(chained(3), "KeyError: 'lr'");
  EXPECT_EQ(error_of(key_error + "a line\n" + second), "KeyError: 'lr'") << "two errors, one after the other";
  EXPECT_EQ(error_of("Traceback (most recent call last):\n  File \"t.py\", line 9, in <module>\n"
                     "OSError: Caught OSError in DataLoader worker process 0.\nOriginal " +
                     second),
            "ValueError: y");
}

TEST(FirstCause, AThreadThatEndsByItselfAndOneThatTakesTheProgramWithIt) {
  const std::string broken = "Traceback (most recent call last):\n  File \"t.py\", line 9, in f\nOSError: broken\n";
  for (const char* of : {"Exception in thread T:\n", "Exception in thread T: ", "Exception ignored in: <f>\n",
                         "Error in atexit._run_exitfuncs:\n"})
    EXPECT_EQ(error_of(of + broken + key_error), "KeyError: 'lr'") << of;
  EXPECT_EQ(error_of("a line\nException in thread T:\na line\n" + broken + key_error), "OSError: broken");
  EXPECT_EQ(rule_of("Exception in thread T:\n" + gpu_oom + key_error), "gpu-oom") << "that is why the rest fails";
  EXPECT_EQ(error_of(no_space + child_failed), "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ")
      << "a consequence says more than a warning";
}

TEST(FirstCause, WhatStandsBeforeAndBehindTheWordsOfACppProgram) {
  const std::string terminated = "[rank1]: terminate called after throwing an instance of ";
  EXPECT_EQ(error_of(terminated + "'E'\n"), "terminate called after throwing an instance of 'E'");
  EXPECT_EQ(error_of(terminated + "'E'\nanother's line\n  what():  broken\n"), "broken");
  EXPECT_EQ(error_of(terminated + "'E'\na line\na line\n  what():  broken\n"),
            "terminate called after throwing an instance of 'E'");
  EXPECT_EQ(error_of(terminated + "'E'\n  what():  \n"), "terminate called after throwing an instance of 'E'");
  EXPECT_EQ(rule_of(terminated + "'std::bad_alloc'\n  what():  broken\n"), "oom-killed");
  EXPECT_EQ(error_of(terminated + "'std::bad_alloc'\n  what():  broken\n"), "broken");
}

TEST(FirstCause, AProgramThatPythonCannotRead) {
  const auto with = [](int lines) {
    std::string text = "  File \"/w/t.py\", line 3\n";
    for (int i = 0; i < lines; ++i) text += "    x = (\n";
    return error_of(text + "SyntaxError: '(' was never closed\n");
  };
  EXPECT_EQ(with(0), "SyntaxError: '(' was never closed");
  EXPECT_EQ(with(3), "SyntaxError: '(' was never closed");
  EXPECT_EQ(with(4), "");
  EXPECT_EQ(error_of("SyntaxError: x\n"), "");
  EXPECT_EQ(error_of("TabError: x\n"), "");
}

TEST(FirstCause, TheMarkOfARankIsNoPartOfALine) {
  const auto line = [](const std::string& mark) {
    const std::string output = mark + "Traceback (most recent call last):\n" + mark + "CUDA out of memory\n";
    return first_cause(printed_lines(output))->line;
  };
  EXPECT_EQ(line("[rank0]: "), "CUDA out of memory");
  EXPECT_EQ(line("[rank0]:"), "CUDA out of memory");
  EXPECT_EQ(line("[rank1234567]: "), "CUDA out of memory");
  EXPECT_EQ(line("[rank12345678]: "), "[rank12345678]: CUDA out of memory");
  EXPECT_EQ(line("[rank0] "), "[rank0] CUDA out of memory");
}

TEST(PrintedLines, WithoutWhatOnlyATerminalUnderstands) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(printed_lines("a\x1b[31mb\x1b[0m\nc\x1b"
                          "d\r\ne\n\n"),
            (Lines{"ab", "cd", "e"}));
  EXPECT_EQ(printed_lines("\x1b[@a\x1b[~b\x1b[?25lc"), (Lines{"abc"}));
  EXPECT_EQ(printed_lines("a\rb"), (Lines{"a", "b"}));
  EXPECT_EQ(printed_lines("a\x1b"), (Lines{"a"}));
  EXPECT_EQ(printed_lines("a\x1b[31"), (Lines{"a"}));
  EXPECT_EQ(printed_lines("a\x1b["), (Lines{"a"}));
  EXPECT_EQ(printed_lines("\n\n"), Lines{});
}

TEST(Traceback, WhereItWasRaisedIsTheInnermostLineOfTheProgramsOwn) {
  const auto where = [](const std::string& frames) {
    return last_traceback("Traceback (most recent call last):\n" + frames + "ValueError: y\n")->where;
  };
  const std::string own = "  File \"/w/t.py\", line 3, in f\n", frozen = "  File \"<frozen x>\", line 7, in g\n",
                    library = "  File \"/a/site-packages/b.py\", line 5, in h\n";
  EXPECT_EQ(where(own + library + frozen), "t.py:3 in f");
  EXPECT_EQ(where(library + frozen), "b.py:5 in h");
  EXPECT_EQ(where(frozen), "<frozen x>:7 in g");
  EXPECT_EQ(where(frozen + frozen + library), "b.py:5 in h");
  EXPECT_EQ(where("  File \"/w/t.py\", line 3\n"), "t.py:3");
  EXPECT_EQ(where("  File \"/w/t.py\"\n"), "");
}

TEST(Traceback, ATaskOfRayThatTellsNoMore) {
  const std::string head = "Traceback (most recent call last):\n  File \"/w/t.py\", line 9, in f\n";
  EXPECT_EQ(error_of(head + "ray.exceptions.RayTaskError(KeyError): ray::f()\n"),
            "ray.exceptions.RayTaskError(KeyError): ray::f()");
  EXPECT_EQ(error_of(head + "ValueError: y\n  File \"other\"\n"), "ValueError: y");
  EXPECT_EQ(error_of("Traceback (most recent call last):\n" + head + "ValueError: y\n"), "ValueError: y");
}

TEST(Traceback, AnyBytesAreHarmless) {
  EXPECT_FALSE(last_traceback(""));
  EXPECT_FALSE(last_traceback("Traceback (most recent call last):"));
  EXPECT_FALSE(last_traceback("Traceback (most recent call last):\n  File \""));
  EXPECT_EQ(last_traceback("[rank0]: Traceback (most recent call last):\n[rank0]:   File \"a.py\", line 1, in f\n"
                           "[rank0]: KeyError: 3\n")
                ->error,
            "KeyError: 3");
}

TEST(Traceback, AWorkersErrorThatTheTrainerRaisesAgain) {
  const auto found = last_traceback(
      "Traceback (most recent call last):\n  File \"/home/me/train.py\", line 9, in <module>\n    for x in loader:\n"
      "OSError: Caught OSError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
      "  File \"/usr/lib/python3/dist-packages/torch/worker.py\", line 302, in _worker_loop\n"
      "  File \"/home/me/data.py\", line 31, in __getitem__\nOSError: no such block\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->error, "OSError: no such block");
  EXPECT_EQ(found->where, "data.py:31 in __getitem__");
}

}  // namespace
}  // namespace vigie::rules
