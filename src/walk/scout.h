// The scout runs ahead of the walk: who answers is looked at at once, and whom he leads to is asked
// while others are still being waited for.
//
// The walk itself goes step by step, so that the same world gives the same graph. Were its hosts
// asked step by step too, every step could meet a dead one, and wait for it. The scout decides only
// who is asked, and when; he takes the same steps along the same flows, within the same depth, so
// what he fetches is what the walk is going to need. Where he cannot know (a guess that turns out
// wrong, an address that two hosts claim), the walk asks for itself.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "walk/roster.h"
#include "walk/steps.h"

namespace ttq {

class Scout {
 public:
  /// All arguments must outlive it.
  Scout(const Roster& roster, const Course& course, const Target& target, const WalkQuery& query,
        const WalkLimits& limits);

  /// Whom the target leads to, once it has answered.
  std::vector<FarEnd> set_out();

  /// Where one step is all, flows with this far end are all that is needed of those whom the target
  /// leads to. none: it speaks to them from several addresses.
  [[nodiscard]] std::optional<Address> narrow() const;

  /// Whom the host at that address leads to; it has answered, or never will.
  std::vector<FarEnd> hear(const Address& address);

 private:
  /// A step that is taken as soon as the address at its other end is known.
  struct Pending {
    const HostRecord* host;
    const ToldFlow* flow;
    unsigned depth;
  };
  struct Mark {
    const HostRecord* host;
    Step step;
    auto operator<=>(const Mark&) const = default;
  };

  /// A process that is to be visited.
  struct Visit {
    const HostRecord* host;
    Step step;
    unsigned depth;
  };

  void work();
  void visit(const HostRecord& host, const Step& step, unsigned depth);
  void want(const HostRecord& host, const ToldFlow& flow);
  void follow(const Pending& pending, const HostRecord& there);

  const Roster& roster_;
  const Course& course_;
  const Target& target_;
  const WalkQuery& query_;
  const WalkLimits& limits_;
  std::map<Mark, unsigned> depths_;  ///< the least at which it was visited
  std::vector<Visit> agenda_;        ///< and no recursion: a host may tell of chains without end
  std::multimap<Address, Pending> pending_;
  std::size_t joints_ = 0;
  std::vector<FarEnd> wanted_;
  std::set<Address> locals_;  ///< addresses from which the wanted are spoken to
};

}  // namespace ttq
