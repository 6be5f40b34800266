#include "dnsd/serve/zone_watcher.h"

#include "appliance/base/log.h"
#include "dnsd/zone/name.h"
#include "dnsd/serve/zone_builder.h"

#include <chrono>
#include <list>
#include <malloc.h>
#include <set>
#include <sys/stat.h>

namespace dnsd
{

namespace
{
constexpr std::chrono::milliseconds look_interval{20};
constexpr std::chrono::seconds retry_interval{1};

void log_broken(std::string const& zone, base::Error const& error, bool has_old)
{
    base::log(base::Level::error, "", "zone-broken",
              {{"zone", zone}, {"why", error.line()}, {"serving", has_old ? "its last good version" : "nothing"}});
}
} // namespace

// --- ZoneLoader
// ----------------------------------------------------------------------------------------------------------

ZoneChanges ZoneLoader::read(ZoneStore& store) const
{
    auto changes = store.changes(revisions_);
    bool const any = !changes.changed.empty() || changes.names.size() != revisions_.size();
    if (!any) return changes;
    // A CNAME chain that leads from zone to zone: read all of them, because the answers of one hold records of
    // another.
    auto const leads_out = [&](ZoneContents const& zone) {
        for (auto const& record : zone.records)
            if (record.type == "CNAME" && !is_in_zone(record.rdata, zone.name)) return true;
        return false;
    };
    bool linked = std::any_of(changes.changed.begin(), changes.changed.end(), leads_out);
    for (auto const& [name, zone] : served_) linked = linked || (zone && zone->links_outside());
    return linked ? store.changes({}) : changes;
}

std::map<std::string, std::shared_ptr<Zone const>> ZoneLoader::build(ZoneChanges const& changes) const
{
    std::list<ZoneModel> models;
    std::vector<std::pair<std::string, ZoneModel const*>> good;
    ModelSet all;
    std::map<std::string, std::shared_ptr<Zone const>> built;
    for (auto const& contents : changes.changed) {
        auto model = ZoneModel::make(contents.name, contents.records);
        if (!model) {
            auto const old = served_.find(contents.name);
            auto const kept = old == served_.end() ? nullptr : old->second;
            log_broken(contents.name, model.error(), kept != nullptr);
            built[contents.name] = kept;
            continue;
        }
        models.push_back(std::move(*model));
        all.add(models.back());
        good.emplace_back(contents.name, &models.back());
    }
    for (auto const& [name, model] : good) built[name] = build_zone(*model, all);
    return built;
}

void ZoneLoader::load(ZoneStore& store)
{
    auto const changes = read(store);
    std::set<std::string> const names(changes.names.begin(), changes.names.end());
    bool const some_gone =
        std::any_of(served_.begin(), served_.end(), [&](auto const& zone) { return names.count(zone.first) == 0; });
    if (changes.changed.empty() && !some_gone) return;
    for (auto& [name, zone] : build(changes)) served_[name] = std::move(zone);
    for (auto const& contents : changes.changed) revisions_[contents.name] = contents.revision;
    std::vector<ZoneSet::Entry> entries;
    for (auto zone = served_.begin(); zone != served_.end();) {
        if (names.count(zone->first) == 0) {
            revisions_.erase(zone->first);
            zone = served_.erase(zone);
            continue;
        }
        entries.push_back({must_wire_name(zone->first), zone->second});
        ++zone;
    }
    zones_.publish(std::make_shared<ZoneSet const>(std::move(entries)));
    base::log(base::Level::info, "", "zones-loaded",
              {{"zones", std::to_string(names.size())}, {"changed", std::to_string(changes.changed.size())}});
}

// --- ZoneWatcher
// -----------------------------------------------------------------------------------------------------------

ZoneWatcher::ZoneWatcher(std::string path, CurrentZones& zones)
    : path_(std::move(path)), zones_(zones), loader_(zones)
{
    look();
}

ZoneWatcher::~ZoneWatcher()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    stop_now_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void ZoneWatcher::start()
{
    thread_ = std::thread([this] { loop(); });
}

void ZoneWatcher::loop()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        std::chrono::milliseconds const pause = database_ ? look_interval : retry_interval;
        if (stop_now_.wait_for(lock, pause, [this] { return stopping_; })) return;
        lock.unlock();
        look();
        lock.lock();
    }
}

void ZoneWatcher::look()
{
    zones_.sweep();
    try {
        if (!database_ || is_replaced()) open();
        auto const version = database_->data_version();
        if (version == version_) return;
        loader_.load(*store_);
        version_ = version;
        ::malloc_trim(0); // what building took goes back: edits must not make the process grow
        if (!std::exchange(trouble_, {}).empty())
            base::log(base::Level::info, "", "database-back", {{"file", path_}});
    } catch (std::exception const& error) { // the top of this thread's work: the last zones stay
        store_.reset();
        database_.reset();
        version_.reset();
        if (std::exchange(trouble_, error.what()) != error.what())
            base::log(base::Level::error, "", "database-unusable",
                      {{"file", path_}, {"why", error.what()}, {"serving", "the last zones"}});
    }
}

void ZoneWatcher::open()
{
    store_.reset();
    database_.reset();
    version_.reset();
    struct stat file {
    };
    if (::stat(path_.c_str(), &file) == 0) file_ = {file.st_dev, file.st_ino};
    database_ = std::make_unique<db::Database>(db::Options{path_, "school", db::Mode::read_only});
    store_ = make_sql_zone_store(*database_);
}

/// A restored backup is another file under the same name.
bool ZoneWatcher::is_replaced() const
{
    struct stat file {
    };
    return ::stat(path_.c_str(), &file) != 0 ||
           std::pair<std::uint64_t, std::uint64_t>(file.st_dev, file.st_ino) != file_;
}

} // namespace dnsd
