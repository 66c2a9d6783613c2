#include "ttq/usage.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::array<Command, 9> command_table{{
    {"show", Group::graphs, Direction::both, 1, "[TARGET]",
     "what uses TARGET, and what it uses; one step",
     "  ttq                        this host, asked through its daemon's own socket\n"
     "  ttq show 10.0.0.10         another host\n"
     "  ttq 10.0.0.10 -o classic   the same, in the shape of the paper's figure\n"
     "  ttq web1 --process nginx --depth 2 --since '-2h 30min'\n"},
    {"deps", Group::graphs, Direction::deps, std::nullopt, "[TARGET]",
     "what TARGET needs, to the end",
     "  ttq deps web1:443          all that the server behind port 443 of web1 leans on\n"
     "  ttq deps web1 --pgid 4656 --depth 1\n"
     "  ttq deps web1 -o dot | dot -Tsvg > web1.svg\n"},
    {"impact", Group::graphs, Direction::impact, std::nullopt, "[TARGET]",
     "what breaks without TARGET, to the end",
     "  ttq impact db1:5432        all that leans on the server behind port 5432 of db1\n"
     "  ttq impact :5432           the same for a server on this host\n"
     "  ttq impact db1 --since yesterday\n"
     "  ttq impact '[2001:db8::5]:5432' -o json\n"},
    {"hosts", Group::hosts, Direction::both, std::nullopt, "[TARGET]",
     "which hosts answer, and which do not",
     "  ttq hosts                  all hosts that can be reached from this one, step by step\n"
     "  ttq hosts db1 --depth 1    db1 and those beside it\n"},
    {"stdio", Group::stdio, Direction::both, std::nullopt, "",
     "what `ttq --via ssh` runs on the other side",
     "  ttq hosts web1 --via ssh   runs: ssh -oBatchMode=yes -oForwardAgent=no -- web1 ttq stdio\n"
     "  ttq stdio --socket /run/other.sock\n"},
    {"pki", Group::pki, Direction::both, std::nullopt, "init|issue|token",
     "certificates and tokens for a fleet, see ttq-pki(1)",
     "  ttq pki init                 a CA of your own, and a certificate with which you may ask\n"
     "  ttq pki issue web1           a certificate for a host\n"
     "  ttq pki issue --client bob   a certificate for somebody else who may ask\n"
     "  ttq pki token monitor        a token for something that may ask and has no certificate\n"},
    {"pki init", Group::pki_init, Direction::both, std::nullopt, "",
     "makes a CA, and a certificate for you",
     "  ttq pki init\n"
     "  ttq pki init --pki /media/stick/pki\n"},
    {"pki issue", Group::pki_issue, Direction::both, std::nullopt, "NAME [ADDRESS]...",
     "makes the certificate of a host, or of one who asks",
     "  ttq pki issue web1         with the addresses that its name has\n"
     "  ttq pki issue web1 10.0.0.10 2001:db8::10\n"
     "  ttq pki issue --client alice --days 90\n"},
    {"pki token", Group::pki_token, Direction::both, std::nullopt, "NAME",
     "makes a token, and says what the daemons must know of it",
     "  ttq pki token monitor\n"
     "  (umask 077; ttq pki token monitor >token 2>>tokens)   what to keep, and what the daemons "
     "must know\n"},
}};

constexpr Group questions = Group::questions;
constexpr Group issuing = Group::pki_issue;

constexpr std::array<OptionRow, 24> option_table{{
    {questions, "--process", "NAME", "only processes of this name on the target host"},
    {questions, "--pgid", "N", "only this process group on the target host"},
    {questions, "--depth", "N", "follow dependencies for N steps, 1 to 64"},
    {questions, "-S,--since", "TIME",
     "begin of the time asked about (default: an hour before its end)"},
    {questions, "-U,--until", "TIME", "end of the time asked about (default: now)"},
    {questions, "-o,--output", "FORM", "{} (default: tree)", output_words},
    {questions | Group::stdio, "--socket", "PATH",
     "ask this host's daemon here (default: /run/ttracerd/api.sock)"},
    {questions, "--ipv4", "ADDR", "another spelling of TARGET"},
    {questions, "--peer-port", "PORT", "where the daemons listen (default: 18870)"},
    {questions, "--via", "WAY", "reach other hosts by {} (default: tls with credentials)",
     via_words},
    {questions, "--tls", "DIR",
     "credentials for --via tls (default: ~/.config/ttq/tls, /etc/ttq/tls)"},
    {questions, "--host-timeout", "TIME", "wait so long for each host (default: 3s)"},
    {questions, "--timeout", "TIME", "wait so long for all of them (default: 30s)"},
    {questions, "--concurrency", "N", "ask so many hosts at once, 1 to 1024 (default: 64)"},
    {questions, "--max-hosts", "N", "ask no more hosts than this (default: 1000)"},
    {questions, "--allow", "NET,...",
     "ask only in these networks what hosts speak of (default: private)", network_words},
    {questions, "--self", "", "show the questions of ttq itself too"},
    {questions, "--no-color", "", "no colours; so does the variable NO_COLOR"},
    {Group::pki_init | issuing, "--pki", "DIR", "where the CA is (default: ~/.config/ttq/pki)"},
    {issuing, "--client", "", "NAME is one who asks, not a host"},
    {issuing, "--days", "N", "how long the certificate is valid, 1 to 3650 (default: 730)"},
    {Group::all, "--config", "FILE", "read this, and not /etc/ttq/ttq.toml and your own"},
    {Group::all, "--version", "", "print the version and exit"},
    {Group::all, "-h,--help", "", "print this and exit; `ttq COMMAND --help` has more"},
}};

