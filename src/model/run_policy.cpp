#include "model/run_policy.hpp"

namespace vigie {

std::string_view name_of(RestartPolicy::When when) {
  switch (when) {
    case RestartPolicy::When::no: return "no";
    case RestartPolicy::When::on_failure: return "on-failure";
    case RestartPolicy::When::always: return "always";
  }
  return "no";
}

std::optional<RestartPolicy::When> restart_named(std::string_view name) {
  for (const auto when : {RestartPolicy::When::no, RestartPolicy::When::on_failure, RestartPolicy::When::always}) {
    if (name == name_of(when)) return when;
  }
  return std::nullopt;
}

}  // namespace vigie
