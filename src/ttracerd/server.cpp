#include "ttracerd/server.h"

#include "api/http_server.h"
#include "api/routes.h"
#include "base/log.h"
#include "confine/file_access.h"
#include "confine/privileges.h"
#include "confine/system_calls.h"
#include "relay/inlet.h"
#include "store/place.h"
#include "store/rocks_store.h"
#include "tls/watched_credentials.h"
#include "ttracerd/courtesy.h"
#include "ttracerd/options.h"
#include "ttracerd/own_footprint.h"
#include "ttracerd/places.h"
#include "ttracerd/refusal.h"
#include "ttracerd/speaking_host.h"
#include "ttracerd/store_intake.h"

namespace ttq {
namespace {

Result<std::vector<ListenAddress>> listen_addresses(const Config& config) {
  std::vector<ListenAddress> addresses;
  for (const auto& text : config.listen) {
    auto address = parse_listen_address(text);
    if (!address) return address.error();
    addresses.push_back(*address);
  }
  return addresses;
}

std::vector<std::filesystem::path> socket_directories(const std::vector<ListenAddress>& addresses) {
  std::vector<std::filesystem::path> directories;
  for (const ListenAddress& address : addresses) {
    if (address.unix_path.empty()) continue;
    directories.push_back(std::filesystem::path(address.unix_path).parent_path());
  }
  return directories;
}

Result<void> prepare_places(const Config& config, const std::vector<std::filesystem::path>& sockets,
                            const std::optional<Identity>& user) {
  auto prepared = prepare_store(config.store, user);
  if (!prepared) return advise(prepared.error(), "--store chooses another directory");
  for (const auto& directory : sockets) {
    prepared = prepare_socket_directory(directory, user);
    if (!prepared) return advise(prepared.error(), "--listen chooses another address");
  }
  const auto tls = tls_directory(config);
  return tls ? prepare_credentials(*tls, user) : Result<void>();
}

/// Null: TCP is answered without TLS.
Result<std::unique_ptr<WatchedCredentials>> open_credentials(const Config& config) {
  const auto directory = tls_directory(config);
  if (!directory) return std::unique_ptr<WatchedCredentials>();
  auto opened = WatchedCredentials::open(*directory);
  if (!opened) return opened.error().in("tls");
  const Time end = (*opened)->current()->valid_until();
  if (end <= wall_clock())
    log(LogLevel::warning, "the certificate has ended at " + print_time(end));
  return opened;
}

/// From several threads.
Health health_of(const HealthBoard& board, const OwnFootprint& own,
                 const WatchedCredentials* credentials) {
  Health health = board.read(own.read());
  if (credentials != nullptr) health.certificate_end = credentials->current()->valid_until();
  return health;
}

/// The directory of the credentials, and where symbolic links in it lead: a renewed certificate
/// lies beside the one before.
std::vector<std::filesystem::path> places_of_credentials(const Config& config) {
  const auto directory = tls_directory(config);
  if (!directory) return {};
  std::vector<std::filesystem::path> places{*directory};
  for (const char* name : server_files) {
    std::error_code absent;
    const auto file = std::filesystem::canonical(*directory / name, absent);
    if (!absent) places.push_back(file.parent_path());
  }
  return places;
}

/// Beyond this point the process reaches no file but these.
Result<void> confine(const Config& config, std::vector<std::filesystem::path> sockets) {
  // What RocksDB and the C library look at of the machine.
  std::vector<std::filesystem::path> read{"/proc/sys/kernel/random/uuid",
                                          "/sys/devices/system/cpu"};
  for (auto& place : places_of_credentials(config)) read.push_back(std::move(place));
  const auto restricted = restrict_files(
      {.read = std::move(read), .write = {config.store}, .sockets = std::move(sockets)});
  if (!restricted) return restricted.error();
  if (!*restricted) log(LogLevel::info, "this kernel has no Landlock to confine the server with");
  return {};
}

Result<std::vector<ListenSocket>> open_sockets(const std::vector<ListenAddress>& addresses,
                                               const std::optional<Identity>& user) {
  auto sockets = ListenSocket::open_all(addresses);
  if (!sockets || !user || !user->askers) return sockets;
  for (const ListenSocket& socket : *sockets) {
    if (auto let = socket.let_in(*user->askers); !let) return let.error();
  }
  return sockets;
}

/// Beyond this point it can start no program, and call nobody.
Result<void> close_the_gates() {
  const auto restricted = restrict_system_calls();
  if (!restricted) return restricted.error();
  if (!*restricted) log(LogLevel::info, "this server's system calls cannot be filtered here");
  return {};
}

/// Until the collector has gone.
int hear(UniqueFd relay, StoreIntake& intake, ServerEnds& ends) {
  Inlet inlet(std::move(relay), intake);
  for (;;) {
    const auto heard = inlet.next();
    if (!heard) return refuse(heard.error());
    if (ends.can_say() && intake.has_stored()) ends.say_stored();
    if (*heard) continue;
    if (inlet.was_told_farewell()) return exit_ok;
    return refuse(Fault{"the collector has died; all that it told is in the store"});
  }
}

}  // namespace

int serve(const Config& config, const std::optional<Identity>& user, ServerEnds ends) {
  const auto addresses = listen_addresses(config);
  if (!addresses) return refuse(addresses.error());
  const auto sockets = socket_directories(*addresses);
  if (auto prepared = prepare_places(config, sockets, user); !prepared) {
    return refuse(prepared.error());
  }
  const HostFacts facts = read_host_facts();
  const OwnFootprint own;  // while /proc is in reach
  // Beyond this point the process has no capability, and is its own user.
  if (auto shed = shed_privileges(user, {}); !shed) return refuse(shed.error());
  const auto credentials = open_credentials(config);
  if (!credentials) return refuse(credentials.error());
  if (auto confined = confine(config, sockets); !confined) return refuse(confined.error());

  // A daemon that was killed may have left a server that is still writing what it knew.
  await_release(config.store, std::chrono::seconds(3));
  auto store = RocksStore::open(config.store, config.keeping);
  if (!store) return refuse(advise(store.error(), "--store chooses another directory"));
  HealthBoard board;
  const SpeakingHost host(config, facts, (*store)->instance(), board);
  const Routes routes(**store, {.host = [&] { return host.now(); },
                                .health = [&] { return health_of(board, own, credentials->get()); },
                                .clock = wall_clock});
  auto listening = open_sockets(*addresses, user);
  if (!listening) return refuse(advise(listening.error(), "--listen chooses another address"));
  if (auto closed = close_the_gates(); !closed) return refuse(closed.error());
  const auto server = HttpServer::start(
      *std::move(listening), routes, config.insecure ? Audience::everybody : Audience::unix_socket,
      {}, credentials->get());
  if (!server) return refuse(server.error());

  StoreIntake intake(**store, board);
  ends.say_ready();
  enter(CpuClass::batch);  // those who ask were given their threads before
  return hear(std::move(ends.relay), intake, ends);
}

int rehearse(const Config& config, const std::optional<Identity>& user, ServerEnds ends) {
  const auto addresses = listen_addresses(config);
  if (!addresses) return refuse(addresses.error());
  if (const auto tls = tls_directory(config)) {
    if (auto prepared = prepare_credentials(*tls, user); !prepared) return refuse(prepared.error());
  }
  if (auto shed = shed_privileges(user, {}); !shed) return refuse(shed.error());
  const auto credentials = open_credentials(config);
  if (!credentials) return refuse(credentials.error());
  ends.say_ready();
  return exit_ok;
}

}  // namespace ttq
