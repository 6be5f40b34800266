#pragma once
// One run of the command line: configuration, language, the school's stores opened when first needed, and output.

#include "appliance/config/config.h"
#include "appliance/directory/directory.h"
#include "appliance/i18n/catalog.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{
class ZoneStore;
}

namespace cli
{

class Session
{
public:
    /// `desk`: the school is only read, mailboxes are not looked at (appliance/desk).
    enum class Rights { everything, desk };
    explicit Session(std::string config_file, Rights rights = Rights::everything);
    ~Session();
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;

    std::string const& config_file() const { return config_file_; }
    bool may_look_into_mail() const { return rights_ == Rights::everything; }
    /// Read on first use. Throws base::Failure (refused), as everything here.
    config::Config const& config();
    /// The file has changed; the reference from before shows what it says now. A broken one leaves the old and
    /// throws.
    void reread_config();
    /// The catalogue of the configured language; before a configuration can be read, that of $LANG.
    i18n::Catalog const& catalog();
    /// Another language than the configured one; anything but "id" and "en" changes nothing.
    void set_language(std::string_view language);
    /// The translation, with {1}, {2}, ... filled in.
    std::string text(std::string_view id, std::vector<std::string> const& arguments = {});
    std::string plural(std::string_view one, std::string_view many, std::size_t count);
    /// In the machine's time zone.
    std::string show_time(base::Timestamp when);

    /// Changes into the state folder, which must have been made by `setup`.
    void enter_state_folder();
    /// The school database; enters the state folder.
    db::Database& school();
    /// The name server's database; enters the state folder.
    db::Database& dns();
    directory::Directory& directory();
    dnsd::ZoneStore& zones();

    /// For sentences that come from below, finished but in English.
    std::string translate(std::string const& sentence);
    /// The error in the user's language, as one line.
    std::string show(base::Error const& error);

private:
    std::string config_file_;
    Rights rights_;
    std::unique_ptr<config::Config> config_;
    i18n::Catalog const* catalog_ = nullptr;
    std::unique_ptr<db::Database> school_;
    std::unique_ptr<db::Database> dns_;
    std::unique_ptr<directory::Directory> directory_;
    std::unique_ptr<dnsd::ZoneStore> zones_;
};

/// A failure of the store as people are told it.
base::Error explain(base::StoreError const& error);

} // namespace cli
