#pragma once
// One connection from the answering process: who the client is, one message, its replies (serve/keeper_link.h).

#include "appliance/net/session.h"
#include "dnsd/keep/desk.h"

namespace dnsd
{

class KeeperSession final : public net::Session
{
public:
    KeeperSession(net::Stream stream, Desk const& desk);

    net::Next run() override;
    void timed_out() override {}
    std::chrono::milliseconds idle_timeout() const override;
    void stopping() override {}
    net::Stream& stream() override { return stream_; }
    bool has_work() override { return stream_.has_input(); }

private:
    net::Stream stream_;
    Desk const& desk_;
};

} // namespace dnsd
