#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/db/database.h"
#include "maild/auth/key_ring.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace maild::auth
{

namespace
{
constexpr std::size_t largest_file = 16384;
constexpr unsigned generations_a_year = 26;

std::string path_of(std::string const& folder, std::string const& selector)
{
    return folder + "/" + selector + ".pem";
}

/// "kp2026a", the first letter that is free this year; after z two letters.
std::string new_generation(std::vector<DkimKey> const& keys, base::Timestamp now)
{
    std::time_t const seconds = now / 1'000'000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    auto const year = "kp" + std::to_string(utc.tm_year + 1900);
    std::set<std::string> taken;
    for (auto const& key : keys) taken.insert(key.generation);
    for (unsigned i = 0;; ++i) {
        std::string name = year;
        if (i >= generations_a_year) name += static_cast<char>('a' + i / generations_a_year - 1);
        name += static_cast<char>('a' + i % generations_a_year);
        if (taken.count(name) == 0) return name;
    }
}

/// Root writes for kp-box.
void give_to_owner_of(std::string const& folder, std::string const& file)
{
    struct stat status {
    };
    if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0) return;
    if (::lchown(file.c_str(), status.st_uid, status.st_gid) != 0)
        throw base::Failure(base::failed(file, std::strerror(errno)));
}
} // namespace

std::string_view show(KeyState state)
{
    switch (state) {
    case KeyState::waiting: return "waiting";
    case KeyState::signing: return "signing";
    case KeyState::retired: return "retired";
    case KeyState::gone: return "gone";
    }
    return {};
}

std::vector<DkimKey> read_dkim_keys(db::Reader& reader)
{
    std::vector<DkimKey> keys;
    auto rows = reader.query("SELECT selector, generation, record, made, use_from, publish_until FROM dkim_key "
                             "ORDER BY made, generation, selector DESC");
    while (auto const row = rows.next())
        keys.push_back({row->text(0), row->text(1), row->text(2), row->integer(3), row->integer(4),
                        row->is_null(5) ? std::nullopt : std::optional(row->integer(5))});
    return keys;
}

std::string signing_generation(std::vector<DkimKey> const& keys, base::Timestamp now)
{
    DkimKey const* latest = nullptr;
    for (auto const& key : keys)
        if (key.use_from <= now && key.publish_until.value_or(INT64_MAX) > now &&
            (!latest || key.use_from >= latest->use_from))
            latest = &key;
    return latest ? latest->generation : std::string();
}

KeyState state_of(DkimKey const& key, std::vector<DkimKey> const& keys, base::Timestamp now)
{
    if (key.publish_until.value_or(INT64_MAX) <= now) return KeyState::gone;
    if (key.use_from > now) return KeyState::waiting;
    return signing_generation(keys, now) == key.generation ? KeyState::signing : KeyState::retired;
}

std::vector<DkimKey> KeyMaker::keys()
{
    return school_.read([](db::Reader& reader) { return read_dkim_keys(reader); });
}

void KeyMaker::write_private(std::string const& selector, SigningKey const& key)
{
    base::make_folders(folder_, 0700).value();
    auto const path = path_of(folder_, selector);
    auto text = key.pem();
    auto written = base::write_file_atomically(path, text, 0600);
    base::wipe(text);
    std::move(written).value();
    give_to_owner_of(folder_, path);
}

std::string KeyMaker::make(base::Timestamp use_from)
{
    auto const now = clock_.now();
    auto const generation = new_generation(keys(), now);
    std::vector<DkimKey> made;
    for (auto const algorithm : {Algorithm::rsa_sha256, Algorithm::ed25519_sha256}) {
        auto const key = SigningKey::make(algorithm);
        auto const selector = generation + (algorithm == Algorithm::rsa_sha256 ? "-rsa" : "-ed");
        write_private(selector, key); // first: a row never names a key that is not there
        made.push_back({selector, generation, key.record(), now, use_from});
    }
    school_.run([&](db::Transaction& transaction) {
        for (auto const& key : made)
            transaction.exec("INSERT INTO dkim_key (selector, generation, record, made, use_from) "
                             "VALUES (?, ?, ?, ?, ?)",
                             key.selector, key.generation, key.record, key.made, key.use_from);
    });
    return generation;
}

