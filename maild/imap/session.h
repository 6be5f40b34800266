#pragma once
// One IMAP connection: its state, and one function per command (RFC 3501 section 6). The table, the loop and the
// dispatch are in session.cpp; the commands in commands_*.cpp, append.cpp and idle.cpp.

#include "appliance/net/session.h"
#include "maild/imap/command_reader.h"
#include "maild/imap/fetch.h"
#include "maild/imap/grammar.h"
#include "maild/imap/notify.h"
#include "maild/imap/places.h"
#include "maild/imap/reply.h"
#include "maild/imap/search_context.h"
#include "maild/imap/service.h"
#include "maild/imap/sync.h"
#include "maild/mailbox/reader_store.h"
#include "maild/sasl/open_login.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace maild::imap
{

/// Bits, so that a command can be allowed in several.
enum State : unsigned {
    not_authenticated = 1,
    authenticated = 2,
    selected = 4,
    after_login = authenticated | selected,
    any_state = not_authenticated | after_login,
};

/// What the dispatch must know of a command.
enum CommandFlags : unsigned {
    plain = 0,
    uses_sequence_numbers = 1, ///< no EXPUNGE may be sent during it
    by_uid = 2,                ///< its numbers are UIDs
    needs_write = 4,           ///< not in a mailbox opened by EXAMINE
    takes_numbers = 8,         ///< sequence numbers too, but may be disturbed by EXPUNGE
};

/// Shared with the store's callback, which may come from any thread and after the session's end.
struct News {
    std::atomic<bool> fresh{false};  ///< something changed in the selected mailbox
    std::atomic<bool> others{false}; ///< something changed in the accounts that NOTIFY watches
    std::atomic<bool> wakes{false};  ///< wake the session for it: IDLE or NOTIFY is going on
    net::Wakeup wakeup;
};

struct Resync;
class Incoming;
struct AppendMessage;
struct AppendRoom;

class Session final : public net::Session
{
public:
    Session(net::Stream stream, net::Wakeup wakeup, Context context);
    ~Session() override;

    net::Next run() override;
    void timed_out() override;
    std::chrono::milliseconds idle_timeout() const override;
    void stopping() override;
    net::Stream& stream() override { return stream_; }

private:
    struct Command {
        std::string_view name;
        Reply (Session::*run)(Parser&);
        unsigned states;
        unsigned flags;
        mailbox::Rights rights = 0; ///< needed in the selected mailbox, beside reading it
    };
    static Command const* find_command(std::string_view name);

    // session.cpp: loop, dispatch, answers
    void greet();
    void handle(net::Line line);
    void dispatch(std::string line);
    Reply run_command(Parser& parser);
    Command const& must_find_command(Parser& parser) const;
    void finish(Reply const& reply);
    void look_at_rights();
    void tell_news(Expunges expunges);
    Expunges told_unasked() const;
    void claim_recent();
    void untagged(std::string_view text);
    [[noreturn]] void say_goodbye(std::string const& text);
    State state() const;
    Numbers numbers() const { return (command_->flags & by_uid) != 0 ? Numbers::uid : Numbers::sequence; }
    Parser::Limits parser_limits() const;
    bool is_enabled(unsigned features) const { return (enabled_ & features) == features; }
    NameCoding names() const
    {
        return (enabled_ & (feature_rev2 | feature_utf8)) != 0 ? NameCoding::utf8 : NameCoding::utf7;
    }
    std::string capabilities() const;

    // commands_auth.cpp: in every state, and before login
    Reply capability(Parser& parser);
    Reply noop(Parser& parser);
    Reply logout(Parser& parser);
    Reply id(Parser& parser);
    Reply starttls(Parser& parser);
    Reply authenticate(Parser& parser);
    Reply login(Parser& parser);
    Reply compress(Parser& parser);
    bool may_send_password() const;
    std::string must_read_sasl(std::string_view prompt);
    void must_be_allowed_to_try();
    Reply logged_in(std::optional<directory::User> user, std::string_view name, std::string_view mechanism);

    // commands_mailbox.cpp: after login
    Reply enable(Parser& parser);
    Reply select(Parser& parser);
    Reply examine(Parser& parser);
    Reply create(Parser& parser);
    Reply delete_(Parser& parser);
    Reply rename(Parser& parser);
    Reply subscribe(Parser& parser);
    Reply unsubscribe(Parser& parser);
    Reply list(Parser& parser);
    Reply lsub(Parser& parser);
    Reply namespace_(Parser& parser);
    Reply status(Parser& parser);
    std::string show_status_item(StatusItem item, SeenMailbox const& seen);
    std::string show_status(std::vector<StatusItem> const& items, SeenMailbox const& seen);
    void tell_listed(ListRequest const& request, SeenMailbox const& seen);
    std::string show_name(std::string_view name) const { return show_mailbox(name, names()); }

    // commands_acl.cpp, commands_quota.cpp, commands_metadata.cpp
    Reply set_acl(Parser& parser);
    Reply delete_acl(Parser& parser);
    Reply get_acl(Parser& parser);
    Reply list_rights(Parser& parser);
    Reply my_rights(Parser& parser);
    mailbox::AclEntry must_acl_entry(std::string_view text, mailbox::Mailbox const& mailbox);
    Reply get_quota(Parser& parser);
    Reply get_quota_root(Parser& parser);
    Reply set_quota(Parser& parser);
    void tell_quota(std::uint64_t allowed);
    Reply get_metadata(Parser& parser);
    Reply set_metadata(Parser& parser);
    std::optional<SeenMailbox> must_find_annotated(std::string const& name, mailbox::Rights needed);
    std::vector<mailbox::Annotation> notes_of(mailbox::MailboxId mailbox);
    std::string show_notes(mailbox::MailboxId mailbox, std::vector<std::string> const& asked, std::uint64_t max_size,
                           std::size_t depth, std::uint64_t& longest);

    Reply open_mailbox(Parser& parser, Access access);
    void close_mailbox();
    mailbox::AccountId account() const { return user_->id; }
    std::uint64_t quota() { return quota_of(user_->id); }
    std::uint64_t quota_of(mailbox::AccountId owner);

    // select.cpp
    void tell_opened();
    void tell_highest_modseq();
    std::string highest_modseq() const;
    void use_condstore();
    void resync(Resync const& asked);

    // append.cpp, catenate.cpp, idle.cpp
    Reply append(Parser& parser);
    Reply replace(Parser& parser);
    AppendMessage must_append_options(Parser& parser);
    void must_append_data(Parser& parser, AppendMessage& message, AppendRoom const& room);
    enum class Several { no, yes };
    std::vector<AppendMessage> must_append_messages(Parser& parser, SeenMailbox const& into, Several several);
    std::string store_appended(std::vector<AppendMessage> const& messages, SeenMailbox const& into,
                               std::optional<mailbox::MailStore::Replaced> const& replaced);
    void must_catenate(Parser& parser, AppendMessage& message, AppendRoom const& room);
    void append_url(std::string const& text, Incoming& incoming, AppendRoom const& room);
    bool is_me(std::string_view server) const;
    Reply idle(Parser& parser);
    void end_idle(net::Line const& line);

    // commands_notify.cpp
    Reply notify(Parser& parser);
    void watch_others(Watch& watch);
    void tell_watched();
    void tell_status(SeenMailbox const& seen, unsigned events);
    void tell_difference(Watch::Told const* before, Watch::Told const& now);
    Watch::Told watched(SeenMailbox seen, std::vector<std::string> const& subscribed_names, Watch const& watch);
    Watch::Notes watched_notes(mailbox::MailboxId mailbox);
    void tell_notes(std::string const& name, Watch::Notes const& before, Watch::Notes const& now);

    // commands_message.cpp, commands_fetch.cpp, commands_store.cpp: with a selected mailbox
    Reply check(Parser& parser);
    Reply close(Parser& parser);
    Reply unselect(Parser& parser);
    Reply expunge(Parser& parser);
    Reply uid_expunge(Parser& parser);
    Reply fetch(Parser& parser);
    Reply store(Parser& parser);
    Reply copy(Parser& parser);
    Reply move(Parser& parser);
    bool set_seen(mailbox::UidSet const& selection);
    Reply expunged(std::string text);
    bool is_foreign() const { return !places_->is_own(view_->mailbox()); }
    mailbox::MailStore::Target target_in(SeenMailbox const& mailbox);
    void sync(Expunges expunges);
    Write writer()
    {
        return [this](std::string_view lines) { stream_.write(lines); };
    }

    // commands_search.cpp, commands_esearch.cpp
    Reply search(Parser& parser);
    Reply sort(Parser& parser);
    Reply thread(Parser& parser);
    Reply cancel_update(Parser& parser);
    Reply esearch(Parser& parser);
    enum class Sorts { no, yes };
    CharsetName charset_name() const
    {
        return is_enabled(feature_utf8) ? CharsetName::refused : CharsetName::allowed;
    }
    SearchRequest must_search_request(Parser& parser, Sorts sorts);
    Reply answer(SearchRequest const& request);
    NumberList find(SearchRequest const& request);
    mailbox::UidSet find(SearchKey const& program, UidMap const& map);
    void search_mailbox(SeenMailbox const& seen, ReturnOptions const& options, SearchKey program, Progress& told);
    void save_result(SearchRequest const& request, NumberList const& found);
    void begin_updates(SearchRequest const& request, NumberList const& found);
    mailbox::UidSet sync_contexts(Expunges expunges, ChangedFlags flags);
    Progress progress();

    // message_limit.cpp: RFC 9738
    std::string message_limit() const;
    bool is_over_limit(std::uint64_t messages) const { return messages > context_.messages_per_command; }
    [[noreturn]] void refuse_over_limit();
    Walk::Order order() const { return lowest_ ? Walk::Order::newest_first : Walk::Order::oldest_first; }
    mailbox::UidSet within_limit(mailbox::UidSet uids);
    enum class OverLimit { take_newest, refuse };
    UidMap searched(SearchKey const& program, OverLimit how);
    void tell_limit(Reply& reply);

    /// Only the webmail comes over the Unix socket.
    mailbox::Means means() const { return stream_.is_local() ? mailbox::Means::webmail : mailbox::Means::imap; }

    mailbox::ReaderStore store_; ///< context_.store
    Context context_;
    net::Stream stream_;
    CommandReader reader_;
    std::string const id_; ///< in every log line of this connection
    net::Deadline const connected_;
    std::shared_ptr<News> const news_;

    bool greeting_due_ = true;
    bool closing_ = false;                         ///< after the current answer
    std::optional<directory::User> user_;          ///< set: logged in
    std::optional<sasl::OpenLogin> open_login_;    ///< of `user_`
    std::optional<Places> places_;                 ///< set: logged in
    unsigned enabled_ = 0;                         ///< bits of Feature
    std::optional<View> view_;                     ///< set: a mailbox is selected
    mailbox::Rights rights_ = mailbox::all_rights; ///< in the selected mailbox, when the command began
    mailbox::MailStore::Subscription subscription_;
    StructureCache structures_;
    std::vector<SearchContext> contexts_; ///< of the selected mailbox
    std::unique_ptr<Watch> watch_;        ///< set: NOTIFY is in force
    std::optional<std::string> idle_tag_; ///< set: IDLE is going on

    std::string tag_ = "*";              ///< of the current command
    Command const* command_ = nullptr;   ///< the current one
    std::optional<mailbox::Uid> lowest_; ///< set: the current one works on the messages from this one upwards only
    unsigned failed_logins_ = 0;
    unsigned bad_commands_ = 0; ///< in a row
};

/// The flags that somebody with these rights may change or bring along (RFC 4314 section 4).
mailbox::FlagMask changeable(mailbox::Rights rights);
/// RFC 8474: as in MAILBOXID.
std::string show_mailbox_id(mailbox::MailboxId mailbox);
/// What a refused change of a mailbox answers. `none` must not be asked.
Reply refused(mailbox::Refusal refusal);
Reply store_failed(base::StoreError const& error);

} // namespace maild::imap
