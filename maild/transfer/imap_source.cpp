#include "maild/transfer/imap_source.h"

#include "appliance/base/text.h"
#include "appliance/imap_client/imap_response.h"
#include "appliance/imap_client/modified_utf7.h"
#include "appliance/message/date.h"
#include "appliance/net/stream.h"

#include <algorithm>
#include <deque>
#include <map>
#include <netdb.h>
#include <set>
#include <sys/socket.h>
#include <thread>

namespace maild::transfer
{

namespace
{
using imap_client::ImapResponse;
using imap_client::ImapValue;
using mailbox::Uid;
constexpr auto connect_wait = std::chrono::seconds(20);
constexpr auto answer_wait = std::chrono::minutes(3);
constexpr std::size_t line_limit = std::size_t{1} << 20;
/// Of one FETCH; three of them are on their way at a time.
constexpr std::size_t fetch_messages = 50;
constexpr std::uint64_t fetch_bytes = std::uint64_t{2} << 20;
constexpr std::size_t commands_at_once = 3;
constexpr unsigned most_attempts = 5;

struct AddressDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

net::Stream connect(ImapAddress const& to)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const code = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
    std::unique_ptr<addrinfo, AddressDeleter> const list(found);
    if (code != 0)
        throw base::Failure(base::failed(to.host, "no machine of that name is known", "check the name, and the DNS"));
    for (auto const* one = list.get(); one; one = one->ai_next) {
        try {
            auto const address = net::IpAddress::from_socket(one->ai_addr);
            return net::Stream::connect({address, static_cast<std::uint16_t>(to.port)}, net::after(connect_wait));
        } catch (net::Disconnected const&) {
            if (!one->ai_next) throw; // else the next address may answer
        }
    }
    throw net::Disconnected("no address");
}

std::string quoted(std::string_view text)
{
    std::string result = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (c != '\r' && c != '\n' && c != '\0') result += c;
    }
    return result + "\"";
}

/// One logged-in connection.
class Connection
{
public:
    explicit Connection(ImapLogin const& login) : login_(login), stream_(connect(login.address))
    {
        if (login.address.is_tls) start_tls();
        auto const greeting = read_response();
        if (greeting.keyword != "OK" && greeting.keyword != "PREAUTH") fail(greeting.text);
        if (!login.address.is_tls && greeting.keyword == "OK") secure();
        if (greeting.keyword == "OK") log_in();
        learn_capabilities();
    }
    ~Connection() { stream_.close(); }
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    struct Answer {
        ImapResponse status;
        std::vector<ImapResponse> data;
        bool is_ok() const { return status.keyword == "OK"; }
    };

    bool can(std::string_view capability) const { return capabilities_.contains(capability); }

    std::string send(std::string const& command)
    {
        auto tag = "K" + std::to_string(++commands_);
        stream_.write(tag + " " + command + "\r\n");
        stream_.flush();
        return tag;
    }

    /// Gives every response that is data to `take` until the command is done. A server may work on several commands
    /// at a time and mix their answers (RFC 9051 5.5): those that are done before their turn are remembered.
    template <class Take>
    ImapResponse receive(std::string const& tag, Take const& take)
    {
        for (;;) {
            if (auto done = done_.extract(tag)) return std::move(done.mapped());
            auto response = read_response();
            if (response.tag.starts_with('K')) {
                done_.insert_or_assign(response.tag, std::move(response));
                continue;
            }
            if (response.keyword == "BYE") throw net::Disconnected(response.text);
            take(std::move(response));
        }
    }

    Answer run(std::string const& command)
    {
        Answer answer;
        auto const tag = send(command);
        answer.status = receive(tag, [&](ImapResponse response) { answer.data.push_back(std::move(response)); });
        return answer;
    }

    /// The most bytes of one literal: the importer's limit and some room.
    void set_largest_literal(std::size_t bytes) { largest_literal_ = bytes; }

private:
    [[noreturn]] void fail(std::string const& why)
    {
        throw base::Failure(base::failed(login_.address.host, why.empty() ? "it does not want to talk to us" : why,
                                         "try again later, or ask its administrator"));
    }

    void start_tls()
    {
        auto const context =
            login_.is_insecure ? net::TlsContext::client("") : net::TlsContext::client_of_strangers();
        try {
            net::TlsPeer const peer{.name = login_.address.host, .verify = !login_.is_insecure};
            stream_.start_tls_client(*context, peer, net::after(connect_wait));
        } catch (net::Disconnected const& error) {
            throw base::Failure(base::failed(login_.address.host, std::string("TLS failed: ") + error.what(),
                                             "check the name; --insecure takes any certificate"));
        }
    }

