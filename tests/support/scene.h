// A scene: a small world of hosts in the project's own words, and a Peer that answers for it.
//
//   line    = HOST word...                 what is said of a host over several lines adds up
//   word    = ADDRESS[,ADDRESS...]         its addresses; the first is where it calls from
//           | id=ID | instance=ID | probe=NAME | clock=DURATION (ahead of ours)
//           | watched=DURATION (the last of the span) | dropped=N | lost=N |
//           degraded=SENTENCE_WITH_UNDERSCORES | dead | hanging | garbage | denied | forgetful
//           (says who it is, and then hangs) | NAME/PGID | NAME*GROUPS (folded) | ?REASON     the
//           process that the next words are of | listens ENDPOINT... | calls ENDPOINT mark... seen
//           from both ends, if somebody accepts there | serves ADDRESS at ENDPOINT mark...  seen by
//           this end only
//   mark    = xCOUNT | from ADDRESS | by EVIDENCE | alone (seen by this end only, for a second) |
//           long (for ten minutes after all) | failing
//   ENDPOINT = [udp/][ADDRESS:]PORT        without an address: 0.0.0.0
//
// The span is the hour before `scene_now`; every flow was seen from 20 to 10 minutes before it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/peer.h"
#include "walk/walker.h"

namespace ttq::test {

inline constexpr Time scene_now = Time(std::chrono::seconds(1'767'323'045));
inline constexpr Span scene_span{scene_now - std::chrono::hours(1), scene_now};

struct SceneHost {
  Host host;
  Duration clock{0};
  std::optional<PeerFailure> failure;
  bool is_forgetful = false;
  std::vector<Coverage> coverage;
  std::vector<Flow> flows;  // by our clock
  std::vector<Listener> listeners;
};

class Scene : public Peer {
 public:
  explicit Scene(std::string_view text);

  void ask(std::vector<PeerQuestion> questions, unsigned concurrency, Asker& asker) override;

  /// Everything that was asked, sorted: "10.0.0.1", "web.mgmt:18870" (a host by its name), or
  /// "10.0.0.1 for 10.0.0.2" where only flows with that far end were, or "10.0.0.1 unless 1" where
  /// not if it is that instance.
  [[nodiscard]] std::string asked() const;

  /// How often somebody asked, whatever number of hosts at once.
  [[nodiscard]] int rounds() const { return rounds_; }

  /// No daemon listens there.
  void keep_closed(const std::string& address) { closed_.insert(address); }

  [[nodiscard]] SceneHost& at(const std::string& name) { return hosts_.at(name); }

 private:
  Told answer(const PeerQuestion& question);
  static FlowReport report_of(const SceneHost& host, const PeerQuestion& question);
  const SceneHost* find(const PeerAddress& address) const;

  std::map<std::string, SceneHost> hosts_;
  std::set<std::string> closed_;
  std::vector<std::string> asked_;
  int rounds_ = 0;
};

/// What the walk makes of the scene, as text: see graph_text.h.
/// `question` is "show web", "deps web", "impact web:80", with " depth=N", " name=N", " pgid=N" or
/// " self" behind it. A host's name stands for its first address; show is of depth 1.
std::string ask(Scene& scene, const std::string& question, const WalkLimits& limits = {});
Graph walk_scene(Scene& scene, const std::string& question, const WalkLimits& limits = {});

}  // namespace ttq::test
