// Owners as a line of text, for the tests of the join.
#pragma once

#include <string>

#include "ttq/holders.h"

namespace ttq::test {

/// "nginx/40 " for each owner: name and pgid, or the reason why there is none; "-" where it was not
/// found.
inline std::string print_owners(const Holders& holders, Inode inode) {
  const auto* owners = holders.of(inode);
  if (owners == nullptr) return "-";
  std::string text;
  for (const Owner& owner : *owners) {
    text += owner.process ? owner.process->name + "/" + std::to_string(*owner.process->pgid)
                          : std::string(print_unknown_owner(*owner.unknown));
    text += " ";
  }
  return text;
}

}  // namespace ttq::test
