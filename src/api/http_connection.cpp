#include "api/http_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace ttq {
namespace {

/// One record of TLS (RFC 8446 5.1), so that nothing is left behind in the channel.
using Buffer = std::array<char, 16'384>;

}  // namespace

HttpConnection::HttpConnection(Channel channel, const HttpLimits& limits, RefusalBook& refusals,
                               Moment now)
    : channel_(std::move(channel)),
      limits_(limits),
      refusals_(&refusals),
      deadline_(now + limits.request),
      since_(now),
      head_(limits.head) {
  if (channel_.is_plain()) await_request(now);
}

short HttpConnection::awaited_events() const {
  switch (state_) {
    case State::securing:
    case State::reading:
    case State::lingering:
      return channel_.awaited(POLLIN);
    case State::writing:
      return channel_.awaited(POLLOUT);
    case State::working:
    case State::held:
    case State::waiting:
    case State::done:
      break;
  }
  return 0;
}

Stake HttpConnection::stake() const {
  const bool is_heavy = output_.pass || output_.rest || is_piece_in_work_;
  switch (state_) {
    case State::securing:
    case State::reading:
    case State::held:
      return Stake::waiting;
    case State::working:
      return Stake::fixed;
    case State::writing:
    case State::waiting:
      return is_heavy ? Stake::fixed : Stake::reading;
    case State::lingering:
    case State::done:
      break;
  }
  return is_heavy ? Stake::fixed : Stake::lingering;
}

void HttpConnection::proceed(Moment now) {
  if (state_ == State::securing) return secure(now);
  if (state_ == State::reading) return read(now);
  if (state_ == State::writing) return write(now);
  if (state_ == State::lingering) drain();
}

void HttpConnection::meet_deadline(Moment now) {
  if (state_ == State::held) return begin_answer(now);
  if (state_ == State::securing) refusals_->count(Refusal::too_slow);
  if (state_ == State::reading && !input_.empty()) {
    refusals_->count(Refusal::too_slow);
    return answer(refuse(408, "request_timeout", "the request took too long"), now);
  }
  if (state_ == State::writing || state_ == State::waiting) {
    refusals_->count(Refusal::slow_reader);
  }
  give_up();
}

/// Who has spoken HTTP to us is told what we speak; to others TLS itself has said what was wrong.
void HttpConnection::secure(Moment now) {
  const auto step = channel_.secure();
  if (step.state == Channel::State::blocked) return;
  if (step.state == Channel::State::moved) return await_request(now);
  refusals_->count(Refusal::no_tls);
  const bool is_plain = channel_.failure() == Channel::Failure::no_tls;
  channel_.become_plain();
  if (!is_plain) return begin_lingering(now);
  answer(refuse(426, "tls_required", "this port speaks TLS alone: https://"), now);
}

void HttpConnection::read(Moment now) {
  Buffer buffer;
  const auto step = channel_.read(buffer);
  if (step.state == Channel::State::blocked) return;
  if (step.state != Channel::State::moved) {
    state_ = State::done;
    return;
  }
  if (input_.empty()) deadline_ = now + limits_.request;
  input_.append(buffer.data(), step.bytes);
  look_at_head(now);
}

/// Beyond this point `input_` is no longer than the limits and one read.
void HttpConnection::look_at_head(Moment now) {
  head_.look_at(input_);
  const auto& fault = head_.fault();
  if (!fault) return;
  refusals_->count(fault->status == 400 ? Refusal::malformed : Refusal::too_large);
  answer(refuse(fault->status, fault->code, fault->message), now);
}

std::optional<std::string> HttpConnection::take_request() {
  if (state_ != State::reading || !head_.end()) return std::nullopt;
  std::string head = input_.substr(head_.begin(), *head_.end() - head_.begin());
  input_.erase(0, *head_.end());
  state_ = State::working;
  deadline_ = Moment::max();
  return head;
}

void HttpConnection::answer(HttpAnswer answer, Moment now) {
  assert(state_ == State::working || state_ == State::reading || state_ == State::securing);
  output_ = std::move(answer);
  begin_answer(now);
}

void HttpConnection::answer_at(Moment moment, HttpAnswer answer) {
  assert(state_ == State::working);
  output_ = std::move(answer);
  state_ = State::held;
  deadline_ = moment;
}

void HttpConnection::begin_answer(Moment now) {
  written_ = 0;
  state_ = State::writing;
  since_ = now;
  deadline_ = now + limits_.answer;
  write(now);
}

HttpConnection::Rest HttpConnection::take_rest() {
  const bool is_wanted = (state_ == State::writing || state_ == State::waiting) && output_.rest;
  if (!is_wanted || is_piece_in_work_ || next_piece_) return {};
  is_piece_in_work_ = true;
  return {output_.rest.get(), output_.is_chunked};
}

void HttpConnection::go_on(HttpPiece piece, Moment now) {
  assert(is_piece_in_work_);
  is_piece_in_work_ = false;
  next_piece_ = std::move(piece);
  if (state_ == State::waiting) write_next_piece(now);
}

void HttpConnection::write_next_piece(Moment now) {
  if (next_piece_->is_broken) return give_up();
  if (next_piece_->is_last) output_.rest.reset();
  output_.bytes = std::move(next_piece_->bytes);
  next_piece_.reset();
  written_ = 0;
  state_ = State::writing;
  write(now);
}

void HttpConnection::give_up() {
  if (state_ == State::writing || state_ == State::waiting) {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  state_ = State::done;
  deadline_ = Moment::max();
}

/// Its next request may be on its way.
void HttpConnection::retire(Moment now) {
  is_retired_ = true;
  const bool is_idle = state_ == State::reading && input_.empty();
  if (is_idle) deadline_ = std::min(deadline_, now + limits_.linger);
}

void HttpConnection::write(Moment now) {
  const auto step = channel_.write(std::string_view(output_.bytes).substr(written_));
  if (step.state == Channel::State::blocked) return;
  if (step.state != Channel::State::moved) return give_up();
  written_ += step.bytes;
  if (written_ < output_.bytes.size()) return;
  if (next_piece_) return write_next_piece(now);
  if (!output_.rest) return finish_answer(now);
  state_ = State::waiting;
}

void HttpConnection::finish_answer(Moment now) {
  const bool close = output_.close || is_retired_;
  output_ = {};
  if (!close) return await_request(now);
  begin_lingering(now);
}

void HttpConnection::begin_lingering(Moment now) {
  channel_.end_writing();
  state_ = State::lingering;
  since_ = now;
  deadline_ = now + limits_.linger;
}

/// The client may have sent the next request already.
void HttpConnection::await_request(Moment now) {
  state_ = State::reading;
  since_ = now;
  deadline_ = now + (input_.empty() ? limits_.idle : limits_.request);
  head_ = RequestHead(limits_.head);
  look_at_head(now);
}

void HttpConnection::drain() {
  Buffer buffer;
  const auto step = channel_.read(buffer);
  if (step.state == Channel::State::blocked) return;
  drained_ += step.bytes;
  if (step.state != Channel::State::moved || drained_ > limits_.linger_bytes) state_ = State::done;
}

}  // namespace ttq
