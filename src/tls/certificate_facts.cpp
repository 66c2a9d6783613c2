#include "tls/certificate_facts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

#include "base/text.h"
#include "tls/openssl.h"
#include "ttq/address.h"

namespace ttq {
namespace {

constexpr int max_names = 8;

std::string_view bytes_of(const ASN1_STRING& text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text)),
          static_cast<std::size_t>(ASN1_STRING_length(&text))};
}

/// In network byte order, as an Address takes them.
template <std::size_t size>
std::array<std::uint8_t, size> octets(std::string_view bytes) {
  std::array<std::uint8_t, size> taken{};
  std::copy_n(bytes.begin(), size, taken.begin());
  return taken;
}

std::string print_address(std::string_view bytes) {
  if (bytes.size() == 4) return Address::v4(octets<4>(bytes)).print();
  if (bytes.size() == 16) return Address::v6(octets<16>(bytes)).print();
  return "";
}

/// Empty: it names something else than a host.
std::string print_name(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) return clean(bytes_of(*name.d.dNSName), 64);
  if (name.type == GEN_IPADD) return print_address(bytes_of(*name.d.iPAddress));
  return "";
}

std::optional<Time> time_of(const ASN1_TIME* field) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(field, &broken_down) != 1) return std::nullopt;
  return std::chrono::floor<Duration>(
      std::chrono::system_clock::from_time_t(::timegm(&broken_down)));
}

}  // namespace

std::string print_names(const X509& certificate) {
  using Names = std::unique_ptr<GENERAL_NAMES, ReleasedBy<GENERAL_NAMES_free>>;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string printed;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < std::min(count, max_names); ++i) {
    const std::string name = print_name(*sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty()) printed += (printed.empty() ? "" : ", ") + name;
  }
  if (count > max_names) printed += ", ...";
  return printed.empty() ? "nobody" : printed;
}

std::optional<Span> validity_of(const X509& certificate) {
  const auto since = time_of(X509_get0_notBefore(&certificate));
  const auto until = time_of(X509_get0_notAfter(&certificate));
  if (!since || !until) return std::nullopt;
  return Span{*since, *until};
}

}  // namespace ttq
