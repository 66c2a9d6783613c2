// What /proc tells of a process: its stat line, its cgroups, its status.
#include "base/text.h"
#include "fuzz.h"
#include "join/proc_reader.h"

using namespace ttq;

namespace {

void check_stat(std::string_view bytes) {
  const auto stat = parse_stat(bytes);
  if (!stat) return;
  fuzz::require(bytes.find("(" + stat->comm + ")") != std::string_view::npos,
                "a name is what stands between the brackets");
  const auto rest = bytes.substr(bytes.rfind(')') + 1);
  const std::string renamed = "1 (a) b)" + std::string(rest);
  auto other = parse_stat(renamed);
  fuzz::require(other.has_value(), "what follows the name does not depend on it");
  fuzz::require(other->comm == "a) b", "a bracket in a name does not end it");
  other->comm = stat->comm;
  fuzz::require(other == stat, "the numbers do not depend on the name");
}

void check_cgroup(std::string_view bytes) {
  const Cgroup cgroup = parse_cgroup(bytes);
  fuzz::require(!cgroup.unit || clean(*cgroup.unit) == *cgroup.unit, "a unit is clean");
  fuzz::require(!cgroup.container || from_hex(*cgroup.container).value_or("").size() == 32,
                "a container is 64 digits");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  check_stat(bytes);
  check_cgroup(bytes);
  const auto uid = parse_effective_uid(bytes);
  require(!uid || bytes.find(std::to_string(*uid)) != std::string_view::npos,
          "a user is a number that stands there");
}
