#include "maild/dns/resolver.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "maild/dns/exchange.h"
#include "maild/dns/reply.h"
#include "maild/dns/servers.h"
#include "maild/limits.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <sys/stat.h>

namespace maild::dns
{

namespace
{
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr char const* resolv_conf = "/etc/resolv.conf";
constexpr std::size_t resolv_conf_size = 64 << 10;

std::uint16_t random_id()
{
    auto const bytes = base::random_bytes(2);
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8U |
                                      static_cast<unsigned char>(bytes[1]));
}

Answer failed(std::string reason) { return {.outcome = Outcome::failed, .reason = std::move(reason)}; }

/// Answers by question, each until its TTL is over.
class Cache
{
public:
    using Key = std::pair<std::string, Type>;

    std::optional<Answer> find(Key const& key)
    {
        std::lock_guard const lock(mutex_);
        auto const found = entries_.find(key);
        if (found == entries_.end() || found->second.until <= std::chrono::steady_clock::now()) return std::nullopt;
        return found->second.answer;
    }

    void keep(Key const& key, Answer const& answer)
    {
        auto const longest = answer.outcome == Outcome::found ? limits::dns_kept : limits::dns_negative_kept;
        auto const ttl = std::min<std::chrono::seconds>(answer.ttl, longest);
        if (answer.outcome == Outcome::failed || ttl.count() <= 0) return;
        auto const now = std::chrono::steady_clock::now();
        std::lock_guard const lock(mutex_);
        if (entries_.size() >= limits::dns_answers)
            std::erase_if(entries_, [&](auto& e) { return e.second.until <= now; });
        if (entries_.size() >= limits::dns_answers)
            entries_.clear(); // a flood of names: nothing of it is worth keeping
        entries_[key] = {answer, now + ttl};
    }

private:
    struct Entry {
        Answer answer;
        SteadyTime until;
    };
    std::mutex mutex_;
    std::map<Key, Entry> entries_;
};

class StubResolver final : public Resolver
{
public:
    explicit StubResolver(std::vector<net::Endpoint> servers)
        : is_fixed_(!servers.empty()), servers_(fixed_servers(std::move(servers)))
    {
    }

    Answer query(std::string const& name, Type type) override
    {
        auto const absolute = to_dns_name(name);
        if (absolute.empty()) return {.outcome = Outcome::no_name};
        Cache::Key const key{absolute, type};
        if (auto kept = cache_.find(key)) return *kept;
        auto const answer = follow(absolute, type, net::after(limits::dns_wait));
        cache_.keep(key, answer);
        return answer;
    }

private:
    /// Servers complete a chain of CNAMEs as far as they can; where one does not, we go on.
    Answer follow(std::string name, Type type, net::Deadline deadline)
    {
        auto const servers = current_servers();
        bool authenticated = servers.trust_ad;
        bool is_alias = false;
        std::chrono::seconds ttl = limits::dns_kept;
        for (unsigned steps = 0; steps <= limits::dns_aliases; ++steps) {
            auto reply = ask(servers, name, type, deadline);
            auto& answer = reply.answer;
            authenticated = authenticated && answer.authenticated;
            answer.authenticated = authenticated;
            answer.is_alias = is_alias = is_alias || answer.is_alias;
            answer.ttl = ttl = std::min(ttl, answer.ttl);
            if (reply.alias.empty()) return answer;
            name = reply.alias;
        }
        return failed("too many CNAMEs");
    }

    static Reply ask(Servers const& servers, std::string const& name, Type type, net::Deadline deadline)
    {
        Reply last{Reply::Kind::refuses, failed("no answer from the DNS resolver")};
        for (unsigned round = 0; round < limits::dns_rounds; ++round)
            for (auto const& server : servers.endpoints) {
                if (std::chrono::steady_clock::now() >= deadline) return last;
                auto reply = ask_server(server, name, type, deadline);
                if (!reply) continue;
                if (reply->kind == Reply::Kind::answer) return std::move(*reply);
                last = std::move(*reply);
            }
        return last;
    }

    static std::optional<Reply> ask_server(net::Endpoint const& server, std::string const& name, Type type,
                                           net::Deadline deadline)
    {
        auto reply = ask_with(server, make_query(name, type, random_id(), Edns::with), deadline);
        if (reply && reply->kind == Reply::Kind::no_edns)
            reply = ask_with(server, make_query(name, type, random_id(), Edns::without), deadline);
        return reply;
    }

    static std::optional<Reply> ask_with(net::Endpoint const& server, std::string const& query,
                                         net::Deadline deadline)
    {
        if (query.empty()) return Reply{Reply::Kind::answer, {.outcome = Outcome::no_name}};
        auto const soon = std::min(deadline, net::after(limits::dns_server_wait));
        auto const message = ask_by_udp(server, query, soon);
        auto reply = message ? read_reply(query, *message) : std::nullopt;
        if (!message || (reply && reply->kind != Reply::Kind::truncated)) return reply;
        auto const whole = ask_by_tcp(server, query, std::min(deadline, net::after(limits::dns_server_wait)));
        reply = whole ? read_reply(query, *whole) : std::nullopt;
        if (reply && reply->kind == Reply::Kind::truncated) return std::nullopt;
        return reply;
    }

    Servers current_servers()
    {
        std::lock_guard const lock(mutex_);
        struct stat status {
        };
        if (is_fixed_ || ::stat(resolv_conf, &status) != 0) {
            if (servers_.endpoints.empty()) servers_ = parse_resolv_conf("");
            return servers_;
        }
        auto const changed = std::pair(status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
        if (changed != changed_) {
            auto const text = base::read_file(resolv_conf, resolv_conf_size);
            servers_ = parse_resolv_conf(text ? *text : "");
            changed_ = changed;
        }
        return servers_;
    }

    bool is_fixed_;
    std::mutex mutex_;
    Servers servers_;
    std::pair<time_t, long> changed_{0, -1};
    Cache cache_;
};
} // namespace

std::unique_ptr<Resolver> make_resolver(std::vector<net::Endpoint> servers)
{
    return std::make_unique<StubResolver>(std::move(servers));
}

} // namespace maild::dns
