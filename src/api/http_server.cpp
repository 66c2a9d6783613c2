#include "api/http_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include "base/log.h"

namespace ttq {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest_wait{60'000};
constexpr milliseconds pause_when_exhausted{250};

/// Of one socket, before the others have their turn. More than one at a time, since a backlog that
/// fills up keeps good clients out.
constexpr int accepts_at_once = 64;

/// In one round. Each signs once, with a key of RSA-4096 in 4 ms.
constexpr std::size_t handshakes_at_once = 4;

/// The client went away, or there is none: nothing is wrong with us.
bool is_passing(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::vector<ListenSocket> sockets,
                                                      const Routes& routes, Audience audience,
                                                      const HttpLimits& limits,
                                                      WatchedCredentials* credentials) {
  assert(!sockets.empty());
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return errno_fault("eventfd");
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(sockets), std::move(wake), routes, audience, limits, credentials));
}

HttpServer::HttpServer(std::vector<ListenSocket> sockets, UniqueFd wake, const Routes& routes,
                       Audience audience, const HttpLimits& limits, WatchedCredentials* credentials)
    : limits_(limits),
      audience_(audience),
      routes_(routes),
      exchange_(routes, limits.heavy),
      refusals_(routes.refusals()),
      credentials_(credentials),
      sockets_(std::move(sockets)),
      wake_(std::move(wake)),
      handshakes_(handshakes_at_once),
      workers_(std::make_unique<WorkerPool>(limits.workers)),
      thread_([this] { run(); }) {}

HttpServer::~HttpServer() {
  stopping_ = true;
  wake_up();
  thread_.join();
}

std::vector<ListenAddress> HttpServer::addresses() const {
  std::vector<ListenAddress> bound;
  for (const ListenSocket& socket : sockets_) bound.push_back(socket.address());
  return bound;
}

Standing HttpServer::standing_of(const Guest& guest) const {
  const bool is_admitted = guest.origin.user || audience_ == Audience::everybody ||
                           guest.connection.is_verified(routes_.now());
  return is_admitted ? Standing::admitted : Standing::stranger;
}

void HttpServer::run() {
  while (!stopping_) {
    wait(steady_clock::now());
    const Moment now = steady_clock::now();
    hand_out_answers(now);
    meet_deadlines(now);
    take_requests();
    take_rests();
    drop_done();
    tell_refusals(now);
  }
}

void HttpServer::drop_done() {
  std::erase_if(guests_, [](const auto& entry) { return entry.second.connection.is_done(); });
}

void HttpServer::tell_refusals(Moment now) {
  const std::string news = refusals_.take_news(now);
  if (!news.empty()) log(LogLevel::notice, news);
}

/// Waits for events, and lets them happen.
void HttpServer::wait(Moment now) {
  const bool accepting = may_accept(now);
  std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
  for (const ListenSocket& socket : sockets_) {
    polled.push_back({accepting ? socket.fd() : -1, POLLIN, 0});
  }
  // One that waits for its answer is left out: that its client hung up would wake us for ever.
  std::vector<ConnectionId> awaited;
  for (auto& [id, guest] : guests_) {
    const HttpConnection& connection = guest.connection;
    if (connection.awaited_events() == 0) continue;
    polled.push_back({connection.fd(), connection.awaited_events(), 0});
    awaited.push_back(id);
  }
  const int count = ::poll(polled.data(), polled.size(), milliseconds_to_wait(now));
  now = steady_clock::now();
  renew_credentials(now);  // before anybody comes in by those that were
  if (count <= 0) return;
  const auto first_connection = polled.begin() + 1 + static_cast<std::ptrdiff_t>(sockets_.size());
  std::vector<ConnectionId> ready;
  for (std::size_t i = 0; i < awaited.size(); ++i) {
    if (first_connection[static_cast<std::ptrdiff_t>(i)].revents != 0) ready.push_back(awaited[i]);
  }
  go_on(ready, now);
  drop_done();
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (polled[i + 1].revents != 0) accept_some(sockets_[i], now);
  }
}

void HttpServer::go_on(const std::vector<ConnectionId>& ready, Moment now) {
  std::vector<ConnectionId> strangers;
  for (const ConnectionId id : ready) {
    HttpConnection& connection = guests_.at(id).connection;
    connection.is_securing() ? strangers.push_back(id) : connection.proceed(now);
  }
  for (const ConnectionId id : handshakes_.take(std::move(strangers))) {
    guests_.at(id).connection.proceed(now);
  }
}

bool HttpServer::may_accept(Moment now) const {
  if (now < accept_after_) return false;
  return has_room(seats(), limits_.admission);
}

std::vector<Seat> HttpServer::seats() const {
  std::vector<Seat> seats;
  for (const auto& [id, guest] : guests_) {
    seats.push_back({id, guest.origin, guest.connection.stake(), guest.connection.since()});
  }
  return seats;
}

