#include "feed/snapshots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "feed/doctor.hpp"
#include "feed/judging.hpp"
#include "sources/proc/others.hpp"

namespace vigie {
namespace {

FeedOptions everything() {
  FeedOptions options{.what = {.fields = proc::Field::io}, .pace = {.interval_seconds = 0}};
  options.what.gpus = GpuWish::needed;
  options.what.users = true;
  options.what.capabilities = true;
  options.what.net.what = net::Part::tcp;
  options.what.detail = {.what = proc::Detail::limits, .of = [](const Frame&) { return std::vector<std::size_t>{}; }};
  return options;
}

/// A snapshot of this host once all of it has come, with the names of the sources that told how they went.
std::set<std::string> states_of(const FeedOptions& options) {
  const Root root = *Root::open("/");
  Snapshots snapshots(root, options);
  EXPECT_TRUE(snapshots.begin(Purpose::shown));
  while (snapshots.waits()) {
  }
  const Result<std::shared_ptr<Snapshot>> taken = snapshots.finish();
  std::set<std::string> names;
  for (const SourceStatus& status : (*taken)->sources) EXPECT_TRUE(names.insert(status.name).second) << status.name;
  names.erase(std::string(hidden_processes));  // where it is the case
  return names;
}

bool has_state(std::string_view source) {
  return source != "users";  // they are asked of the system, and a name that it does not know is no failure
}

TEST(Snapshots, EachSourceTellsUnderItsNameHowItWent) {
  std::set<std::string> listed;
  for (const SourceEntry& entry : all_sources()) {
    EXPECT_TRUE(entry.wanted(everything())) << entry.name;
    if (has_state(entry.name)) listed.insert(std::string(entry.name));
  }
  EXPECT_EQ(states_of(everything()), listed);
}

TEST(Snapshots, WhatIsNotWantedIsNotAsked) {
  FeedOptions options{.what = {.fields = proc::Field::io}, .pace = {.interval_seconds = 0}};
  options.what.runs = false;
  options.what.processes = false;
  EXPECT_EQ(states_of(options), std::set<std::string>{"sys"});
}

}  // namespace
}  // namespace vigie
