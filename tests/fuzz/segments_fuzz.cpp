// Any bytes as the directory of a log: names, sizes, overlaps, packed segments that are none, marks of where it begins.
// Every byte of it is read once or counted, and a keeper that takes over puts it right.
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "base/test_directory.hpp"
#include "input.hpp"
#include "keep/log/output_log.hpp"
#include "wire/log_pack.hpp"
#include "wire/log_reader.hpp"

namespace {

namespace wire = vigie::wire;

constexpr std::size_t header = 5;

void put(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// One file for each piece: what it is, where it begins and ends in the log, how long it really is.
void make_files(const std::string& directory, std::string_view bytes) {
  while (bytes.size() >= header) {
    const auto number = [&](std::size_t at) {
      return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at]));
    };
    const std::uint64_t far = number(0) >= 0xF8 ? std::uint64_t{1} << 61U : 1;
    const std::uint64_t begin = number(1) * far;
    const std::string plain = directory + "/" + wire::segment_name(begin, begin + number(2) * far);
    const std::string_view content = bytes.substr(header, number(3));
    std::error_code ignored;
    switch (number(0) % 8) {
      case 0: put(plain, content); break;
      case 1: put(plain + ".zst", content); break;
      case 2:
        put(plain, content);
        (void)wire::pack_segment(directory, plain.substr(directory.size() + 1)).has_value();
        if (number(4) % 2 == 0) std::filesystem::resize_file(plain + ".zst", number(4), ignored);
        break;
      case 3: put(directory + "/" + wire::begin_name(begin), ""); break;
      case 4: put(directory + "/output.log", content); break;
      case 5: put(plain + ".zst.new", content); break;
      case 6: std::filesystem::create_directory(plain, ignored); break;
      default: put(directory + "/output.index", content); break;
    }
    bytes.remove_prefix(header + content.size());
  }
}

/// Reads all of it; where it ended.
std::uint64_t read_whole(const std::string& directory) {
  wire::LogReader reader(directory);
  std::uint64_t at = 0;
  while (true) {
    const wire::LogReader::Piece piece = reader.next();
    at += piece.missing.all() + piece.bytes.size();
    must(reader.offset() == at);
    if (piece.bytes.empty()) return at;
  }
}

}  // namespace

FUZZ(bytes) {
  const vigie::TestDirectory directory;
  make_files(directory.path(), bytes);
  const wire::LogReader::Extent extent = wire::LogReader(directory.path()).extent();
  must(extent.begin <= extent.end && read_whole(directory.path()) == extent.end);
  (void)wire::log_tail(directory.path(), 100);
  vigie::keep::Handover handover;
  {
    vigie::keep::OutputLog log(directory.path(), 1 << 20, handover);
    log.write("the end");
  }
  for (const std::string& name : wire::leftovers(directory.path()))
    must(std::filesystem::is_directory(directory.path(name)));
  must(wire::log_tail(directory.path(), 7) == "the end");
}
