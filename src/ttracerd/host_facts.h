// What this host is called, and where it can be reached.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "flow/listener_book.h"
#include "ttq/address.h"
#include "ttq/result.h"

namespace ttq {

/// HMAC-SHA256 of our application's id, keyed by the machine id, as
/// sd_id128_get_machine_app_specific(3) does it: the machine id itself is confidential
/// (machine-id(5)). None without a machine id.
std::optional<std::string> application_machine_id(const std::filesystem::path& machine_id_file);

/// Of the store and of the boot of its machine: whoever clones a machine clones its store too.
std::string running_instance(const std::string& store_instance, const std::string& boot_id);

std::string host_name();

/// What is known before there is a store, and does not change while the daemon runs.
struct HostFacts {
  std::string name;
  std::optional<std::string> id;  ///< none: there is no machine id
  std::string boot_id;
};

HostFacts read_host_facts();

/// Of every interface in this network namespace, loopback addresses left out; sorted.
std::vector<Address> host_addresses();

/// net.ipv4.ip_local_port_range of this network namespace (it holds for IPv6 too); the kernel's
/// default where it cannot be read.
PortRange ephemeral_ports(const std::filesystem::path& proc);

}  // namespace ttq
