#include "wire/recording.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/test_directory.hpp"
#include "wire/archive.hpp"

namespace vigie::wire {
namespace {

struct Inner {
  std::uint64_t first = 1;
  std::int64_t second = -2;
};
auto members(Is<Inner> auto& v) {
  return std::tie(v.first, v.second);
}

/// The same struct, as a later vigie has it.
struct Later {
  std::uint64_t first = 1;
  std::int64_t second = -2;
  std::string third = "unsaid";
};
auto members(Is<Later> auto& v) {
  return std::tie(v.first, v.second, v.third);
}

template <class T>
std::string encoded(const T& value) {
  std::string bytes;
  Encoder(bytes).put(value);
  return bytes;
}

template <class T>
bool decoded(std::string_view bytes, T& value) {
  return Decoder(bytes, 1 << 20).get(value);
}

TEST(Archive, NumbersOfEverySizeComeBack) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    std::int64_t back = 7;
    ASSERT_TRUE(decoded(encoded(number), back)) << number;
    EXPECT_EQ(back, number);
    std::uint64_t unsigned_back = 7;
    ASSERT_TRUE(decoded(encoded(static_cast<std::uint64_t>(number)), unsigned_back));
    EXPECT_EQ(unsigned_back, static_cast<std::uint64_t>(number));
  }
  EXPECT_EQ(encoded(std::uint64_t{5}).size(), 1);
  EXPECT_EQ(encoded(std::int64_t{-5}).size(), 1);
}

TEST(Archive, ANumberThatDoesNotFitIsDamage) {
  std::uint8_t small = 0;
  EXPECT_FALSE(decoded(encoded(std::uint64_t{256}), small));
  std::int8_t negative = 0;
  EXPECT_FALSE(decoded(encoded(std::int64_t{-129}), negative));
  Presence presence = Presence::known;
  EXPECT_FALSE(decoded(encoded(std::uint64_t{8}), presence));
}

TEST(Archive, AnOlderReaderSkipsWhatIsNewAndANewerOneMissesIt) {
  Inner older;
  ASSERT_TRUE(decoded(encoded(Later{.first = 10, .second = 20, .third = "new"}), older));
  EXPECT_EQ(older.first, 10U);
  EXPECT_EQ(older.second, 20);
  Later newer;
  ASSERT_TRUE(decoded(encoded(Inner{.first = 10, .second = 20}), newer));
  EXPECT_EQ(newer.second, 20);
  EXPECT_EQ(newer.third, "unsaid");
}

TEST(Archive, WhatFollowsASkippedMemberIsFound) {
  std::vector<Inner> older;
  ASSERT_TRUE(decoded(encoded(std::vector<Later>{{.first = 1}, {.first = 2}}), older));
  ASSERT_EQ(older.size(), 2U);
  EXPECT_EQ(older[1].first, 2U);
}

TEST(Archive, AbsenceComesBackWithItsReason) {
  for (const Reading<double>& reading :
       {Reading<double>(0.5), Reading<double>::stale(2), Reading<double>(Presence::denied)}) {
    Reading<double> back;
    ASSERT_TRUE(decoded(encoded(reading), back));
    EXPECT_EQ(back, reading);
  }
}

TEST(Archive, AListCannotPromiseMoreThanThereIs) {
  std::vector<std::string> texts;
  EXPECT_FALSE(decoded(encoded(std::uint64_t{1} << 40), texts));
  std::string text;
  EXPECT_FALSE(decoded(encoded(std::uint64_t{100}) + "short", text));
}

