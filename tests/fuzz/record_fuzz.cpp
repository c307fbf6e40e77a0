// Any bytes as the record of a run: refused, or read and written again without loss.
#include "input.hpp"
#include "wire/run_directory.hpp"

FUZZ(text) {
  const auto record = vigie::wire::record_from_json(text);
  if (!record) return;
  const std::string written = vigie::wire::to_json(*record);
  const auto again = vigie::wire::record_from_json(written);
  must(again.has_value());
  must(vigie::wire::to_json(*again) == written);
}
