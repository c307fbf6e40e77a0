#include "tui/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace vigie::tui {
namespace {

struct Row {
  Role role;
  std::string_view name;
  Look many, sixteen, none;
};

// The colours of the gradient go from blue over green to yellow, as viridis does, and become lighter on the way: the
// order is seen without telling red from green. Good, warn and bad are blue-green, orange and vermilion (Okabe and Ito,
// "Color Universal Design"), and bad is bold as well.
constexpr Look plain{};
constexpr Look bold{.bold = true};
constexpr std::array<Row, roles> table{{
    {Role::normal, "normal", plain, plain, plain},
    {Role::title, "title", {.foreground = 117, .bold = true}, {.foreground = 6, .bold = true}, bold},
    {Role::dim, "dim", {.foreground = 244}, plain, plain},
    {Role::strong, "strong", {.foreground = 255, .bold = true}, bold, bold},
    {Role::good, "good", {.foreground = 79}, {.foreground = 6}, plain},
    {Role::warn, "warn", {.foreground = 214}, {.foreground = 3}, {.underline = true}},
    {Role::bad, "bad", {.foreground = 209, .bold = true}, {.foreground = 1, .bold = true}, {.reverse = true}},
    {Role::graph1, "graph1", {.foreground = 61}, {.foreground = 4}, plain},
    {Role::graph2, "graph2", {.foreground = 67}, {.foreground = 4}, plain},
    {Role::graph3, "graph3", {.foreground = 73}, {.foreground = 6}, plain},
    {Role::graph4, "graph4", {.foreground = 115}, {.foreground = 6}, plain},
    {Role::graph5, "graph5", {.foreground = 186}, {.foreground = 3}, plain},
    {Role::graph6, "graph6", {.foreground = 222}, {.foreground = 3}, plain},
    {Role::track, "track", {.foreground = 238}, plain, plain},
    {Role::head, "head", {.foreground = 252, .background = 236}, {.reverse = true}, {.reverse = true}},
    {Role::sorted,
     "sorted",
     {.foreground = 117, .background = 236, .bold = true},
     {.bold = true, .reverse = true},
     {.bold = true, .reverse = true}},
    {Role::selected,
     "selected",
     {.foreground = 231, .background = 24},
     {.foreground = 7, .background = 4},
     {.reverse = true}},
    {Role::tagged, "tagged", {.foreground = 228, .bold = true}, {.foreground = 3, .bold = true}, bold},
    {Role::run, "run", {.foreground = 153, .bold = true}, {.foreground = 6, .bold = true}, bold},
    {Role::past,
     "past",
     {.foreground = 16, .background = 214, .bold = true},
     {.foreground = 0, .background = 3, .bold = true},
     {.bold = true, .reverse = true}},
    {Role::key, "key", {.foreground = 117, .bold = true}, {.foreground = 6, .bold = true}, bold},
    {Role::key_text, "key_text", {.foreground = 248}, plain, plain},
    {Role::match, "match", {.foreground = 16, .background = 186}, {.reverse = true}, {.underline = true}},
    {Role::dialogue,
     "dialogue",
     {.foreground = 255, .background = 237},
     {.foreground = 7, .background = 4},
     {.reverse = true}},
}};

constexpr bool in_order() {
  for (std::size_t index = 0; index < roles; ++index) {
    if (static_cast<std::size_t>(table[index].role) != index) return false;
  }
  return true;
}
static_assert(in_order());

const Row& row_of(Role role) {
  return table[static_cast<std::size_t>(role)];
}

}  // namespace

Role graph_role(double share) {
  const double step = std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0) * graph_steps;
  const int number = std::min(static_cast<int>(step), graph_steps - 1);
  return static_cast<Role>(static_cast<int>(Role::graph1) + number);
}

Role role_of(format::Paint paint) {
  switch (paint) {
    case format::Paint::none: return Role::normal;
    case format::Paint::good: return Role::good;
    case format::Paint::notable: return Role::warn;
    case format::Paint::bad: return Role::bad;
  }
  return Role::normal;
}

Look look_of(Role role, Colours colours) {
  const Row& row = row_of(role);
  switch (colours) {
    case Colours::none: return row.none;
    case Colours::sixteen: return row.sixteen;
    case Colours::many: return row.many;
  }
  return row.none;
}

std::string_view name_of(Role role) {
  return row_of(role).name;
}

}  // namespace vigie::tui
