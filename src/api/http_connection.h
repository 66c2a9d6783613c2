// One connection of a client: reads request heads, writes answers, keeps to its time. It never
// blocks, and it has no thread.
//
//     securing -> reading -> working -> writing -> reading ...      kept alive
//                                               -> lingering -> done
//                                               -> waiting -> writing ...     for the next piece
//                         -> held -> writing ...     it has shown a wrong token
//
// By TLS it is secured first, within the time of a request. Time is counted from the first byte of
// a request, not from each read, so that a client who sends a byte now and then gains nothing. A
// head is measured before anything is parsed (request_head.h). The pieces of a long answer share
// the time of one; while a piece is being written the next is made, and no more than that, so what
// a slow reader costs is two pieces, and no thread. After the last answer the client's remaining
// bytes are read and thrown away for a moment, because to close with bytes unread makes the kernel
// send a reset, which can overtake the answer. An answer that is given up ends with a reset, so
// that it does not look whole, and the kernel does not keep what nobody reads.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "api/admission.h"
#include "api/http_exchange.h"
#include "api/refusal_book.h"
#include "api/request_head.h"
#include "tls/channel.h"

namespace ttq {

struct HttpLimits {
  AdmissionLimits admission;
  HeadLimits head;
  /// Questions that read the store, from when they are asked until their answers are taken: each
  /// holds a state of the store, or the whole of a long answer.
  std::size_t heavy = 4;
  std::size_t workers = 8;                   ///< more than heavy ones, so that some are left
  std::chrono::milliseconds request{5'000};  ///< from the first byte to the end of the head
  std::chrono::milliseconds answer{30'000};  ///< from its first byte written to the last
  std::chrono::milliseconds idle{15'000};    ///< without a request
  std::chrono::milliseconds linger{1'000};   ///< reading what nobody asked for, ...
  std::size_t linger_bytes = 1U << 20U;      ///< ... and so much of it
};

class HttpConnection {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `refusals` must outlive it.
  HttpConnection(Channel channel, const HttpLimits& limits, RefusalBook& refusals, Moment now);

  [[nodiscard]] int fd() const { return channel_.fd(); }
  /// Whether the client has shown a certificate of our CA, and it has not ended since.
  [[nodiscard]] bool is_verified(Time now) const {
    return channel_.verified_until().value_or(Time::min()) > now;
  }
  /// A handshake, which costs more than all else that happens here, has not come to its end.
  [[nodiscard]] bool is_securing() const { return state_ == State::securing; }
  [[nodiscard]] short awaited_events() const;  ///< for poll(2); 0: it waits for an answer
  [[nodiscard]] Moment deadline() const { return deadline_; }
  [[nodiscard]] Stake stake() const;
  [[nodiscard]] Moment since() const { return since_; }  ///< that it waits, reads or lingers
  /// Not before the piece that is being made has come.
  [[nodiscard]] bool is_done() const { return state_ == State::done && !is_piece_in_work_; }

  void proceed(Moment now);        ///< an awaited event came
  void meet_deadline(Moment now);  ///< the deadline has passed
  void give_up();                  ///< closes it, with an answer that is under way
  void retire(Moment now);         ///< closes it after the next answer, or soon

  /// The next request head, if it is complete. The connection then waits for answer().
  std::optional<std::string> take_request();
  void answer(HttpAnswer answer, Moment now);
  /// The same, but not before that moment.
  void answer_at(Moment moment, HttpAnswer answer);

  /// The rest of an answer, to make its next piece from; null: there is none to be made now. The
  /// connection is not done before go_on().
  struct Rest {
    BodyPieces* pieces = nullptr;
    bool is_chunked = false;
  };
  Rest take_rest();
  void go_on(HttpPiece piece, Moment now);

 private:
  enum class State { securing, reading, working, held, writing, waiting, lingering, done };

  void secure(Moment now);
  void read(Moment now);
  void write(Moment now);
  void drain();
  void begin_answer(Moment now);
  void begin_lingering(Moment now);
  void await_request(Moment now);
  void look_at_head(Moment now);
  void finish_answer(Moment now);
  void write_next_piece(Moment now);

  Channel channel_;
  HttpLimits limits_;
  RefusalBook* refusals_;
  State state_ = State::securing;
  bool is_retired_ = false;
  Moment deadline_;
  Moment since_;
  std::string input_;
  RequestHead head_;  ///< that `input_` begins with
  HttpAnswer output_;
  std::size_t written_ = 0;
  std::optional<HttpPiece> next_piece_;
  bool is_piece_in_work_ = false;
  std::size_t drained_ = 0;
};

}  // namespace ttq
