#include "api/http_server.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "base/log.h"

namespace ttq {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest_wait{60'000};
constexpr milliseconds pause_when_exhausted{250};

/// The client went away, or there is none: nothing is wrong with us.
bool is_passing(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::vector<ListenAddress>& addresses,
                                                      const Routes& routes,
                                                      const HttpLimits& limits) {
  auto sockets = ListenSocket::open_all(addresses);
  if (!sockets) return sockets.error();
  return start(*std::move(sockets), routes, limits);
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::vector<ListenSocket> sockets,
                                                      const Routes& routes,
                                                      const HttpLimits& limits) {
  assert(!sockets.empty());
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return errno_fault("eventfd");
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(sockets), std::move(wake), routes, limits));
}

HttpServer::HttpServer(std::vector<ListenSocket> sockets, UniqueFd wake, const Routes& routes,
                       const HttpLimits& limits)
    : limits_(limits),
      exchange_(routes),
      sockets_(std::move(sockets)),
      wake_(std::move(wake)),
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

void HttpServer::run() {
  while (!stopping_) {
    wait(steady_clock::now());
    const Moment now = steady_clock::now();
    hand_out_answers(now);
    meet_deadlines(now);
    take_requests();
    take_rests();
    std::erase_if(connections_, [](const auto& entry) { return entry.second.is_done(); });
  }
}

/// Waits for events, and lets them happen. Beyond this point no connection in the table is done.
void HttpServer::wait(Moment now) {
  const bool accepting = may_accept(now);
  std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
  for (const ListenSocket& socket : sockets_) {
    polled.push_back({accepting ? socket.fd() : -1, POLLIN, 0});
  }
  // One that waits for its answer is left out: that its client hung up would wake us for ever.
  std::vector<HttpConnection*> awaited;
  for (auto& [id, connection] : connections_) {
    if (connection.awaited_events() == 0) continue;
    polled.push_back({connection.fd(), connection.awaited_events(), 0});
    awaited.push_back(&connection);
  }
  if (::poll(polled.data(), polled.size(), milliseconds_to_wait(now)) <= 0) return;

  now = steady_clock::now();
  const auto first_connection = polled.begin() + 1 + static_cast<std::ptrdiff_t>(sockets_.size());
  for (std::size_t i = 0; i < awaited.size(); ++i) {
    if (first_connection[static_cast<std::ptrdiff_t>(i)].revents != 0) awaited[i]->proceed(now);
  }
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (polled[i + 1].revents != 0) accept_one(sockets_[i], now);
  }
}

bool HttpServer::may_accept(Moment now) const {
  if (now < accept_after_) return false;
  return connections_.size() < limits_.connections ||
         std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& entry) { return entry.second.is_idle(); });
}

/// Lets the connection go that has been idle for longest.
void HttpServer::make_room() {
  auto oldest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (!it->second.is_idle()) continue;
    if (oldest == connections_.end() || it->second.deadline() < oldest->second.deadline()) {
      oldest = it;
    }
  }
  if (oldest != connections_.end()) connections_.erase(oldest);
}

void HttpServer::accept_one(const ListenSocket& socket, Moment now) {
  if (connections_.size() >= limits_.connections) make_room();
  if (connections_.size() >= limits_.connections) return;
  UniqueFd fd = socket.accept();
  if (fd) {
    connections_.emplace(++last_id_, HttpConnection(std::move(fd), limits_, now));
  } else if (!is_passing(errno)) {
    log(LogLevel::warning, errno_fault("accept a connection").message);
    accept_after_ = now + pause_when_exhausted;
  }
}

void HttpServer::take_requests() {
  for (auto& [id, connection] : connections_) {
    auto head = connection.take_request();
    if (!head) continue;
    workers_->submit([this, connection_id = id, head = *std::move(head)] {
      put(connection_id, exchange_.answer(head));
    });
  }
}

/// Their connections stay until they have been gone on with, and so do the pieces.
void HttpServer::take_rests() {
  for (auto& [id, connection] : connections_) {
    const auto rest = connection.take_rest();
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
    const auto connection = connections_.find(id);
    if (connection == connections_.end()) continue;
    if (auto* whole = std::get_if<HttpAnswer>(&answer)) {
      connection->second.answer(std::move(*whole), now);
    } else {
      connection->second.go_on(std::get<HttpPiece>(std::move(answer)), now);
    }
  }
}

void HttpServer::meet_deadlines(Moment now) {
  for (auto& [id, connection] : connections_) {
    if (connection.deadline() <= now) connection.meet_deadline(now);
  }
}

int HttpServer::milliseconds_to_wait(Moment now) const {
  Moment next = now + longest_wait;
  if (accept_after_ > now) next = std::min(next, accept_after_);
  for (const auto& [id, connection] : connections_) next = std::min(next, connection.deadline());
  const auto left = std::chrono::ceil<milliseconds>(next - now);
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

void HttpServer::wake_up() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto count = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace ttq
