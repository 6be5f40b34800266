#include "httpd/server_sockets.h"

#include "appliance/base/error.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <fcntl.h>
#include <openssl/ssl.h>

namespace httpd
{

namespace
{
class InheritedImpl : public Poco::Net::ServerSocketImpl
{
public:
    explicit InheritedImpl(int fd)
    {
        // Poco's accept() must block: the accepting thread waits with poll() first.
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        reset(fd);
    }
};

class InheritedTlsImpl final : public InheritedImpl
{
public:
    InheritedTlsImpl(int fd, Poco::Net::Context::Ptr context) : InheritedImpl(fd), context_(std::move(context)) {}

    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override
    {
        Accepted const plain(InheritedImpl::acceptConnection(client));
        auto const secure = Poco::Net::SecureStreamSocket::attach(plain, context_);
        secure.impl()->duplicate(); // the caller owns one reference
        return secure.impl();
    }

private:
    /// StreamSocket's constructor that takes over an implementation is protected.
    struct Accepted : Poco::Net::StreamSocket {
        explicit Accepted(Poco::Net::SocketImpl* impl) : Poco::Net::StreamSocket(impl) {}
    };
    Poco::Net::Context::Ptr context_;
};

/// ServerSocket's constructor that takes over an implementation is protected.
struct Inherited : Poco::Net::ServerSocket {
    explicit Inherited(Poco::Net::SocketImpl* impl) : Poco::Net::ServerSocket(impl, true) {}
};
} // namespace

Poco::Net::ServerSocket inherited_socket(int fd) { return Inherited(new InheritedImpl(fd)); }

Poco::Net::ServerSocket inherited_tls_socket(int fd, Poco::Net::Context::Ptr context)
{
    return Inherited(new InheritedTlsImpl(fd, std::move(context)));
}

Poco::Net::Context::Ptr server_context(std::string const& certificate, std::string const& key)
{
    Poco::Net::Context::Params params;
    params.privateKeyFile = key;
    params.certificateFile = certificate;
    params.verificationMode = Poco::Net::Context::VERIFY_NONE;
    params.loadDefaultCAs = false;
    params.cipherList = "HIGH:!aNULL:!MD5:!3DES";
    try {
        Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params));
        context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
        context->enableSessionCache(true, "kotakpos-httpd");
        ::SSL_CTX_ctrl(context->sslContext(), SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, nullptr);
        return context;
    } catch (Poco::Exception const& error) { // Poco's words for a missing file are not for people
        throw base::Failure(base::failed("TLS with " + certificate + " and " + key, error.displayText(),
                                         "run 'kotakpos setup', or correct tls.certificate and tls.key"));
    }
}

} // namespace httpd
