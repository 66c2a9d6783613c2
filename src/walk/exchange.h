// One host being asked, on one connection, without ever waiting: a state machine that its owner
// drives by readiness and by time.
//
// The deadline is for the whole exchange, pages and all, so a host that drips a byte a second is
// left like one that says nothing. A host that is busy, and says when to ask again, is asked again
// within that time. No redirect is followed, and nobody's proxy is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ttq/peer.h"
#include "ttq/result.h"
#include "walk/connect.h"
#include "walk/http_reader.h"

namespace ttq {

class Exchange {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Exchange(PeerQuestion question, Transport transport, Deadline deadline);

  /// Starts to connect, or to resolve a name. It may be over at once.
  void begin(Moment now);

  [[nodiscard]] const PeerQuestion& question() const { return question_; }
  [[nodiscard]] int fd() const { return lookup_ ? lookup_->fd() : connection_.channel.fd(); }
  [[nodiscard]] int descriptors() const { return descriptors_; }  ///< so far: tells them apart
  [[nodiscard]] std::uint32_t awaited_events() const;             ///< for epoll(7)
  [[nodiscard]] Moment next_deadline() const;
  [[nodiscard]] std::size_t buffered() const { return reader_.buffered(); }

  void proceed(Moment now);        ///< an awaited event came
  void meet_deadline(Moment now);  ///< next_deadline() has passed
  void fail(PeerFailure failure);

  /// It is over: with what told() says.
  [[nodiscard]] bool is_over() const { return state_ == State::over; }
  /// A page has come, and waits for put().
  [[nodiscard]] bool has_page() const { return state_ == State::page; }
  HttpBody take_page();
  /// The page as it was read. More may be asked for, on the same connection.
  void put(Result<FlowReport> page, Moment now);

  Told take_told() { return std::move(told_); }

 private:
  enum class State { idle, resolving, connecting, securing, writing, reading, pausing, page, over };

  void begin_resolving(NameLookup lookup);
  void go(Answer<std::vector<Way>> ways, Moment now);
  void connect(Moment now);
  void begin_securing(Moment now);
  void secure(Moment now);
  void ask(Moment now);
  void write();
  void read(Moment now);
  void finish_answer(Moment now);
  void pause(std::chrono::seconds length, Moment now);
  [[nodiscard]] std::string path(Moment now) const;
  [[nodiscard]] std::string print_token() const;
  [[nodiscard]] std::string next_path() const;

  PeerQuestion question_;
  Deadline deadline_;
  State state_ = State::idle;
  Transport transport_;
  std::optional<NameLookup> lookup_;  ///< while it is resolving
  Connection connection_;
  std::vector<Way> ways_;
  std::size_t way_ = 0;  ///< the one that is being tried, or that answered
  Moment way_deadline_;  ///< to connect, or to go on after a pause
  std::string request_;
  std::size_t written_ = 0;
  HttpReader reader_;
  int pages_ = 0;
  int descriptors_ = 0;
  Told told_;
};

}  // namespace ttq
