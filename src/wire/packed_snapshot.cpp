#include "wire/packed_snapshot.hpp"

#include <zstd.h>

#include "wire/recording.hpp"

namespace vigie::wire {
namespace {

constexpr int quick_level = 1;  // a screen packs each of its frames: a better one saves a tenth and takes twice as long
constexpr std::size_t largest_content = std::size_t{1} << 30;

}  // namespace

std::string pack_snapshot(const Snapshot& snapshot) {
  const std::string content = encode(snapshot);
  std::string packed(ZSTD_compressBound(content.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), quick_level);
  if (ZSTD_isError(size) != 0) return {};
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

std::shared_ptr<Snapshot> unpack_snapshot(std::string_view packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > largest_content) return nullptr;
  std::string content(size, '\0');
  const std::size_t got = ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) return nullptr;
  return decode(content);
}

}  // namespace vigie::wire
