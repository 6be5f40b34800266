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
    explicit ForwarderWatch(std::string path)
        : path_(std::move(path)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
    {
        auto const folder = std::filesystem::path(path_).parent_path().string();
        if (inotify_)
            ::inotify_add_watch(inotify_.get(), folder.empty() ? "." : folder.c_str(), IN_MODIFY | IN_CREATE);
    }

    int descriptor() const override { return inotify_.get(); }

    void heard() override
    {
        std::array<char, 4096> events;
        while (::read(inotify_.get(), events.data(), events.size()) > 0) continue;
    }

    std::vector<net::Endpoint> current() override
    {
        try {
            if (!dns_) dns_ = std::make_unique<db::Database>(db::Options{path_, "dns", db::Mode::read_only});
            forwarders_ = forwarders(*dns_);
            complained_ = false;
        } catch (base::StoreError const& error) {
            if (!std::exchange(complained_, true))
                base::log(base::Level::warning, "", "forwarders-unknown", {{"why", error.what()}});
        }
        return forwarders_;
    }

private:
    std::string path_;
    std::unique_ptr<db::Database> dns_;
    base::Fd inotify_;
    std::vector<net::Endpoint> forwarders_;
    bool complained_ = false;
};
} // namespace

std::unique_ptr<ForwarderSource> make_fixed_forwarders(std::vector<net::Endpoint> forwarders)
{
    return std::make_unique<FixedForwarders>(std::move(forwarders));
}

std::unique_ptr<ForwarderSource> make_forwarder_watch(std::string path)
{
    return std::make_unique<ForwarderWatch>(std::move(path));
}

} // namespace dnsd
