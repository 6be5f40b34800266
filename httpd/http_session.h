#pragma once
// One connection of a browser (RFC 9112): bytes -> Request -> the handler -> Response -> bytes. While it waits for
// bytes it holds no thread, be it between two requests or in the middle of one.

#include "appliance/net/session.h"
#include "httpd/access_log.h"
#include "httpd/request_body.h"
#include "httpd/response.h"
#include "httpd/server.h"

#include <memory>
#include <optional>

namespace httpd
{

/// What all connections of one listener share.
struct ServerParts {
    Handler handler;
    std::size_t largest_body = 0;
    BodyMemory* memory = nullptr;
    AccessLog* log = nullptr; ///< may be null
};

class HttpSession final : public net::Session
{
public:
    HttpSession(net::Stream stream, ServerParts const& parts);

    net::Next run() override;
    bool has_work() override { return stream_.has_input() || is_next_here_; }
    void timed_out() override;
    std::chrono::milliseconds idle_timeout() const override;
    std::chrono::milliseconds rest() const override;
    void stopping() override {}
    net::Stream& stream() override { return stream_; }

private:
    enum class State {
        head,
        body,
        lingering, ///< refused, and the browser may not have read why: what it still sends is thrown away
    };

    bool receive();
    net::Next read_head();
    net::Next begin_body(Head head);
    net::Next read_body();
    net::Next answer();
    Response respond(Request& request);
    net::Next refuse(int status);
    net::Next linger();
    void write(Request const& request, Response& response);
    void write_stream(Response const& response, bool chunked);

    net::Stream stream_;
    ServerParts const& parts_;
    State state_ = State::head;
    std::string input_; ///< arrived and not yet understood
    HeadReader head_;
    bool is_next_here_ = false; ///< input_ has something that nobody has looked at
    bool keeps_alive_ = true;
    int minor_version_ = 1;
    net::Deadline until_; ///< of the head, of waiting for memory, of lingering
    bool has_begun_ = false;
    std::size_t lingered_ = 0;
    std::optional<BodyReader> body_;
    std::optional<BodyShare> share_;
    bool waits_for_memory_ = false;
    std::uint64_t sent_ = 0; ///< bytes of the answer's body
};

} // namespace httpd
