#include "maild/transfer/imap_source.h"

#include "appliance/base/text.h"
#include "appliance/imap_client/fetch.h"
#include "maild/transfer/imap_connection.h"
#include "maild/transfer/imap_listing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <thread>

namespace maild::transfer
{

namespace
{
using imap_client::fetch_item;
using imap_client::ImapResponse;
using mailbox::Uid;
constexpr std::size_t literal_slack = std::size_t{1} << 20; ///< a message may be a little larger than its server says
/// Of one FETCH; three of them are on their way at a time.
constexpr std::size_t fetch_messages = 50;
constexpr std::uint64_t fetch_bytes = std::uint64_t{2} << 20;
constexpr std::size_t commands_at_once = 3;
constexpr unsigned most_attempts = 5;

/// One connection's worth of work.
class Fetching
{
public:
    Fetching(ImapLogin const& login, Importer& importer, std::set<std::string>& finished)
        : connection_(login, importer.largest_message() + literal_slack), importer_(importer), finished_(finished)
    {
    }

    void run(std::string const& only_mailbox)
    {
        bool const extended = connection_.can("LIST-EXTENDED") && connection_.can("SPECIAL-USE");
        auto const answer =
            connection_.run(extended ? "LIST \"\" \"*\" RETURN (SPECIAL-USE SUBSCRIBED)" : "LIST \"\" \"*\"");
        bool is_found = only_mailbox.empty();
        for (auto const& line : answer.data) {
            auto const listed = read_list(line, extended);
            if (!listed) continue;
            if (!only_mailbox.empty() && listed->source.name != only_mailbox) continue;
            is_found = true;
            if (!finished_.contains(listed->wire_name)) import(*listed);
            finished_.insert(listed->wire_name);
        }
        if (!is_found)
            throw base::Failure(
                base::refused(only_mailbox, "the other server has no such mailbox", "check its name"));
        connection_.send("LOGOUT");
    }

private:
    void import(ListedMailbox listed)
    {
        auto const opened = connection_.run("EXAMINE " + quoted(listed.wire_name));
        if (!opened.is_ok()) return importer_.note_skipped(listed.source.name, "the other server does not open it");
        for (auto const& response : opened.data) {
            auto const code = base::upper(response.code);
            auto const value = [&] {
                return static_cast<std::uint32_t>(
                    base::parse_number(code.substr(code.find(' ') + 1), UINT32_MAX).value_or(0));
            };
            if (code.starts_with("UIDVALIDITY ")) listed.source.uid_validity = value();
            if (code.starts_with("UIDNEXT ")) listed.source.uid_next = value();
        }
        importer_.begin(listed.source);
        auto const wanted = unknown(list_messages(), listed.source.uid_validity);
        fetch(wanted, listed.source.uid_validity);
        importer_.end();
    }

    std::vector<ListedMessage> list_messages()
    {
        std::vector<ListedMessage> all;
        auto const tag = connection_.send("UID FETCH 1:* " + std::string(listed_items));
        connection_.receive(tag, [&](ImapResponse const& response) {
            if (response.keyword != "FETCH") return;
            auto one = read_listed_message(response);
            if (one.uid != 0) all.push_back(std::move(one));
        });
        std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.uid < b.uid; });
        importer_.expect(all.size());
        return all;
    }

    static std::string name_of(std::uint32_t validity, Uid uid)
    {
        return std::to_string(validity) + "." + std::to_string(uid);
    }

    std::vector<ListedMessage> unknown(std::vector<ListedMessage> all, std::uint32_t validity)
    {
        std::vector<std::string> names;
        names.reserve(all.size());
        for (auto const& one : all) names.push_back(name_of(validity, one.uid));
        auto const known = importer_.known(names);
        std::vector<ListedMessage> wanted;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (known[i])
                importer_.note_known(1);
            else if (all[i].size > importer_.largest_message())
                importer_.note_skipped(names[i], "the message is too large");
            else
                wanted.push_back(std::move(all[i]));
        }
        return wanted;
    }

    struct Sent {
        std::string tag;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    void fetch(std::vector<ListedMessage> const& wanted, std::uint32_t validity)
    {
        std::deque<Sent> on_their_way;
        std::size_t next = 0;
        while (next < wanted.size() || !on_their_way.empty()) {
            while (next < wanted.size() && on_their_way.size() < commands_at_once)
                on_their_way.push_back(request(wanted, next));
            auto const sent = on_their_way.front();
            on_their_way.pop_front();
            take(wanted, sent, validity);
        }
    }

    Sent request(std::vector<ListedMessage> const& wanted, std::size_t& next)
    {
        Sent sent{{}, next, next};
        std::uint64_t bytes = 0;
        std::string set;
        while (sent.end < wanted.size() && sent.end - sent.begin < fetch_messages &&
               (sent.end == sent.begin || bytes + wanted[sent.end].size <= fetch_bytes)) {
            set += (set.empty() ? "" : ",") + std::to_string(wanted[sent.end].uid);
            bytes += wanted[sent.end++].size;
        }
        next = sent.end;
        sent.tag = connection_.send("UID FETCH " + set + " (UID BODY.PEEK[])");
        return sent;
    }

    /// The messages of one FETCH, in the order of their UIDs whatever the server's was.
    void take(std::vector<ListedMessage> const& wanted, Sent const& sent, std::uint32_t validity)
    {
        connection_.receive(sent.tag, [&](ImapResponse const& response) {
            if (response.keyword != "FETCH") return;
            auto const& body = fetch_item(response, "BODY[");
            if (body.is_string()) bodies_[static_cast<Uid>(fetch_item(response, "UID").number())] = body.text;
        });
        for (auto i = sent.begin; i < sent.end; ++i) {
            auto const& listing = wanted[i];
            auto found = bodies_.extract(listing.uid);
            if (!found || found.mapped().empty()) {
                importer_.note_skipped(name_of(validity, listing.uid), "the other server did not send it");
                continue;
            }
            importer_.add({{std::move(found.mapped())},
                           listing.flags,
                           listing.date,
                           name_of(validity, listing.uid),
                           listing.uid});
        }
    }

    ImapConnection connection_;
    Importer& importer_;
    std::map<Uid, std::string> bodies_; ///< that have come, of all commands on their way
    std::set<std::string>& finished_;   ///< mailboxes that are complete, by their name there
};
} // namespace

void import_imap(ImapLogin const& login, std::string const& only_mailbox, Importer& importer)
{
    std::set<std::string> finished;
    std::size_t before = 0;
    for (unsigned attempt = 1;; ++attempt) {
        try {
            Fetching(login, importer, finished).run(only_mailbox);
            return;
        } catch (net::Disconnected const& error) {
            importer.forget_waiting();
            if (std::exchange(before, importer.done().messages) != importer.done().messages) attempt = 1;
            if (attempt == most_attempts)
                throw base::Failure(base::failed(login.address.host,
                                                 std::string("the connection broke: ") + error.what(),
                                                 "give the same command again: it goes on where it stopped"));
            std::this_thread::sleep_for(std::chrono::seconds(attempt));
        }
    }
}

} // namespace maild::transfer
