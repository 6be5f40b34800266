#include "maild/remote/sts.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "maild/limits.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace maild::remote
{

namespace
{
struct Kept {
    std::string id;
    StsPolicy policy;
    base::Timestamp fetched = 0;
    base::Timestamp expires = 0;
};

class SqlStsPolicies final : public StsPolicies
{
public:
    SqlStsPolicies(dns::Resolver& resolver, std::string const& database, StsFetch fetch, base::Clock const& clock)
        : resolver_(resolver),
          database_({database, "spool", db::Mode::read_write}),
          fetch_(std::move(fetch)),
          clock_(clock),
          refresher_([this] { refresh_all(); })
    {
    }

    ~SqlStsPolicies() override
    {
        {
            std::lock_guard const lock(mutex_);
            stopping_ = true;
        }
        stop_.notify_all();
        refresher_.join();
    }

    std::optional<StsPolicy> find(std::string const& domain) override
    {
        auto kept = read(domain);
        auto const record = resolver_.query("_mta-sts." + domain, dns::Type::txt);
        auto const id = parse_sts_record(dns::texts(record));
        // 5.1: what we have stays in force until it is over, also when the record is gone or cannot be asked for.
        if (!id || (kept && kept->id == *id)) return in_force(kept);
        if (auto fetched = fetch(domain, *id)) return in_force(fetched);
        return in_force(kept);
    }

private:
    static std::optional<StsPolicy> in_force(std::optional<Kept> const& kept)
    {
        if (!kept || kept->policy.mode == StsMode::none) return std::nullopt;
        return kept->policy;
    }

    enum class Failures { count, do_not_count };

    /// Whoever comes while another thread fetches waits for what that one gets.
    std::optional<Kept> fetch(std::string const& domain, std::string const& id, Failures failures = Failures::count)
    {
        {
            std::unique_lock lock(mutex_);
            if (fetching_.contains(domain)) {
                fetched_.wait_for(lock, limits::sts_fetch_wait, [&] { return !fetching_.contains(domain); });
                lock.unlock();
                return read(domain);
            }
            auto const failed = failed_.find(domain);
            bool const failed_lately =
                failed != failed_.end() && failed->second + limits::sts_retry.count() > clock_.now();
            if (failed_lately && failures == Failures::count) return std::nullopt;
            fetching_.insert(domain);
        }
        std::optional<Kept> kept;
        try {
            kept = fetch_and_keep(domain, id);
        } catch (base::StoreError const&) { // the others must not wait for nothing
            fetched(domain, false);
            throw;
        }
        fetched(domain, kept.has_value());
        return kept;
    }

    void fetched(std::string const& domain, bool is_good)
    {
        std::lock_guard const lock(mutex_);
        fetching_.erase(domain);
        if (failed_.size() > limits::dns_answers) failed_.clear();
        if (is_good)
            failed_.erase(domain);
        else
            failed_[domain] = clock_.now();
        fetched_.notify_all();
    }

    std::optional<Kept> fetch_and_keep(std::string const& domain, std::string const& id)
    {
        auto const text = fetch_(domain);
        auto const policy = text ? parse_sts_policy(*text) : std::nullopt;
        if (!policy) {
            base::log(base::Level::warning, "", "sts-no-policy", {{"domain", domain}});
            return std::nullopt;
        }
        auto const now = clock_.now();
        Kept const kept{id, *policy, now, now + std::int64_t{policy->max_age} * 1'000'000};
        keep(domain, kept, *text);
        return kept;
    }

    std::optional<Kept> read(std::string const& domain)
    {
        return database_.read([&](db::Reader& reader) -> std::optional<Kept> {
            auto rows =
                reader.query("SELECT policy_id, policy, fetched, expires FROM sts_policy WHERE domain = ?", domain);
            auto const row = rows.next();
            auto const policy = row ? parse_sts_policy(row->text(1)) : std::nullopt;
            if (!policy || row->integer(3) <= clock_.now()) return std::nullopt;
            return Kept{row->text(0), *policy, row->integer(2), row->integer(3)};
        });
    }

    void keep(std::string const& domain, Kept const& kept, std::string const& text)
    {
        database_.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM sts_policy WHERE domain = ? OR expires < ?", domain, clock_.now());
            transaction.exec(
                "INSERT INTO sts_policy (domain, policy_id, policy, fetched, expires) VALUES (?, ?, ?, ?, ?)", domain,
                kept.id, text, kept.fetched, kept.expires);
        });
    }

    /// 3.3: so that an attacker who keeps us from the policy host must do so for all of max_age.
    void refresh_all()
    {
        std::unique_lock lock(mutex_);
        while (!stop_.wait_for(lock, limits::sts_refresh_look, [this] { return stopping_; })) {
            lock.unlock();
            try {
                for (auto const& [domain, id] : old_ones()) {
                    auto const now =
                        parse_sts_record(dns::texts(resolver_.query("_mta-sts." + domain, dns::Type::txt)));
                    if (now) fetch(domain, *now, Failures::do_not_count);
                }
            } catch (base::StoreError const& error) { // the top of this thread; it comes again in an hour
                base::log(base::Level::warning, "", "sts-refresh-failed", {{"why", error.what()}});
            }
            lock.lock();
        }
    }

    std::vector<std::pair<std::string, std::string>> old_ones()
    {
        return database_.read([&](db::Reader& reader) {
            std::vector<std::pair<std::string, std::string>> found;
            auto rows =
                reader.query("SELECT domain, policy_id FROM sts_policy WHERE fetched < ? AND expires > ? LIMIT 1000",
                             clock_.now() - limits::sts_refresh.count(), clock_.now());
            while (auto const row = rows.next()) found.emplace_back(row->text(0), row->text(1));
            return found;
        });
    }

    dns::Resolver& resolver_;
    db::Database database_;
    StsFetch fetch_;
    base::Clock const& clock_;
    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::map<std::string, base::Timestamp> failed_;
    std::set<std::string> fetching_;
    std::condition_variable fetched_;
    std::thread refresher_;
};
} // namespace

std::unique_ptr<StsPolicies> make_sts_policies(dns::Resolver& resolver, std::string const& database, StsFetch fetch,
                                               base::Clock const& clock)
{
    return std::make_unique<SqlStsPolicies>(resolver, database, std::move(fetch), clock);
}

std::unique_ptr<StsPolicies> make_sts_policies(dns::Resolver& resolver, std::string const& database)
{
    return make_sts_policies(resolver, database, make_sts_fetch(resolver), base::system_clock());
}

} // namespace maild::remote
