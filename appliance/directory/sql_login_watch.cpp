#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "appliance/directory/login_watch.h"

#include <unordered_map>

namespace directory
{

namespace
{
constexpr std::chrono::milliseconds pause{500};

struct State {
    bool enabled = false;
    std::string password; ///< its hash
};

std::optional<LoginWatch::End> end_of(std::optional<State> const& now, std::string const& password)
{
    if (!now) return LoginWatch::End::deleted;
    if (!now->enabled) return LoginWatch::End::disabled;
    if (now->password != password) return LoginWatch::End::other_password;
    return std::nullopt;
}

std::optional<State> read_state(db::Reader& reader, UserId user)
{
    auto rows = reader.query("SELECT enabled, password FROM user WHERE user_id = ?", user);
    auto const row = rows.next();
    return row ? std::optional(State{row->integer(0) != 0, row->text(1)}) : std::nullopt;
}
} // namespace

LoginWatch::LoginWatch(db::Database& school)
    : school_(school), seen_(school.data_version()), thread_([this] { loop(); })
{
}

LoginWatch::~LoginWatch()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
}

LoginWatch::Token LoginWatch::watch(UserId user, Told told)
{
    std::list<Watched> one; // made outside the lock, spliced into the registry
    one.push_back({user, {}, std::move(told)});
    auto const entry = one.begin();
    {
        std::lock_guard const lock(registry_->mutex); // over the reading: a change is seen here or by look()
        auto const now = school_.read([&](db::Reader& reader) { return read_state(reader, user); });
        entry->password = now ? now->password : "";
        if (auto const end = end_of(now, entry->password)) {
            entry->told(*end);
            return nullptr;
        }
        registry_->watched.splice(registry_->watched.end(), one);
    }
    return {&*entry, [registry = registry_, entry](void*) {
                std::lock_guard const lock(registry->mutex);
                registry->watched.erase(entry);
            }};
}

void LoginWatch::loop()
{
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, pause, [this] { return stopping_; })) {
        lock.unlock();
        try {
            look();
        } catch (base::StoreError const& error) { // the top of a thread; next time again
            base::log(base::Level::warning, "", "login-watch-failed", {{"why", error.what()}});
        }
        lock.lock();
    }
}

void LoginWatch::look()
{
    auto const version = school_.data_version();
    if (version == seen_) return;
    std::lock_guard const lock(registry_->mutex);
    school_.read([&](db::Reader& reader) {
        std::unordered_map<UserId, std::optional<State>> states; // people have several sessions
        for (auto& watched : registry_->watched) {
            if (!watched.told) continue;
            auto known = states.find(watched.user);
            if (known == states.end()) known = states.emplace(watched.user, read_state(reader, watched.user)).first;
            if (auto const end = end_of(known->second, watched.password)) std::exchange(watched.told, nullptr)(*end);
        }
    });
    seen_ = version;
}

} // namespace directory
