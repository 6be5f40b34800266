#include "httpd/server_sockets.h"

#include "appliance/base/error.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocketImpl.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace httpd
{

namespace
{
class PlainConnection final : public Poco::Net::StreamSocketImpl, public GuardedConnection
{
public:
    PlainConnection(int fd, std::shared_ptr<ConnectionCounts> counts, std::string address)
        : Poco::Net::StreamSocketImpl(fd), GuardedConnection(std::move(counts), std::move(address))
    {
    }
    int receiveBytes(void* buffer, int length, int flags) override
    {
        check();
        return Poco::Net::StreamSocketImpl::receiveBytes(buffer, length, flags);
    }
};

class TlsConnection final : public Poco::Net::SecureStreamSocketImpl, public GuardedConnection
{
public:
    TlsConnection(Poco::Net::StreamSocketImpl* plain, Poco::Net::Context::Ptr context,
                  std::shared_ptr<ConnectionCounts> counts, std::string address)
        : Poco::Net::SecureStreamSocketImpl(plain, std::move(context)),
          GuardedConnection(std::move(counts), std::move(address))
    {
        acceptSSL(); // only prepares; the handshake comes with the first read
    }
    int receiveBytes(void* buffer, int length, int flags) override
    {
        check();
        return Poco::Net::SecureStreamSocketImpl::receiveBytes(buffer, length, flags);
    }
};

/// The listening socket. Poco 1.11 cannot make one from a file descriptor.
class InheritedImpl final : public Poco::Net::ServerSocketImpl
{
public:
    InheritedImpl(int fd, Poco::Net::Context::Ptr context, std::shared_ptr<ConnectionCounts> counts)
        : context_(std::move(context)), counts_(std::move(counts))
    {
        // Poco's accept() must block: the accepting thread waits with poll() first.
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        reset(fd);
    }

    Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override
    {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        auto* const generic = reinterpret_cast<sockaddr*>(&storage);
        int const fd = ::accept4(sockfd(), generic, &size, SOCK_CLOEXEC);
        if (fd < 0) error(); // throws
        client = Poco::Net::SocketAddress(generic, size);
        auto const address = client.host().toString();
        if (!context_) return new PlainConnection(fd, counts_, address);
        Poco::AutoPtr<Poco::Net::StreamSocketImpl> const plain(new Poco::Net::StreamSocketImpl(fd));
        return new TlsConnection(const_cast<Poco::Net::StreamSocketImpl*>(plain.get()), context_, counts_, address);
    }

private:
    Poco::Net::Context::Ptr context_;
    std::shared_ptr<ConnectionCounts> counts_;
};

/// ServerSocket's constructor that takes over an implementation is protected.
struct Inherited : Poco::Net::ServerSocket {
    explicit Inherited(Poco::Net::SocketImpl* impl) : Poco::Net::ServerSocket(impl, true) {}
};
} // namespace

std::size_t ConnectionCounts::enter(std::string const& address)
{
    auto const parsed = net::IpAddress::parse(address);
    if (parsed && net::contains(exempt_, *parsed)) return 0;
    std::lock_guard const lock(mutex_);
    return ++counts_[address];
}

void ConnectionCounts::leave(std::string const& address)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = counts_.find(address); found != counts_.end() && --found->second == 0)
        counts_.erase(found);
}

GuardedConnection::GuardedConnection(std::shared_ptr<ConnectionCounts> counts, std::string address)
    : counts_(std::move(counts)), address_(std::move(address)), mine_(counts_->enter(address_))
{
}

GuardedConnection::~GuardedConnection() { counts_->leave(address_); }

void GuardedConnection::head_expected()
{
    is_in_head_ = true;
    first_byte_.reset();
}

void GuardedConnection::check()
{
    if (!is_in_head_) return;
    auto const now = std::chrono::steady_clock::now();
    if (!first_byte_) first_byte_ = now;
    if (now - *first_byte_ > limits::head_time) throw Poco::TimeoutException("the header did not come in time");
}

Poco::Net::ServerSocket inherited_socket(int fd, Poco::Net::Context::Ptr context,
                                         std::shared_ptr<ConnectionCounts> counts)
{
    return Inherited(new InheritedImpl(fd, std::move(context), std::move(counts)));
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
