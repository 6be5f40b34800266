#pragma once
// Keeps the zones that we copy from other servers in step: asks their primaries for the SOA when its timers say so or
// a NOTIFY came, transfers what is newer, and lets a zone expire when its primary is silent for too long (RFC
// 1034 4.3.5, RFC 1996).

#include "dnsd/keep/partners.h"
#include "dnsd/keep/tsig_keys.h"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace dnsd
{

class TransferReader;
class ZoneStore;

/// One thread works; anybody may call hurry().
class Refresher
{
public:
    using Moment = std::chrono::steady_clock::time_point;

    Refresher(db::Database& dns, ZoneStore& zones, TsigKeys const& keys, base::Clock const& clock)
        : dns_(dns), zones_(zones), keys_(keys), clock_(clock)
    {
    }

    /// Learns about new and deleted secondary zones.
    void look();
    /// Refreshes one zone that is due; takes as long as its primary needs.
    void work();
    /// Until work() has something to do.
    std::chrono::milliseconds pause();
    /// Asks that zone's primary soon.
    void hurry(std::string const& zone);

private:
    struct Timers {
        std::chrono::seconds refresh{}, retry{}, expire{};
    };
    struct Copy {
        Moment next{};
        unsigned failures = 0;
    };
    /// The zone as we have it.
    struct State {
        ZoneHead zone;
        PrimaryServer primary;
        std::optional<Row> soa;
    };

    using Copies = std::map<std::string, Copy>; ///< by zone

    Copies::value_type* next_zone();
    std::optional<State> state(std::string const& name) const;
    void refresh(std::string const& name, Copy& copy);
    /// Brings the zone up to date. Gives what went wrong, or "".
    std::string update(State const& state);
    std::optional<std::string> ask_soa(State const& state, std::string& trouble) const;
    std::string transfer(State const& state, bool incremental);
    std::string store(State const& state, TransferReader& transfer);
    void note_good(State const& state);
    void note_trouble(State const& state, std::string const& trouble);
    std::string question(State const& state, std::uint16_t type) const;

    db::Database& dns_;
    ZoneStore& zones_;
    TsigKeys const& keys_;
    base::Clock const& clock_;
    Copies copies_;
    std::mutex mutex_;
    std::set<std::string> hurried_;
};

} // namespace dnsd
