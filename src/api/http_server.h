// Serves the routes over HTTP/1.1, on TCP and UNIX sockets.
//
// One thread does all reading and writing, with poll(2), and never waits for a client; a few
// workers turn heads into answers, and never see a client. So neither a slow sender nor a slow
// reader keeps anybody else waiting, and what a stranger can use up is bounded: connections, bytes
// of a head, time (HttpLimits). Who comes where all places are taken, is decided in admission.h;
// whoever is not let in is told so. Who is refused is counted (refusal_book.h). A handshake of TLS
// is a fraction of a millisecond, with a key of RSA some of them, and is the polling thread's: so a
// few go on in each round, and who has been let in waits for no more than those.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "api/http_connection.h"
#include "api/http_exchange.h"
#include "api/listen_address.h"
#include "api/listen_socket.h"
#include "api/penalty_book.h"
#include "api/routes.h"
#include "api/turns.h"
#include "api/worker_pool.h"
#include "base/unique_fd.h"
#include "tls/watched_credentials.h"
#include "ttq/result.h"

namespace ttq {

class HttpServer {
 public:
  /// Serves until it is destroyed, over TCP by TLS where there are credentials. `routes` must
  /// outlive it, and so must they. REQUIRES: there is a socket.
  static Result<std::unique_ptr<HttpServer>> start(std::vector<ListenSocket> sockets,
                                                   const Routes& routes, Audience audience,
                                                   const HttpLimits& limits = {},
                                                   WatchedCredentials* credentials = nullptr);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Drops every connection, and returns at once.
  ~HttpServer();

  /// With the ports that the kernel chose.
  [[nodiscard]] std::vector<ListenAddress> addresses() const;

 private:
  using Moment = HttpConnection::Moment;
  using ConnectionId = std::uint64_t;

  struct Guest {
    Origin origin;
    HttpConnection connection;
  };

  HttpServer(std::vector<ListenSocket> sockets, UniqueFd wake, const Routes& routes,
             Audience audience, const HttpLimits& limits, WatchedCredentials* credentials);

  [[nodiscard]] Standing standing_of(const Guest& guest) const;
  void run();
  void wait(Moment now);
  void go_on(const std::vector<ConnectionId>& ready, Moment now);
  void accept_some(const ListenSocket& socket, Moment now);
  void let_in(UniqueFd fd, Moment now);
  [[nodiscard]] bool is_by_tls(const Origin& origin) const;
  [[nodiscard]] Result<Channel> open_channel(UniqueFd fd, const Origin& origin) const;
  void turn_away(const UniqueFd& fd, bool is_by_tls);
  [[nodiscard]] bool may_accept(Moment now) const;
  [[nodiscard]] std::vector<Seat> seats() const;
  void drop_done();
  void take_requests();
  void take_rests();
  void hand_out_answers(Moment now);
  void put(ConnectionId id, std::variant<HttpAnswer, HttpPiece> answer);
  void meet_deadlines(Moment now);
  void renew_credentials(Moment now);
  void tell_refusals(Moment now);
  [[nodiscard]] int milliseconds_to_wait(Moment now) const;
  void wake_up();

  const HttpLimits limits_;
  const Audience audience_;
  const Routes& routes_;
  const HttpExchange exchange_;
  RefusalBook& refusals_;
  WatchedCredentials* const credentials_;
  std::vector<ListenSocket> sockets_;
  UniqueFd wake_;  ///< an eventfd: answers are ready, or it is time to stop
  std::atomic<bool> stopping_ = false;

  // Of the thread that polls alone.
  std::map<ConnectionId, Guest> guests_;
  ConnectionId last_id_ = 0;
  Turns handshakes_;
  PenaltyBook penalties_;
  Moment accept_after_{};  ///< accept(2) ran out of descriptors or memory

  std::mutex answers_mutex_;
  std::vector<std::pair<ConnectionId, std::variant<HttpAnswer, HttpPiece>>> answers_;

  // Last: their threads use all of the above, and stop first.
  std::unique_ptr<WorkerPool> workers_;
  std::thread thread_;
};

}  // namespace ttq
