// The daemon's settings: what /etc/ttracerd/ttracerd.toml, conf.d/*.toml and the command line say,
// in that order, the later winning. It runs with none of them. ttracerd.toml(5).
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ttq/result.h"
#include "ttq/store.h"
#include "ttracerd/pace.h"

namespace ttq {

constexpr const char* usual_tls = "/etc/ttracerd/tls";

struct Config {
  std::filesystem::path store = "/var/lib/ttracerd";
  std::vector<std::string> listen{"unix:/run/ttracerd/api.sock"};
  Pace pace;
  Keeping keeping;
  double cpu_budget = 0.05;  ///< of one CPU
  std::string probe = "auto";
  std::optional<std::string> host_name;  ///< none: gethostname(2)
  std::optional<std::string> host_id;    ///< none: made from /etc/machine-id
  std::optional<std::string> user;       ///< none: ttracerd, if there is one
  std::optional<std::string> group;      ///< none: ttq, if there is one
  /// Of credentials (tls/credentials.h); none: what a service manager has put into the directory
  /// $CREDENTIALS_DIRECTORY (systemd.exec(5)), or usual_tls, if there is a certificate in it.
  std::optional<std::filesystem::path> tls;
  bool insecure = false;
};

/// One setting by its name in the file (`host_name`; `host-name` is the same), from its text. A
/// list is given one element at a time. The Fault says what would be right, and not where it stood.
Result<void> set(Config& config, std::string_view name, std::string_view value);

/// Lets the elements that follow take the place of those that `listen` holds.
void clear_list(Config& config, std::string_view name);

/// `file` and then the *.toml of its sibling directory conf.d, by name. A Fault names file, line
/// and key. Nothing is read where `file` is absent, unless it is `required`.
Result<void> read_config(Config& config, const std::filesystem::path& file, bool required);

/// What one setting cannot see: the windows that do not divide an hour, a flush over a window, and
/// so on. Says all in one line.
Result<void> check(const Config& config);

/// Where the credentials are; none: TCP is answered without TLS.
std::optional<std::filesystem::path> tls_directory(const Config& config);

/// As TOML, with every key.
std::string print_config(const Config& config);

/// One setting's value in TOML; empty: it is found out at start.
std::string print_setting(const Config& config, std::string_view name);

/// Names of all settings, as in the file.
std::vector<std::string_view> setting_names();

/// What its value may be; empty: it is not one of a few words.
std::span<const std::string_view> setting_words(std::string_view name);

}  // namespace ttq
