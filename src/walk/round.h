// All exchanges that are under way, and those that wait for their turn.
//
// A host that keeps us waiting must not keep others waiting: one in twenty that is dead would take
// all places, and hold them for as long as a dead host is waited for. So a place is held by an
// exchange that is young, or whose answer is being read; one that has lasted for a quarter of a
// second goes on without a place. File descriptors bound how many those can be, and a budget what
// they may have sent us: above it, those that sent most wait for each other.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "ttq/peer.h"
#include "walk/exchange.h"
#include "walk/report_desk.h"

namespace ttq {

class Round {
 public:
  /// `asker` must outlive it, and `text_left`: how many bytes of JSON may still be kept.
  Round(unsigned concurrency, Transport transport, std::size_t& text_left, Asker& asker);

  /// Returns when everything was asked and heard.
  void run(std::vector<PeerQuestion> questions);

 private:
  using Moment = Exchange::Moment;
  using Id = std::uint64_t;

  struct Line {
    Exchange exchange;
    Moment young_until;
    bool has_place = true;
    bool is_read = false;  ///< by the desk
    bool is_paused = false;
    Moment filed;              ///< in deadlines_
    std::size_t buffered = 0;  ///< in buffered_
    int descriptors = 0;       ///< with this one of the exchange ...
    std::uint32_t events = 0;  ///< ... these are registered
  };

  void enqueue(std::vector<PeerQuestion> questions);
  [[nodiscard]] bool may_begin() const;
  void begin_some();
  void wait();
  void take_pages();
  void put(Line& line, ReportDesk::Page page, Moment now);
  void meet_deadlines(Moment now);
  void take_places_back(Moment now);
  void look_at(Id id);
  void hand_to_desk(Id id, Line& line);
  void finish(Id id);
  void release_place(Line& line);
  void count_buffered(Id id, Line& line);
  void resume();
  void file(Id id, Line& line);
  void watch(Id id, Line& line) const;
  [[nodiscard]] int milliseconds_to_wait(Moment now) const;

  const unsigned concurrency_;
  const Transport transport_;
  const std::size_t most_sockets_;
  std::size_t& text_left_;
  Asker& asker_;
  UniqueFd epoll_;
  ReportDesk desk_;

  std::deque<PeerQuestion> waiting_;
  std::map<Id, Line> lines_;
  Id last_id_ = 0;
  std::set<std::pair<Moment, Id>> deadlines_;
  std::deque<std::pair<Moment, Id>> young_;  ///< by when they are no longer
  unsigned places_ = 0;                      ///< that are taken
  std::size_t buffered_ = 0;
  std::optional<Id> favourite_;  ///< goes on when the budget is spent
  std::size_t paused_ = 0;
};

}  // namespace ttq
