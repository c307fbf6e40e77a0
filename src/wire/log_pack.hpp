// Segments of a log, compressed: zstd frames of at most a megabyte each, every one with its content's size, so that a
// reader unpacks what it needs and not the whole. `zstdcat` reads them, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace vigie::wire {

inline constexpr std::size_t largest_frame = 1 << 20;  ///< bytes of its content

/// Packs file `name` of `directory` into `name`.zst and removes it. Until that is complete and on the disk only a file
/// of another name exists. When another process removes `name` meanwhile, nothing is left.
Result<void> pack_segment(const std::string& directory, const std::string& name);

struct PackedFrame {
  std::size_t at = 0, size = 0;  ///< within the packed bytes
  std::uint64_t begin = 0;       ///< of its content within that of all
  std::size_t length = 0;        ///< of its content
};

/// The frames of a packed segment, as far as it is whole; any bytes.
[[nodiscard]] std::vector<PackedFrame> frames_of(std::string_view packed);
/// The content of one frame; nothing when it is damaged.
[[nodiscard]] std::optional<std::string> unpack(std::string_view packed, const PackedFrame& frame);

}  // namespace vigie::wire
