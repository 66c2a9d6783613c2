#include "tls/channel.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "tls/certificate_facts.h"
#include "tls/openssl.h"
#include "ttq/address.h"

namespace ttq {
namespace {

/// Of one step. A record takes two or more: so this is a side's part of a handshake, or a record
/// with what comes before it.
constexpr int reads_of_a_step = 16;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

Channel::Step plain_step(ssize_t count) {
  if (count > 0) return {Channel::State::moved, static_cast<std::size_t>(count)};
  if (count == 0) return {Channel::State::ended};
  return {would_block() ? Channel::State::blocked : Channel::State::broken};
}

/// Alerts of the other side that are about what we have shown (RFC 8446 6.2).
bool is_about_us(int reason) {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
  }
  return false;
}

bool is_about_the_protocol(int reason) {
  return reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST ||
         reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_UNEXPECTED_MESSAGE ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_UNSUPPORTED_PROTOCOL;
}

Channel::Failure failure_of(int reason) {
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return Channel::Failure::unverified;
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) return Channel::Failure::unverified;
  if (is_about_us(reason)) return Channel::Failure::refused;
  if (is_about_the_protocol(reason)) return Channel::Failure::no_tls;
  return Channel::Failure::broke_off;
}

/// Without what no certificate has: the zone of an address, which is this host's alone (RFC 4007
/// 11), and the dot of the root.
std::string as_certified(const std::string& host) {
  std::string name = host;
  if (name.find(':') != std::string::npos) {
    name.resize(std::min(name.find('%'), name.size()));
  } else if (name.ends_with('.')) {
    name.pop_back();
  }
  return name;
}

/// Of all that a certificate is proved by, it is good for as long as the first that ends.
std::optional<Time> end_of_proof(SSL& ssl) {
  const auto* chain = SSL_get0_verified_chain(&ssl);
  if (SSL_get_verify_result(&ssl) != X509_V_OK || chain == nullptr) return std::nullopt;
  Time end = Time::max();
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const auto validity = validity_of(*sk_X509_value(chain, i));
    if (!validity) return std::nullopt;
    end = std::min(end, validity->until);
  }
  return end;
}

}  // namespace

struct Channel::Secrecy {
  SslPtr ssl;
  int reads_left = reads_of_a_step;
  std::shared_ptr<const void> credentials;  ///< for as long as it lasts
  std::string host;                         ///< that we want it to be; empty: a client
  std::string refused_names;                ///< what a certificate that was refused is for
  bool is_agreed = false;

  bool ask_for_host();
  static int look_at(int is_good, X509_STORE_CTX* store);
  void begin_step();
  static long ration(BIO* socket, int operation, const char* bytes, std::size_t size, int argi,
                     long argl, int result, std::size_t* processed);
};

/// Its names alone count, and not the subject, which is free text. A name with a dot before it
/// would be that of any host of a domain (SSL_set1_host(3)).
bool Channel::Secrecy::ask_for_host() {
  const std::string name = as_certified(host);
  SSL_set_hostflags(ssl.get(),
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (const auto address = Address::parse(name)) {
    const std::string spelled = address->print();
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), spelled.c_str()) == 1;
  }
  std::string asked = name;
  const bool is_asked_for =
      !name.empty() && name.front() != '.' && SSL_set1_host(ssl.get(), name.c_str()) == 1;
  return is_asked_for && SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                  TLSEXT_NAMETYPE_host_name, asked.data()) == 1;
}

void Channel::Secrecy::begin_step() {
  reads_left = reads_of_a_step;
  ERR_clear_error();
}

/// OpenSSL reads on and on while what comes is for itself: new keys (RFC 8446 4.6.3), and wishes to
/// negotiate anew. Who sends that faster than it is read would keep a step from ever ending. What a
/// step may not read is as if it had not come yet; it waits in the kernel, where poll(2) sees it.
long Channel::Secrecy::ration(BIO* socket, int operation, const char* /*bytes*/,
                              std::size_t /*size*/, int /*argi*/, long /*argl*/, int result,
                              std::size_t* /*processed*/) {
  if (operation != BIO_CB_READ) return result;
  auto* secrecy = reinterpret_cast<Secrecy*>(BIO_get_callback_arg(socket));
  if (secrecy->reads_left-- > 0) return result;
  BIO_clear_retry_flags(socket);
  BIO_set_retry_read(socket);
  return -1;
}

/// OpenSSL does not keep a certificate that it has refused, so its names are noted on the way.
int Channel::Secrecy::look_at(int is_good, X509_STORE_CTX* store) {
  if (is_good == 1 || X509_STORE_CTX_get_error_depth(store) != 0) return is_good;
  const int index = SSL_get_ex_data_X509_STORE_CTX_idx();
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, index));
  auto* secrecy = static_cast<Secrecy*>(SSL_get_ex_data(ssl, 0));
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate != nullptr) secrecy->refused_names = print_names(*certificate);
  return is_good;
}

