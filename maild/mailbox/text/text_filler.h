#pragma once
// Fills the full-text index behind the deliveries' back, and takes removed bodies out of it.

#include "maild/mailbox/background.h"
#include "maild/mailbox/text/text_index.h"

#include <deque>

namespace maild::mailbox::text
{

/// A round goes through the bodies of mail.db by id and compares them with what is indexed. The first one and one
/// every six hours begin at the front: they find what a crash or a clock set back left out, and what has gone. The
/// rounds between begin where the last one ended, less some seconds: a body's id is older than its commit.
class TextFiller
{
public:
    /// `mail` is mail.db, `store` opens bodies, `folder` is where the index lies.
    TextFiller(db::Database& mail, MailStore& store, TextIndex& index, std::string folder)
        : mail_(mail), store_(store), index_(index), folder_(std::move(folder))
    {
    }
    TextFiller(TextFiller const&) = delete;
    TextFiller& operator=(TextFiller const&) = delete;

    /// Starts the thread, at the lowest priority. It logs its troubles and goes on later.
    void start() { background_.start(); }
    /// Some bodies more; true: there is more to do. For the thread, and for tests that want no thread. Throws
    /// StoreError.
    bool step();
    /// The next step begins at the front.
    void look_at_all() { is_full_round_due_ = true; }

private:
    struct Found {
        BodyId body;
        AccountId account;
    };
    void begin_round();
    std::vector<Found> find_new();
    bool end_round();
    void index(std::vector<Found> const& found);
    static Words words_in(BodyReader& reader);
    static AccountId account_of(db::Reader& reader, MailboxId mailbox);

    db::Database& mail_;
    MailStore& store_;
    TextIndex& index_;
    std::string const folder_;

    bool is_full_round_due_ = true;
    bool is_in_round_ = false;
    bool is_full_round_ = false;
    BodyId cursor_ = 0;               ///< the round has come as far as this
    std::vector<BodyId> known_;       ///< of the round: indexed, ascending
    std::size_t known_at_ = 0;        ///< those before have been compared
    std::deque<BodyId> recent_;       ///< the last bodies seen: where the next round begins
    std::unordered_set<BodyId> gone_; ///< indexed, but no message has them

    Background background_{{.step = [this] { return step(); },
                            .look_at_all = [this] { look_at_all(); },
                            .waits = "text-index-waits",
                            .goes_on = "text-index-goes-on"}};
};

} // namespace maild::mailbox::text
