#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/imap/limits.h"

#include <algorithm>

namespace maild::imap
{

/// RFC 3501 section 6 in its order, then the extensions. State and flags are checked before the function runs.
Session::Command const* Session::find_command(std::string_view name)
{
    constexpr mailbox::Rights moving = mailbox::right_delete_messages | mailbox::right_expunge;
    static constexpr Command commands[] = {
        {"CAPABILITY", &Session::capability, any_state, plain},
        {"NOOP", &Session::noop, any_state, plain},
        {"LOGOUT", &Session::logout, any_state, plain},
        {"ID", &Session::id, any_state, plain}, // RFC 2971
        {"STARTTLS", &Session::starttls, not_authenticated, plain},
        {"AUTHENTICATE", &Session::authenticate, not_authenticated, plain},
        {"LOGIN", &Session::login, not_authenticated, plain},
        {"ENABLE", &Session::enable, after_login, plain}, // RFC 5161
        {"SELECT", &Session::select, after_login, plain},
        {"EXAMINE", &Session::examine, after_login, plain},
        {"CREATE", &Session::create, after_login, plain},
        {"DELETE", &Session::delete_, after_login, plain},
        {"RENAME", &Session::rename, after_login, plain},
        {"SUBSCRIBE", &Session::subscribe, after_login, plain},
        {"UNSUBSCRIBE", &Session::unsubscribe, after_login, plain},
        {"LIST", &Session::list, after_login, plain},
        {"LSUB", &Session::lsub, after_login, plain},
        {"NAMESPACE", &Session::namespace_, after_login, plain}, // RFC 2342
        {"STATUS", &Session::status, after_login, plain},
        {"APPEND", &Session::append, after_login, plain},
        {"REPLACE", &Session::replace, selected, needs_write | takes_numbers, moving}, // RFC 8508
        {"UID REPLACE", &Session::replace, selected, needs_write | by_uid, moving},
        {"SETACL", &Session::set_acl, after_login, plain}, // RFC 4314
        {"DELETEACL", &Session::delete_acl, after_login, plain},
        {"GETACL", &Session::get_acl, after_login, plain},
        {"LISTRIGHTS", &Session::list_rights, after_login, plain},
        {"MYRIGHTS", &Session::my_rights, after_login, plain},
        {"GETQUOTA", &Session::get_quota, after_login, plain}, // RFC 9208
        {"GETQUOTAROOT", &Session::get_quota_root, after_login, plain},
        {"SETQUOTA", &Session::set_quota, after_login, plain},
        {"GETMETADATA", &Session::get_metadata, after_login, plain}, // RFC 5464
        {"SETMETADATA", &Session::set_metadata, after_login, plain},
        {"NOTIFY", &Session::notify, after_login, plain},     // RFC 5465
        {"COMPRESS", &Session::compress, after_login, plain}, // RFC 4978
        {"IDLE", &Session::idle, after_login, plain},         // RFC 2177
        {"CHECK", &Session::check, selected, plain},
        {"CLOSE", &Session::close, selected, plain},
        {"UNSELECT", &Session::unselect, selected, plain}, // RFC 3691
        {"EXPUNGE", &Session::expunge, selected, needs_write, mailbox::right_expunge},
        {"UID EXPUNGE", &Session::uid_expunge, selected, needs_write | by_uid, mailbox::right_expunge}, // RFC 4315
        {"SEARCH", &Session::search, selected, uses_sequence_numbers},
        {"UID SEARCH", &Session::search, selected, by_uid},
        {"SORT", &Session::sort, selected, uses_sequence_numbers}, // RFC 5256
        {"UID SORT", &Session::sort, selected, by_uid},
        {"THREAD", &Session::thread, selected, uses_sequence_numbers},
        {"UID THREAD", &Session::thread, selected, by_uid},
        {"ESEARCH", &Session::esearch, after_login, plain},         // RFC 7377
        {"CANCELUPDATE", &Session::cancel_update, selected, plain}, // RFC 5267
        {"FETCH", &Session::fetch, selected, uses_sequence_numbers},
        {"UID FETCH", &Session::fetch, selected, by_uid},
        {"STORE", &Session::store, selected, uses_sequence_numbers | needs_write},
        {"UID STORE", &Session::store, selected, needs_write | by_uid},
        {"COPY", &Session::copy, selected, takes_numbers},
        {"UID COPY", &Session::copy, selected, by_uid},
        {"MOVE", &Session::move, selected, needs_write | takes_numbers, moving}, // RFC 6851
        {"UID MOVE", &Session::move, selected, needs_write | by_uid, moving},
    };
    auto const is_named = [&](Command const& command) { return base::equal_ignoring_case(command.name, name); };
    auto const* const found = std::find_if(std::begin(commands), std::end(commands), is_named);
    return found == std::end(commands) ? nullptr : found;
}

namespace
{
/// The same with another store in front.
Context behind(Context context, mailbox::MailStore& store)
{
    return {context.directory,
            store,
            context.config,
            std::move(context.tls),
            std::move(context.temporary),
            std::move(context.guard),
            std::move(context.maps),
            context.watch,
            context.messages_per_command};
}
} // namespace

Session::Session(net::Stream stream, net::Wakeup wakeup, Context context)
    : store_(context.store),
      context_(behind(std::move(context), store_)),
      stream_(std::move(stream)),
      reader_(stream_),
      id_(base::random_hex(6)),
      connected_(std::chrono::steady_clock::now()),
      news_(std::make_shared<News>())
{
    news_->wakeup = std::move(wakeup);
    reader_.set_limits(limits::line_before_login, limits::skipped_before_login);
}

Session::~Session()
{
    news_->wakes = false;
    if (user_) base::log(base::Level::info, id_, "imap-logout", {{"user", user_->login}});
}

State Session::state() const
{
    if (!user_) return not_authenticated;
    return view_ ? selected : authenticated;
}

net::Next Session::run()
{
    try {
        if (greeting_due_) greet();
        for (;;) {
            if (open_login_ && open_login_->is_over()) say_goodbye(std::string(open_login_->why()));
            if (idle_tag_ || watch_) tell_news(told_unasked());
            auto line = reader_.read_command(limits::linger);
            if (line.state == net::Line::State::idle) return net::Next::park;
            if (line.state == net::Line::State::closed) return net::Next::close;
            handle(std::move(line));
            if (closing_) return net::Next::close;
        }
    } catch (Goodbye const& goodbye) { // a catch block here: from any depth this is the one way out
        untagged(std::string("BYE ") + goodbye.what());
        return net::Next::close;
    }
}

void Session::handle(net::Line line)
{
    if (line.state == net::Line::State::too_long) {
        untagged("BAD The command line is too long");
        // The tag went with the line: without an end the client would wait for its answer for ever.
        say_goodbye("Try again with shorter lines");
    }
    if (idle_tag_) return end_idle(line);
    dispatch(std::move(line.text));
}

void Session::greet()
{
    greeting_due_ = false;
    untagged("OK [CAPABILITY " + capabilities() + "] Kotakpos ready");
}

/// The only place where a command's errors are caught: every one becomes its tagged answer.
void Session::dispatch(std::string line)
{
    tag_ = "*";
    command_ = nullptr;
    lowest_.reset();
    Reply reply;
    try {
        Parser parser(std::move(line), reader_, parser_limits());
        reply = run_command(parser);
    } catch (ClientError const& error) {
        reply = error.reply();
    } catch (directory::TooManyLogins const&) {
        reply = no("UNAVAILABLE", "Too many people log in at this moment; try again in a few seconds");
    } catch (base::StoreError const& error) {
        base::log(base::Level::error, id_, "store-failed",
                  {{"command", std::string(command_ ? command_->name : "")}, {"why", error.what()}});
        reply = store_failed(error);
    }
    if (reply.status != Status::ok && reply.status != Status::none) reader_.skip_rest();
    finish(reply);
}

Reply Session::run_command(Parser& parser)
{
    tag_ = parser.must_tag();
    parser.must_space();
    look_at_rights();
    command_ = &must_find_command(parser);
    auto reply = (this->*command_->run)(parser);
    tell_limit(reply);
    bool const hold = (command_->flags & uses_sequence_numbers) != 0;
    if (reply.status != Status::none) tell_news(hold ? Expunges::hold : Expunges::tell);
    return reply;
}

Session::Command const& Session::must_find_command(Parser& parser) const
{
    auto name = parser.must_atom();
    if (base::equal_ignoring_case(name, "UID")) {
        parser.must_space();
        name += ' ' + parser.must_atom();
    }
    auto const* const command = find_command(name);
    if (!command) throw_bad("Unknown command");
    if ((command->states & state()) == 0) {
        if (command->states == not_authenticated) throw_bad("Not allowed after login");
        throw_bad(user_ ? "Select a mailbox first" : "Log in first");
    }
    if ((command->flags & (uses_sequence_numbers | takes_numbers)) != 0 && is_enabled(feature_uidonly))
        throw ClientError(bad("With UIDONLY only commands with UID are allowed", "UIDREQUIRED"));
    if ((command->flags & needs_write) != 0 && view_->is_read_only())
        throw_no("READ-ONLY", "The mailbox was opened read-only");
    if ((command->states & ~unsigned{selected}) == 0 && (command->rights & ~rights_) != 0)
        throw_no("NOPERM", "You have no right to do this in that mailbox");
    return *command;
}

void Session::finish(Reply const& reply)
{
    if (reply.status == Status::none) return;
    char const* const word = reply.status == Status::ok ? "OK" : reply.status == Status::no ? "NO" : "BAD";
    auto text = tag_ + ' ' + word + ' ';
    if (!reply.code.empty()) text += '[' + reply.code + "] ";
    stream_.write(text + reply.text + "\r\n");
    bad_commands_ = reply.status == Status::bad ? bad_commands_ + 1 : 0;
    if (bad_commands_ >= limits::bad_commands) say_goodbye("Too many bad commands");
    if (failed_logins_ >= limits::failed_logins) say_goodbye("Too many failed logins");
    claim_recent();
}

/// The owner may have changed them since the last command. Who may not read any more is put out.
void Session::look_at_rights()
{
    if (!view_ || !is_foreign()) return;
    constexpr mailbox::Rights reading = mailbox::right_lookup | mailbox::right_read;
    rights_ = places_->rights(view_->mailbox());
    view_->set_changeable(changeable(rights_));
    if ((rights_ & reading) == reading) return;
    close_mailbox();
    untagged("OK [CLOSED] You may not read this mailbox any more");
}

/// Between the command's own responses and its tagged answer, and during IDLE.
void Session::tell_news(Expunges expunges)
{
    tell_watched();
    if (!view_ || (watch_ && !watch_->selected())) return;
    bool const told_later = view_->has_held_expunges() && expunges == Expunges::tell;
    if (!news_->fresh.exchange(false) && !told_later) return;
    try {
        look_at_rights();
        if (!view_) return;
        sync(expunges);
    } catch (base::StoreError const& error) { // the command itself was done: only its news come later
        news_->fresh = true;
        base::log(base::Level::warning, id_, "news-failed", {{"why", error.what()}});
    }
    if (view_->is_gone()) say_goodbye("The selected mailbox was deleted");
    if (idle_tag_ || watch_) claim_recent();
}

/// Whether an EXPUNGE may come between two commands: not to a client that counts on its sequence numbers.
Expunges Session::told_unasked() const
{
    if (idle_tag_) return Expunges::tell;
    auto const* const wanted = watch_->selected();
    return wanted && wanted->filter == NotifyGroup::Filter::selected ? Expunges::tell : Expunges::hold;
}

/// What is told of the selected mailbox, as NOTIFY has it.
void Session::sync(Expunges expunges)
{
    auto const* const wanted = watch_ ? watch_->selected() : nullptr;
    bool const with_flags = !watch_ || (wanted && (wanted->events & event_flag_change) != 0);
    auto const flags = with_flags ? ChangedFlags::tell : ChangedFlags::ignore;
    auto const came = contexts_.empty() ? view_->sync(expunges, flags, writer()) : sync_contexts(expunges, flags);
    if (wanted && !wanted->items.empty() && !came.empty())
        Fetcher(context_.store, stream_, structures_, enabled_).run(*view_, came, wanted->items);
}

/// After the client has its answer, because it writes to the store.
void Session::claim_recent()
{
    if (!view_ || !view_->has_unclaimed()) return;
    stream_.flush();
    view_->claim_recent();
}

void Session::untagged(std::string_view text)
{
    stream_.write("* ");
    stream_.write(text);
    stream_.write("\r\n");
}

void Session::say_goodbye(std::string const& text) { throw Goodbye(text); }

void Session::timed_out() { untagged(user_ ? "BYE Autologout; idle for too long" : "BYE No login in time"); }

void Session::stopping() { untagged("BYE The server is stopping; come back in a moment"); }

std::chrono::milliseconds Session::idle_timeout() const
{
    if (user_) return limits::autologout;
    auto const left = connected_ + limits::before_login - std::chrono::steady_clock::now();
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), limits::Milliseconds(0));
}

