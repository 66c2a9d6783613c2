#include "ttq/pki.h"

#include "tls/authority.h"
#include "tls/tokens.h"
#include "ttq/host_addresses.h"
#include "ttq/pki_words.h"
#include "ttq/places.h"
#include "ttq/standard_streams.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

Result<fs::path> directory_of(const CaPlace& place) {
  if (place) return *place;
  const auto config = config_directory();
  if (!config) return config.error().in("--pki");
  return *config / "pki";
}

/// For a command that is to be typed: the option, if it was given.
std::string spell(const CaPlace& place) { return place ? " --pki " + quoted(*place) : ""; }

/// `alice` as a name of a certificate; a user may be called what no directory may.
std::string name_of_user() {
  const std::string name = user_name();
  const bool fits = is_token_name(name) && name.front() != '-' && name.front() != '.';
  return fits ? name : "user";
}

/// So that who made a CA can ask at once: where `ttq` looks, if nothing is there.
Result<std::string> provide_own(const Authority& ca, const CaPlace& place, const fs::path& dir,
                                Time now) {
  const std::string name = name_of_user();
  const fs::path own = dir.parent_path() / "tls";
  std::error_code unknown;
  const bool vacant = fs::symlink_status(own, unknown).type() == fs::file_type::not_found;
  if (place || !vacant) {
    const std::string why = place ? "" : quoted(own) + " is there already, and stays as it is.\n";
    return why + "\nNext, for each who may ask, and for each host:\n  ttq pki issue --client " +
           name + spell(place) + "\n";
  }
  const auto issued = ca.issue({Purpose::client, name, {}}, usual_length, own, now);
  if (!issued) return issued.error();
  return "The certificate of " + name + ", with which ttq may ask, is in " + quoted(own) + "\n" +
         print_end(*issued) + "\nNext, for each host:\n";
}

Result<void> begin_ca(const PkiInit& task, Time now) {
  const auto dir = directory_of(task.place);
  if (!dir) return dir.error();
  const auto ca = Authority::create(*dir, now);
  if (!ca) return ca.error();
  const auto said = print_out("A new CA is in " + quoted(*dir) + "\n" +
                              print_end({ca->validity()}) + "Whoever has its " + ca_key_file +
                              " can let anybody ask: keep that to yourself.\n");
  if (!said) return said.error();
  const auto own = provide_own(*ca, task.place, *dir, now);
  if (!own) return own.error();
  return print_out(*own + "  ttq pki issue NAME ADDRESS..." + spell(task.place) + "\n");
}

/// Where `ttq` looks, if that is the name of the one who runs it.
std::optional<fs::path> own_place_of(const std::string& name) {
  const auto config = config_directory();
  if (!config || name != name_of_user()) return std::nullopt;
  return *config / "tls";
}

void complain_of_no_address(const std::string& host) {
  complain("no address of " + host +
           " was found, so its certificate has the name alone. Hosts that are learned on a walk are"
           " asked by address: give them, as in ttq pki issue " +
           host + " ADDRESS...");
}

Result<void> issue(PkiIssue task, Time now) {
  Subject& subject = task.subject;
  const bool is_host = subject.purpose == Purpose::host;
  const auto ca_dir = directory_of(task.place);
  if (!ca_dir) return ca_dir.error();
  const auto ca = Authority::open(*ca_dir);
  if (!ca) return ca.error();
  if (is_host && subject.addresses.empty()) subject.addresses = addresses_of(subject.name);
  if (is_host && subject.addresses.empty()) complain_of_no_address(subject.name);
  const fs::path dir = *ca_dir / (is_host ? "hosts" : "clients") / subject.name;
  const auto issued = ca->issue(subject, task.length, dir, now);
  if (!issued) return issued.error();
  return print_out("The certificate of " + subject.name + " is in " + quoted(dir) + "\n" +
                   (is_host ? print_names(subject) : "") + print_end(*issued) +
                   (is_host ? next_for_host(subject.name, dir)
                            : next_for_client(subject.name, dir, own_place_of(subject.name))));
}

/// The secret goes to standard output alone, so that it can be piped; the rest is fit to be
/// appended to a file of tokens as it is.
Result<void> give_token(const PkiToken& task) {
  const auto token = make_token();
  if (!token) return token.error();
  const auto line = print_token_line(task.name, *token);
  if (!line) return line.error();
  print_aside(
      "# The token of " + task.name +
      " is on standard output, this once; its ttq takes it from ~/.config/ttq/tls/token.\n"
      "# And this is for the file /etc/ttracerd/tls/tokens of each daemon that it may ask:\n" +
      *line + "\n");
  return print_out(*token + "\n");
}

}  // namespace

Result<void> carry_out(const PkiTask& task, Time now) {
  if (const auto* init = std::get_if<PkiInit>(&task)) return begin_ca(*init, now);
  if (const auto* wanted = std::get_if<PkiIssue>(&task)) return issue(*wanted, now);
  return give_token(std::get<PkiToken>(task));
}

}  // namespace ttq
