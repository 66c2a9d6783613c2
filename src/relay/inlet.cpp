#include "relay/inlet.h"

#include <sys/socket.h>

#include <cerrno>

namespace ttq {

/// One byte more than a record may have, so that one that is too long shows.
Inlet::Inlet(UniqueFd socket, Intake& intake)
    : socket_(std::move(socket)), reader_(intake), buffer_(max_record_bytes + 1, '\0') {}

Result<bool> Inlet::next() {
  for (;;) {
    const auto count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_fault("hear the collector");
    if (count == 0) return false;
    const auto heard = reader_.read({buffer_.data(), static_cast<std::size_t>(count)});
    if (!heard) return heard.error();
    return true;
  }
}

}  // namespace ttq
