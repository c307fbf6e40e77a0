#include "wire/recording.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "wire/json_text.hpp"
#include "wire/progress_json.hpp"
#include "wire/run_directory.hpp"
#include "wire/snapshot_members.hpp"

namespace vigie::wire {
namespace {

/// The first line of every recording; the number changes when older programs can make nothing of newer recordings.
constexpr std::string_view magic = "vigie recording 1\n";
/// Bytes of one snapshot: 100,000 processes take 30 MB.
constexpr std::size_t largest_snapshot = 256U << 20;
/// Bytes of memory that one snapshot may become.
constexpr std::size_t largest_memory = 512U << 20;
constexpr std::size_t length_bytes = 4;
/// A snapshot resembles the one before it most: the window must reach back to that.
constexpr int window_log = 23;
constexpr int level = 3;
/// What zstd wants next is the rest of a block and the header of the one after it. It keeps to itself what it unpacked
/// in a call that fails: without that header, a block is there before anything of the next one is looked at.
constexpr std::size_t block_header = 3;

/// A supervised run, as its own formats keep it.
struct KeptRun {
  std::string record;
  bool holder_alive = false, frozen = false;
  Reading<std::string> progress;
  std::string elsewhere = {};
};

auto members(Is<KeptRun> auto& v) {
  return std::tie(v.record, v.holder_alive, v.frozen, v.progress, v.elsewhere);
}

KeptRun kept(const SupervisedSample& sample) {
  RunRecord record = sample.record;
  record.spec.environment.clear();
  KeptRun run{.record = to_json(record),
              .holder_alive = sample.holder_alive,
              .frozen = sample.frozen,
              .progress = sample.progress.presence(),
              .elsewhere = sample.elsewhere};
  if (sample.progress) {
    std::string text;
    JsonWriter json(text);
    put_progress(json, *sample.progress);
    run.progress = sample.progress.presence() == Presence::stale ? Reading<std::string>::stale(std::move(text))
                                                                 : Reading<std::string>(std::move(text));
  }
  return run;
}

bool restore(KeptRun run, SupervisedSample& sample) {
  Result<RunRecord> record = record_from_json(run.record);
  if (!record) return false;
  sample.record = std::move(*record);
  sample.holder_alive = run.holder_alive;
  sample.frozen = run.frozen;
  sample.elsewhere = std::move(run.elsewhere);
  sample.progress = run.progress.presence();
  if (!run.progress) return true;
  const nlohmann::json json = parse_json(*run.progress);
  if (!json.is_object()) return false;
  Progress progress = progress_from_json(json);
  sample.progress = run.progress.presence() == Presence::stale ? Reading<Progress>::stale(std::move(progress))
                                                               : Reading<Progress>(std::move(progress));
  return true;
}

/// What the types do not say: threads belong to a process, and searched lists are in order.
bool consistent(const Snapshot& snapshot) {
  const auto by_id = [](const auto& one, const auto& other) { return one.id.pid < other.id.pid; };
  return std::ranges::all_of(snapshot.threads,
                             [&](const ThreadSample& thread) { return thread.process < snapshot.processes.size(); }) &&
         std::ranges::is_sorted(snapshot.processes, by_id) && std::ranges::is_sorted(snapshot.details, by_id);
}

std::string header_of(std::size_t length) {
  std::string header;
  for (std::size_t byte = 0; byte < length_bytes; ++byte) header.push_back(static_cast<char>(length >> (8 * byte)));
  return header;
}

std::size_t length_in(std::string_view header) {
  std::size_t length = 0;
  for (std::size_t byte = 0; byte < length_bytes; ++byte) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(header[byte])) << (8 * byte);
  }
  return length;
}

}  // namespace

std::string encode(const Snapshot& snapshot) {
  std::string out;
  Encoder encoder(out);
  encoder.put(snapshot);
  std::vector<KeptRun> runs;
  for (const SupervisedSample& sample : snapshot.supervised) runs.push_back(kept(sample));
  encoder.put(runs);
  return out;
}

std::shared_ptr<Snapshot> decode(std::string_view bytes) {
  auto snapshot = std::make_shared<Snapshot>();
  Decoder decoder(bytes, largest_memory);
  std::vector<KeptRun> runs;
  if (!decoder.get(*snapshot) || !decoder.get(runs) || !consistent(*snapshot)) return nullptr;
  for (KeptRun& run : runs) {
    if (!restore(std::move(run), snapshot->supervised.emplace_back())) return nullptr;
  }
  snapshot->recorded = true;
  return snapshot;
}

void FreeContext::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

void FreeContext::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

RecordingWriter::RecordingWriter(Fd file, std::string path)
    : file_(std::move(file)), path_(std::move(path)), context_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, window_log);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_enableLongDistanceMatching, 1);
}

