#pragma once
// Puts messages from elsewhere into a user's mailboxes: names and special uses as they fit here, in groups, each
// message once however often it is tried. Where they come from: maildir_source, mbox_source, imap_source.

#include "maild/mailbox/upkeep.h"
#include "maild/transfer/sharing_file.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace maild::transfer
{

struct ImportOptions {
    mailbox::AccountId account = 0;
    std::uint64_t quota = 0;  ///< bytes, 0: no limit
    std::string mailbox = {}; ///< everything goes into this one; empty: each into its own
    std::string source;       ///< part of the messages' keys: the same source comes in once
    std::size_t largest_message = 0;
    People people = {};
    /// Called with messages looked at. May be empty.
    std::function<void(std::size_t done, std::size_t total)> progress = {};
    /// Called after each commit. May be empty.
    std::function<void()> committed = {};
};

struct Imported {
    std::size_t messages = 0;
    std::size_t already = 0;
    std::size_t skipped = 0; ///< too large, or no message
    /// What a person should know of what was skipped.
    struct Remark {
        std::string what; ///< a file or mailbox
        std::string why;  ///< English sentence of the catalogue
    };
    std::vector<Remark> remarks;
    std::vector<std::string> renewed; ///< mailboxes whose UIDs could not all be kept
};

/// A mailbox there.
struct SourceMailbox {
    std::string name; ///< UTF-8, '/' between levels
    mailbox::SpecialUse use = mailbox::SpecialUse::none;
    bool subscribed = true;
    std::uint32_t uid_validity = 0; ///< 0: it has no UIDs
    mailbox::Uid uid_next = 0;
    std::string sharing = {}; ///< as sharing_file.h has it
};

struct SourceMessage {
    mailbox::BodySource body; ///< bytes with CRLF
    mailbox::Flags flags;
    base::Timestamp date = 0; ///< 0: that of its header, else now
    std::string name;         ///< unique in its mailbox
    mailbox::Uid uid = 0;
};

/// Throws base::Failure: the quota, with how far it came.
class Importer
{
public:
    Importer(mailbox::MailStore& store, ImportOptions options);
    ~Importer();
    Importer(Importer const&) = delete;
    Importer& operator=(Importer const&) = delete;

    /// The next messages are of this mailbox.
    void begin(SourceMailbox const& source);
    /// Which of these names came in already.
    std::vector<bool> known(std::vector<std::string> const& names);
    void add(SourceMessage message);
    void note_known(std::size_t count);
    void note_skipped(std::string what, std::string_view why);
    /// What was added since the last commit is given up: it comes again.
    void forget_waiting();
    /// The mailbox is complete.
    void end();
    Imported const& done() const { return done_; }
    void expect(std::size_t messages) { total_ += messages; }
    std::size_t largest_message() const { return options_.largest_message; }

private:
    std::string key_of(std::string const& name) const;
    void flush();
    void bring_sharing();
    void remark(std::string what, std::string_view why);
    void report();

    mailbox::MailStore& store_;
    ImportOptions const options_;
    mailbox::ImportTarget target_;
    SourceMailbox source_;
    std::vector<mailbox::Import> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::size_t total_ = 0;
    Imported done_;
};

/// "Sent Items", "Terkirim", "[Gmail]/Spam": what such a mailbox is for.
mailbox::SpecialUse use_of_name(std::string_view name);

} // namespace maild::transfer
