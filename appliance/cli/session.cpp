#include "appliance/cli/session.h"

#include "appliance/backup/restore.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/i18n/composed.h"
#include "dnsd/sign/signer.h"
#include "dnsd/zone/zone_store.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/stat.h>
#include <unistd.h>

namespace cli
{

namespace
{
std::string language_of_environment()
{
    for (auto const* variable : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (auto const* value = std::getenv(variable); value && *value)
            return std::string_view(value).starts_with("id") ? "id" : "en";
    return "en";
}

constexpr char const* school_file = "school/school.db";
constexpr char const* dns_file = "dns/dns.db";
constexpr char const* keys_folder = "dns-keys";

/// Started by it, as the desk: the folder was chosen already, and this user may be unable to walk there by its path.
bool is_below_supervisor() { return std::getenv("KOTAKPOS_SOCKETS") != nullptr; }

void require_school(std::string const& state)
{
    bool const is_there = is_below_supervisor() || ::chdir(state.c_str()) == 0;
    if (is_there && ::access(school_file, R_OK) == 0) return;
    if (errno == EACCES)
        throw base::Failure(
            base::failed(state + "/" + school_file, "you may not read it", "run the command as root"));
    if (errno == ENOENT)
        throw base::Failure(base::failed(state, "there is no school in it yet", "run 'kotakpos setup' first"));
    throw base::Failure(base::failed(state, std::strerror(errno), "check the state folder"));
}

/// A database in words, by its file, with which the engine's errors begin (dialect.cpp).
std::string name_of_store(std::string_view error)
{
    auto const file = error.substr(0, error.find(": "));
    if (file.ends_with("mail/mail.db")) return "the mail database";
    if (file.ends_with("spool/spool.db")) return "the mail queue's database";
    if (file.ends_with(dns_file)) return "the DNS database";
    return "the school database";
}
} // namespace

base::Error explain(base::StoreError const& error)
{
    auto const name = name_of_store(error.what());
    switch (error.fault()) {
    case base::StoreFault::busy: return base::failed(name, "it is busy", "try again");
    case base::StoreFault::full: return base::failed(name, "the disk is full", "free some space");
    case base::StoreFault::corrupt: return base::failed(name, error.what(), "restore it from a backup");
    default: return base::failed(name, error.what(), "check its owner and whether it is there");
    }
}

Session::Session(std::string config_file, Rights rights) : config_file_(std::move(config_file)), rights_(rights) {}
Session::~Session() = default;

config::Config const& Session::config()
{
    if (!config_) {
        config_ = std::make_unique<config::Config>(config::read(config_file_).value());
        if (is_below_supervisor()) config_->state = "."; // the working directory, by whatever path it is reached
    }
    return *config_;
}

void Session::reread_config()
{
    auto fresh = config::read(config_file_).value();
    if (config_)
        *config_ = std::move(fresh);
    else
        config_ = std::make_unique<config::Config>(std::move(fresh));
}

i18n::Catalog const& Session::catalog()
{
    if (!catalog_) {
        auto const config = config::read(config_file_);
        catalog_ = &i18n::catalog(config ? config->language : language_of_environment());
    }
    return *catalog_;
}

void Session::set_language(std::string_view language)
{
    if (language == "id" || language == "en") catalog_ = &i18n::catalog(language);
}

std::string Session::text(std::string_view id, std::vector<std::string> const& arguments)
{
    return base::format(catalog().text(id), arguments);
}

std::string Session::plural(std::string_view one, std::string_view many, std::size_t count)
{
    return base::format(catalog().plural(one, many, count), {std::to_string(count)});
}

std::string Session::show_time(base::Timestamp when)
{
    std::time_t const seconds = when / 1000000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return i18n::show_time(catalog(), when, static_cast<int>(local.tm_gmtoff / 60));
}

void Session::enter_state_folder()
{
    if (backup::is_restore_pending(config().state))
        throw base::Failure(base::failed(config().state, "a restore was cut off",
                                         "start the appliance: it finishes the restore first"));
    require_school(config().state);
    ::umask(007);
}

db::Database& Session::school()
{
    if (school_) return *school_;
    enter_state_folder();
    // As root the engine gives its side files the owner of the database, so the daemons can use them.
    school_ = std::make_unique<db::Database>(
        db::Options{school_file, "school", rights_ == Rights::desk ? db::Mode::read_only : db::Mode::read_write});
    return *school_;
}

db::Database& Session::dns()
{
    if (dns_) return *dns_;
    enter_state_folder();
    dns_ = std::make_unique<db::Database>(db::Options{dns_file, "dns", db::Mode::read_write});
    return *dns_;
}

directory::Directory& Session::directory()
{
    if (!directory_) directory_ = directory::make_sql_directory(school());
    return *directory_;
}

dnsd::ZoneStore& Session::zones()
{
    if (!zones_) zones_ = dnsd::make_sql_zone_store(dns(), dnsd::make_signer(keys_folder));
    return *zones_;
}

std::string Session::translate(std::string const& sentence) { return i18n::translate(catalog(), sentence); }

std::string Session::show(base::Error const& error)
{
    return base::Error{translate(error.what), translate(error.why), translate(error.to_do), error.refused}.line();
}

} // namespace cli
