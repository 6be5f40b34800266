// MESSAGELIMIT (RFC 9738): a command that names more messages than the limit works on those with the highest UIDs,
// from the highest down, and its answer says down to which. What must be done wholly or not at all (COPY, APPEND,
// SORT, THREAD) is refused instead.

#include "maild/imap/session.h"

namespace maild::imap
{

/// The code, with the lowest UID where one is known.
std::string Session::message_limit() const
{
    auto code = "MESSAGELIMIT " + std::to_string(context_.messages_per_command);
    return lowest_ ? code + ' ' + std::to_string(*lowest_) : code;
}

void Session::refuse_over_limit()
{
    auto code = message_limit();
    lowest_.reset(); // it is told here
    throw_no(std::move(code), "Too many messages at once; ask for fewer");
}

mailbox::UidSet Session::within_limit(mailbox::UidSet uids)
{
    if (!is_over_limit(uids.size())) return uids;
    UidMap const map(uids);
    auto const first = static_cast<SequenceNumber>(map.size() - context_.messages_per_command + 1);
    lowest_ = map.uid(first);
    return map.uids(first, map.size());
}

/// The messages that a search has to look at: sets of numbers at its top leave out the others.
UidMap Session::searched(SearchKey const& program, OverLimit how)
{
    auto const& map = view_->map();
    if (!is_over_limit(map.size())) return map;
    auto uids = map.uids();
    auto const narrow = [&](SearchKey const& key) {
        if (key.kind == SearchKey::Kind::uid) uids = uids & key.uids;
    };
    narrow(program);
    if (program.kind == SearchKey::Kind::both)
        for (auto const& child : program.children) narrow(child);
    if (how == OverLimit::refuse && is_over_limit(uids.size())) refuse_over_limit();
    return UidMap(within_limit(std::move(uids)));
}

/// In the tagged answer, or before it when that has another code already.
void Session::tell_limit(Reply& reply)
{
    if (!lowest_ || reply.status == Status::none) return;
    if (reply.code.empty())
        reply.code = message_limit();
    else
        untagged("NO [" + message_limit() + "] Only these were looked at, the newest");
}

} // namespace maild::imap
