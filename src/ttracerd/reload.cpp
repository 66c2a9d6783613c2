#include "ttracerd/reload.h"

#include <array>

namespace ttq {
namespace {

constexpr std::array<std::string_view, 5> of_the_start{"store", "window", "probe", "user", "group"};

}  // namespace

Result<Reload> plan_reload(const Config& running, Config read) {
  Reload reload;
  for (const auto name : of_the_start) {
    if (print_setting(running, name) != print_setting(read, name)) reload.waiting.push_back(name);
  }
  read.store = running.store;
  read.pace.window = running.pace.window;
  read.probe = running.probe;
  read.user = running.user;
  read.group = running.group;
  if (auto fits = check(read); !fits) return fits.error();
  reload.config = std::move(read);
  return reload;
}

}  // namespace ttq
