// Prometheus's list of targets, as its file_sd and http_sd have it, with what ttq makes of it:
//
//   [{"targets": ["web1.mgmt.example:18870"],
//     "labels": {"__meta_ttq_addresses": ",10.0.0.10,fd00::10,", "__meta_ttq_host_id": "9f3c…",
//                "__meta_ttq_host_name": "web1"}}]
//
// Labels that begin with __meta_ are gone after relabelling, and lists in them have their separator
// at both ends, so that a pattern finds ",10.0.0.10," (prometheus.io, configuration, dockerswarm_sd
// and consul_sd). Lists without that label are other people's, and none of our business.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ttq/address.h"
#include "ttq/result.h"

namespace ttq {

/// A host, and how it is asked.
struct PeerEntry {
  std::string target;              ///< as it is spelled: name or address, with a port or without
  std::vector<Address> addresses;  ///< that others see
  std::string host_id;             ///< only written
  std::string host_name;           ///< only written
};

/// Those with addresses; of an empty file none, as a shell makes it empty before it runs the `ttq`
/// that is to fill it. A Fault says which entry is wrong: "[3].labels.…: …", or for what is no
/// JSON the line.
Result<std::vector<PeerEntry>> parse_peer_entries(std::string_view text);

/// In the order given. An entry with more addresses than a reader takes in one label is several.
std::string print_peer_entries(const std::vector<PeerEntry>& entries);

}  // namespace ttq
