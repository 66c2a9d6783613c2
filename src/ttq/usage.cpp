#include "ttq/usage.h"

#include <algorithm>
#include <array>

namespace ttq {
namespace {

constexpr std::array<Command, 5> command_table{{
    {"show", Direction::both, 1, "what uses TARGET, and what it uses; one step",
     "  ttq                        this host, asked through its daemon's own socket\n"
     "  ttq show 10.0.0.10         another host\n"
     "  ttq 10.0.0.10 -o classic   the same, in the shape of the paper's figure\n"
     "  ttq web1 --process nginx --depth 2 --since '-2h 30min'\n"},
    {"deps", Direction::deps, std::nullopt, "what TARGET needs, to the end",
     "  ttq deps web1:443          all that the server behind port 443 of web1 leans on\n"
     "  ttq deps web1 --pgid 4656 --depth 1\n"
     "  ttq deps web1 -o dot | dot -Tsvg > web1.svg\n"},
    {"impact", Direction::impact, std::nullopt, "what breaks without TARGET, to the end",
     "  ttq impact db1:5432        all that leans on the server behind port 5432 of db1\n"
     "  ttq impact :5432           the same for a server on this host\n"
     "  ttq impact db1 --since yesterday\n"
     "  ttq impact '[2001:db8::5]:5432' -o json\n"},
    {"hosts", Direction::both, std::nullopt, "which hosts answer, and which do not",
     "  ttq hosts                  all hosts that can be reached from this one, step by step\n"
     "  ttq hosts db1 --depth 1    db1 and those beside it\n"},
    {"stdio", Direction::both, std::nullopt, "what `ttq --via ssh` runs on the other side",
     "  ttq hosts web1 --via ssh   runs: ssh -oBatchMode=yes -oForwardAgent=no -- web1 ttq stdio\n"
     "  ttq stdio --socket /run/other.sock\n"},
}};

constexpr std::array<OptionRow, 19> option_table{{
    {"--process", "NAME", "only processes of this name on the target host"},
    {"--pgid", "N", "only this process group on the target host"},
    {"--depth", "N", "follow dependencies for N steps, 1 to 64"},
    {"-S,--since", "TIME", "begin of the time asked about (default: an hour before its end)"},
    {"-U,--until", "TIME", "end of the time asked about (default: now)"},
    {"-o,--output", "FORM", "tree, classic, json or dot (default: tree)"},
    {"--socket", "PATH", "ask this host's daemon here (default: /run/ttracerd/api.sock)"},
    {"--ipv4", "ADDR", "another spelling of TARGET"},
    {"--peer-port", "PORT", "where the daemons listen (default: 18870)"},
    {"--via", "WAY", "reach other hosts by tcp or ssh (default: tcp)"},
    {"--host-timeout", "TIME", "wait so long for each host (default: 3s)"},
    {"--timeout", "TIME", "wait so long for all of them (default: 30s)"},
    {"--concurrency", "N", "ask so many hosts at once, 1 to 1024 (default: 64)"},
    {"--max-hosts", "N", "ask no more hosts than this (default: 1000)"},
    {"--allow", "NET,...", "ask only in these networks what hosts speak of (default: private)"},
    {"--self", "", "show the questions of ttq itself too"},
    {"--no-color", "", "no colours; so does the variable NO_COLOR"},
    {"--version", "", "print the version and exit"},
    {"-h,--help", "", "print this and exit; `ttq COMMAND --help` has more examples"},
}};

std::string pad(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string print_rows() {
  std::string printed = "\nOptions:\n";
  for (const OptionRow& row : option_rows()) {
    std::string spelling(row.spelling);
    const auto comma = spelling.find(',');
    if (comma == std::string::npos) {
      spelling.insert(0, "    ");
    } else {
      spelling.insert(comma + 1, " ");
    }
    if (!row.value.empty()) spelling += " " + std::string(row.value);
    printed += "  " + pad(spelling, 26) + std::string(row.help) + "\n";
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

}  // namespace

std::string OptionRow::name() const { return std::string(spelling.substr(spelling.find("--"))); }

std::span<const Command> commands() { return command_table; }

std::span<const OptionRow> option_rows() { return option_table; }

const Command* find_command(std::string_view name) {
  const auto found = std::find_if(command_table.begin(), command_table.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == command_table.end() ? nullptr : &*found;
}

std::string print_help() {
  std::string help =
      "ttq - which processes depend on which, over many hosts\n\n"
      "Usage: ttq [COMMAND] [TARGET] [OPTION]...\n\nCommands:\n";
  for (const Command& command : command_table) {
    help += "  " + pad(std::string(command.name), 10) + std::string(command.help) + "\n";
  }
  help += target_text;
  help += print_rows() + "\nExamples:\n";
  for (const Command& command : command_table) {
    help += command.examples.substr(0, command.examples.find('\n') + 1);
  }
  help += closing_text;
  return help;
}

std::string print_help(const Command& command) {
  const std::string name(command.name);
  std::string help = "ttq " + name + " - " + std::string(command.help) + "\n\n";
  help += "Usage: ttq " + name + " [TARGET] [OPTION]...\n\nExamples:\n";
  help += command.examples;
  help += target_text;
  return help + print_rows() + std::string(closing_text);
}

}  // namespace ttq
