// The GPUs, as a source of a snapshot.
#pragma once

#include "feed/sources/source.hpp"
#include "sources/gpu/gpu_source.hpp"

namespace vigie {

class GpusOfSnapshot : public Source {
 public:
  GpusOfSnapshot(const Root& root, const FeedOptions& options) : gpus_(root), wish_(options.what.gpus) {}
  Result<void> begin(Taking& taking) override;
  bool waits(Taking&) override { return !gpus_.ready(); }
  [[nodiscard]] double patience_seconds(Purpose purpose) const override;
  Result<void> finish(Taking& taking) override;

 private:
  gpu::GpuSource gpus_;
  GpuWish wish_;
};

}  // namespace vigie