std::string pad(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string print_rows(const Command& command) {
  std::string printed = "\nOptions:\n";
  for (const OptionRow& row : option_rows()) {
    if (!row.is_for(command)) continue;
    std::string spelling(row.spelling);
    const auto comma = spelling.find(',');
    if (comma == std::string::npos) {
      spelling.insert(0, "    ");
    } else {
      spelling.insert(comma + 1, " ");
    }
    if (!row.value.empty()) spelling += " " + std::string(row.value);
    printed += "  " + pad(spelling, 26) + row.help_for(command) + "\n";
  }
  return printed;
}

constexpr std::string_view target_text =
    "\nTARGET is HOST, HOST:PORT or [v6]:PORT; :PORT, or none at all, is this host.\n"
    "NET is a network like 10.0.0.0/8 or fd12::/16, 'private' or 'any'; TARGET is always asked.\n"
    "TIME for --since and --until is 'yesterday', '-1h', '10min ago', '2026-01-02 03:04', "
    "'03:04',\n"
    "'@1767323045' or RFC 3339, for timeouts '500ms', '3s', '2m'.\n";

constexpr std::string_view closing_text =
    "\nExit status: 0 complete, 1 the target could not be asked, 2 usage, 3 nothing found,\n"
    "4 printed but incomplete, 5 the target's answer cannot be used. See ttq(1).\n";

constexpr std::string_view short_closing_text =
    "\nExit status: 0 done, 1 it could not be done, 2 usage. See ttq(1) and ttq-pki(1).\n";

bool asks(const Command& command) { return meet(command.group, Group::questions); }

/// "pki issue" belongs to "pki", and is told of there.
bool is_part_of(const Command& part, const Command& whole) {
  return part.name.starts_with(std::string(whole.name) + " ");
}

std::string print_usage(const Command& command) {
  std::string usage = "ttq " + std::string(command.name);
  if (!command.arguments.empty()) usage += " " + std::string(command.arguments);
  return usage + " [OPTION]...\n";
}

std::string print_commands(const Command* whole) {
  std::string printed;
  for (const Command& command : command_table) {
    const bool belongs = whole != nullptr ? is_part_of(command, *whole)
                                          : command.name.find(' ') == command.name.npos;
    if (!belongs) continue;
    printed += "  " + pad(std::string(command.name), whole != nullptr ? 12 : 10) +
               std::string(command.help) + "\n";
  }
  return printed;
}

}  // namespace

std::size_t Command::words() const {
  return static_cast<std::size_t>(std::count(name.begin(), name.end(), ' ')) + 1;
}

std::string OptionRow::name() const { return std::string(spelling.substr(spelling.find("--"))); }

std::string OptionRow::help_for(const Command& command) const {
  if (words.empty()) return std::string(help);
  return replace_all(help, "{}", alternatives(texts_of(words, command.group)));
}

std::span<const Command> commands() { return command_table; }

std::span<const OptionRow> option_rows() { return option_table; }

const Command* find_command(std::span<const std::string> words) {
  const Command* found = nullptr;
  for (const Command& command : command_table) {
    const auto pieces = split(command.name, ' ');
    if (pieces.size() > words.size()) continue;
    const bool begins = std::equal(pieces.begin(), pieces.end(), words.begin());
    if (begins && (found == nullptr || found->words() < pieces.size())) found = &command;
  }
  return found;
}

std::string print_help() {
  std::string help =
      "ttq - which processes depend on which, over many hosts\n\n"
      "Usage: ttq [COMMAND] [TARGET] [OPTION]...\n\nCommands:\n";
  help += print_commands(nullptr);
  help += target_text;
  help += print_rows(command_table.front()) + "\nExamples:\n";
  for (const Command& command : command_table) {
    if (asks(command)) help += command.examples.substr(0, command.examples.find('\n') + 1);
  }
  help += closing_text;
  return help;
}

std::string print_help(const Command& command) {
  std::string help =
      "ttq " + std::string(command.name) + " - " + std::string(command.help) + "\n\n";
  help += "Usage: " + print_usage(command);
  const std::string parts = print_commands(&command);
  if (!parts.empty()) help += "\nCommands:\n" + parts;
  help += "\nExamples:\n" + std::string(command.examples);
  if (asks(command)) help += target_text;
  return help + print_rows(command) +
         std::string(asks(command) ? closing_text : short_closing_text);
}

}  // namespace ttq
