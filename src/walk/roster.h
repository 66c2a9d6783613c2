// The hosts of a walk: who is behind which address, and what each of them told.
//
// Hosts are told apart by (id, instance). An address is asked once, and what came is remembered.
// That a host *claims* an address in its report counts only where nobody answers there and no other
// host claims it: a daemon need not listen on every address of its host, and the stitch asks for
// the flow at both ends anyway. Three addresses need no question: a loopback address, and one that
// the host that speaks of it has itself, mean that host; and those of the machine we run on, when
// it was asked through its own door (a UNIX socket or loopback), which may be its only one.
//
// Every host's clock is measured against ours in the first answer: `now` against the middle of the
// round trip. Questions are put in its time, answers are kept in ours.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ttq/graph.h"
#include "walk/stitch.h"
#include "walk/walker.h"

namespace ttq {

/// A host of the walk.
struct HostRecord {
  GraphHost host;
  std::string asked_at;  ///< the address, as text; names a host that never said its name
  std::string probe;
  std::vector<std::string> degradations;
  std::vector<Coverage> last_hour;  ///< what it was watched of late, whatever the span
  Testimony testimony;              ///< may hold flows of a host that failed later
};

/// An address that a host speaks of.
struct FarEnd {
  Address address;
  HostIndex seen_by = 0;
};

class Roster {
 public:
  /// All arguments must outlive it.
  Roster(Peer& peer, const WalkLimits& limits, const Span& span, const Clocks& clocks,
         const Watcher& watcher);

  /// REQUIRES: called first, once. The target is host 0.
  void ask_target(const PeerAddress& address);

  /// Asks, together, whoever is not known yet.
  void ask(const std::vector<FarEnd>& ends, unsigned depth);

  /// Who that is. none: nobody may be asked there. REQUIRES: it was asked, or seen.
  [[nodiscard]] std::optional<HostIndex> at(const FarEnd& end) const;

  [[nodiscard]] const std::vector<HostRecord>& records() const { return records_; }
  [[nodiscard]] Testimony& testimony(HostIndex host) { return records_[host].testimony; }
  [[nodiscard]] Party party(std::optional<HostIndex> host) const;

 private:
  struct Question;

  [[nodiscard]] bool needs_question(const FarEnd& end) const;
  void ask_all(std::vector<Question> questions);
  void introduce(Question& question);
  void hear(Question& question);
  void settle(Question& question);
  [[nodiscard]] std::optional<HostIndex> only_claimant(const Question& question) const;
  [[nodiscard]] std::optional<PeerFailure> reason_not_to_ask() const;
  [[nodiscard]] Deadline host_deadline(Duration spent) const;
  void note_asked();
  void note_answered();

  Peer& peer_;
  const WalkLimits& limits_;
  const Span& span_;
  const Clocks& clocks_;
  const Watcher& watcher_;
  const Deadline deadline_;

  std::vector<HostRecord> records_;
  std::map<Address, HostIndex> by_address_;
  std::map<std::pair<std::string, std::string>, HostIndex> by_identity_;

  std::mutex progress_mutex_;
  Progress progress_;
};

/// Whether another host may speak of it and have it asked.
bool is_askable(const Address& address);

/// What to call it: its name, or where it was asked.
const std::string& label(const HostRecord& record);

}  // namespace ttq