void HttpServer::accept_some(const ListenSocket& socket, Moment now) {
  for (int i = 0; i < accepts_at_once && may_accept(now); ++i) {
    UniqueFd fd = socket.accept();
    if (fd) {
      let_in(std::move(fd), now);
      continue;
    }
    if (is_passing(errno)) return;
    log(LogLevel::warning, errno_fault("accept a connection").message);
    accept_after_ = now + pause_when_exhausted;
  }
}

bool HttpServer::is_by_tls(const Origin& origin) const { return credentials_ && !origin.user; }

void HttpServer::let_in(UniqueFd fd, Moment now) {
  const Origin origin = Origin::of(fd.get());
  const Decision decision = decide(seats(), origin, limits_.admission, now);
  if (decision.reception == Reception::refuse) return turn_away(fd, is_by_tls(origin));
  if (decision.reception == Reception::take_place) {
    const auto place = guests_.find(decision.place_of);
    place->second.connection.give_up();
    guests_.erase(place);
    refusals_.count(Refusal::made_room);
  }
  auto channel = open_channel(std::move(fd), origin);
  if (!channel) return log(LogLevel::warning, channel.error().message);
  guests_.emplace(++last_id_, Guest{origin, {*std::move(channel), limits_, refusals_, now}});
}

Result<Channel> HttpServer::open_channel(UniqueFd fd, const Origin& origin) const {
  if (!is_by_tls(origin)) return Channel(std::move(fd));
  return Channel::of_server(std::move(fd), credentials_->current());
}

/// As far as that goes without waiting. What the client has sent is read, or else closing would be
/// a reset. By TLS nothing can be said before much was agreed upon, so there it is one.
void HttpServer::turn_away(const UniqueFd& fd, bool is_by_tls) {
  refusals_.count(Refusal::too_many);
  if (is_by_tls) return;
  static const std::string refusal =
      refuse(503, "too_many_connections", "there are too many connections from this address").bytes;
  ::send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL);
  std::array<char, 8192> sent;
  ::recv(fd.get(), sent.data(), sent.size(), 0);
}

void HttpServer::take_requests() {
  for (auto& [id, guest] : guests_) {
    auto head = guest.connection.take_request();
    if (!head) continue;
    const auto shown_to = is_by_tls(guest.origin) ? credentials_->current() : nullptr;
    workers_->submit([this, connection_id = id, standing = standing_of(guest), shown_to,
                      head = *std::move(head)] {
      const TokenBook* tokens = shown_to ? &shown_to->tokens() : nullptr;
      put(connection_id, exchange_.answer(head, standing, tokens));
    });
  }
}

/// Their connections stay until they have been gone on with, and so do the pieces.
void HttpServer::take_rests() {
  for (auto& [id, guest] : guests_) {
    const auto rest = guest.connection.take_rest();
    if (rest.pieces == nullptr) continue;
    workers_->submit([this, connection_id = id, rest] {
      put(connection_id, HttpExchange::go_on(*rest.pieces, rest.is_chunked));
    });
  }
}

void HttpServer::put(ConnectionId id, std::variant<HttpAnswer, HttpPiece> answer) {
  {
    const std::lock_guard lock(answers_mutex_);
    answers_.emplace_back(id, std::move(answer));
  }
  wake_up();
}

void HttpServer::hand_out_answers(Moment now) {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const auto count = ::read(wake_.get(), &wakes, sizeof wakes);
  decltype(answers_) answers;
  {
    const std::lock_guard lock(answers_mutex_);
    answers.swap(answers_);
  }
  for (auto& [id, answer] : answers) {
    const auto at = guests_.find(id);
    if (at == guests_.end()) continue;
    HttpConnection& connection = at->second.connection;
    auto* whole = std::get_if<HttpAnswer>(&answer);
    if (whole == nullptr) {
      connection.go_on(std::get<HttpPiece>(std::move(answer)), now);
    } else if (whole->is_wrong_token) {
      connection.answer_at(penalties_.after_failure(at->second.origin, now), std::move(*whole));
    } else {
      connection.answer(std::move(*whole), now);
    }
  }
}

/// Whoever came by those from before has to show what he has again.
void HttpServer::renew_credentials(Moment now) {
  if (credentials_ == nullptr || !credentials_->look(now)) return;
  for (auto& [id, guest] : guests_) {
    if (is_by_tls(guest.origin)) guest.connection.retire(now);
  }
}

void HttpServer::meet_deadlines(Moment now) {
  for (auto& [id, guest] : guests_) {
    if (guest.connection.deadline() <= now) guest.connection.meet_deadline(now);
  }
}

int HttpServer::milliseconds_to_wait(Moment now) const {
  Moment next = now + longest_wait;
  if (credentials_ != nullptr)
    next = std::min<Moment>(next, now + WatchedCredentials::between_looks);
  if (accept_after_ > now) next = std::min(next, accept_after_);
  for (const auto& [id, guest] : guests_) next = std::min(next, guest.connection.deadline());
  const auto left = std::chrono::ceil<milliseconds>(next - now);
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

void HttpServer::wake_up() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace ttq