bool KeyMaker::has_private(std::vector<DkimKey> const& keys, std::string const& generation) const
{
    return std::all_of(keys.begin(), keys.end(), [&](auto const& key) {
        return key.generation != generation || ::access(path_of(folder_, key.selector).c_str(), F_OK) == 0;
    });
}

std::optional<std::string> KeyMaker::make_missing()
{
    auto const now = clock_.now();
    auto const known = keys();
    auto const signing = signing_generation(known, now);
    if (!signing.empty() && has_private(known, signing)) return std::nullopt;
    return make(now);
}

base::Result<std::string> KeyMaker::make_next()
{
    auto const now = clock_.now();
    auto const known = keys();
    if (std::any_of(known.begin(), known.end(),
                    [&](auto const& key) { return state_of(key, known, now) == KeyState::waiting; }))
        return base::refused("dkim new", "a new key is waiting already",
                             "'kotakpos dkim list' says when it signs; 'kotakpos dkim use' makes it sign now");
    auto const use_from = now + key_wait.count();
    auto const made = make(use_from);
    school_.run([&](db::Transaction& transaction) {
        transaction.exec("UPDATE dkim_key SET publish_until = ? WHERE generation <> ? AND publish_until IS NULL",
                         use_from + key_stays.count(), made);
    });
    return made;
}

base::Result<std::string> KeyMaker::must_find(std::vector<DkimKey> const& keys, std::string const& name) const
{
    for (auto const& key : keys)
        if ((key.selector == name || key.generation == name) && state_of(key, keys, clock_.now()) != KeyState::gone)
            return key.generation;
    return base::refused(name, "there is no such key", "'kotakpos dkim list' shows all of them");
}

base::Result<void> KeyMaker::use(std::string const& name)
{
    auto const now = clock_.now();
    auto const generation = must_find(keys(), name);
    if (!generation) return generation.error();
    if (!has_private(keys(), *generation))
        return base::refused(name, "its private key is missing", "make a new one: kotakpos dkim new");
    school_.run([&](db::Transaction& transaction) {
        transaction.exec("UPDATE dkim_key SET use_from = ?, publish_until = NULL WHERE generation = ?", now,
                         *generation);
        transaction.exec("UPDATE dkim_key SET publish_until = ? WHERE generation <> ? AND "
                         "(publish_until IS NULL OR publish_until > ?)",
                         now + key_stays.count(), *generation, now + key_stays.count());
    });
    return {};
}

base::Result<void> KeyMaker::retire(std::string const& name)
{
    auto const now = clock_.now();
    auto const known = keys();
    auto const generation = must_find(known, name);
    if (!generation) return generation.error();
    if (signing_generation(known, now) == *generation)
        return base::refused(name, "this key signs now", "make a new one first: kotakpos dkim new");
    school_.run([&](db::Transaction& transaction) {
        transaction.exec("UPDATE dkim_key SET publish_until = ? WHERE generation = ?", now + key_stays.count(),
                         *generation);
    });
    return {};
}

std::shared_ptr<Signer const> KeyRing::read(std::string const& selector)
{
    if (auto const found = read_.find(selector); found != read_.end()) return found->second;
    auto pem = base::read_plain_file(path_of(folder_, selector), largest_file).value();
    auto key = SigningKey::from_pem(pem);
    base::wipe(pem);
    return read_[selector] = std::make_shared<Signer const>(Signer{std::move(key).value(), selector});
}

std::vector<std::shared_ptr<Signer const>> KeyRing::signers()
{
    auto const keys = school_.read([](db::Reader& reader) { return read_dkim_keys(reader); });
    auto const generation = signing_generation(keys, clock_.now());
    std::lock_guard const lock(mutex_);
    std::vector<std::shared_ptr<Signer const>> found;
    try {
        for (auto const& key : keys)
            if (key.generation == generation) found.push_back(read(key.selector));
        trouble_ = found.empty() ? "there is no key" : "";
    } catch (std::runtime_error const& error) { // a lost key must not keep mail from leaving
        trouble_ = error.what();
        found.clear();
    }
    if (!trouble_.empty() && std::exchange(told_, trouble_) != trouble_)
        base::log(base::Level::error, "", "dkim-key-missing",
                  {{"why", trouble_}, {"to-do", "kotakpos dkim list; kotakpos dkim new"}});
    return found;
}

} // namespace maild::auth
