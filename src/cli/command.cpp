#include "cli/command.hpp"

#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/number.hpp"
#include "base/text.hpp"

namespace vigie::cli {

Argument& Argument::required() {
  option_.required();
  return *this;
}

Argument& Argument::value_name(const std::string& name) {
  option_.type_name(name);
  return *this;
}

Argument& Argument::value_optional() {
  option_.expected(0, 1);
  return *this;
}

Argument& Argument::comma_separated() {
  option_.delimiter(',')->take_all()->allow_extra_args(false);
  return *this;
}

Argument& Argument::repeatable() {
  option_.take_all()->allow_extra_args(false);
  return *this;
}

Argument& Argument::between(int least, int most) {
  const auto check = [least, most](const std::string& text) {
    const std::optional<int> number = whole_number<int>(text);
    if (number && *number >= least && *number <= most) return std::string();
    return fmt::format("a whole number from {} to {} is wanted, not \"{}\"", least, most, safe_text(text));
  };
  option_.check(CLI::Validator(check, ""));
  return *this;
}

Argument& Argument::excludes(const std::string& name) {
  option_.excludes(name);
  return *this;
}

Argument& Argument::show_default() {
  option_.capture_default_str();
  return *this;
}

void Command::examples(const std::string& text) {
  app_.footer(text);
}

Argument Command::flag(const std::string& names, bool& into, const std::string& help) {
  return Argument(*app_.add_flag(names, into, help));
}

Argument Command::option(const std::string& names, std::string& into, const std::string& help) {
  return Argument(*app_.add_option(names, into, help));
}

Argument Command::option(const std::string& names, std::vector<std::string>& into, const std::string& help) {
  return Argument(*app_.add_option(names, into, help));
}

namespace {

/// CLI11 takes -3 for a very large number.
std::string not_negative(const std::string& text) {
  return text.starts_with('-') ? text + " is less than 0" : std::string();
}

}  // namespace

Argument Command::option(const std::string& names, std::size_t& into, const std::string& help) {
  return Argument(*app_.add_option(names, into, help)->check(not_negative));
}

Argument Command::option(const std::string& names, std::optional<int>& into, const std::string& help) {
  return Argument(*app_.add_option(names, into, help));
}

Argument Command::option(const std::string& names, std::optional<std::size_t>& into, const std::string& help) {
  return Argument(*app_.add_option(names, into, help)->check(not_negative));
}

void Command::rest_is_positional() {
  app_.positionals_at_end();
  app_.fallthrough(false);
}

void Command::does(Action action) {
  app_.callback([this, action = std::move(action)] { action_ = action; });
}

bool Command::given(const std::string& name) const {
  return app_.count(name) > 0;
}

std::string Command::root() const {
  return program_.get_option("--root")->as<std::string>();
}

std::string Command::sampling() const {
  return program_.get_option("--sampling")->as<std::string>();
}

}  // namespace vigie::cli
