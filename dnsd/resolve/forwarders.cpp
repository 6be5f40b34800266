#include "dnsd/resolve/forwarders.h"

#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/zone/forwarder_setting.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/inotify.h>
#include <unistd.h>

namespace dnsd
{

namespace
{
class FixedForwarders final : public ForwarderSource
{
public:
    explicit FixedForwarders(std::vector<net::Endpoint> forwarders) : forwarders_(std::move(forwarders)) {}
    std::vector<net::Endpoint> current() override { return forwarders_; }

private:
    std::vector<net::Endpoint> forwarders_;
};

/// Hears of every commit through the engine's log file (it grows before the commit can be seen, so that a look may
/// come too early: the caller looks again later).
class ForwarderWatch final : public ForwarderSource
{
public:
    explicit ForwarderWatch(db::Database& dns) : dns_(dns), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
    {
        auto const folder = std::filesystem::path(dns.path()).parent_path().string();
        if (inotify_)
            ::inotify_add_watch(inotify_.get(), folder.empty() ? "." : folder.c_str(), IN_MODIFY | IN_CREATE);
    }

    int descriptor() const override { return inotify_.get(); }

    std::vector<net::Endpoint> current() override
    {
        try {
            forwarders_ = forwarders(dns_);
        } catch (base::StoreError const& error) {
            base::log(base::Level::warning, "", "forwarders-unknown", {{"why", error.what()}});
        }
        return forwarders_;
    }

    void heard() override
    {
        std::array<char, 4096> events;
        while (::read(inotify_.get(), events.data(), events.size()) > 0) continue;
    }

private:
    db::Database& dns_;
    base::Fd inotify_;
    std::vector<net::Endpoint> forwarders_;
};
} // namespace

std::unique_ptr<ForwarderSource> make_fixed_forwarders(std::vector<net::Endpoint> forwarders)
{
    return std::make_unique<FixedForwarders>(std::move(forwarders));
}

std::unique_ptr<ForwarderSource> make_forwarder_watch(db::Database& dns)
{
    return std::make_unique<ForwarderWatch>(dns);
}

} // namespace dnsd
