// ttracerd(8): watches the sockets of this host, and answers who depends on whom.
#include <unistd.h>

#include <iostream>

#include "confine/privileges.h"
#include "tls/credentials.h"
#include "ttracerd/daemon.h"
#include "ttracerd/once.h"
#include "ttracerd/options.h"
#include "ttracerd/refusal.h"
#include "ttracerd/signals.h"
#include "ttracerd/speaking_host.h"

namespace {

/// What a configuration names has to be usable, too, for a server, which has no capabilities. (One
/// that root starts is let in by what root's daemon does before: ttracerd/places.h.)
int check_credentials(const ttq::Config& config) {
  if (::geteuid() != 0) {
    if (auto kept = ttq::keep_only({}); !kept) return refuse(kept.error());
  }
  if (const auto directory = tls_directory(config)) {
    const auto loaded = ttq::ServerCredentials::load(*directory);
    if (!loaded) return refuse(loaded.error().in("tls"));
    const ttq::Time end = (*loaded)->valid_until();
    if (end <= ttq::wall_clock()) {
      return ttq::refuse(ttq::Fault{"tls: the certificate has ended at " + ttq::print_time(end)});
    }
  }
  std::cout << "the configuration is valid\n";
  return ttq::exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
  // First of all: a SIGHUP that comes while the configuration is read must not be the end.
  const ttq::Signals signals;
  int status = ttq::exit_ok;
  const auto options = ttq::read_options(argc, argv, status);
  if (!options) return status;
  if (options->action == ttq::Action::run) return ttq::run_daemon(*options, signals);
  signals.let_go();
  switch (options->action) {
    case ttq::Action::run:
      break;
    case ttq::Action::once:
      return ttq::run_once(options->config);
    case ttq::Action::print_config:
      std::cout << print_config(options->config);
      return ttq::exit_ok;
    case ttq::Action::check_config:
      return check_credentials(options->config);
  }
  return ttq::exit_usage;
}
