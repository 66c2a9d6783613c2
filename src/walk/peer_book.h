// The peer book: by which names hosts are asked, where that is not the address that others see.
//
// Whoever keeps it is the administrator, so where it has an address somebody is asked for it even
// if that is public (walk/boundary), and at the port that it names. What it cannot do is turn one
// host into another: who answers has to say that he has the address (walk/roster).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ttq/address.h"
#include "ttq/result.h"

namespace ttq {

/// How a host is asked.
struct BookedPeer {
  std::string host;  ///< name or address
  std::optional<std::uint16_t> port;
  std::string source;  ///< the file that says so

  [[nodiscard]] bool is_same_place(const BookedPeer& other) const {
    return host == other.host && port == other.port;
  }
};

class PeerBook {
 public:
  /// A Fault where that address has another place already, or means another host to each.
  Result<void> add(const Address& address, const BookedPeer& peer);

  /// With all that `above` has, which wins.
  void overlay(const PeerBook& above);

  [[nodiscard]] const BookedPeer* find(const Address& address) const;
  /// Whether some host is asked at that port.
  [[nodiscard]] bool has_port(std::uint16_t port) const { return ports_.contains(port); }
  /// Whether a host is asked at that port of that address. Where an address has no entry, as the
  /// one that a name of the book stands for has not always, that is any port of the book.
  [[nodiscard]] bool may_lead_to(const Address& address, std::uint16_t port) const;

 private:
  std::map<Address, BookedPeer> peers_;
  std::set<std::uint16_t> ports_;
};

}  // namespace ttq
