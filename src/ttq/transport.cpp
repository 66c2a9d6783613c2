#include "ttq/transport.h"

#include <system_error>
#include <vector>

#include "ttq/places.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr const char* credentials_of_all = "/etc/ttq/tls";

/// The first that is there, or may be: what cannot be looked into is not as if there were nothing,
/// or who has credentials would ask without them. None: nobody has any for us.
std::optional<fs::path> usual_credentials() {
  std::vector<fs::path> places;
  if (const auto own = config_directory()) places.push_back(*own / "tls");
  places.emplace_back(credentials_of_all);
  for (const fs::path& place : places) {
    std::error_code unknown;
    if (fs::status(place, unknown).type() != fs::file_type::not_found) return place;
  }
  return std::nullopt;
}

}  // namespace

Result<Transport> open_transport(const Options& options) {
  if (options.via && *options.via != Via::tls) return Transport{*options.via, nullptr, ""};
  const auto directory = options.tls ? options.tls : usual_credentials();
  if (!directory && options.via) {
    return Fault{options.via_place +
                 " tls: there are no credentials; ask whoever keeps your fleet's CA for them "
                 "(ttq-pki(1)), "
                 "and --tls says where else they are"};
  }
  if (!directory) return Transport{Via::tcp, nullptr, ""};
  auto credentials = ClientCredentials::load(*directory);
  if (credentials) return Transport{Via::tls, *std::move(credentials), ""};
  if (options.tls || options.via) return credentials.error().in(options.tls_place);
  // This host needs none of them, and the others are not asked without.
  return Transport{Via::tls, nullptr,
                   "your credentials cannot be used: " + credentials.error().message};
}

}  // namespace ttq
