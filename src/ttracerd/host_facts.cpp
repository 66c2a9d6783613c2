#include "ttracerd/host_facts.h"

#include <ifaddrs.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/text.h"
#include "join/proc_reader.h"
#include "model/socket_address.h"

namespace ttq {
namespace {

/// Drawn once for this program (128 random bits); another would give every host another id.
constexpr std::array<unsigned char, 16> application_id{
    0x6b, 0x1f, 0x0d, 0x52, 0x9c, 0x3a, 0x4e, 0x77, 0xb2, 0x80, 0x15, 0xe9, 0x4c, 0xd6, 0x38, 0xa1};

}  // namespace

std::optional<std::string> application_machine_id(const std::filesystem::path& machine_id_file) {
  std::string text;
  std::ifstream(machine_id_file) >> text;
  const auto machine_id = from_hex(text);
  if (!machine_id || machine_id->size() != 16) return std::nullopt;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), machine_id->data(), static_cast<int>(machine_id->size()),
           application_id.data(), application_id.size(), digest.data(), &size) == nullptr) {
    return std::nullopt;
  }
  return to_hex({reinterpret_cast<const char*>(digest.data()), 16});
}

std::string running_instance(const std::string& store_instance, const std::string& boot_id) {
  const std::uint64_t run = fnv1a(boot_id, fnv1a(store_instance));
  std::array<char, sizeof run> bytes{};
  std::memcpy(bytes.data(), &run, sizeof run);
  return store_instance.substr(0, 16) + to_hex({bytes.data(), bytes.size()});
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return clean(name.data());
}

HostFacts read_host_facts() {
  return {host_name(), application_machine_id("/etc/machine-id"), ProcReader("/proc").boot_id()};
}

std::vector<Address> host_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(first, ::freeifaddrs);
  std::vector<Address> addresses;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    const auto address = address_of(each->ifa_addr);
    if (address && !address->is_loopback()) addresses.push_back(*address);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

PortRange ephemeral_ports(const std::filesystem::path& proc) {
  std::ifstream file(proc / "sys/net/ipv4/ip_local_port_range");
  PortRange range;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  if (file >> first >> last && first <= last && last <= 65535) {
    range = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
  }
  return range;
}

}  // namespace ttq
