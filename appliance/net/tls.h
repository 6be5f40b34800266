#pragma once
// TLS settings of a server or a client, over OpenSSL. Making certificates is appliance/tls/.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace net
{

/// How a client makes sure that it speaks with the right server.
struct TlsPeer {
    struct Tlsa { ///< RFC 6698 2.1
        std::uint8_t usage = 0;
        std::uint8_t selector = 0;
        std::uint8_t matching_type = 0;
        std::string data;
        bool operator==(Tlsa const&) const = default;
    };
    std::string name;                   ///< told to the server (SNI); also the first name to be matched
    std::vector<std::string> also = {}; ///< other names that its certificate may have
    std::vector<Tlsa> tlsa = {};        ///< not empty: one of these must match (DANE), CAs do not count
    bool verify = false;                ///< without `tlsa`: a certificate of a CA that the context knows, for a name
    bool operator==(TlsPeer const&) const = default;
};

/// Shared by all connections of a listener; safe from all threads.
class TlsContext
{
public:
    /// A server's context: TLS 1.2 and newer, session tickets, buffers released while idle.
    /// Throws base::Failure naming the file that cannot be used.
    static std::shared_ptr<TlsContext> server(std::string const& certificate_file, std::string const& key_file);
    /// A client's context. `ca_file` empty: any certificate is taken (opportunistic TLS, RFC 7435).
    static std::shared_ptr<TlsContext> client(std::string const& ca_file);
    /// A client's context that knows the CAs of this machine (or of $SSL_CERT_FILE), and asks for a certificate only
    /// where TlsPeer says so.
    static std::shared_ptr<TlsContext> client_of_strangers();

    explicit TlsContext(ssl_ctx_st* context);
    ~TlsContext();
    TlsContext(TlsContext const&) = delete;
    TlsContext& operator=(TlsContext const&) = delete;
    ssl_ctx_st* native() const { return context_; }

private:
    ssl_ctx_st* context_;
};

/// TlsContext::client_of_strangers() when it is first wanted: the CAs take a megabyte, and a box without Internet
/// never needs them. Safe from all threads.
class StrangersTls
{
public:
    TlsContext& context();

private:
    std::once_flag once_;
    std::shared_ptr<TlsContext> context_;
};

} // namespace net