    void secure()
    {
        learn_capabilities();
        if (can("STARTTLS") && run("STARTTLS").is_ok()) {
            if (stream_.has_input()) fail("it spoke before TLS was on");
            start_tls();
            return;
        }
        if (!login_.is_insecure)
            throw base::Failure(base::refused(login_.address.host, "it offers no TLS",
                                              "the password would be readable; --insecure sends it nevertheless"));
    }

    void log_in()
    {
        learn_capabilities();
        Answer answer;
        if (can("AUTH=PLAIN") || can("LOGINDISABLED")) {
            using namespace std::string_literals;
            auto const secret = base::base64("\0"s + login_.user + "\0"s + login_.password);
            answer = can("SASL-IR") ? run("AUTHENTICATE PLAIN " + secret) : authenticate(secret);
        } else {
            answer = run("LOGIN " + quoted(login_.user) + " " + quoted(login_.password));
        }
        if (!answer.is_ok())
            throw base::Failure(base::refused(login_.user + "@" + login_.address.host,
                                              "it does not accept this login and password", "check both"));
    }

    Answer authenticate(std::string const& secret)
    {
        auto const tag = send("AUTHENTICATE PLAIN");
        Answer answer;
        answer.status = receive(tag, [&](ImapResponse const& response) {
            if (response.tag != "+") return;
            stream_.write(secret + "\r\n");
            stream_.flush();
        });
        return answer;
    }

    void learn_capabilities()
    {
        capabilities_.clear();
        for (auto const& response : run("CAPABILITY").data)
            if (response.keyword == "CAPABILITY")
                for (auto const& value : response.values) capabilities_.insert(base::upper(value.text));
    }

    ImapResponse read_response()
    {
        std::string text;
        for (;;) {
            auto line = stream_.read_line(line_limit, answer_wait, net::after(answer_wait));
            if (line.state != net::Line::State::complete) throw net::Disconnected("the server does not answer");
            text += line.text;
            auto const literal = imap_client::announced_literal(line.text);
            if (!literal) break;
            if (*literal > largest_literal_) throw net::Disconnected("the server sends more than it said");
            text += "\r\n";
            stream_.read_exactly(text, *literal, net::after(answer_wait));
        }
        auto response = imap_client::parse_imap_response(std::move(text));
        if (!response) throw net::Disconnected("the server's answer is not understood");
        return std::move(*response);
    }

    ImapLogin const& login_;
    net::Stream stream_;
    unsigned commands_ = 0;
    std::map<std::string, ImapResponse> done_; ///< by tag, until somebody asks
    std::set<std::string, std::less<>> capabilities_;
    std::size_t largest_literal_ = line_limit;
};

/// A mailbox as LIST gives it.
struct Listed {
    std::string wire_name;
    SourceMailbox source;
};

mailbox::SpecialUse use_of(std::string const& attribute)
{
    auto const name = base::lower(attribute);
    if (name == "\\drafts") return mailbox::SpecialUse::drafts;
    if (name == "\\sent") return mailbox::SpecialUse::sent;
    if (name == "\\trash") return mailbox::SpecialUse::trash;
    if (name == "\\junk") return mailbox::SpecialUse::junk;
    if (name == "\\archive") return mailbox::SpecialUse::archive;
    return mailbox::SpecialUse::none;
}

std::optional<Listed> read_list(ImapResponse const& line, bool knows_subscribed)
{
    if (line.keyword != "LIST" || line.values.size() < 3) return std::nullopt;
    Listed listed;
    listed.wire_name = line.values[2].text;
    listed.source.subscribed = !knows_subscribed;
    for (auto const& attribute : line.values[0].items()) {
        auto const name = base::lower(attribute.text);
        if (name == "\\noselect" || name == "\\nonexistent") return std::nullopt;
        if (name == "\\subscribed") listed.source.subscribed = true;
        if (name == "\\all" || name == "\\flagged" || name == "\\important")
            return std::nullopt; // the same mail again
        if (auto const use = use_of(name); use != mailbox::SpecialUse::none) listed.source.use = use;
    }
    auto const separator = line.values[1].text;
    std::vector<std::string> levels;
    if (separator.size() == 1) {
        for (auto const level : base::split(listed.wire_name, separator.front()))
            levels.push_back(base::replace_all(imap_client::from_modified_utf7(level), "/", "_"));
    } else {
        levels.push_back(imap_client::from_modified_utf7(listed.wire_name));
    }
    // Where all mailboxes lie below INBOX (Courier, Cyrus), they do not here.
    if (levels.size() > 1 && base::equal_ignoring_case(levels.front(), "INBOX")) levels.erase(levels.begin());
    listed.source.name = base::join(levels, "/");
    return listed;
}

