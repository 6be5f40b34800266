#pragma once
// The school's keys of DKIM: public in the school database, private in the folder dkim/ (kp-box alone reads it). What
// a key does follows from its times: nothing has to happen at the moment when one takes over.

#include "appliance/base/clock.h"
#include "appliance/base/result.h"
#include "maild/auth/dkim.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace db
{
class Database;
class Reader;
} // namespace db

namespace maild::auth
{

/// How long a record of ours may be remembered elsewhere.
inline constexpr std::uint32_t key_ttl = 3600;
/// A new key waits that long before it signs: whoever asked before it was there has forgotten "no such name".
inline constexpr base::Microseconds key_wait = 2 * std::chrono::seconds(key_ttl);
/// The old key stays in the zone that long: mail waits in queues for five days.
inline constexpr base::Microseconds key_stays = std::chrono::hours(24 * 7);

enum class KeyState {
    waiting, ///< published, does not sign yet
    signing,
    retired, ///< published, does not sign any more
    gone,
};
std::string_view show(KeyState state);

struct DkimKey {
    std::string selector;   ///< "kp2026a-rsa"
    std::string generation; ///< "kp2026a"
    std::string record;     ///< text of the TXT record
    base::Timestamp made = 0;
    base::Timestamp use_from = 0;
    std::optional<base::Timestamp> publish_until = std::nullopt;
};

/// By age.
std::vector<DkimKey> read_dkim_keys(db::Reader& reader);
/// The generation that signs now; empty: none.
std::string signing_generation(std::vector<DkimKey> const& keys, base::Timestamp now);
KeyState state_of(DkimKey const& key, std::vector<DkimKey> const& keys, base::Timestamp now);

/// For the command line and setup, which may write. All throw base::StoreError; `folder` gets the private keys, with
/// the folder's owner.
class KeyMaker
{
public:
    KeyMaker(db::Database& school, std::string folder, base::Clock const& clock = base::system_clock())
        : school_(school), folder_(std::move(folder)), clock_(clock)
    {
    }

    std::vector<DkimKey> keys();
    /// The first generation, or a new one instead of one whose private keys are lost; nothing when all is well.
    /// Gives its name.
    std::optional<std::string> make_missing();
    /// A new generation that signs in a while; the present one leaves the zone a week later. Gives its name.
    base::Result<std::string> make_next();
    /// It signs from now on. `name`: of a generation or one of its selectors.
    base::Result<void> use(std::string const& name);
    /// It leaves the zone in a week; refused for the one that signs.
    base::Result<void> retire(std::string const& name);

private:
    std::string make(base::Timestamp use_from);
    void write_private(std::string const& selector, SigningKey const& key);
    bool has_private(std::vector<DkimKey> const& keys, std::string const& generation) const;
    base::Result<std::string> must_find(std::vector<DkimKey> const& keys, std::string const& name) const;

    db::Database& school_;
    std::string folder_;
    base::Clock const& clock_;
};

/// What signs now, for the process that may read the folder. Safe from all threads.
class KeyRing
{
public:
    KeyRing(db::Database& school, std::string folder, base::Clock const& clock = base::system_clock())
        : school_(school), folder_(std::move(folder)), clock_(clock)
    {
    }

    /// Ed25519 after RSA. Empty: mail goes unsigned, which the log says once.
    std::vector<std::shared_ptr<Signer const>> signers();

private:
    std::shared_ptr<Signer const> read(std::string const& selector);

    db::Database& school_;
    std::string folder_;
    base::Clock const& clock_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Signer const>> read_;
    std::string trouble_; ///< of the last look
    std::string told_;    ///< what the log has said
};

} // namespace maild::auth
