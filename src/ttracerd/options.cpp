#include "ttracerd/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>

#include "base/text.h"

namespace ttq {
namespace {

constexpr const char* default_config_file = "/etc/ttracerd/ttracerd.toml";

/// What --help says of a setting: what its value is called, and what it does.
struct Explanation {
  const char* value;
  const char* text;
};

const std::map<std::string_view, Explanation> explanations{
    {"store", {"DIR", "Keep the windows in this directory"}},
    {"listen", {"ADDR", "Answer at unix:/path, 127.0.0.1:18870 or [::]:18870; may be repeated"}},
    {"interval", {"DURATION", "Look at the sockets this often"}},
    {"window", {"DURATION", "Fold counts over this span; it divides an hour"}},
    {"flush", {"DURATION", "Write what has changed this often"}},
    {"reconcile", {"DURATION", "Where events are seen, look at all sockets at least this often"}},
    {"retention", {"DURATION", "Drop windows that are older"}},
    {"max_size", {"SIZE", "Drop the oldest windows above this size on disk"}},
    {"cpu_budget", {"SHARE", "Look less often where looking takes more of one CPU than this"}},
    {"probe", {"PROBE", "How sockets are seen: ebpf, netlink (without events), or auto"}},
    {"host_name", {"NAME", "Call this host by that name"}},
    {"host_id", {"ID", "Tell this host from others by that id"}},
    {"user", {"USER", "As root, run as this user ['ttracerd', if there is one]"}},
    {"group", {"GROUP", "Let this group ask through the UNIX socket ['ttq', if there is one]"}},
    {"tls",
     {"DIR",
      "Answer over TCP by TLS, with what is in this directory ['/etc/ttracerd/tls', if there "
      "is a certificate]"}},
    {"insecure",
     {"", "Answer everything over TCP, and other hosts, without encryption or credentials"}},
};

struct CommandLine {
  std::string config_file;
  std::map<std::string, std::vector<std::string>> settings;
  bool once = false;
  bool check_config = false;
  bool print_config = false;
};

std::string option_name(std::string_view setting) {
  std::string name = "--" + std::string(setting);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// "Look at the sockets this often ['1s']"
std::string help_of(std::string_view setting) {
  const std::string value = print_setting(Config{}, setting);
  return std::string(explanations.at(setting).text) + (value.empty() ? "" : " [" + value + "]");
}

void declare_setting(CLI::App& app, CommandLine& line, const std::string& name) {
  const Explanation& explanation = explanations.at(name);
  if (name == "insecure") {
    app.add_flag_callback(
        "--insecure", [&line] { line.settings["insecure"] = {"true"}; }, explanation.text);
    return;
  }
  const auto keep = [&line, name](const std::string& value) {
    line.settings[name].push_back(value);
  };
  auto* option = app.add_option_function<std::string>(option_name(name), keep, help_of(name));
  option->trigger_on_parse()->type_name(explanation.value);
  if (name == "listen") option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void declare(CLI::App& app, CommandLine& line) {
  app.add_option(
         "--config", line.config_file,
         std::string("Read this file, and conf.d/*.toml beside it ['") + default_config_file + "']")
      ->type_name("FILE");
  for (const auto name : setting_names()) declare_setting(app, line, std::string(name));
  app.add_flag("--once", line.once, "Look once, print the flows as JSON, and end");
  app.add_flag("--check-config", line.check_config, "Say whether the configuration is valid");
  app.add_flag("--print-config", line.print_config, "Print the configuration that results");
  app.set_version_flag("--version", "ttracerd " TTQ_VERSION, "Print the version");
}

Result<void> apply(Config& config, const CommandLine& line) {
  for (const auto& [name, values] : line.settings) {
    clear_list(config, name);
    for (const auto& value : values) {
      if (auto taken = set(config, name, value); !taken) {
        return Fault{option_name(name) + ": " + taken.error().message};
      }
    }
  }
  return {};
}

Result<Config> resolve_config(const CommandLine& line) {
  Config config;
  const bool named = !line.config_file.empty();
  auto read = read_config(config, named ? line.config_file : default_config_file, named);
  if (read) read = apply(config, line);
  if (read) read = check(config);
  if (!read) return read.error();
  return config;
}

Result<Options> resolve(const CommandLine& line) {
  auto config = resolve_config(line);
  if (!config) return config.error();
  Options options;
  options.config = *std::move(config);
  options.read_again = [line] { return resolve_config(line); };
  if (line.once) options.action = Action::once;
  if (line.print_config) options.action = Action::print_config;
  if (line.check_config) options.action = Action::check_config;
  return options;
}

}  // namespace

std::optional<Options> read_options(int argc, const char* const* argv, int& status) {
  CLI::App app(
      "Watches which processes of this host depend on which others, and answers over HTTP.",
      "ttracerd");
  app.footer("See ttracerd(8) and ttracerd.toml(5). Ask it with ttq(1) or curl(1).");
  CommandLine line;
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    status = app.exit(done);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::cerr << "ttracerd: " << clean(error.what(), 500) << "; see ttracerd --help\n";
    status = exit_usage;
    return std::nullopt;
  }
  auto options = resolve(line);
  if (!options) {
    std::cerr << "ttracerd: " << clean(options.error().message, 1000) << "\n";
    status = exit_usage;
    return std::nullopt;
  }
  return *options;
}

}  // namespace ttq
