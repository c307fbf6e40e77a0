#include "lab/monitors.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace vigie::lab {
namespace {

using enum Area;
using Areas = BitSet<Area>;
using Entry = std::pair<std::string_view, Areas>;

constexpr Areas everything = Areas(cpu) | memory | disk | network;

constexpr std::array<Entry, 19> tools = {{{"top", Areas(cpu) | memory},
                                          {"htop", Areas(cpu) | memory},
                                          {"btop", everything},
                                          {"atop", everything},
                                          {"glances", everything},
                                          {"nmon", everything},
                                          {"dstat", everything},
                                          {"vmstat", Areas(cpu) | memory | disk},
                                          {"mpstat", cpu},
                                          {"pidstat", cpu},
                                          {"uptime", cpu},
                                          {"free", memory},
                                          {"iostat", Areas(cpu) | disk},
                                          {"iotop", disk},
                                          {"iftop", network},
                                          {"nload", network},
                                          {"nethogs", network},
                                          {"bmon", network},
                                          {"ss", network}}};

constexpr std::array<Entry, 6> of_vigie = {{{"check", everything},
                                            {"top", everything},
                                            {"record", everything},
                                            {"mem", memory},
                                            {"net", network},
                                            {"ps", Areas(cpu) | memory}}};

constexpr std::array<Entry, 5> groups = {
    {{"cpu", cpu}, {"mem", memory}, {"disk", disk}, {"net", network}, {"all", everything}}};

template <std::size_t N>
Areas look_up(const std::array<Entry, N>& table, std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &Entry::first);
  return found == table.end() ? Areas() : found->second;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// The first word that is not an option.
std::string_view first_word(const std::vector<std::string>& arguments, std::size_t from) {
  for (std::size_t i = from; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with('-')) return arguments[i];
  }
  return {};
}

Areas shown_by_vigie(const std::vector<std::string>& arguments) {
  const std::string_view command = first_word(arguments, 1);
  if (command != "stat") return look_up(of_vigie, command);
  Areas areas;
  for (const std::string& word : arguments) areas = areas | look_up(groups, word);
  return areas.empty() ? everything : areas;  // stat alone
}

/// sar -u CPUs, -r memory, -b and -d disks, -n DEV network; alone CPUs.
Areas shown_by_sar(const std::vector<std::string>& arguments) {
  Areas areas;
  for (const std::string& word : arguments) {
    if (word == "-A") areas = everything;
    if (word == "-u" || word == "-P" || word == "-q") areas = areas | cpu;
    if (word == "-r" || word == "-S" || word == "-B") areas = areas | memory;
    if (word == "-b" || word == "-d") areas = areas | disk;
    if (word == "-n") areas = areas | network;
  }
  return areas.empty() ? Areas(cpu) : areas;
}

/// The program that `watch` runs: one word that holds all of it, or words of its own.
Areas shown_by_watch(const std::vector<std::string>& arguments) {
  Areas areas;
  for (const std::string& argument : arguments) {
    for (std::size_t begin = 0; begin < argument.size();) {
      const std::size_t end = std::min(argument.find(' ', begin), argument.size());
      areas = areas | look_up(tools, base_name(std::string_view(argument).substr(begin, end - begin)));
      begin = end + 1;
    }
  }
  return areas;
}

}  // namespace

BitSet<Area> watched_by(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return {};
  std::string_view program = base_name(arguments.front());
  // Scripts: python3 /usr/bin/dstat.
  if (program.starts_with("python") || program.starts_with("perl")) program = base_name(first_word(arguments, 1));
  if (program == "vigie") return shown_by_vigie(arguments);
  if (program == "sar" || program == "sadc") return shown_by_sar(arguments);
  if (program == "watch") return shown_by_watch(arguments);
  return look_up(tools, program);
}

}  // namespace vigie::lab
