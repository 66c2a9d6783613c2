// Certificates for the hosts of a scene, made by `ttq pki`.
#pragma once

#include <filesystem>

#include "lab/daemon.h"

namespace ttq::lab {

/// A CA, and the user who has it.
class Ca {
 public:
  explicit Ca(std::filesystem::path home) : home_(std::move(home)) {
    std::filesystem::create_directories(home_);
    must_pki({"init"});
  }

  /// Puts a host's certificate where its daemon looks for it.
  std::filesystem::path give(const Host& host, const std::string& address) const {
    must_pki({"issue", host.name(), address});
    std::filesystem::path there = host.dir() / "tls";
    std::filesystem::create_directories(there);
    for (const auto& file :
         std::filesystem::directory_iterator(home_ / ".config/ttq/pki/hosts" / host.name())) {
      const std::filesystem::path place = there / file.path().filename();
      std::filesystem::remove(place);
      std::filesystem::copy_file(file.path(), place);  // the mode with it
    }
    return there;
  }
  [[nodiscard]] std::filesystem::path own() const { return home_ / ".config/ttq/tls"; }
  [[nodiscard]] Outcome pki(const Argv& words) const { return run(with_home({"pki"}, words)); }
  [[nodiscard]] const std::filesystem::path& home() const { return home_; }
  [[nodiscard]] Outcome ask(const Host& from, const Argv& words) const {
    return from.run(with_home({}, words));
  }

 private:
  void must_pki(const Argv& words) const {
    const Outcome outcome = pki(words);
    if (outcome.status != 0) give_up("ttq pki: " + outcome.err);
  }
  [[nodiscard]] Argv with_home(const Argv& first, const Argv& words) const {
    Argv command{"env", "-u", "XDG_CONFIG_HOME", "HOME=" + home_.string()};
    const Argv ttq = ttq_command(first);
    command.insert(command.end(), ttq.begin(), ttq.end());
    command.insert(command.end(), words.begin(), words.end());
    return command;
  }

  std::filesystem::path home_;
};

inline Manner by_tls(const Host& host, const std::filesystem::path& credentials,
                     const Argv& more = {}) {
  Argv options{"--tls", credentials.string(), "--listen", host.address() + ":18870"};
  options.insert(options.end(), more.begin(), more.end());
  return {.options = options, .name = "tls-", .socket = "run/api.sock"};
}

}  // namespace ttq::lab
