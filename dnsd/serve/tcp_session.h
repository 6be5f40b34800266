#pragma once
// One TCP connection with DNS messages behind two octets of length each (RFC 7766). Pipelined questions are answered
// in order.

#include "appliance/net/session.h"
#include "dnsd/serve/responder.h"
#include "dnsd/serve/zone_set.h"

#include <string>

namespace dnsd
{

class TcpSession final : public net::Session
{
public:
    TcpSession(net::Stream stream, Responder const& responder, CurrentZones const& zones);

    net::Next run() override;
    void timed_out() override {}
    std::chrono::milliseconds idle_timeout() const override;
    void stopping() override {}
    net::Stream& stream() override { return stream_; }
    bool has_work() override { return stream_.has_input(); }

private:
    /// Answers every whole message in `input_`. False: the client sends no questions.
    bool answer_all();

    net::Stream stream_;
    Responder const& responder_;
    CurrentZones const& zones_;
    std::string input_;                ///< the beginning of a message, kept while the session is parked
    net::Deadline message_deadline_{}; ///< for the rest of it
    bool first_run_ = true;
};

} // namespace dnsd
