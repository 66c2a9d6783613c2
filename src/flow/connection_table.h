// The connections that stand, each in 40 bytes, found by cookie.
//
//   entries  | cookie, tuple, inode, flows, ... | ...      dense, in the order of meeting
//   index    | 0 | 7 | 0 | 3 | ...                         hash of the cookie -> entry + 1
//
// A host may hold a million connections, and every look asks for each of them: so there is no node
// and no pointer for a connection, and nothing is allocated where nothing is new. The kernel tells
// sockets in the order of its own hash table, which stays from look to look; so the one after the
// last that was asked for is mostly the one that is asked for next, and is tried before the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "flow/flow_sets.h"
#include "ttq/flow.h"
#include "ttq/time.h"

namespace ttq {

struct Connection {
  std::uint64_t cookie = 0;
  std::uint64_t tuple = 0;  ///< hash of protocol and both ends
  Time met_at;
  std::uint32_t inode = 0;  ///< when it was last in a snapshot
  FlowSetId flows = 0;
  std::uint32_t look = 0;  ///< the last one that saw it
  Evidence evidence = Evidence::port;
  bool in_doubt : 1 = false;  ///< not found yet, or not accepted: looked for once more
  bool attempt : 1 = false;
  bool opened : 1 = false;  ///< counted as such, not held
  bool closed : 1 = false;  ///< counted as such already
};
static_assert(sizeof(Connection) == 40);

class ConnectionTable {
 public:
  /// None: not met before. Valid until the next add() or erase_if().
  Connection* find(std::uint64_t cookie);

  /// REQUIRES: not in the table.
  void add(const Connection& connection);

  /// Erases those of which `is_over` says so. It is asked once of each.
  template <class Predicate>
  void erase_if(Predicate is_over) {
    for (std::size_t at = 0; at < entries_.size();) {
      if (is_over(entries_[at])) {
        erase(at);
      } else {
        ++at;
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] auto begin() { return entries_.begin(); }
  [[nodiscard]] auto end() { return entries_.end(); }

 private:
  using Slot = std::size_t;

  [[nodiscard]] Slot home_of(std::uint64_t cookie) const;
  /// The slot of this cookie, or the empty one where it would be.
  [[nodiscard]] Slot slot_of(std::uint64_t cookie) const;
  void erase(std::size_t entry);
  void close_gap(Slot gap);
  void grow();

  std::vector<Connection> entries_;
  std::vector<std::uint32_t> index_ = std::vector<std::uint32_t>(1024);  ///< a power of two
  std::size_t expected_ = 0;  ///< the entry after the one that was found last
};

}  // namespace ttq
