#pragma once
// An SMTP reply with its enhanced status code (RFC 5321 4.2, RFC 2034, RFC 3463), and the exception that carries one.

#include "appliance/base/error.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace maild::smtp
{

struct Reply {
    int code = 250;
    std::string_view enhanced; ///< "2.1.0"; empty: none (greeting, EHLO, 3xx)
    std::string text;          ///< one line; never what the client sent, unless checked

    bool is_refusal() const { return code >= 400; }
    /// "250 2.1.0 text\r\n".
    std::string show() const;
};

/// The client asked for what it cannot have: its reply goes out, the session goes on.
class ClientError : public std::runtime_error
{
public:
    ClientError(int code, std::string_view enhanced, std::string text)
        : std::runtime_error(text), reply_{code, enhanced, std::move(text)}
    {
    }
    explicit ClientError(Reply reply) : std::runtime_error(reply.text), reply_(std::move(reply)) {}
    Reply const& reply() const { return reply_; }

private:
    Reply reply_;
};

/// What a broken store means to the client: 452 for a full disk, 451 for everything that may pass.
Reply reply_for(base::StoreError const& error);

} // namespace maild::smtp
