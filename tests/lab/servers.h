// Real servers, each started in a host with a configuration of its own, and returned when it
// serves. None of them is the system's: their files lie in the host's directory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lab/lab.h"

namespace ttq::lab {

/// Whether a socket of that kind is bound to the port in the program's namespace.
bool serves(const Program& program, std::uint16_t port, std::string_view proto = "tcp");
/// Waits for it, or gives up with the program's log.
Program& await(Program& program, std::uint16_t port, std::string_view proto = "tcp");

struct NginxSite {
  std::string listen = "80";  ///< as nginx's directive takes it
  std::string upstream;       ///< "10.0.0.12:8080"; empty: serves a small file
  std::uint16_t status = 0;   ///< the port at which it tells its own counts (StatusPage); 0: none
};
/// Two workers; its access log is `access.log` in the host's directory, but where it tells counts.
Program& nginx(Host& host, const NginxSite& site = {});

/// Keeps `connections` open and asks ten times a second on each.
Program& wrk(Host& host, std::string_view url, unsigned connections = 4);

struct App {
  std::uint16_t port = 8080;
  std::string address;   ///< empty: dual-stack wildcard
  std::string database;  ///< "10.0.0.13:5432"; empty: none
};
/// An HTTP server in Python (actors/app.py), which asks its database at each request.
Program& app(Host& host, const App& app);
Argv app_command(const App& app);

/// PostgreSQL on 5432 that trusts everybody. A database cluster is made for it.
Program& postgres(Host& host);
Program& redis(Host& host, std::string_view address);
/// TCP mode, from `port` to `server` ("10.0.0.12:80").
Program& haproxy(Host& host, std::uint16_t port, std::string_view server);
/// Takes log lines by TCP.
Program& log_receiver(Host& host, std::uint16_t port);
/// Sends what is appended to `file` to `receiver` ("10.0.0.13", 24224) by TCP.
Program& log_forwarder(Host& host, const std::filesystem::path& file, std::string_view receiver,
                       std::uint16_t port);
/// DNS by UDP and TCP on the host's address: app.test is 10.0.0.99.
Program& dnsmasq(Host& host);

/// What an nginx counts itself: its module stub_status.
class StatusPage {
 public:
  StatusPage(const Host& host, std::uint16_t port) : host_(host), port_(port) {}

  /// Connections that it has accepted, without those that asked for this page.
  std::uint64_t accepted();

 private:
  const Host& host_;
  std::uint16_t port_;
  std::uint64_t asked_ = 0;
};

/// One of the small programs in actors/ that Python runs.
Argv actor(std::string_view name, const Argv& arguments);
/// Starts one, and waits until its log begins with what it says when it is ready.
Program& act(Host& host, std::string_view name, const Argv& arguments, std::string_view says);
/// A TCP server that accepts and holds (actors/serve.py); returns when it listens.
Program& serve(Host& host, std::uint16_t port, const Argv& options = {});
/// One of actors/brief.cpp, which come and go within a millisecond or two.
Argv brief(const Argv& arguments);
/// Opens `count` connections to address:port and holds them (actors/hold.py); returns when they
/// stand.
Program& hold(Host& host, std::string_view address, std::uint16_t port, unsigned count = 1,
              const Argv& options = {});

}  // namespace ttq::lab
