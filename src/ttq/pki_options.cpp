// A NAME becomes the name of a directory and a part of commands that are printed to be typed, so
// what it may be is narrow.
#include "ttq/pki_options.h"

#include <span>

#include "tls/tokens.h"
#include "ttq/host_addresses.h"
#include "ttq/target.h"
#include "ttq/value_reader.h"

namespace ttq {
namespace {

using Words = std::span<const std::string>;

bool begins_well(const std::string& name) {
  return !name.empty() && name.front() != '-' && name.front() != '.';
}

bool is_host(const std::string& name) {
  const auto target = parse_target(name);
  return begins_well(name) && name.back() != '.' && target && target->host == name;
}

/// For a name of one who asks, of a certificate or of a token.
void check_asker(ValueReader& reader, const std::string& name) {
  if (begins_well(name) && is_token_name(name)) return;
  reader.refuse("NAME", ValueReader::quote(name) +
                            " is not 1 to 64 letters, digits, '.', '_' or '-', or begins with one"
                            " of '.' and '-'");
}

std::vector<Address> read_addresses(ValueReader& reader, Words words) {
  std::vector<Address> addresses;
  for (const std::string& word : words) {
    const auto address = Address::parse(word);
    if (!address || address->is_wildcard() || address->is_multicast()) {
      reader.refuse("ADDRESS", ValueReader::quote(word) + " is not the address of a host");
      continue;
    }
    addresses.push_back(*address);
  }
  return addresses;
}

/// A host that is named by its address has that one too, and one spelling.
Subject read_host(ValueReader& reader, const std::string& name, Words addresses) {
  Subject subject{Purpose::host, name, read_addresses(reader, addresses)};
  if (!is_host(name)) {
    reader.refuse("NAME", ValueReader::quote(name) + " is not the name or the address of a host");
  }
  if (Address::parse(name)) {
    const std::string word[] = {name};
    for (const Address& own : read_addresses(reader, word)) {
      subject.name = own.print();
      subject.addresses.push_back(own);
    }
  }
  subject.addresses = in_order(std::move(subject.addresses));
  return subject;
}

Subject read_client(ValueReader& reader, const std::string& name, Words rest) {
  check_asker(reader, name);
  if (!rest.empty()) {
    reader.refuse(ValueReader::quote(rest.front()), "--client takes one NAME and no address");
  }
  return {Purpose::client, name, {}};
}

CaPlace read_place(ValueReader& reader) {
  const auto typed = reader.text("--pki");
  return typed ? CaPlace(*typed) : std::nullopt;
}

PkiTask read_init(ValueReader& reader, Words words) {
  if (!words.empty()) {
    reader.refuse(ValueReader::quote(words.front()), "ttq pki init takes no NAME");
  }
  return PkiInit{read_place(reader)};
}

PkiTask read_issue(ValueReader& reader, Words words, bool client) {
  PkiIssue issue{read_place(reader), {}};
  issue.subject = client ? read_client(reader, words.front(), words.subspan(1))
                         : read_host(reader, words.front(), words.subspan(1));
  const auto days = reader.number<unsigned>("--days", 1, 3650);
  if (days) issue.length = std::chrono::days(*days);
  return issue;
}

PkiTask read_token(ValueReader& reader, Words words) {
  check_asker(reader, words.front());
  if (words.size() > 1) reader.refuse(ValueReader::quote(words[1]), "one NAME is enough");
  return PkiToken{words.front()};
}

Fault complaint_about_word(Words words) {
  const std::string word = words.empty() ? "" : ValueReader::quote(words.front()) + " is not ";
  return Fault{"pki: " + (words.empty() ? "what to do is missing: " : word) +
               "init, issue or token (see ttq pki --help)"};
}

}  // namespace

Result<PkiTask> read_pki_task(const Command& command, const Pieces& pieces,
                              std::size_t words_before) {
  const Words words = Words(pieces.words).subspan(words_before);
  if (command.group == Group::pki) return complaint_about_word(words);
  if (command.group != Group::pki_init && words.empty()) {
    return Fault{"NAME: it is missing (see ttq " + std::string(command.name) + " --help)"};
  }
  ValueReader reader(pieces);
  PkiTask task = command.group == Group::pki_init ? read_init(reader, words)
                 : command.group == Group::pki_issue
                     ? read_issue(reader, words, pieces.has("--client"))
                     : read_token(reader, words);
  if (reader.complaint()) return Fault{*reader.complaint()};
  return task;
}

}  // namespace ttq
