#include "ttq/pki_words.h"

namespace ttq {

std::string quoted(const std::filesystem::path& path) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,:@%";
  const std::string& text = path.native();
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string print_end(const Issued& issued) {
  return "valid until " + print_time(issued.validity.until) +
         (issued.cut ? ", when the CA ends: that is before the days that were asked for" : "") +
         "\n";
}

std::string print_names(const Subject& host) {
  std::string names;
  if (!Address::parse(host.name)) names = host.name;
  for (const Address& address : host.addresses) {
    names += (names.empty() ? "" : ", ") + address.print();
  }
  return "for " + names + "\n";
}

/// Its mode comes with each file; the group of the daemon has to be let in.
std::string next_for_host(const std::string& name, const std::filesystem::path& dir) {
  return "\nNext, put it where the daemon of " + name + " looks for it:\n  tar -C " + quoted(dir) +
         " -c . | ssh root@" + name +
         " 'cd /etc &&\n    mkdir -p ttracerd/tls && tar -C ttracerd/tls -xo &&\n"
         "    chmod -R u=rwX,g=rX,o= ttracerd/tls && chgrp -R ttracerd ttracerd/tls'\n";
}

std::string next_for_client(const std::string& name, const std::filesystem::path& dir,
                            const std::optional<std::filesystem::path>& own) {
  if (own) {
    return "\nNext, put it where your ttq looks for it:\n  mkdir -p " + quoted(own->parent_path()) +
           " && cp -r " + quoted(dir / ".") + " " + quoted(*own) + "\n";
  }
  return "\nNext, put it where the ttq of " + name +
         " looks for it, on the MACHINE of that user:\n"
         "  tar -C " +
         quoted(dir) + " -c . | ssh " + name +
         "@MACHINE 'mkdir -p .config/ttq/tls && tar -C .config/ttq/tls -xo'\n";
}

}  // namespace ttq
