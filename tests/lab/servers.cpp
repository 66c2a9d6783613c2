#include "lab/servers.h"

#include <sys/types.h>

#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace ttq::lab {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// `text` with each "@word@" of the pairs replaced.
std::string filled(std::string text,
                   std::initializer_list<std::pair<const char*, std::string>> in) {
  for (const auto& [word, value] : in) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      text.replace(at, std::string_view(word).size(), value);
      at += value.size();
    }
  }
  return text;
}

/// proc(5): "sl local_address rem_address st ...", the address as hex:hexport, st 0A for LISTEN and
/// 07 for an unconnected UDP socket.
bool is_bound(const std::string& table, std::uint16_t port, std::string_view state) {
  std::istringstream lines(read_file(table));
  std::string number;
  std::string local;
  std::string remote;
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream(line) >> number >> local >> remote >> found;
    const auto colon = local.rfind(':');
    if (colon == std::string::npos || found != state) continue;
    if (parse_integer<std::uint16_t>(local.substr(colon + 1), 16) == port) return true;
  }
  return false;
}

/// PostgreSQL refuses to run as root. Where Debian's user is missing, nobody will do.
std::string unprivileged_user() {
  return run({"id", "-u", "postgres"}).status == 0 ? "postgres" : "nobody";
}

/// Debian keeps PostgreSQL's programs out of PATH.
std::string postgres_program(const std::string& name) {
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const fs::path program = version.path() / "bin" / name;
    if (fs::exists(program)) return program;
  }
  return name;
}

Argv as_user(const std::string& user, Argv command) {
  Argv words = {"setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

constexpr const char* nginx_conf = R"(
daemon off;
user root;
worker_processes 2;
pid @dir@/nginx.pid;
error_log @dir@/error.log;
events {}
http {
  access_log @log@;
  client_body_temp_path @dir@/body;
  proxy_temp_path @dir@/proxy;
  fastcgi_temp_path @dir@/fastcgi;
  uwsgi_temp_path @dir@/uwsgi;
  scgi_temp_path @dir@/scgi;
  keepalive_requests 1000000;
  @upstream@
  server { listen @listen@; @location@ }
  @status@
}
)";

constexpr const char* nginx_status = R"(
  server { listen @port@; location / { stub_status; } }
)";

constexpr const char* nginx_upstream = R"(
  upstream behind { server @server@; keepalive 8; keepalive_requests 1000000; }
)";

constexpr const char* nginx_location = R"(
    location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }
)";

constexpr const char* wrk_script = R"(
function delay() return 100 end
)";

constexpr const char* haproxy_cfg = R"(
global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen through
  bind *:@port@
  server behind @server@
)";

constexpr const char* receiver_conf = R"(
global(workDirectory="@dir@")
module(load="imtcp")
input(type="imtcp" port="@port@")
action(type="omfile" file="@dir@/received.log")
)";

constexpr const char* forwarder_conf = R"(
global(workDirectory="@dir@")
module(load="imfile" mode="inotify")
input(type="imfile" file="@file@" tag="access")
action(type="omfwd" protocol="tcp" target="@target@" port="@port@"
       action.resumeRetryCount="-1" action.resumeInterval="1")
)";

Program& rsyslogd(Host& host, const fs::path& config) {
  const std::string pid_file = config.string() + ".pid";
  return host.start({"rsyslogd", "-n", "-f", config, "-i", pid_file});
}

}  // namespace

bool serves(const Program& program, std::uint16_t port, std::string_view proto) {
  const std::string table = "/proc/" + std::to_string(program.pid()) + "/net/" + std::string(proto);
  const std::string_view state = proto == "tcp" ? "0A" : "07";
  return is_bound(table, port, state) || is_bound(table + "6", port, state);
}

Program& await(Program& program, std::uint16_t port, std::string_view proto) {
  const bool up =
      eventually(20s, [&] { return !program.running() || serves(program, port, proto); });
  if (!up || !program.running()) {
    give_up("nothing serves " + std::to_string(port) + " on " + program.host() + ": " +
            program.log());
  }
  return program;
}

Program& nginx(Host& host, const NginxSite& site) {
  const bool proxy = !site.upstream.empty();
  const bool counts = site.status != 0;
  const std::string status =
      counts ? filled(nginx_status, {{"@port@", std::to_string(site.status)}}) : "";
  host.write("access.log", "");
  const fs::path config = host.write(
      "nginx.conf",
      filled(nginx_conf,
             {{"@upstream@", proxy ? filled(nginx_upstream, {{"@server@", site.upstream}}) : ""},
              {"@location@", proxy ? nginx_location : "location / { return 200 'ok\\n'; }"},
              {"@listen@", site.listen},
              {"@status@", status},
              {"@log@", counts ? "off" : host.dir() / "access.log"},
              {"@dir@", host.dir()}}));
  Program& program =
      host.start({"nginx", "-p", host.dir(), "-e", host.dir() / "error.log", "-c", config});
  const std::string port = site.listen.substr(site.listen.rfind(':') + 1);
  return await(program, parse_port(port).value_or(0));
}

