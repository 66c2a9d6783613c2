#include "tls/channel.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "tls/certificate_names.h"
#include "tls/openssl.h"
#include "ttq/address.h"

namespace ttq {
namespace {

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

}  // namespace

struct Channel::Secrecy {
  SslPtr ssl;
  std::shared_ptr<const void> credentials;  ///< for as long as it lasts
  std::string host;                         ///< that we want it to be; empty: a client
  std::string refused_names;                ///< what a certificate that was refused is for
  bool is_agreed = false;

  bool ask_for_host();
  static int look_at(int is_good, X509_STORE_CTX* store);
};

/// Its names alone count, and not the subject, which is free text.
bool Channel::Secrecy::ask_for_host() {
  SSL_set_hostflags(ssl.get(),
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (const auto address = Address::parse(host)) {
    const std::string spelled = address->print();
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), spelled.c_str()) == 1;
  }
  const bool is_asked_for = !host.empty() && SSL_set1_host(ssl.get(), host.c_str()) == 1;
  return is_asked_for && SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                  TLSEXT_NAMETYPE_host_name, host.data()) == 1;
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
  // What cannot be asked for must not become a certificate that need not be for anybody.
  if (!secrecy->ssl || !secrecy->ask_for_host()) return openssl_fault("TLS");
  SSL_set_verify(secrecy->ssl.get(), SSL_VERIFY_PEER, Secrecy::look_at);
  SSL_set_connect_state(secrecy->ssl.get());
  return Channel(std::move(fd), std::move(secrecy));
}

Channel::Step Channel::secure() {
  if (!secrecy_) return {State::moved};
  ERR_clear_error();
  const Step step = finish(SSL_do_handshake(secrecy_->ssl.get()), 0);
  if (step.state == State::moved) secrecy_->is_agreed = true;
  return step;
}

Channel::Step Channel::read(std::span<char> buffer) {
  if (!secrecy_) return plain_step(::recv(fd(), buffer.data(), buffer.size(), 0));
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(secrecy_->ssl.get(), buffer.data(), buffer.size(), &bytes);
  return finish(result, bytes);
}

Channel::Step Channel::write(std::string_view bytes) {
  if (bytes.empty()) return {State::moved};
  if (!secrecy_) return plain_step(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(secrecy_->ssl.get(), bytes.data(), bytes.size(), &written);
  return finish(result, written);
}

void Channel::end_writing() {
  if (secrecy_ && secrecy_->is_agreed) {
    ERR_clear_error();
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

bool Channel::is_verified() const {
  if (!secrecy_ || !secrecy_->is_agreed) return false;
  SSL* ssl = secrecy_->ssl.get();
  return SSL_get0_peer_certificate(ssl) != nullptr && SSL_get_verify_result(ssl) == X509_V_OK;
}

void Channel::become_plain() {
  secrecy_.reset();
  awaited_.reset();
}

}  // namespace ttq