struct Listing {
    Uid uid = 0;
    std::uint64_t size = 0;
    mailbox::Flags flags;
    base::Timestamp date = 0;
};

ImapValue const& item_of(ImapResponse const& fetch, std::string_view name)
{
    static ImapValue const nil;
    if (fetch.values.empty()) return nil;
    auto const items = fetch.values.front().items();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
        if (base::upper(items[i].text).starts_with(name)) return items[i + 1];
    return nil;
}

mailbox::Flags read_flags(ImapValue const& list)
{
    mailbox::Flags flags;
    for (auto const& item : list.items()) {
        auto const name = base::lower(item.text);
        if (name == "\\seen")
            flags.system |= mailbox::flag_seen;
        else if (name == "\\answered")
            flags.system |= mailbox::flag_answered;
        else if (name == "\\flagged")
            flags.system |= mailbox::flag_flagged;
        else if (name == "\\deleted")
            flags.system |= mailbox::flag_deleted;
        else if (name == "\\draft")
            flags.system |= mailbox::flag_draft;
        else if (!name.empty() && name.front() != '\\')
            flags.keywords.emplace_back(item.text);
    }
    return flags;
}

/// "17-Jul-1996 02:44:25 -0700"
base::Timestamp read_internal_date(std::string_view value)
{
    std::string text(value);
    for (auto const place : {std::size_t{2}, std::size_t{6}})
        if (text.size() > place && text[place] == '-') text[place] = ' ';
    auto const date = message::parse_date(base::trim(text));
    return date ? date->when : 0;
}

/// One connection's worth of work.
class Fetching
{
public:
    Fetching(ImapLogin const& login, Importer& importer, std::set<std::string>& finished)
        : connection_(login), importer_(importer), finished_(finished)
    {
        connection_.set_largest_literal(importer.largest_message() + line_limit);
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
    void import(Listed listed)
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

    std::vector<Listing> list_messages()
    {
        std::vector<Listing> all;
        auto const tag = connection_.send("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)");
        connection_.receive(tag, [&](ImapResponse const& response) {
            if (response.keyword != "FETCH") return;
            Listing one;
            one.uid = static_cast<Uid>(item_of(response, "UID").number());
            one.size = item_of(response, "RFC822.SIZE").number();
            one.flags = read_flags(item_of(response, "FLAGS"));
            one.date = read_internal_date(item_of(response, "INTERNALDATE").text);
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

    std::vector<Listing> unknown(std::vector<Listing> all, std::uint32_t validity)
    {
        std::vector<std::string> names;
        names.reserve(all.size());
        for (auto const& one : all) names.push_back(name_of(validity, one.uid));
        auto const known = importer_.known(names);
        std::vector<Listing> wanted;
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

    void fetch(std::vector<Listing> const& wanted, std::uint32_t validity)
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

    Sent request(std::vector<Listing> const& wanted, std::size_t& next)
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
    void take(std::vector<Listing> const& wanted, Sent const& sent, std::uint32_t validity)
    {
        connection_.receive(sent.tag, [&](ImapResponse const& response) {
            if (response.keyword != "FETCH") return;
            auto const& body = item_of(response, "BODY[");
            if (body.is_string()) bodies_[static_cast<Uid>(item_of(response, "UID").number())] = body.text;
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

    Connection connection_;
    Importer& importer_;
    std::map<Uid, std::string> bodies_; ///< that have come, of all commands on their way
    std::set<std::string>& finished_;   ///< mailboxes that are complete, by their name there
};
} // namespace

std::optional<ImapAddress> parse_imap_address(std::string_view url)
{
    ImapAddress address;
    if (url.starts_with("imaps://"))
        url.remove_prefix(8);
    else if (url.starts_with("imap://")) {
        url.remove_prefix(7);
        address.is_tls = false;
        address.port = 143;
    } else
        return std::nullopt;
    url = url.substr(0, url.find('/'));
    if (auto const at = url.rfind('@'); at != std::string_view::npos) {
        address.user = url.substr(0, at);
        if (address.user.find(':') != std::string::npos) return std::nullopt; // passwords are no arguments
        url.remove_prefix(at + 1);
    }
    bool const is_v6 = url.starts_with('[');
    auto const colon = is_v6 ? url.find("]:") : url.find(':');
    if (colon != std::string_view::npos) {
        auto const port = base::parse_number(url.substr(colon + (is_v6 ? 2 : 1)), 65535);
        if (!port || *port == 0) return std::nullopt;
        address.port = static_cast<unsigned>(*port);
        url = url.substr(0, colon + (is_v6 ? 1 : 0));
    }
    if (is_v6 && url.ends_with(']')) url = url.substr(1, url.size() - 2);
    address.host = url;
    if (address.host.empty()) return std::nullopt;
    return address;
}

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
