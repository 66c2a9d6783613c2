// A server that says what a test tells it to, on a loopback port or a UNIX socket of its own, and
// keeps what it has heard.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "tls/channel.h"
#include "ttq/peer.h"

namespace ttq::test {

/// Bytes for the wire, and how slowly they go there.
struct Script {
  std::string bytes;
  std::chrono::milliseconds pause{0};  ///< after each byte; zero: all at once
  bool stays_silent = false;           ///< holds the connection and sends nothing
};

enum class Coding { none, gzip };

/// `HTTP/1.1 200 OK` with this body.
Script http_ok(const std::string& body, Coding coding = Coding::none);

class ScriptedServer {
 public:
  /// `answer` gives the script for a request's target ("/v1/host").
  using Answer = std::function<Script(const std::string& target)>;

  explicit ScriptedServer(Answer answer, std::string unix_path = "");
  /// By TLS.
  ScriptedServer(Answer answer, std::shared_ptr<const ServerCredentials> credentials);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] PeerAddress address() const { return address_; }
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] int connections() const;
  /// Every byte that came, by TLS those that were meant for it.
  [[nodiscard]] std::string heard() const;

 private:
  void serve(const std::stop_token& stop);
  void converse(Channel channel, const std::stop_token& stop);
  static void play(Channel& channel, const Script& script, const std::stop_token& stop);

  Answer answer_;
  std::shared_ptr<const ServerCredentials> credentials_;
  PeerAddress address_;
  UniqueFd listener_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  std::string heard_;
  std::jthread thread_;
};

}  // namespace ttq::test
