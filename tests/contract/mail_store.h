#pragma once
// What the contract tests of MailStore stand on: every implementation under test, and short ways to say what they do.
// The tests themselves see MailStore only.

#include "maild/mailbox/sql_store.h"
#include "maild/mailbox/whole_message.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <atomic>

namespace maild::mailbox::contract
{

/// Gives the time that the test wants.
class TestClock final : public base::Clock
{
public:
    base::Timestamp now() const override { return now_; }
    void advance(base::Timestamp by) { now_ += by; }

private:
    std::atomic<base::Timestamp> now_ = 1795300000'000000;
};

enum class Kind {
    rows,  ///< the SQL store, all bodies in the database
    files, ///< the SQL store, all bodies in files
};

inline constexpr base::Timestamp minute = 60'000000;
inline constexpr base::Timestamp day = 24 * 60 * minute;

/// An empty store of that kind; `reopen` is what a restart does.
class Opened
{
public:
    explicit Opened(Kind kind) : kind_(kind) { reopen(); }
    MailStore& operator*() { return *store_; }
    MailStore* operator->() { return store_.get(); }
    void reopen()
    {
        store_.reset();
        store_ = make_sql_mail_store(folder_.path(), {.small_body = kind_ == Kind::rows ? 1u << 20 : 0,
                                                      .body_grace = 10 * minute,
                                                      .key_lifetime = 60 * day,
                                                      .disk_reserve = 0,
                                                      .clock = clock});
    }
    std::string const& folder() const { return folder_.path(); }

    TestClock clock;

private:
    Kind kind_;
    support::TempFolder folder_;
    std::unique_ptr<MailStore> store_;
};

constexpr AccountId ali = 11;
constexpr AccountId budi = 22;

inline std::string mail(std::string const& subject, std::size_t size = 0)
{
    std::string text = "From: Ali <ali@example.test>\r\nTo: budi@example.test\r\nSubject: " + subject +
                       "\r\nMessage-ID: <" + subject + "@example.test>\r\n\r\nIsi surat " + subject + "\r\n";
    while (text.size() < size) text += "Baris yang menambah panjang surat ini.\r\n";
    return text;
}

inline Delivery delivery(std::string const& bytes, std::vector<Delivery::To> to)
{
    return {{bytes}, 1795200000'000000, std::move(to)};
}

inline Delivered deliver(MailStore& store, AccountId account, std::string const& subject, std::string const& key = {})
{
    return store.deliver({delivery(mail(subject), {{.account = account, .key = key}})}).at(0).at(0);
}

inline Mailbox must_find(MailStore& store, AccountId account, std::string_view name = "INBOX")
{
    auto found = store.find(account, name);
    REQUIRE(found);
    return *found;
}

inline std::vector<Uid> uids(std::vector<MessageInfo> const& messages)
{
    std::vector<Uid> list;
    for (auto const& message : messages) list.push_back(message.uid);
    return list;
}

inline std::vector<Uid> uids_in(MailStore& store, AccountId account, std::string_view name = "INBOX")
{
    return uids(store.messages(must_find(store, account, name).id));
}

inline std::string bytes_of(MailStore& store, BodyId body)
{
    auto const reader = store.open(body);
    REQUIRE(reader);
    return std::string(WholeMessage(*reader).bytes());
}

/// The counters of the mailbox and of its account are those of its messages, counted one by one.
inline void check_counters(MailStore& store, AccountId account)
{
    MailStore::Usage usage;
    for (auto const& mailbox : store.mailboxes(account)) {
        std::uint64_t size = 0;
        std::uint32_t unseen = 0;
        auto const messages = store.messages(mailbox.id);
        for (auto const& message : messages) {
            size += message.size;
            unseen += message.flags.system & flag_seen ? 0 : 1;
            CHECK(message.uid < mailbox.uid_next);
            CHECK(message.modseq <= mailbox.highest_modseq);
        }
        CHECK(mailbox.messages == messages.size());
        CHECK(mailbox.unseen == unseen);
        CHECK(mailbox.size == size);
        usage.bytes += size;
        usage.messages += messages.size();
    }
    CHECK(store.usage(account).bytes == usage.bytes);
    CHECK(store.usage(account).messages == usage.messages);
}

} // namespace maild::mailbox::contract
