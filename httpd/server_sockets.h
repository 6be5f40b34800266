#pragma once
// Poco server sockets over file descriptors that somebody else has bound; Poco 1.11 cannot make them itself.
// For server.cpp only.

#include <Poco/Net/Context.h>
#include <Poco/Net/ServerSocket.h>

namespace httpd
{

/// A listening socket for Poco's servers; connections come as plain TCP.
Poco::Net::ServerSocket inherited_socket(int fd);
/// The same with TLS; the handshake happens in the connection's own thread, at its first read.
Poco::Net::ServerSocket inherited_tls_socket(int fd, Poco::Net::Context::Ptr context);

/// A server's TLS settings: TLS 1.2 and newer, session tickets. Throws base::Failure.
Poco::Net::Context::Ptr server_context(std::string const& certificate, std::string const& key);

} // namespace httpd