Result<RecordingWriter> RecordingWriter::create(const std::string& path) {
  const bool stream = path == "-";
  Fd file(stream ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                 : ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file && errno == EEXIST) return fail(path + " exists already: name a new file, or remove it");
  if (!file) return fail_errno("cannot create " + path, errno);
  RecordingWriter writer(std::move(file), stream ? "standard output" : path);
  if (writer.context_ == nullptr) return fail_errno("cannot write a recording", ENOMEM);
  if (const int error = write_all(writer.file_.get(), magic)) return fail_errno("cannot write " + writer.path_, error);
  writer.bytes_ = magic.size();
  return writer;
}

Result<void> RecordingWriter::write(const Snapshot& snapshot) {
  const std::string bytes = encode(snapshot);
  if (bytes.size() > largest_snapshot) return fail("there are too many processes to record them");
  const std::string content = header_of(bytes.size()) + bytes;
  std::string packed(ZSTD_CStreamOutSize(), '\0');
  ZSTD_inBuffer in{.src = content.data(), .size = content.size(), .pos = 0};
  for (std::size_t left = 1; left > 0;) {
    ZSTD_outBuffer out{.dst = packed.data(), .size = packed.size(), .pos = 0};
    left = ZSTD_compressStream2(context_.get(), &out, &in, ZSTD_e_flush);
    if (ZSTD_isError(left) != 0) return fail_errno("cannot compress a recording", ENOMEM);
    if (const int error = write_all(file_.get(), std::string_view(packed).substr(0, out.pos))) {
      return fail_errno("cannot write " + path_, error);
    }
    bytes_ += out.pos;
  }
  return {};
}

RecordingReader::RecordingReader(Fd file, std::string path)
    : file_(std::move(file)), path_(std::move(path)), context_(ZSTD_createDCtx()) {
  ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log);
}

Result<RecordingReader> RecordingReader::open(const std::string& path) {
  const bool stream = path == "-";
  // What was opened for vigie, as by a shell's <(…), has a writer.
  const bool given = stream || path.starts_with("/dev/fd/") || path == "/dev/stdin";
  const int wait = given ? 0 : O_NONBLOCK;
  Fd file(stream ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | wait));
  if (!file) return fail_errno("cannot open the recording " + path, errno);
  struct stat about{};  // without a writer a FIFO would hold up open() and every read()
  if (!given && (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)))
    return fail(path + " is no regular file: --replay - reads a recording from standard input", ErrorKind::usage);
  RecordingReader reader(std::move(file), stream ? "standard input" : path);
  if (reader.context_ == nullptr) return fail_errno("cannot read a recording", ENOMEM);
  std::string first(magic.size(), '\0');
  std::size_t used = 0;
  while (used < first.size()) {
    const ssize_t got = ::read(reader.file_.get(), first.data() + used, first.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + reader.path_, errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  if (first.starts_with(magic.substr(0, magic.find_last_of(' '))) && first != magic && used == first.size()) {
    return fail(reader.path_ + " was recorded by a newer vigie than this one");
  }
  if (first != magic) return fail(reader.path_ + " is no recording of vigie (vigie record makes them)");
  return reader;
}

std::unexpected<Error> RecordingReader::damaged() const {
  return fail("the recording " + path_ + " is damaged: what follows cannot be read");
}

Result<bool> RecordingReader::fill(std::size_t bytes) {
  while (content_.size() < bytes) {
    if (packed_at_ == packed_.size() && !held_back_) {
      packed_.resize(ZSTD_DStreamInSize());
      const ssize_t got = ::read(file_.get(), packed_.data(), packed_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("cannot read " + path_, errno);
      packed_.resize(static_cast<std::size_t>(got));
      packed_at_ = 0;
      if (got == 0) return false;
    }
    const std::size_t had = content_.size();
    content_.resize(had + ZSTD_DStreamOutSize());
    ZSTD_inBuffer in{.src = packed_.data(), .size = std::min(packed_.size(), packed_at_ + piece_), .pos = packed_at_};
    ZSTD_outBuffer out{.dst = content_.data(), .size = content_.size(), .pos = had};
    const std::size_t wanted = ZSTD_decompressStream(context_.get(), &out, &in);
    content_.resize(out.pos);
    packed_at_ = in.pos;
    held_back_ = out.pos == out.size;
    if (ZSTD_isError(wanted) != 0) return damaged();
    piece_ = std::max<std::size_t>(wanted > block_header ? wanted - block_header : wanted, 1);
  }
  return true;
}

Result<std::shared_ptr<Snapshot>> RecordingReader::next() {
  ASSIGN_OR_RETURN(const bool has_length, fill(length_bytes));
  if (!has_length) return nullptr;
  const std::size_t length = length_in(content_);
  if (length > largest_snapshot) return damaged();
  ASSIGN_OR_RETURN(const bool has_all, fill(length_bytes + length));
  if (!has_all) return nullptr;
  std::shared_ptr<Snapshot> snapshot = decode(std::string_view(content_).substr(length_bytes, length));
  content_.erase(0, length_bytes + length);
  if (snapshot == nullptr) return damaged();
  return snapshot;
}

}  // namespace vigie::wire
