// What a command of ttq(1) is about: by this options, and words of their values, say for which
// commands they are.
#pragma once

namespace ttq {

/// Bits, of which an option has those of all the commands that it is for.
enum class Group : unsigned {
  graphs = 1,
  stdio = 2,
  pki_init = 4,
  pki_issue = 8,
  pki_token = 16,
  pki = 32,  ///< "pki" without a word behind it, which does nothing
  hosts = 64,
  questions = graphs | hosts,
  all = 127,
};

constexpr bool meet(Group one, Group other) {
  return (static_cast<unsigned>(one) & static_cast<unsigned>(other)) != 0;
}

constexpr Group operator|(Group one, Group other) {
  return Group{static_cast<unsigned>(one) | static_cast<unsigned>(other)};
}

}  // namespace ttq
