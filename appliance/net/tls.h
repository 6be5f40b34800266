#pragma once
// TLS settings of a server or a client, over OpenSSL. Making certificates is appliance/tls/.

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace net
{

/// Shared by all connections of a listener; safe from all threads.
class TlsContext
{
public:
    /// A server's context: TLS 1.2 and newer, session tickets, buffers released while idle.
    /// Throws base::Failure naming the file that cannot be used.
    static std::shared_ptr<TlsContext> server(std::string const& certificate_file, std::string const& key_file);
    /// A client's context. `ca_file` empty: any certificate is taken (opportunistic TLS, RFC 7435).
    static std::shared_ptr<TlsContext> client(std::string const& ca_file);

    explicit TlsContext(ssl_ctx_st* context);
    ~TlsContext();
    TlsContext(TlsContext const&) = delete;
    TlsContext& operator=(TlsContext const&) = delete;
    ssl_ctx_st* native() const { return context_; }

private:
    ssl_ctx_st* context_;
};

} // namespace net