Snapshot sample() {
  Snapshot snapshot;
  snapshot.before = {.boot_ns = 5'000'000'000, .wall_ns = 1'700'000'000'000'000'000};
  snapshot.after = {.boot_ns = 5'001'000'000, .wall_ns = 1'700'000'000'001'000'000};
  snapshot.host.name = "lab-1";
  snapshot.host.memory = Memory{.total = 8U << 20, .available = Presence::unsupported};
  snapshot.host.load1 = 0.25;
  for (const pid_t pid : {1, 40}) {
    ProcessSample process;
    process.id = {.pid = pid, .start_ticks = static_cast<std::uint64_t>(pid) * 10};
    process.comm = "tr\x1b[ain";
    process.cmdline = std::string("python3\0train.py\0", 17);
    process.exe = Presence::denied;
    process.uid = 1000;
    process.io = ProcessIo{.rchar = 1, .wchar = 2};
    process.states = StateCounts{.looks = 9, .running = 4};
    snapshot.processes.push_back(process);
  }
  ThreadSample thread{.id = {.pid = 41, .start_ticks = 400}, .process = 1, .nice = -5};
  std::strcpy(thread.comm, "pt_data_pin");
  snapshot.threads.push_back(thread);
  snapshot.details.push_back({.id = snapshot.processes[1].id});
  snapshot.details[0].cgroup = CgroupSample{.layout = CgroupLayout::v2, .path = "/job"};
  snapshot.details[0].environ = std::string("TOKEN=secret\0", 13);
  snapshot.users = {{.uid = 1000, .name = "ada"}};
  RunRecord record{.id = "abcdef", .name = "resnet"};
  record.spec.command = {"python3", "train.py"};
  record.spec.environment = {"TOKEN=secret"};
  record.state = RunState::running;
  snapshot.supervised.push_back({.record = record, .holder_alive = true});
  snapshot.supervised[0].progress = Reading<Progress>::stale({.step = 3, .total = 10, .line = "3/10"});
  return snapshot;
}

TEST(Recording, ASnapshotComesBack) {
  const Snapshot original = sample();
  const std::shared_ptr<Snapshot> back = decode(encode(original));
  ASSERT_NE(back, nullptr);
  EXPECT_TRUE(back->recorded);
  EXPECT_EQ(back->before, original.before);
  EXPECT_EQ(back->host.name, "lab-1");
  EXPECT_EQ(back->host.memory->total, original.host.memory->total);
  EXPECT_EQ(back->host.memory->available.presence(), Presence::unsupported);
  ASSERT_EQ(back->processes.size(), 2U);
  EXPECT_EQ(back->processes[1].comm, original.processes[1].comm);
  EXPECT_EQ(back->processes[1].cmdline, original.processes[1].cmdline);
  EXPECT_EQ(back->processes[1].exe.presence(), Presence::denied);
  EXPECT_EQ(back->processes[1].io, original.processes[1].io);
  EXPECT_EQ(back->processes[1].states, original.processes[1].states);
  EXPECT_STREQ(back->threads[0].comm, "pt_data_pin");
  EXPECT_EQ(back->details[0].cgroup->path, "/job");
  EXPECT_EQ(back->users[0].name, "ada");
  ASSERT_EQ(back->supervised.size(), 1U);
  EXPECT_EQ(back->supervised[0].record.name, "resnet");
  EXPECT_EQ(back->supervised[0].progress.presence(), Presence::stale);
  EXPECT_EQ(back->supervised[0].progress->step, 3U);
}

TEST(Recording, HoldsNoEnvironment) {
  EXPECT_EQ(encode(sample()).find("secret"), std::string::npos);
}

TEST(Recording, WhatContradictsItselfIsNone) {
  Snapshot snapshot = sample();
  snapshot.threads[0].process = 2;
  EXPECT_EQ(decode(encode(snapshot)), nullptr);
  snapshot = sample();
  std::swap(snapshot.processes[0], snapshot.processes[1]);
  EXPECT_EQ(decode(encode(snapshot)), nullptr);
  const std::string bytes = encode(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(decode(std::string_view(bytes).substr(0, length)), nullptr) << length;
  }
}

class RecordingFile : public ::testing::Test {
 protected:
  void record(std::size_t snapshots) const {
    Result<RecordingWriter> writer = RecordingWriter::create(path_);
    ASSERT_TRUE(writer) << writer.error().message;
    Snapshot snapshot = sample();
    for (; snapshots > 0; --snapshots) {
      ASSERT_TRUE(writer->write(snapshot));
      snapshot.before.boot_ns += nanoseconds_per_second;
    }
  }
  /// How many snapshots there are, and whether it ends well.
  [[nodiscard]] std::pair<std::size_t, bool> read() const {
    Result<RecordingReader> reader = RecordingReader::open(path_);
    if (!reader) return {0, false};
    for (std::size_t count = 0;; ++count) {
      const Result<std::shared_ptr<Snapshot>> snapshot = reader->next();
      if (!snapshot) return {count, false};
      if (*snapshot == nullptr) return {count, true};
    }
  }
  [[nodiscard]] std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace(std::string_view bytes) const { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }

  TestDirectory directory_;
  const std::string path_ = directory_.path("a.vigie");
};

TEST_F(RecordingFile, IsPrivateAndNeverReplacesAnother) {
  record(1);
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const Result<RecordingWriter> second = RecordingWriter::create(path_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("exists already"), std::string::npos);
}

TEST_F(RecordingFile, OneMoreLookTakesFewBytes) {
  record(1);
  const std::uintmax_t one = std::filesystem::file_size(path_);
  std::filesystem::remove(path_);
  record(100);
  EXPECT_LT(std::filesystem::file_size(path_), 6 * one);
  EXPECT_EQ(read(), std::pair(std::size_t{100}, true));
}

TEST_F(RecordingFile, CutOffAnywhereItHoldsWhatCameBefore) {
  record(3);
  const std::string whole = content();
  std::size_t before = 0;
  for (std::size_t length = std::strlen("vigie recording 1\n"); length <= whole.size(); length += 7) {
    replace(std::string_view(whole).substr(0, length));
    const auto [count, well] = read();
    EXPECT_TRUE(well) << length;
    EXPECT_GE(count, before);
    before = count;
  }
  EXPECT_GE(before, 2U);
}

TEST_F(RecordingFile, WithGarbageBehindItHoldsAllThatWasRecorded) {
  record(3);
  replace(content() + std::string(1000, '\xff'));
  EXPECT_EQ(read(), std::pair(std::size_t{3}, false));
}

TEST_F(RecordingFile, DamagedAnywhereItHoldsWhatCameBefore) {
  record(2);
  const std::size_t two = content().size();
  std::filesystem::remove(path_);
  record(4);
  const std::string whole = content();
  for (std::size_t at = two; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    replace(damaged);
    EXPECT_GE(read().first, 2U) << at;
  }
}

TEST_F(RecordingFile, OtherFilesAreRefusedInASentence) {
  const auto refusal = [&](std::string_view bytes) {
    replace(bytes);
    const Result<RecordingReader> reader = RecordingReader::open(path_);
    return reader ? std::string() : reader.error().message;
  };
  EXPECT_NE(refusal("").find("is no recording"), std::string::npos);
  EXPECT_NE(refusal("hello, this is some text").find("is no recording"), std::string::npos);
  EXPECT_NE(refusal("vigie recording 2\nwhatever").find("newer vigie"), std::string::npos);
  replace("vigie recording 1\nthis is not zstd");
  EXPECT_EQ(read(), std::pair(std::size_t{0}, false));
}

TEST_F(RecordingFile, ItsSizeIsThatOfTheFile) {
  Result<RecordingWriter> writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->bytes(), std::filesystem::file_size(path_));
  ASSERT_TRUE(writer->write(sample()));
  EXPECT_EQ(writer->bytes(), std::filesystem::file_size(path_)) << "what was written is there, whatever comes";
}

TEST_F(RecordingFile, ALargeSnapshotIsRead) {
  Snapshot snapshot = sample();
  snapshot.processes[0].comm.assign(70'000, 'x');
  std::string any;
  for (unsigned i = 0; any.size() < 3'000'000; i = i * 1664525 + 1013904223) any += static_cast<char>(i >> 24);
  snapshot.processes[1].comm = any;  // hardly packed: more than is read or unpacked at once
  Result<RecordingWriter> writer = RecordingWriter::create(path_);
  ASSERT_TRUE(writer);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(writer->write(snapshot));
  Result<RecordingReader> reader = RecordingReader::open(path_);
  ASSERT_TRUE(reader);
  for (int i = 0; i < 2; ++i) {
    const std::shared_ptr<Snapshot> back = reader->next().value();
    ASSERT_NE(back, nullptr);
    EXPECT_TRUE(back->processes[1].comm == any);
  }
  EXPECT_EQ(reader->next().value(), nullptr);
}

TEST_F(RecordingFile, ThroughAPipeItMayComeInAnyPieces) {
  record(3);
  const std::string bytes = content();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reads(ends[0]);
  std::thread writer([&, writes = Fd(ends[1])] {
    for (std::size_t at = 0; at < bytes.size(); at += 5)
      (void)!::write(writes.get(), bytes.data() + at, std::min<std::size_t>(5, bytes.size() - at));
  });
  Result<RecordingReader> reader = RecordingReader::open(fmt::format("/dev/fd/{}", reads.get()));
  ASSERT_TRUE(reader) << reader.error().message;
  for (int i = 0; i < 3; ++i) EXPECT_NE(reader->next().value(), nullptr);
  EXPECT_EQ(reader->next().value(), nullptr);
  writer.join();
}

TEST_F(RecordingFile, AFifoIsRefusedAndNotWaitedFor) {
  const std::string fifo = directory_.path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_NE(RecordingReader::open(fifo).error().message.find("no regular file"), std::string::npos);
}

TEST_F(RecordingFile, OfWhichOnlyTheFirstLineIsThereIsEmptyAndOfWhichLessIsNone) {
  const std::string first = "vigie recording 1\n";
  replace(first);
  EXPECT_EQ(read(), std::pair(std::size_t{0}, true));
  replace(std::string_view(first).substr(0, first.size() - 1));
  EXPECT_NE(RecordingReader::open(path_).error().message.find("is no recording"), std::string::npos)
      << "cut off, and not newer";
  EXPECT_NE(RecordingReader::open(directory_.path("gone")).error().message.find("cannot open"), std::string::npos);
}

TEST(Recording, ARunComesBackAsItWasSeen) {
  Snapshot snapshot = sample();
  SupervisedSample& run = snapshot.supervised.front();
  run.holder_alive = false;
  run.frozen = true;
  run.elsewhere = "it runs on node7";
  run.progress = Progress{.step = 4};
  std::shared_ptr<Snapshot> back = decode(encode(snapshot));
  ASSERT_NE(back, nullptr);
  EXPECT_FALSE(back->supervised.front().holder_alive);
  EXPECT_TRUE(back->supervised.front().frozen);
  EXPECT_EQ(back->supervised.front().elsewhere, "it runs on node7");
  EXPECT_EQ(back->supervised.front().progress.presence(), Presence::known);
  EXPECT_EQ(back->supervised.front().progress->step, 4U);
  run.progress = Presence::unsupported;
  back = decode(encode(snapshot));
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->supervised.front().progress.presence(), Presence::unsupported);
  run.record.id.clear();
  EXPECT_EQ(decode(encode(snapshot)), nullptr) << "no record is without an id";
}

TEST(Recording, ProgressThatIsNoObjectIsDamage) {
  std::string bytes = encode(sample());
  const std::size_t progress = bytes.rfind("{\"line\"");
  ASSERT_NE(progress, std::string::npos);
  bytes[progress] = 'x';
  EXPECT_EQ(decode(bytes), nullptr);
}

TEST(Recording, AThreadIsOfAProcessThatIsThere) {
  Snapshot snapshot = sample();
  snapshot.threads[0].process = 1;
  EXPECT_NE(decode(encode(snapshot)), nullptr);
  snapshot.details.push_back({.id = snapshot.processes[0].id});
  EXPECT_EQ(decode(encode(snapshot)), nullptr) << "details are searched by pid";
}

TEST_F(RecordingFile, ALengthThatNoSnapshotHasIsDamage) {
  const auto with_length = [&](std::uint32_t length) {
    std::string packed(ZSTD_compressBound(sizeof length), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), &length, sizeof length, 1));
    replace("vigie recording 1\n" + packed);
    return read().second;
  };
  EXPECT_TRUE(with_length(256U << 20)) << "cut off before its first snapshot";
  EXPECT_FALSE(with_length((256U << 20) + 1));
}

}  // namespace
}  // namespace vigie::wire