/// "Active connections: 1\nserver accepts handled requests\n 31 31 40\n..."
std::uint64_t StatusPage::accepted() {
  const Outcome page =
      host_.run({"curl", "-sS", "http://127.0.0.1:" + std::to_string(port_) + "/"});
  ++asked_;
  std::istringstream counts(page.out.substr(std::min(page.out.find("requests"), page.out.size())));
  std::string heading;
  std::uint64_t accepted = 0;
  if (!(counts >> heading >> accepted)) give_up("nginx tells no counts: " + page.out + page.err);
  return accepted - asked_;
}

Program& wrk(Host& host, std::string_view url, unsigned connections) {
  const fs::path script = host.write("pace.lua", wrk_script);
  return host.start(
      {"wrk", "-t1", "-c" + std::to_string(connections), "-d3600", "-s", script, std::string(url)});
}

Argv app_command(const App& app) {
  return actor("app.py", {"--port", std::to_string(app.port), "--address", app.address,
                          "--database", app.database});
}

Program& app(Host& host, const App& app) { return await(host.start(app_command(app)), app.port); }

Program& postgres(Host& host) {
  const std::string user = unprivileged_user();
  const fs::path data = host.dir() / "cluster";
  fs::create_directory(data);
  must_run({"chown", user, data});
  must_run(as_user(user, {postgres_program("initdb"), "-D", data, "-U", "postgres", "-A", "trust",
                          "--no-sync", "--no-locale", "-E", "UTF8"}));
  std::string access = read_file(data / "pg_hba.conf");
  access += "host all all 10.0.0.0/24 trust\n";
  host.write("cluster/pg_hba.conf", access);
  Program& program = host.start(
      as_user(user, {postgres_program("postgres"), "-D", data, "-c", "listen_addresses=*", "-c",
                     "unix_socket_directories=" + data.string(), "-c", "fsync=off", "-c",
                     "shared_buffers=16MB", "-c", "dynamic_shared_memory_type=mmap"}));
  program.set_stop_signal(SIGINT);  // does not wait for clients
  return await(program, 5432);
}

Program& redis(Host& host, std::string_view address) {
  return await(host.start({"redis-server", "--bind", std::string(address), "--port", "6379",
                           "--save", "", "--dir", host.dir()}),
               6379);
}

Program& haproxy(Host& host, std::uint16_t port, std::string_view server) {
  const fs::path config = host.write(
      "haproxy.cfg",
      filled(haproxy_cfg, {{"@port@", std::to_string(port)}, {"@server@", std::string(server)}}));
  return await(host.start({"haproxy", "-f", config, "-db"}), port);
}

Program& log_receiver(Host& host, std::uint16_t port) {
  const fs::path config =
      host.write("receiver.conf",
                 filled(receiver_conf, {{"@dir@", host.dir()}, {"@port@", std::to_string(port)}}));
  return await(rsyslogd(host, config), port);
}

Program& log_forwarder(Host& host, const fs::path& file, std::string_view receiver,
                       std::uint16_t port) {
  const fs::path config =
      host.write("forwarder.conf", filled(forwarder_conf, {{"@dir@", host.dir()},
                                                           {"@file@", file},
                                                           {"@target@", std::string(receiver)},
                                                           {"@port@", std::to_string(port)}}));
  return rsyslogd(host, config);
}

Program& dnsmasq(Host& host) {
  return await(
      host.start(
          {"dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
           "--user=root", "--bind-interfaces", "--listen-address=" + host.address(),
           "--pid-file=" + (host.dir() / "dnsmasq.pid").string(), "--address=/app.test/10.0.0.99"}),
      53, "udp");
}

Argv actor(std::string_view name, const Argv& arguments) {
  Argv words = {"/usr/bin/python3", "-IB", std::string(LAB_ACTORS) + "/" + std::string(name)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Argv brief(const Argv& arguments) {
  Argv words = {LAB_BRIEF};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Program& act(Host& host, std::string_view name, const Argv& arguments, std::string_view says) {
  Program& program = host.start(actor(name, arguments));
  const auto ready = [&] { return program.log().starts_with(says); };
  if (!eventually(30s, [&] { return !program.running() || ready(); }) || !program.running()) {
    give_up(std::string(name) + " on " + host.name() + ": " + program.log());
  }
  return program;
}

Program& serve(Host& host, std::uint16_t port, const Argv& options) {
  Argv arguments = {"--port", std::to_string(port)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return act(host, "serve.py", arguments, "serving\n");
}

Program& hold(Host& host, std::string_view address, std::uint16_t port, unsigned count,
              const Argv& options) {
  Argv arguments = {std::string(address), std::to_string(port), std::to_string(count)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return act(host, "hold.py", arguments, "held\n");
}

}  // namespace ttq::lab
