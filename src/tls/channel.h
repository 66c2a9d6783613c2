// The bytes of one connection, as they are or by TLS; it never waits.
//
// What TLS wants to read and write for itself happens within the steps below, so a step may wait
// for the other direction than the one that it is named after: awaited() says for which. A step
// reads so much and no more, whatever the other side sends; the rest stays in the kernel, so a step
// that was blocked is polled for by level, not by edge. Nothing of ours is sent before secure() is
// done, and it is done only if the other side has shown a certificate that the credentials ask for:
// so nothing is told to a stranger.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "tls/credentials.h"

using SSL = struct ssl_st;

namespace ttq {

class Channel {
 public:
  enum class State : std::uint8_t {
    moved,    ///< bytes went, or it is secure now
    blocked,  ///< wait for awaited()
    ended,    ///< the other side has said that it is done
    broken,   ///< see failure()
  };
  struct Step {
    State state = State::moved;
    std::size_t bytes = 0;
  };

  /// Why it broke.
  enum class Failure : std::uint8_t {
    broke_off,   ///< the connection did
    no_tls,      ///< the other side speaks something else
    unverified,  ///< its certificate is not what ours asks for
    refused,     ///< it does not want what we have shown
  };

  /// Nobody's.
  Channel();
  /// As they are.
  explicit Channel(UniqueFd fd);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  Channel(Channel&&) noexcept;
  Channel& operator=(Channel&&) noexcept;
  ~Channel();

  /// The host's side.
  static Result<Channel> of_server(UniqueFd fd,
                                   std::shared_ptr<const ServerCredentials> credentials);
  /// Ours. `host`, a name or an address, has to be in the other side's certificate (RFC 9525).
  static Result<Channel> of_client(UniqueFd fd,
                                   std::shared_ptr<const ClientCredentials> credentials,
                                   const std::string& host);

  [[nodiscard]] int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  [[nodiscard]] bool is_plain() const { return secrecy_ == nullptr; }

  /// Agrees with the other side on who both are. REQUIRES of the others: it has moved.
  Step secure();
  /// One record of TLS at most, so give it room for that (16 KiB): what is left of it would wait
  /// here, where poll(2) does not see it.
  Step read(std::span<char> buffer);
  Step write(std::string_view bytes);
  /// Nothing more will be written.
  void end_writing();

  /// What the last step waits for: POLLIN, POLLOUT, or, where it does not, `usual`.
  [[nodiscard]] short awaited(short usual) const { return awaited_.value_or(usual); }

  /// Until when the certificate of our CA that the other side has shown is valid, and those between
  /// the two; none: it has shown none.
  [[nodiscard]] std::optional<Time> verified_until() const { return verified_until_; }

  /// REQUIRES: a step was broken.
  [[nodiscard]] Failure failure() const { return failure_; }
  /// More about it, in words that may have come from the other side, cleaned.
  [[nodiscard]] const std::string& failure_words() const { return failure_words_; }

  /// What follows is neither read nor written by TLS.
  void become_plain();
  /// REQUIRES: it is plain.
  UniqueFd take_fd() { return std::move(fd_); }

 private:
  struct Secrecy;

  Channel(UniqueFd fd, std::unique_ptr<Secrecy> secrecy);
  Step finish(int result, std::size_t bytes);
  Step fail();

  UniqueFd fd_;
  std::unique_ptr<Secrecy> secrecy_;  ///< null: plain
  std::optional<short> awaited_;
  std::optional<Time> verified_until_;
  Failure failure_ = Failure::broke_off;
  std::string failure_words_;
};

}  // namespace ttq
