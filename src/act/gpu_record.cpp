#include "act/gpu_record.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/file.hpp"
#include "base/text.hpp"

namespace vigie::act {

Result<GpuRecorder> GpuRecorder::open(const std::string& path) {
  GpuRecorder recorder;
  recorder.path_ = path;
  recorder.file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!recorder.file_) return fail_errno("cannot record to " + safe_text(path), errno);
  return recorder;
}

Result<void> GpuRecorder::append(const Frame& frame) {
  const int error = write_all(file_.get(), trace_.lines_of(frame));
  if (error != 0) return fail_errno("cannot write to " + safe_text(path_), error);
  return {};
}

}  // namespace vigie::act
