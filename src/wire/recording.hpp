// Recordings: what was seen, as a file that `--replay` looks at later or elsewhere. docs/recording.md describes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/snapshot.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace vigie::wire {

struct FreeContext {
  void operator()(ZSTD_CCtx_s* context) const;
  void operator()(ZSTD_DCtx_s* context) const;
};

/// The bytes of one snapshot within a recording. Environments are not among them: they may hold secrets.
[[nodiscard]] std::string encode(const Snapshot& snapshot);
/// Takes any bytes; nothing when they are no snapshot.
[[nodiscard]] std::shared_ptr<Snapshot> decode(std::string_view bytes);

class RecordingWriter {
 public:
  /// Writes into a new file (0600); "-" is standard output. Fails when there is such a file.
  static Result<RecordingWriter> create(const std::string& path);

  /// What was written can be read even if nothing follows it.
  Result<void> write(const Snapshot& snapshot);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  RecordingWriter(Fd file, std::string path);

  Fd file_;
  std::string path_;
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
  std::uint64_t bytes_ = 0;
};

class RecordingReader {
 public:
  /// "-" is standard input. Fails when it cannot be read or is no recording.
  static Result<RecordingReader> open(const std::string& path);

  /// The next snapshot; nullptr at the end. A recording that was cut off ends with its last whole snapshot; one that is
  /// damaged fails after the last one before the damage.
  Result<std::shared_ptr<Snapshot>> next();

 private:
  RecordingReader(Fd file, std::string path);
  /// Unpacks until so many bytes are there, or the file ends. Returns whether they are there.
  Result<bool> fill(std::size_t bytes);
  [[nodiscard]] std::unexpected<Error> damaged() const;

  Fd file_;
  std::string path_;
  std::unique_ptr<ZSTD_DCtx_s, FreeContext> context_;
  std::string packed_;         ///< as read from the file
  std::size_t packed_at_ = 0;  ///< of these, how many are unpacked
  std::size_t piece_ = 1;      ///< of these, how many are unpacked at once: what is before damage is not lost with it
  bool held_back_ = false;     ///< the last unpacking filled its buffer: there may be more without further input
  std::string content_;        ///< unpacked and not used yet
};

}  // namespace vigie::wire
