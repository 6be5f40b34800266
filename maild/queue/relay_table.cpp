#include "maild/queue/relay_table.h"

#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace maild::queue
{

namespace
{
using remote::TlsRule;
using remote::TlsStart;

constexpr std::size_t file_max = std::size_t{4} << 20;
constexpr std::size_t fields = 8;

template <class Value>
struct Named {
    std::string_view name;
    Value value;
};
constexpr Named<Relay::Way> ways[] = {
    {"servers", Relay::Way::servers}, {"mx", Relay::Way::by_mx}, {"offline", Relay::Way::offline}};
constexpr Named<TlsRule> rules[] = {{"opportunistic", TlsRule::opportunistic},
                                    {"encrypted", TlsRule::encrypted},
                                    {"verified", TlsRule::verified},
                                    {"never", TlsRule::never}};
constexpr Named<TlsStart> starts[] = {{"starttls", TlsStart::starttls}, {"at-once", TlsStart::at_once}};

template <class Value, std::size_t count>
std::string name_of(Named<Value> const (&table)[count], Value value)
{
    for (auto const& row : table)
        if (row.value == value) return std::string(row.name);
    return {};
}

template <class Value, std::size_t count>
std::optional<Value> value_of(Named<Value> const (&table)[count], std::string_view name)
{
    for (auto const& row : table)
        if (row.name == name) return row.value;
    return std::nullopt;
}

/// DOMAIN WAY HOSTS PORT RULE START NAME PASSWORD, with tabs; HOSTS with commas, of `mx` the name looked up.
std::optional<std::pair<std::string, Relay>> parse_relay(std::string_view line)
{
    auto const words = base::split(line, '\t');
    if (words.size() != fields) return std::nullopt;
    auto const way = value_of(ways, words[1]);
    auto const port = base::parse_number(words[3], 65535);
    auto const rule = value_of(rules, words[4]);
    auto const start = value_of(starts, words[5]);
    if (words[0].empty() || !way || !port || !rule || !start) return std::nullopt;
    Relay relay;
    relay.way = *way;
    if (*way == Relay::Way::servers) relay.route.hosts = base::split_list(words[2]);
    if (*way == Relay::Way::by_mx) relay.mx_of = words[2];
    relay.route.port = static_cast<std::uint16_t>(*port);
    relay.route.tls = *rule;
    relay.route.start = *start;
    if (!words[6].empty())
        relay.route.credentials = remote::Credentials{std::string(words[6]), std::string(words[7])};
    return std::pair(std::string(words[0]), std::move(relay));
}
} // namespace

std::string Relay::hop(std::string_view destination) const
{
    if (way == Way::servers) return base::join(route.hosts, ",") + ':' + std::to_string(route.port);
    return mx_of.empty() ? std::string(destination) : mx_of;
}

std::string print_relays(Relays const& relays)
{
    std::string text;
    for (auto const& [domain, relay] : relays) {
        auto const& route = relay.route;
        auto const credentials = route.credentials.value_or(remote::Credentials{});
        auto const hosts = relay.way == Relay::Way::by_mx ? relay.mx_of : base::join(route.hosts, ",");
        text += base::join({domain, name_of(ways, relay.way), hosts, std::to_string(route.port),
                            name_of(rules, route.tls), name_of(starts, route.start), credentials.name,
                            credentials.password},
                           "\t") +
                '\n';
    }
    return text;
}

Relays parse_relays(std::string_view text)
{
    Relays relays;
    for (auto const line : base::split(text, '\n'))
        if (auto relay = parse_relay(line)) relays.insert(std::move(*relay));
    return relays;
}

Relay find_relay(Relays const& relays, std::string_view domain)
{
    if (auto const found = relays.find(domain); found != relays.end()) return found->second;
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (auto const found = relays.find('*' + std::string(domain.substr(dot))); found != relays.end())
            return found->second;
    auto const usual = relays.find("default");
    return usual == relays.end() ? Relay{} : usual->second;
}

base::Result<Relays> read_relays(std::string const& path)
{
    if (!std::filesystem::exists(path)) return Relays();
    auto const text = base::read_plain_file(path, file_max);
    if (!text) return text.error();
    return parse_relays(*text);
}

base::Result<void> write_relays(std::string const& path, Relays const& relays)
{
    auto const folder = std::filesystem::path(path).parent_path().string();
    if (auto made = base::make_folders(folder, 0700); !made) return made;
    struct stat owner {
    };
    auto const fresh = path + ".new";
    if (auto written = base::write_file_atomically(fresh, print_relays(relays), 0600); !written) return written;
    bool const is_owned = ::stat(folder.c_str(), &owner) == 0 &&
                          (::geteuid() != 0 || ::lchown(fresh.c_str(), owner.st_uid, owner.st_gid) == 0);
    if (!is_owned || ::rename(fresh.c_str(), path.c_str()) != 0)
        return base::failed(path, "it cannot be written", "check the owner of the folder");
    base::sync_folder(folder);
    return {};
}

void RelayTable::refresh()
{
    struct stat status {
    };
    bool const is_there = ::stat(path_.c_str(), &status) == 0;
    if (!is_there && errno == ENOENT) {
        relays_.clear();
        inode_ = 0;
        broken_ = false;
        return;
    }
    if (is_there && !broken_ && status.st_ino == inode_ && status.st_mtim.tv_sec == changed_.tv_sec &&
        status.st_mtim.tv_nsec == changed_.tv_nsec)
        return;
    auto relays = read_relays(path_);
    broken_ = !relays;
    if (broken_) {
        base::log(base::Level::error, "", "routes-unreadable", {{"why", relays.error().line()}});
        return;
    }
    inode_ = status.st_ino;
    changed_ = status.st_mtim;
    relays_ = std::move(*relays);
}

Relay RelayTable::find(std::string_view domain)
{
    std::lock_guard const lock(mutex_);
    refresh();
    if (broken_) return {Relay::Way::offline, {}, {}};
    return find_relay(relays_, domain);
}

} // namespace maild::queue
