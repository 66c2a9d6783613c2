#include "ttq/process.h"

#include <cassert>

#include "model/spelling.h"

namespace ttq {
namespace {

constexpr Spellings<UnknownOwner, 5> unknown_owners{{
    {UnknownOwner::time_wait, "time_wait"},
    {UnknownOwner::not_accepted, "not_accepted"},
    {UnknownOwner::no_permission, "no_permission"},
    {UnknownOwner::exited, "exited"},
    {UnknownOwner::kernel, "kernel"},
}};

}  // namespace

std::string_view print_unknown_owner(UnknownOwner reason) { return spell(unknown_owners, reason); }
std::optional<UnknownOwner> parse_unknown_owner(std::string_view text) {
  return unspell(unknown_owners, text);
}

ProcessKey Owner::key() const {
  if (process) return process->key;
  assert(unknown);
  return ProcessKey{.mark = static_cast<std::uint64_t>(*unknown)};
}

}  // namespace ttq
