// CLI11 takes the line apart; what the pieces mean, and what to say of a bad one, is decided here.
// Its own checks are not used: their messages have many lines and name types, not values.
#include "ttq/options.h"

#include <CLI/CLI.hpp>
#include <map>
#include <optional>

#include "base/text.h"
#include "ttq/since_time.h"
#include "ttq/target.h"
#include "ttq/usage.h"

#ifndef TTQ_VERSION
#error "the build defines TTQ_VERSION"
#endif

namespace ttq {
namespace {

constexpr const char* default_socket = "/run/ttracerd/api.sock";
constexpr Duration default_span = std::chrono::hours(1);

/// The line in pieces: what stood alone, and the values of options by their names.
struct Pieces {
  std::vector<std::string> words;
  std::map<std::string, std::string> values;
  std::optional<std::string> complaint;

  [[nodiscard]] bool has(const std::string& name) const { return values.count(name) > 0; }
};

void declare(CLI::App& app, Pieces& pieces) {
  app.set_help_flag();
  app.add_option("words", pieces.words);
  for (const OptionRow& row : option_rows()) {
    const std::string spelling(row.spelling);
    const auto keep = [&pieces, name = row.name()](const std::string& value) {
      pieces.values[name] = value;
    };
    if (row.value.empty()) {
      app.add_flag_callback(spelling, [keep] { keep(""); });
    } else {
      app.add_option_function<std::string>(spelling, keep)
          ->multi_option_policy(row.is_list() ? CLI::MultiOptionPolicy::Join
                                              : CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

/// In the place of "--depth: 1 required TEXT missing" and "Could not convert: --self = maybe".
std::string complaint_about(const CLI::ParseError& error) {
  const std::string text = error.what();
  const std::string name = clean(text.substr(std::min(text.find('-'), text.size())));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return name.substr(0, name.find(':')) + ": a value is missing (see ttq --help)";
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    return name.substr(0, name.find(' ')) + ": it takes no value (see ttq --help)";
  }
  return clean(text) + " (see ttq --help)";
}

Pieces take_apart(std::vector<std::string> arguments) {
  Pieces pieces;
  CLI::App app;
  declare(app, pieces);
  app.allow_extras();
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    pieces.complaint = complaint_about(error);
  }
  if (!pieces.complaint && app.remaining_size() > 0) {
    pieces.complaint = clean(app.remaining().front()) + ": no such option (see ttq --help)";
  }
  return pieces;
}

/// Reads values, and keeps the first complaint about one.
class ValueReader {
 public:
  explicit ValueReader(const Pieces& pieces) : pieces_(pieces) {}

  [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }

  void refuse(const std::string& name, const std::string& why) {
    if (!complaint_) complaint_ = name + ": " + why;
  }

  [[nodiscard]] std::optional<std::string> text(const std::string& name) {
    const auto found = pieces_.values.find(name);
    if (found == pieces_.values.end()) return std::nullopt;
    if (found->second.empty()) refuse(name, "its value is empty");
    return found->second;
  }

  template <class Number>
  [[nodiscard]] std::optional<Number> number(const std::string& name, Number low, Number high) {
    const auto typed = text(name);
    if (!typed) return std::nullopt;
    const auto value = parse_integer<Number>(*typed);
    if (value && *value >= low && *value <= high) return value;
    refuse(name, quote(*typed) + " is not a number from " + std::to_string(low) + " to " +
                     std::to_string(high));
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Duration> duration(const std::string& name) {
    const auto typed = text(name);
    if (!typed) return std::nullopt;
    const auto value = parse_duration(*typed);
    if (value && *value > Duration(0)) return value;
    refuse(name, quote(*typed) + " is not a time like 500ms, 3s or 2m");
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Time> moment(const std::string& name, Time now) {
    const auto typed = text(name);
    if (!typed) return std::nullopt;
    const auto value = parse_since(*typed, now);
    if (!value) refuse(name, quote(*typed) + " is not a time like -1h, yesterday or 03:04");
    return value;
  }

  static std::string quote(const std::string& text) { return "\"" + clean(text) + "\""; }

 private:
  const Pieces& pieces_;
  std::optional<std::string> complaint_;
};

/// The target as it was typed, if it was: by --ipv4 or as the last word.
std::optional<std::string> read_target_text(ValueReader& reader, const Pieces& pieces,
                                            std::size_t words_before) {
  auto ipv4 = reader.text("--ipv4");
  if (pieces.words.size() > words_before + 1) {
    reader.refuse(ValueReader::quote(pieces.words[words_before + 1]), "one TARGET is enough");
  }
  if (pieces.words.size() <= words_before) {
    const auto address = ipv4 ? Address::parse(*ipv4) : std::nullopt;
    if (ipv4 && (!address || !address->is_v4())) {
      reader.refuse("--ipv4", ValueReader::quote(*ipv4) + " is not an IPv4 address");
    }
    return ipv4;
  }
  if (ipv4) reader.refuse("--ipv4", "it is a spelling of TARGET, and both are there");
  return pieces.words[words_before];
}

Target read_target(ValueReader& reader, const std::optional<std::string>& text,
                   std::uint16_t peer_port) {
  const std::string socket = reader.text("--socket").value_or(default_socket);
  Target target;
  target.process = reader.text("--process");
  target.pgid = reader.number<std::int32_t>("--pgid", 1, std::numeric_limits<std::int32_t>::max());
  target.text = text.value_or("unix:" + socket);
  HostPort parsed;
  if (text) {
    const auto result = parse_target(*text);
    if (!result) {
      reader.refuse("TARGET", result.error().message);
      return target;
    }
    parsed = *result;
  }
  target.port = parsed.port;
  target.address = {parsed.host, peer_port, parsed.host.empty() ? socket : ""};
  if (!parsed.host.empty() && reader.text("--socket")) {
    reader.refuse("--socket", "it is for this host, and TARGET names a host");
  }
  return target;
}

/// Nothing is known of the future, so the span ends now at the latest.
Span read_span(ValueReader& reader, Time now) {
  const Time until = std::min(reader.moment("--until", now).value_or(now), now);
  const Time since = reader.moment("--since", now).value_or(until - default_span);
  if (since >= until) reader.refuse("--since", "it is not before the end of the time asked about");
  return {since, until};
}

/// "private", "any", or what Network reads, with commas or line ends (CLI11's) between.
Boundary read_boundary(ValueReader& reader) {
  auto list = reader.text("--allow");
  if (!list) return Boundary();
  std::replace(list->begin(), list->end(), '\n', ',');
  std::vector<Network> networks;
  const auto add = [&](const std::vector<Network>& more) {
    networks.insert(networks.end(), more.begin(), more.end());
  };
  for (const auto piece : split(*list, ',')) {
    const std::string_view word = trim(piece);
    if (word == "private") {
      add(Boundary::private_networks());
    } else if (word == "any") {
      add(Boundary::all_networks());
    } else if (const auto network = Network::parse(word)) {
      add({*network});
    } else {
      reader.refuse("--allow", ValueReader::quote(std::string(word)) +
                                   " is not a network like 10.0.0.0/8, private or any");
    }
  }
  return Boundary(std::move(networks));
}

WalkLimits read_limits(ValueReader& reader) {
  WalkLimits limits;
  limits.peer_port = reader.number<std::uint16_t>("--peer-port", 1, 65535).value_or(18870);
  limits.host_timeout = reader.duration("--host-timeout").value_or(limits.host_timeout);
  limits.timeout = reader.duration("--timeout").value_or(limits.timeout);
  limits.concurrency =
      reader.number<unsigned>("--concurrency", 1, 1024).value_or(limits.concurrency);
  limits.max_hosts =
      reader.number<unsigned>("--max-hosts", 1, 1'000'000).value_or(limits.max_hosts);
  limits.boundary = read_boundary(reader);
  return limits;
}

Via read_via(ValueReader& reader) {
  const auto typed = reader.text("--via");
  if (!typed || *typed == "tcp") return Via::tcp;
  if (reader.text("--peer-port")) reader.refuse("--peer-port", "it is for --via tcp");
  if (*typed != "ssh") reader.refuse("--via", ValueReader::quote(*typed) + " is not tcp or ssh");
  return Via::ssh;
}

Output read_output(ValueReader& reader, bool hosts) {
  static const std::map<std::string, Output> spellings{{"tree", Output::tree},
                                                       {"classic", Output::classic},
                                                       {"json", Output::json},
                                                       {"dot", Output::dot}};
  const auto typed = reader.text("--output");
  if (!typed) return Output::tree;
  const auto found = spellings.find(*typed);
  if (found == spellings.end()) {
    reader.refuse("--output", ValueReader::quote(*typed) + " is not tree, classic, json or dot");
    return Output::tree;
  }
  if (hosts && (found->second == Output::classic || found->second == Output::dot)) {
    reader.refuse("--output", "hosts are printed as a table or as json only");
  }
  return found->second;
}

CommandLine understand(const Pieces& pieces, Time now) {
  const Command* named = pieces.words.empty() ? nullptr : find_command(pieces.words.front());
  const Command& command = named != nullptr ? *named : commands().front();
  if (pieces.has("--help")) return Notice{named != nullptr ? print_help(*named) : print_help()};
  if (pieces.has("--version")) return Notice{"ttq " TTQ_VERSION "\n"};

  ValueReader reader(pieces);
  Options options;
  options.hosts = command.name == "hosts";
  options.limits = read_limits(reader);
  const auto text = read_target_text(reader, pieces, named != nullptr ? 1 : 0);
  options.target = read_target(reader, text, options.limits.peer_port);
  options.via = read_via(reader);
  if (options.via == Via::ssh) options.target.address.port = 0;
  options.query.direction = command.direction;
  options.query.depth = reader.number<unsigned>("--depth", 1, 64);
  if (!options.query.depth) options.query.depth = command.depth;
  options.query.span = read_span(reader, now);
  options.query.self = pieces.has("--self");
  options.output = read_output(reader, options.hosts);
  options.color = !pieces.has("--no-color");
  const bool carries = command.name == "stdio";
  if (carries && text) reader.refuse("TARGET", "ttq stdio speaks to this host's daemon alone");
  if (reader.complaint()) return UsageError{*reader.complaint()};
  if (carries) return Carriage{options.target.address.unix_path};
  return options;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, Time now) {
  const Pieces pieces = take_apart(arguments);
  if (pieces.complaint) return UsageError{*pieces.complaint};
  return understand(pieces, now);
}

}  // namespace ttq
