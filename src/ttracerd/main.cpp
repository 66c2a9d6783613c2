// ttracerd(8): watches the sockets of this host, and answers who depends on whom.
#include <iostream>

#include "ttracerd/daemon.h"
#include "ttracerd/once.h"
#include "ttracerd/options.h"

int main(int argc, char** argv) {
  int status = ttq::exit_ok;
  const auto options = ttq::read_options(argc, argv, status);
  if (!options) return status;
  switch (options->action) {
    case ttq::Action::run:
      return ttq::run_daemon(options->config);
    case ttq::Action::once:
      return ttq::run_once(options->config);
    case ttq::Action::print_config:
      std::cout << print_config(options->config);
      return ttq::exit_ok;
    case ttq::Action::check_config:
      std::cout << "the configuration is valid\n";
      return ttq::exit_ok;
  }
  return ttq::exit_usage;
}
