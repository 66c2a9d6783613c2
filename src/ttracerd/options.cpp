#include "ttracerd/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>

#include "base/text.h"

namespace ttq {
namespace {

constexpr const char* default_config_file = "/etc/ttracerd/ttracerd.toml";

/// What --help says of a setting: what its value is called, and what it does; "{}" stands for the
/// words that it may be.
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
    {"probe", {"PROBE", "How sockets are seen: {}; netlink is without events"}},
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

/// By their names; of a flag the value is "true".
using GivenOptions = std::map<std::string, std::vector<std::string>>;

std::string option_name(std::string_view setting) {
  std::string name = "--" + std::string(setting);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// "Look at the sockets this often ['1s']"
std::string help_of(std::string_view setting) {
  const std::string value = print_setting(Config{}, setting);
  const auto words = setting_words(setting);
  std::string text = explanations.at(setting).text;
  if (!words.empty()) text = replace_all(text, "{}", alternatives(words));
  return text + (value.empty() || value == "false" ? "" : " [" + value + "]");
}

OptionLine line_of(std::string_view setting) {
  return {option_name(setting), explanations.at(setting).value, help_of(setting),
          setting_words(setting), setting == "listen"};
}

void declare(CLI::App& app, const OptionLine& line, GivenOptions& given) {
  const auto keep = [&given, name = line.name()](const std::string& value) {
    given[name].push_back(value);
  };
  if (line.value.empty()) {
    app.add_flag_callback(
        line.spelling, [keep] { keep("true"); }, line.help);
    return;
  }
  auto* option = app.add_option_function<std::string>(line.spelling, keep, line.help);
  option->trigger_on_parse()->type_name(line.value);
  if (line.is_list) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void declare(CLI::App& app, GivenOptions& given) {
  for (const OptionLine& line : option_lines()) {
    if (line.name() == "--help") {
      app.set_help_flag(line.spelling, line.help);
    } else if (line.name() == "--version") {
      app.set_version_flag(line.spelling, "ttracerd " TTQ_VERSION, line.help);
    } else {
      declare(app, line, given);
    }
  }
}

Result<void> apply(Config& config, const GivenOptions& given) {
  for (const auto setting : setting_names()) {
    const std::string name = option_name(setting);
    const auto found = given.find(name);
    if (found == given.end()) continue;
    clear_list(config, setting);
    for (const auto& value : found->second) {
      if (auto taken = set(config, setting, value); !taken) {
        return Fault{name + ": " + taken.error().message};
      }
    }
  }
  return {};
}

Result<Config> resolve_config(const GivenOptions& given) {
  Config config;
  const auto named = given.find("--config");
  const bool is_named = named != given.end();
  auto read = read_config(config, is_named ? named->second.back() : default_config_file, is_named);
  if (read) read = apply(config, given);
  if (read) read = check(config);
  if (!read) return read.error();
  return config;
}

Result<Options> resolve(const GivenOptions& given) {
  auto config = resolve_config(given);
  if (!config) return config.error();
  Options options;
  options.config = *std::move(config);
  options.read_again = [given] { return resolve_config(given); };
  if (given.count("--once") > 0) options.action = Action::once;
  if (given.count("--print-config") > 0) options.action = Action::print_config;
  if (given.count("--check-config") > 0) options.action = Action::check_config;
  return options;
}

}  // namespace

std::vector<OptionLine> option_lines() {
  std::vector<OptionLine> lines{
      {"-h,--help", "", "Print this help message and exit"},
      {"--config", "FILE",
       std::string("Read this file, and conf.d/*.toml beside it ['") + default_config_file + "']"}};
  for (const auto setting : setting_names()) lines.push_back(line_of(setting));
  lines.insert(lines.end(), {{"--once", "", "Look once, print the flows as JSON, and end"},
                             {"--check-config", "", "Say whether the configuration is valid"},
                             {"--print-config", "", "Print the configuration that results"},
                             {"--version", "", "Print the version"}});
  return lines;
}

std::optional<Options> read_options(int argc, const char* const* argv, int& status) {
  CLI::App app(
      "Watches which processes of this host depend on which others, and answers over HTTP.",
      "ttracerd");
  app.footer("See ttracerd(8) and ttracerd.toml(5). Ask it with ttq(1) or curl(1).");
  GivenOptions given;
  declare(app, given);
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
  auto options = resolve(given);
  if (!options) {
    std::cerr << "ttracerd: " << clean(options.error().message, 1000) << "\n";
    status = exit_usage;
    return std::nullopt;
  }
  return *options;
}

}  // namespace ttq
