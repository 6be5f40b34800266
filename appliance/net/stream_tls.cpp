// TLS of a Stream: handshakes on both sides, and what a login can be bound to.

#include "appliance/net/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

namespace net
{

namespace
{
/// RFC 7672 3.1: with DANE-EE neither names nor dates count.
void expect_tlsa(ssl_st* tls, TlsPeer const& peer)
{
    SSL_dane_enable(tls, peer.name.c_str());
    SSL_dane_set_flags(tls, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    int usable = 0;
    for (auto const& record : peer.tlsa) {
        void const* bytes = record.data.data();
        int const taken = SSL_dane_tlsa_add(tls, record.usage, record.selector, record.matching_type,
                                            static_cast<unsigned char const*>(bytes), record.data.size());
        usable += taken > 0 ? 1 : 0;
    }
    ERR_clear_error();
    // Without one OpenSSL would fall back to the CAs.
    if (usable == 0) throw Disconnected("certificate: no TLSA record can be used");
}
} // namespace

void Stream::begin_tls_server(TlsContext& context, Deadline until)
{
    flush();
    tls_ = SSL_new(context.native());
    if (!tls_) throw std::bad_alloc();
    SSL_set_fd(tls_, socket_.get());
    SSL_set_accept_state(tls_);
    handshake_until_ = until;
}

bool Stream::continue_handshake()
{
    while (handshake_until_) {
        ERR_clear_error();
        int const done = SSL_do_handshake(tls_);
        if (done == 1) {
            handshake_until_.reset();
            break;
        }
        int const error = SSL_get_error(tls_, done);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            char text[256] = "the peer closed";
            if (auto const code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
            ERR_clear_error();
            if (auto const verdict = SSL_get_verify_result(tls_); verdict != X509_V_OK)
                throw Disconnected(std::string("certificate: ") + X509_verify_cert_error_string(verdict));
            throw Disconnected(std::string("TLS handshake: ") + text);
        }
        if (std::chrono::steady_clock::now() >= *handshake_until_)
            throw Disconnected("the TLS handshake took too long");
        if (error == SSL_ERROR_WANT_READ) return false;
        wait(POLLOUT, *handshake_until_, "the TLS handshake"); // a few kB: they nearly always fit at once
    }
    return true;
}

void Stream::start_tls_client(TlsContext& context, std::string const& name, Deadline deadline)
{
    bool const verify = SSL_CTX_get_verify_mode(context.native()) != SSL_VERIFY_NONE;
    start_tls_client(context, TlsPeer{.name = name, .verify = verify}, deadline);
}

void Stream::start_tls_client(TlsContext& context, TlsPeer const& peer, Deadline deadline)
{
    flush();
    tls_ = SSL_new(context.native());
    if (!tls_) throw std::bad_alloc();
    // SSL_set_tlsext_host_name without its old-style cast.
    std::string copy = peer.name;
    if (!copy.empty()) SSL_ctrl(tls_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, copy.data());
    if (!peer.tlsa.empty())
        expect_tlsa(tls_, peer);
    else if (peer.verify && !peer.name.empty())
        SSL_set1_host(tls_, peer.name.c_str());
    for (auto const& name : peer.also) SSL_add1_host(tls_, name.c_str());
    if (peer.verify || !peer.tlsa.empty()) {
        SSL_set_hostflags(tls_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set_verify(tls_, SSL_VERIFY_PEER, nullptr);
    }
    SSL_set_fd(tls_, socket_.get());
    SSL_set_connect_state(tls_);
    handshake_until_ = deadline;
    while (!continue_handshake()) wait(POLLIN, deadline, "the TLS handshake");
}

std::string Stream::tls_description() const
{
    if (!tls_) return {};
    return std::string(SSL_get_version(tls_)) + " " + SSL_get_cipher_name(tls_);
}

std::string Stream::tls_exporter() const
{
    if (!tls_ || SSL_version(tls_) < TLS1_3_VERSION) return {};
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string bytes(32, '\0');
    void* out = bytes.data();
    bool const done = SSL_export_keying_material(tls_, static_cast<unsigned char*>(out), bytes.size(), label.data(),
                                                 label.size(), nullptr, 0, 1) == 1;
    return done ? bytes : std::string();
}

std::string Stream::tls_server_end_point() const
{
    auto const* certificate = tls_ ? SSL_get_certificate(tls_) : nullptr;
    if (!certificate) return {};
    int digest = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr);
    // RFC 5929 4.1: what is weaker than SHA-256, or has no hash of its own, is SHA-256.
    bool const is_weak = digest == NID_undef || digest == NID_md5 || digest == NID_sha1;
    auto const* hash = is_weak ? EVP_sha256() : EVP_get_digestbynid(digest);
    std::string bytes(EVP_MAX_MD_SIZE, '\0');
    void* out = bytes.data();
    unsigned size = 0;
    if (!hash || X509_digest(certificate, hash, static_cast<unsigned char*>(out), &size) != 1) return {};
    bytes.resize(size);
    return bytes;
}

} // namespace net
