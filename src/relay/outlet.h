// The collector's end of the relay: an Intake that writes records to the server's socket.
//
// It only writes. Its half of the socket is shut for reading, so nothing can come back, and nothing
// that the server might be made to do reaches the process with the privileges. A server that does
// not read is waited for, but not for long; what it has not taken is told again with the next
// flush.
#pragma once

#include <chrono>
#include <optional>

#include "base/unique_fd.h"
#include "relay/records.h"

namespace ttq {

class Outlet final : public Intake {
 public:
  /// `patience`: for a whole batch.
  explicit Outlet(std::chrono::milliseconds patience) : patience_(patience) {}

  /// To another server, which has heard nothing yet. The socket is a SOCK_SEQPACKET.
  Result<void> connect(UniqueFd socket);
  /// What it was told is all.
  void say_farewell();
  void disconnect() { socket_.reset(); }
  /// Whether this server was told how things stand, be it long ago.
  [[nodiscard]] bool knows_health() const { return knows_health_; }

  Result<void> take(const WindowBatch& batch) override;
  void post(const Health& health) override;
  void post_addresses(const std::vector<Address>& addresses) override;

 private:
  using Moment = std::chrono::steady_clock::time_point;

  [[nodiscard]] Result<void> send(std::string_view record, Moment deadline) const;
  [[nodiscard]] Result<void> await_room(Moment deadline) const;

  std::chrono::milliseconds patience_;
  UniqueFd socket_;
  bool knows_health_ = false;
};

}  // namespace ttq
