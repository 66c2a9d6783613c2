// The hosts of a walk: who is behind which address, and what each of them told.
//
// Hosts are told apart by (id, instance). Both are no secret, so whoever answers with those of a
// host that was met is that host only if each of them says that it has the address where the other
// was asked; else they are two, and that is said. (The target may be asked through a NAT or by a
// name; it is known again by having the same addresses.) An address is asked once, and what came is
// remembered.
// That a host *claims* an address in its report counts only where nobody answers there and no other
// host claims it: a daemon need not listen on every address of its host, and the stitch asks for
// the flow at both ends anyway; the graph says whose word was taken. (Where a claim is all that is
// known, the claimant is told so, and need not tell all again if it is him.) Three addresses need
// no question: a loopback address, and one that the host that speaks of it has itself, mean that
// host; and those of the machine we run on, when it was asked through its own door (a UNIX socket
// or loopback), which may be its only one.
//
// Where the peer book has a name for an address, the name is asked instead of it, and the answer
// counts as that of the address only if it has it: the book may be old, and what leads to a name
// does not lead to the address.
//
// Spans are asked for by age, so every host counts by its own clock, and one question is enough.
// How far its clock is from ours is in the answer: `now` against the middle between question and
// first byte. What it tells is kept in our time.
//
// Asking and taking up are two things. Whom the scout thinks of is asked at once, and waits in
// met_; the walk takes hosts up into records_ as it comes to them, in an order that does not depend
// on who was quick.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ttq/graph.h"
#include "walk/stitch.h"
#include "walk/walker.h"

namespace ttq {

/// A host of the walk.
struct HostRecord {
  HostIndex index = 0;  ///< once the walk has taken it up
  GraphHost host;
  std::string asked_at;  ///< the address, as text; names a host that never said its name
  std::vector<std::string> degradations;
  std::vector<Coverage> last_hour;     ///< what it was watched of late, whatever the span
  Testimony testimony;                 ///< may hold flows of a host that failed later
  std::vector<Address> taken_at_word;  ///< nobody answers there, and this host claims them
};

/// An address that a host speaks of.
struct FarEnd {
  Address address;
  const HostRecord* seen_by = nullptr;
};

class Roster : private Asker {
 public:
  /// All arguments must outlive it.
  Roster(Peer& peer, const WalkLimits& limits, const Span& span, const Clocks& clocks,
         const Watcher& watcher);

  /// REQUIRES: called first, once. The target is host 0.
  void ask_target(const PeerAddress& address);

  /// Whom an address that was heard leads to.
  using Onward = std::function<std::vector<FarEnd>(const Address&)>;

  /// Asks these, and whom they lead to, and so on, all together. `narrow`: only flows with this far
  /// end are needed of them. REQUIRES: called before ask(), if at all.
  void ask_ahead(const std::vector<FarEnd>& ends, const std::optional<Address>& narrow,
                 const Onward& onward);

  /// Whether somebody may be asked at an address that a host speaks of.
  [[nodiscard]] bool may_ask(const Address& address) const;

  /// Who that is, as far as it was asked. Valid until ask().
  [[nodiscard]] const HostRecord* met(const FarEnd& end) const;

  /// Takes up whoever is there; asks, together, who was not asked yet.
  void ask(const std::vector<FarEnd>& ends, unsigned depth);

  /// Who that is. none: nobody may be asked there. REQUIRES: it was taken up.
  [[nodiscard]] std::optional<HostIndex> at(const FarEnd& end) const;

  [[nodiscard]] const std::vector<HostRecord>& records() const { return records_; }
  [[nodiscard]] const HostRecord& target() const { return records_.front(); }
  [[nodiscard]] Testimony& testimony(HostIndex host) { return records_[host].testimony; }
  [[nodiscard]] Party party(std::optional<HostIndex> host) const;

 private:
  using MetIndex = std::size_t;
  using Identity = std::pair<std::string, std::string>;

  /// A host, or an address that failed.
  struct Met {
    HostRecord record;               ///< moved away once it is taken up
    std::optional<HostIndex> index;  ///< in records_
  };

  Answer<Deadline> begin(PeerQuestion& question) override;
  std::vector<PeerQuestion> hear(const PeerQuestion& question, Told told) override;

  [[nodiscard]] bool needs_question(const FarEnd& end) const;
  [[nodiscard]] std::vector<PeerQuestion> questions_to(const std::vector<FarEnd>& ends);
  [[nodiscard]] PeerQuestion question_to(const PeerAddress& at,
                                         const std::optional<Address>& about);
  [[nodiscard]] PeerAddress place_of(const Address& address) const;
  [[nodiscard]] std::optional<PeerFailure> doubt_about(const PeerQuestion& question,
                                                       const Told& told) const;
  void ask_all(std::vector<PeerQuestion> questions);

  /// `known`: it is that one.
  void meet(const std::optional<Address>& address, HostRecord record,
            std::optional<MetIndex> known);
  void introduce(HostRecord& record, const Told& told) const;
  void keep(HostRecord& record, FlowReport report) const;
  [[nodiscard]] std::optional<MetIndex> same_as(const Host& speaker,
                                                const std::optional<Address>& at) const;
  [[nodiscard]] bool agree(MetIndex met, const Host& speaker, const Address& at) const;
  [[nodiscard]] const HostRecord& record_of(MetIndex met) const;
  [[nodiscard]] std::optional<MetIndex> only_claimant(const Address& address) const;
  HostIndex take_up(MetIndex met);
  void fail_unasked(const Address& address);

  [[nodiscard]] std::optional<PeerFailure> reason_not_to_ask() const;
  void note_progress();

  Peer& peer_;
  const WalkLimits& limits_;
  const Span& span_;
  const Clocks& clocks_;
  const Watcher& watcher_;
  const Deadline deadline_;

  std::deque<Met> met_;
  std::set<Address> asked_;
  std::map<Address, MetIndex> heard_;
  std::multimap<Identity, MetIndex> by_identity_;
  std::map<Address, std::vector<MetIndex>> claims_;
  std::size_t in_flight_ = 0;
  std::optional<Address> narrow_;
  const Onward* onward_ = nullptr;

  std::vector<HostRecord> records_;
  std::map<Address, HostIndex> by_address_;
  Progress progress_;
};

/// The addresses that it says it has; of very many the first.
std::span<const Address> claims_of(const GraphHost& host);

/// What to call it: its name, or where it was asked.
const std::string& label(const HostRecord& record);

}  // namespace ttq