Channel::Channel() = default;
Channel::Channel(UniqueFd fd) : fd_(std::move(fd)) {}
Channel::Channel(UniqueFd fd, std::unique_ptr<Secrecy> secrecy)
    : fd_(std::move(fd)), secrecy_(std::move(secrecy)) {
  SSL_set_fd(secrecy_->ssl.get(), fd_.get());
  BIO* socket = SSL_get_rbio(secrecy_->ssl.get());
  BIO_set_callback_arg(socket, reinterpret_cast<char*>(secrecy_.get()));
  BIO_set_callback_ex(socket, Secrecy::ration);
  SSL_set_ex_data(secrecy_->ssl.get(), 0, secrecy_.get());
}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() = default;

Result<Channel> Channel::of_server(UniqueFd fd,
                                   std::shared_ptr<const ServerCredentials> credentials) {
  auto secrecy = std::make_unique<Secrecy>();
  secrecy->ssl.reset(SSL_new(&credentials->context()));
  secrecy->credentials = std::move(credentials);
  if (!secrecy->ssl) return openssl_fault("TLS");
  SSL_set_accept_state(secrecy->ssl.get());
  return Channel(std::move(fd), std::move(secrecy));
}

Result<Channel> Channel::of_client(UniqueFd fd,
                                   std::shared_ptr<const ClientCredentials> credentials,
                                   const std::string& host) {
  auto secrecy = std::make_unique<Secrecy>();
  secrecy->ssl.reset(SSL_new(&credentials->context()));
  secrecy->credentials = std::move(credentials);
  secrecy->host = host;
  if (!secrecy->ssl) return openssl_fault("TLS");
  // What cannot be asked for must not become a certificate that need not be for anybody.
  if (!secrecy->ask_for_host()) return Fault{"TLS: \"" + clean(host) + "\" names no host"};
  SSL_set_verify(secrecy->ssl.get(), SSL_VERIFY_PEER, Secrecy::look_at);
  SSL_set_connect_state(secrecy->ssl.get());
  return Channel(std::move(fd), std::move(secrecy));
}

Channel::Step Channel::secure() {
  if (!secrecy_) return {State::moved};
  secrecy_->begin_step();
  const Step step = finish(SSL_do_handshake(secrecy_->ssl.get()), 0);
  if (step.state != State::moved) return step;
  secrecy_->is_agreed = true;
  verified_until_ = end_of_proof(*secrecy_->ssl);
  return step;
}

Channel::Step Channel::read(std::span<char> buffer) {
  if (!secrecy_) return plain_step(::recv(fd(), buffer.data(), buffer.size(), 0));
  secrecy_->begin_step();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(secrecy_->ssl.get(), buffer.data(), buffer.size(), &bytes);
  return finish(result, bytes);
}

Channel::Step Channel::write(std::string_view bytes) {
  if (bytes.empty()) return {State::moved};
  if (!secrecy_) return plain_step(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  secrecy_->begin_step();
  std::size_t written = 0;
  const int result = SSL_write_ex(secrecy_->ssl.get(), bytes.data(), bytes.size(), &written);
  return finish(result, written);
}

void Channel::end_writing() {
  if (secrecy_ && secrecy_->is_agreed) {
    secrecy_->begin_step();
    SSL_shutdown(secrecy_->ssl.get());
  }
  ::shutdown(fd(), SHUT_WR);
}

Channel::Step Channel::finish(int result, std::size_t bytes) {
  awaited_.reset();
  if (result == 1) return {State::moved, bytes};
  switch (SSL_get_error(secrecy_->ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      awaited_ = POLLIN;
      return {State::blocked};
    case SSL_ERROR_WANT_WRITE:
      awaited_ = POLLOUT;
      return {State::blocked};
    case SSL_ERROR_ZERO_RETURN:
      return {State::ended};
  }
  return fail();
}

/// An end without the word for it is none (RFC 8446 6.1): anybody on the way could have made it.
Channel::Step Channel::fail() {
  const auto error = ERR_peek_error();
  failure_ = error == 0 ? Failure::broke_off : failure_of(ERR_GET_REASON(error));
  failure_words_ = take_openssl_words();
  if (failure_ != Failure::unverified) return {State::broken};
  const auto verdict = SSL_get_verify_result(secrecy_->ssl.get());
  failure_words_ = clean(X509_verify_cert_error_string(verdict));
  const bool is_another =
      verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
  if (is_another) {
    failure_words_ =
        "it is for " + secrecy_->refused_names + ", and not for " + clean(secrecy_->host);
  }
  return {State::broken};
}

void Channel::become_plain() {
  secrecy_.reset();
  awaited_.reset();
  verified_until_.reset();
}

}  // namespace ttq
