#include "ttq/options.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "base/text.h"
#include "ttq/kept.h"
#include "ttq/peer_files.h"
#include "ttq/pieces.h"
#include "ttq/pki_options.h"
#include "ttq/target.h"
#include "ttq/usage.h"
#include "ttq/value_reader.h"
#include "ttq/words.h"

#ifndef TTQ_VERSION
#error "the build defines TTQ_VERSION"
#endif

namespace ttq {
namespace {

using Files = std::vector<std::filesystem::path>;

constexpr const char* default_socket = "/run/ttracerd/api.sock";
constexpr Duration default_span = std::chrono::hours(1);

/// Of two words without a command the first was meant as one, more often than not.
void refuse_second_target(ValueReader& reader, const Pieces& pieces, std::size_t words_before) {
  const std::string quoted = ValueReader::quote(pieces.words[words_before + 1]);
  if (words_before == 0) {
    reader.refuse(ValueReader::quote(pieces.words.front()),
                  "it is no command (see ttq --help), or " + quoted + " is a TARGET too many");
  } else {
    reader.refuse(quoted, "one TARGET is enough");
  }
}

/// The target as it was typed, if it was: by --ipv4 or as the last word.
std::optional<std::string> read_target_text(ValueReader& reader, const Pieces& pieces,
                                            std::size_t words_before) {
  auto ipv4 = reader.text("--ipv4");
  if (pieces.words.size() > words_before + 1) {
    refuse_second_target(reader, pieces, words_before);
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
  if (!parsed.host.empty() && reader.is_typed("--socket")) {
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

/// Words, or what Network reads, with commas or line ends (CLI11's) between.
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
    if (const Word* known = find_word(network_words, word, Group::all)) {
      add(std::get<NetworkList>(known->meaning)());
    } else if (const auto network = Network::parse(word)) {
      add({*network});
    } else {
      reader.refuse("--allow", ValueReader::quote(std::string(word)) +
                                   " is not a network like 10.0.0.0/8, " +
                                   alternatives(texts_of(network_words, Group::all)));
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

std::optional<Via> read_via(ValueReader& reader, const Command& command) {
  const Word* way = reader.word("--via", via_words, command.group);
  if (way == nullptr) return std::nullopt;
  const Via via = std::get<Via>(way->meaning);
  const std::string says = reader.is_typed("--via") ? "" : " (" + reader.place_of("--via") + ")";
  if (via == Via::ssh && reader.is_typed("--peer-port")) {
    reader.refuse("--peer-port", "ssh knows the port" + says);
  }
  if (via != Via::tls && reader.is_typed("--tls")) {
    reader.refuse("--tls", "it is for --via tls" + says);
  }
  return via;
}

/// One that is kept may be for other commands.
Output read_output(ValueReader& reader, const Command& command) {
  const Group whose = reader.is_typed("--output") ? command.group : Group::all;
  const Word* form = reader.word("--output", output_words, whose);
  const bool is_ours = form != nullptr && meet(form->group, command.group);
  return is_ours ? std::get<Output>(form->meaning) : Output::tree;
}

CommandLine read_question(const Command& command, const Pieces& pieces, std::size_t words_before,
                          Time now) {
  ValueReader reader(pieces);
  Options options;
  options.hosts = command.group == Group::hosts;
  options.limits = read_limits(reader);
  const auto text = read_target_text(reader, pieces, words_before);
  options.target = read_target(reader, text, options.limits.peer_port);
  options.via = read_via(reader, command);
  options.tls = reader.text("--tls");
  options.via_place = reader.place_of("--via");
  options.tls_place = reader.place_of("--tls");
  if (options.via == Via::ssh) options.target.address.port = 0;
  options.query.direction = command.direction;
  options.query.depth = reader.number<unsigned>("--depth", 1, 64);
  if (!options.query.depth) options.query.depth = command.depth;
  options.query.span = read_span(reader, now);
  options.query.self = pieces.has("--self");
  options.output = read_output(reader, command);
  options.color = !reader.flag("--no-color");
  if (reader.complaint()) return UsageError{*reader.complaint()};
  return options;
}

CommandLine read_carriage(const Pieces& pieces, std::size_t words_before) {
  ValueReader reader(pieces);
  Carriage carriage{reader.text("--socket").value_or(default_socket)};
  if (pieces.words.size() > words_before) {
    reader.refuse("TARGET", "ttq stdio speaks to this host's daemon alone");
  }
  if (reader.complaint()) return UsageError{*reader.complaint()};
  return carriage;
}

CommandLine read_task(const Command& command, const Pieces& pieces, std::size_t words_before) {
  auto task = read_pki_task(command, pieces, words_before);
  if (!task) return UsageError{task.error().message};
  return std::move(*task);
}

/// A file is refused for whatever is wrong in it, though it be nothing that this command needs.
std::optional<std::string> complaint_about(const KeptValues& kept) {
  Pieces pieces;
  pieces.kept = kept;
  ValueReader reader(pieces);
  read_limits(reader);
  read_via(reader, commands().front());
  read_output(reader, commands().front());
  for (const OptionRow* row : kept_rows()) {
    [[maybe_unused]] const auto any = reader.text(row->name());
  }
  return reader.complaint();
}

/// The files to be read: one that was named, or the usual ones.
Result<Files> choose_files(const Pieces& pieces, const Files& usual) {
  const auto named = pieces.values.find("--config");
  if (named == pieces.values.end()) return usual;
  std::error_code ignored;
  const auto found = std::filesystem::status(named->second, ignored).type();
  if (found != std::filesystem::file_type::not_found) return Files{named->second};
  return Fault{"--config: " + ValueReader::quote(named->second) + " is not there"};
}

/// What is kept in them, the later winning. A Fault names file, line and key.
Result<KeptValues> read_files(const Files& files) {
  KeptValues all;
  for (const std::filesystem::path& file : files) {
    auto kept = read_kept_values(file);
    if (!kept) return kept.error();
    if (const auto complaint = complaint_about(*kept)) return Fault{*complaint};
    kept->merge(all);
    all = *std::move(kept);
  }
  return all;
}

/// An option that changes nothing here would leave its user in a wrong belief.
std::optional<std::string> complaint_about_options(const Command& command, const Pieces& pieces) {
  for (const OptionRow& row : option_rows()) {
    if (!pieces.has(row.name()) || row.is_for(command)) continue;
    const std::string name = "ttq " + std::string(command.name);
    return row.name() + ": it is not for " + name + " (see " + name + " --help)";
  }
  return std::nullopt;
}

/// With what is kept in the files, and by the peer book beside them.
CommandLine read_with_files(const Command& command, Pieces& pieces, Time now, const Files& usual) {
  const auto files = choose_files(pieces, usual);
  if (!files) return UsageError{files.error().message};
  auto kept = read_files(*files);
  if (!kept) return UsageError{kept.error().message};
  pieces.kept = *std::move(kept);
  const bool is_named = find_command(pieces.words) != nullptr;
  const std::size_t words_before = is_named ? command.words() : 0;
  if (command.group == Group::stdio) return read_carriage(pieces, words_before);
  if (!meet(command.group, Group::questions)) return read_task(command, pieces, words_before);
  CommandLine line = read_question(command, pieces, words_before, now);
  if (auto* options = std::get_if<Options>(&line)) {
    auto book = read_peer_book(*files, options->limits.peer_port);
    if (!book) return UsageError{book.error().message};
    options->limits.peers = *std::move(book);
  }
  return line;
}

CommandLine understand(Pieces& pieces, Time now, const Files& usual) {
  const Command* named = find_command(pieces.words);
  const Command& command = named != nullptr ? *named : commands().front();
  if (pieces.has("--help")) return Notice{named != nullptr ? print_help(*named) : print_help()};
  if (pieces.has("--version")) return Notice{"ttq " TTQ_VERSION "\n"};
  if (const auto complaint = complaint_about_options(command, pieces)) {
    return UsageError{*complaint};
  }
  return read_with_files(command, pieces, now, usual);
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, Time now,
                               const std::vector<std::filesystem::path>& files) {
  Pieces pieces = take_apart(arguments);
  if (pieces.complaint) return UsageError{*pieces.complaint};
  return understand(pieces, now, files);
}

}  // namespace ttq
