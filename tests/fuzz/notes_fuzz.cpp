// Any bytes in the place of what vigie writes down: a record and the attempts before it, notes of exercises and loads,
// the checkpoint of a load, the index of a log.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "act/lab/notes.hpp"
#include "base/test_directory.hpp"
#include "input.hpp"
#include "load/checkpoint.hpp"
#include "load/leftovers.hpp"
#include "wire/log_index.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace {

void put(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

FUZZ(bytes) {
  static const vigie::TestDirectory state;
  ::setenv("XDG_STATE_HOME", state.path().c_str(), 1);
  const std::string lab = vigie::act::lab_directory().value();
  put(lab + "/1.json", bytes);
  (void)vigie::act::read_lab_notes(lab, 1).has_value();
  put(lab + "/1.ckpt", bytes);
  (void)vigie::load::read_checkpoint(lab + "/1.ckpt").has_value();
  put(vigie::wire::prepare_state_directory("load").value() + "/1-1.json", bytes);
  must(vigie::load::remove_leftovers().has_value());

  const std::string run = vigie::wire::prepare_runs_directory().value() + "/abcdef";
  std::filesystem::create_directory(run);
  put(run + "/run.json", bytes);
  put(run + "/attempts.jsonl", bytes);
  put(run + "/output.index", bytes);
  vigie::wire::RecordList list;
  const auto records = list.read();
  must(records.has_value() && records->size() + list.unreadable().size() == 1);
  vigie::RunRecord record;
  record.directory = run;
  must(vigie::wire::append_attempt(record).has_value());
  vigie::wire::LogIndex index(run);
  index.note(5, 7, 3);
  const auto since = vigie::wire::offset_since(run, 6, 100);
  must(!since || *since <= 100);
}
