// One connection of a client: reads request heads, writes answers, keeps to its time. It never
// blocks, and it has no thread.
//
//     reading -> working -> writing -> reading ...      kept alive
//                                   -> lingering -> done
//                                   -> waiting -> writing ...     for the next piece of a long
//                                   answer
//
// Time is counted from the first byte of a request, not from each read, so that a client who sends
// a byte now and then gains nothing. A head is measured before anything is parsed. The pieces of a
// long answer share the time of one; while a piece is being written the next is made, and no more
// than that, so what a slow reader costs is two pieces, and no thread. After the last answer the
// client's remaining bytes are read and thrown away for a moment, because to close with bytes
// unread makes the kernel send a reset, which can overtake the answer.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "api/http_exchange.h"
#include "base/unique_fd.h"

namespace ttq {

struct HttpLimits {
  std::size_t connections = 64;  ///< more wait until one of these has gone
  std::size_t workers = 8;
  std::size_t head_bytes = 8192;             ///< request line and headers
  std::chrono::milliseconds request{5'000};  ///< from the first byte to the end of the head
  std::chrono::milliseconds answer{30'000};  ///< from its first byte written to the last
  std::chrono::milliseconds idle{15'000};    ///< without a request
  std::chrono::milliseconds linger{1'000};
};

class HttpConnection {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  HttpConnection(UniqueFd fd, const HttpLimits& limits, Moment now);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] short awaited_events() const;  ///< for poll(2); 0: it waits for an answer
  [[nodiscard]] Moment deadline() const { return deadline_; }
  [[nodiscard]] bool is_idle() const { return state_ == State::reading && input_.empty(); }
  /// Not before the piece that is being made has come.
  [[nodiscard]] bool is_done() const { return state_ == State::done && !is_piece_in_work_; }

  void proceed(Moment now);        ///< an awaited event came
  void meet_deadline(Moment now);  ///< the deadline has passed

  /// The next request head, if it is complete. The connection then waits for answer().
  std::optional<std::string> take_request();
  void answer(HttpAnswer answer, Moment now);

  /// The rest of an answer, to make its next piece from; null: there is none to be made now. The
  /// connection is not done before go_on().
  struct Rest {
    BodyPieces* pieces = nullptr;
    bool is_chunked = false;
  };
  Rest take_rest();
  void go_on(HttpPiece piece, Moment now);

 private:
  enum class State { reading, working, writing, waiting, lingering, done };

  void read(Moment now);
  void write(Moment now);
  void drain();
  void await_request(Moment now);
  void finish_answer(Moment now);
  void write_next_piece(Moment now);
  void give_up();

  UniqueFd fd_;
  HttpLimits limits_;
  State state_ = State::reading;
  Moment deadline_;
  std::string input_;
  HttpAnswer output_;
  std::size_t written_ = 0;
  std::optional<HttpPiece> next_piece_;
  bool is_piece_in_work_ = false;
};

}  // namespace ttq