Parser::Limits Session::parser_limits() const
{
    if (!user_) return {limits::literal_before_login, limits::line_before_login};
    return {limits::literal, limits::command, names()};
}

mailbox::FlagMask changeable(mailbox::Rights rights)
{
    constexpr std::uint32_t others = ~std::uint32_t{mailbox::flag_seen | mailbox::flag_deleted};
    mailbox::FlagMask mask{0, (rights & mailbox::right_write) != 0};
    if ((rights & mailbox::right_seen) != 0) mask.system |= mailbox::flag_seen;
    if ((rights & mailbox::right_delete_messages) != 0) mask.system |= mailbox::flag_deleted;
    if (mask.keywords) mask.system |= others;
    return mask;
}

std::string show_mailbox_id(mailbox::MailboxId mailbox) { return "M" + std::to_string(mailbox); }

Reply refused(mailbox::Refusal refusal)
{
    switch (refusal) {
    case mailbox::Refusal::missing: return no("NONEXISTENT", "There is no such mailbox");
    case mailbox::Refusal::exists: return no("ALREADYEXISTS", "A mailbox of that name exists already");
    case mailbox::Refusal::not_allowed: return no("CANNOT", "That is not possible with this mailbox name");
    case mailbox::Refusal::over_quota: return no("OVERQUOTA", "The mailbox is full");
    case mailbox::Refusal::too_many: return no("LIMIT", "There are too many of them already");
    case mailbox::Refusal::none: break;
    }
    return no("SERVERBUG", "Refused without a reason");
}

Reply store_failed(base::StoreError const& error)
{
    switch (error.fault()) {
    case base::StoreFault::full: return no("UNAVAILABLE", std::string(base::disk_full_text));
    case base::StoreFault::corrupt:
        return no("CORRUPTION", "The server's mail store is damaged; tell the administrator");
    case base::StoreFault::busy:
    case base::StoreFault::unavailable:
    case base::StoreFault::constraint: break;
    }
    return no("UNAVAILABLE", "The mail store does not answer now; try again later");
}

} // namespace maild::imap
