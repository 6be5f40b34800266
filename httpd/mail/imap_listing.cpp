// Lists of messages: pages of a folder, searches, conversations.

#include "appliance/base/text.h"
#include "appliance/imap_client/modified_utf7.h"
#include "appliance/message/base_subject.h"
#include "httpd/limits.h"
#include "httpd/mail/imap_client.h"
#include "httpd/mail/imap_reading.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace httpd::mail
{

namespace
{
using imap_client::ImapValue;

/// "2026-11-29" as IMAP writes days; nothing for what is no day.
std::string show_day(std::string_view day)
{
    static constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const pieces = base::split(day, '-');
    if (pieces.size() != 3) return {};
    auto const year = base::parse_number(pieces[0], 9999);
    auto const month = base::parse_number(pieces[1], 12);
    auto const date = base::parse_number(pieces[2], 31);
    if (!year || *year < 1000 || !month || *month == 0 || !date || *date == 0) return {};
    return std::to_string(*date) + "-" + std::string(months[*month - 1]) + "-" + std::to_string(*year);
}

void add_words(std::string& program, std::string_view words, std::string_view before, std::string_view between = {})
{
    std::size_t count = 0;
    for (auto word : base::split(words, ' ')) {
        word = base::trim(word);
        if (word.empty() || ++count > limits::search_words) continue;
        auto const argument = imap_argument(word);
        program += " " + std::string(before) + " " + argument;
        if (!between.empty()) program += " " + std::string(between) + " " + argument;
    }
}

/// What an ESEARCH line found: a word of values behind each other, "UID COUNT 3 PARTIAL (-1:-50 1:3)".
struct Found {
    std::string folder; ///< of MULTISEARCH
    std::size_t count = 0;
    std::string set;
};

Found read_esearch(ImapResponse const& line)
{
    Found found;
    for (std::size_t i = 0; i < line.values.size(); ++i) {
        auto const& value = line.values[i];
        if (value.is_list())
            for (std::size_t j = 0; j + 1 < value.items().size(); j += 2) {
                if (value.items()[j].is_atom("MAILBOX"))
                    found.folder = imap_client::from_modified_utf7(value.items()[j + 1].text);
            }
        if (i + 1 == line.values.size()) break;
        auto const& next = line.values[i + 1];
        if (value.is_atom("COUNT")) found.count = static_cast<std::size_t>(next.number());
        if (value.is_atom("ALL")) found.set = next.text;
        if (value.is_atom("PARTIAL")) found.set = next.item(1).text;
    }
    return found;
}

std::string partial(std::size_t skip, std::size_t count)
{
    return "PARTIAL -" + std::to_string(skip + 1) + ":-" + std::to_string(skip + count);
}

template <class Read>
auto read_fetches(std::vector<ImapResponse> const& data, Read&& read)
{
    std::vector<decltype(read(data.front()))> messages;
    for (auto const& line : data)
        if (line.keyword == "FETCH" && fetch_item(line, "ENVELOPE").is_list()) messages.push_back(read(line));
    return messages;
}

void newest_first(std::vector<Summary>& messages)
{
    std::sort(messages.begin(), messages.end(), [](Summary const& a, Summary const& b) { return a.uid > b.uid; });
}

bool is_hidden(std::vector<Folder> const& folders, std::string const& name)
{
    return std::any_of(folders.begin(), folders.end(), [&](Folder const& folder) {
        return folder.name == name && (folder.use == FolderUse::trash || folder.use == FolderUse::junk);
    });
}

/// One message of a list of several folders, before its row is read.
struct Place {
    std::string folder;
    Uid uid = 0;
    base::Timestamp date = 0;
};
} // namespace

std::string search_program(Query const& query)
{
    std::string program;
    add_words(program, query.words, "TEXT");
    add_words(program, query.from, "FROM");
    add_words(program, query.to, "OR TO", "CC");
    add_words(program, query.subject, "SUBJECT");
    add_words(program, query.body, "BODY");
    if (query.unread) program += " UNSEEN";
    if (query.starred) program += " FLAGGED";
    if (query.has_files) program += " HEADER CONTENT-TYPE multipart/mixed";
    if (!query.keyword.empty()) program += " KEYWORD " + query.keyword;
    if (auto const day = show_day(query.since); !day.empty()) program += " SINCE " + day;
    if (auto const day = show_day(query.before); !day.empty()) program += " BEFORE " + day;
    return program.empty() ? "ALL" : "CHARSET UTF-8" + program;
}

std::vector<Summary> ImapClient::fetch_summaries(std::string const& folder, std::vector<Uid> const& uids)
{
    if (uids.empty()) return {};
    open(folder);
    auto const answer = must_run("UID FETCH " + sequence_set(uids) + " " + std::string(summary_items));
    auto messages = read_fetches(answer.data, read_summary);
    newest_first(messages);
    return messages;
}

ListPage ImapClient::list(ListRequest const& request)
{
    return request.folder.empty() ? list_everywhere(request) : list_folder(request);
}

/// All commands leave before the first answer is read: one round trip.
ListPage ImapClient::list_folder(ListRequest const& request)
{
    bool const plain = request.query.empty();
    auto const window = partial(request.skip, request.count);
    auto const opening = send_open(request.folder);
    // RFC 9394 section 3.1: "$" is then the window alone; RFC 5182.
    auto const search = send(plain ? "UID SEARCH RETURN (SAVE " + window + ") ALL"
                                   : "UID SEARCH RETURN (COUNT " + window + ") " + search_program(request.query));
    bool const again = !shown_.empty() && shown_at_ == request.skip;
    auto const fetch = plain ? send("UID FETCH $ " + std::string(again ? flag_items : summary_items)) : std::string();
    auto const folders = send_folders();
    auto const notes = send_notes(request.notes);

    ListPage page;
    std::exception_ptr fault;
    try {
        must_be_open(opening, request.folder);
    } catch (MailFault const&) { // the answers to the rest must be taken off the line all the same
        fault = std::current_exception();
    }
    auto const found = receive(search);
    auto const fetched = plain ? receive(fetch) : Answer();
    page.folders = receive_folders(folders);
    page.notes = receive_notes(notes, request.notes);
    if (fault) std::rethrow_exception(fault);
    must_be_ok(found);
    Found result;
    for (auto const& line : found.data)
        if (line.keyword == "ESEARCH") result = read_esearch(line);
    auto const uids = read_sequence_set(result.set, request.count);
    if (plain) {
        must_be_ok(fetched);
        page.total = exists_;
        page.messages = again ? same_page(uids, fetched) : read_fetches(fetched.data, read_summary);
        newest_first(page.messages);
        shown_ = page.messages;
        shown_at_ = request.skip;
        return page;
    }
    page.total = result.count;
    page.messages = fetch_summaries(request.folder, uids);
    return page;
}

/// The page is mostly the one before: what it has in common needs its flags only, and the rest one more round trip.
std::vector<Summary> ImapClient::same_page(std::vector<Uid> const& uids, Answer const& fetched)
{
    std::map<Uid, Flags> flags;
    for (auto const& line : fetched.data)
        if (line.keyword == "FETCH")
            flags[static_cast<Uid>(fetch_item(line, "UID").number())] = read_flags(fetch_item(line, "FLAGS"));
    std::vector<Uid> unknown;
    std::vector<Summary> messages;
    for (auto const uid : uids) {
        auto const found = flags.find(uid);
        if (found == flags.end()) continue; // it went in the meantime
        auto const before =
            std::find_if(shown_.begin(), shown_.end(), [&](Summary const& shown) { return shown.uid == uid; });
        if (before == shown_.end()) {
            unknown.push_back(uid);
            continue;
        }
        messages.push_back(*before);
        messages.back().flags = std::move(found->second);
    }
    for (auto& summary : fetch_summaries(open_folder_, unknown)) messages.push_back(std::move(summary));
    return messages;
}

/// RFC 7377. Folders have no common order but the date, so the newest of each are looked at;
/// limits::search_everywhere is how far that goes.
ListPage ImapClient::list_everywhere(ListRequest const& request)
{
    auto const most = std::min(request.skip + request.count, limits::search_everywhere);
    auto const folders = send_folders();
    auto const notes = send_notes(request.notes);
    auto const search =
        send("ESEARCH IN (personal) RETURN (COUNT " + partial(0, most) + ") " + search_program(request.query));
    ListPage page;
    page.folders = receive_folders(folders);
    page.notes = receive_notes(notes, request.notes);

    std::vector<Place> places;
    for (auto const& line : must_receive(search).data) {
        if (line.keyword != "ESEARCH") continue;
        auto const found = read_esearch(line);
        if (is_hidden(page.folders, found.folder) || found.folder.empty()) continue;
        page.total += found.count;
        for (auto const& date : fetch_dates(found.folder, read_sequence_set(found.set, most)))
            places.push_back({found.folder, date.first, date.second});
    }
    std::sort(places.begin(), places.end(), [](Place const& a, Place const& b) {
        return std::tuple(b.date, std::string_view(a.folder), b.uid) <
               std::tuple(a.date, std::string_view(b.folder), a.uid);
    });
    page.total = std::min(page.total, limits::search_everywhere);
    auto const first = std::min(request.skip, places.size());
    places = {places.begin() + static_cast<std::ptrdiff_t>(first),
              places.begin() + static_cast<std::ptrdiff_t>(std::min(first + request.count, places.size()))};

    std::map<std::string, std::vector<Uid>> wanted;
    for (auto const& place : places) wanted[place.folder].push_back(place.uid);
    std::map<std::pair<std::string, Uid>, Summary> rows;
    for (auto const& [folder, uids] : wanted)
        for (auto& summary : fetch_summaries(folder, uids)) {
            summary.folder = folder;
            rows.emplace(std::pair(folder, summary.uid), std::move(summary));
        }
    for (auto const& place : places)
        if (auto const row = rows.find({place.folder, place.uid}); row != rows.end())
            page.messages.push_back(std::move(row->second));
    return page;
}

std::vector<std::pair<Uid, base::Timestamp>> ImapClient::fetch_dates(std::string const& folder,
                                                                     std::vector<Uid> const& uids)
{
    std::vector<std::pair<Uid, base::Timestamp>> dates;
    if (uids.empty()) return dates;
    open(folder);
    for (auto const& line : must_run("UID FETCH " + sequence_set(uids) + " (UID INTERNALDATE)").data) {
        if (line.keyword != "FETCH" || !fetch_item(line, "INTERNALDATE").is_string()) continue;
        auto const summary = read_summary(line);
        dates.emplace_back(summary.uid, summary.date);
    }
    return dates;
}

OpenedMessage ImapClient::open_message(std::string const& folder, Uid uid, std::vector<std::string> const& notes)
{
    auto const number = std::to_string(std::max<Uid>(uid, 1));
    auto const opening = send_open(folder);
    auto const fetch = send("UID FETCH " + number + " " + std::string(message_items));
    auto const newer = send("UID SEARCH RETURN (MIN) UID " + number + ":* NOT UID " + number);
    auto const older = send("UID SEARCH RETURN (MAX) UID 1:" + number + " NOT UID " + number);
    auto const listing = send_folders();
    auto const noting = send_notes(notes);

    OpenedMessage opened;
    std::exception_ptr fault;
    try {
        must_be_open(opening, folder);
    } catch (MailFault const&) { // as in list_folder()
        fault = std::current_exception();
    }
    auto const fetched = receive(fetch);
    auto const edge = [&](std::string const& tag, std::string_view word) -> Uid {
        for (auto const& line : receive(tag).data)
            for (std::size_t i = 0; line.keyword == "ESEARCH" && i + 1 < line.values.size(); ++i)
                if (line.values[i].is_atom(word)) return static_cast<Uid>(line.values[i + 1].number());
        return 0;
    };
    opened.newer = edge(newer, "MIN");
    opened.older = edge(older, "MAX");
    if (opened.newer < uid) opened.newer = 0; // "8:*" holds the last message even when 8 is beyond it
    opened.folders = receive_folders(listing);
    opened.notes = receive_notes(noting, notes);
    if (fault) std::rethrow_exception(fault);
    must_be_ok(fetched);
    auto messages = read_fetches(fetched.data, read_message);
    if (uid != 0 && !messages.empty()) opened.message = std::move(messages.front());
    return opened;
}

std::vector<Message> ImapClient::conversation(Conversation const& wanted)
{
    // Searching for THREADID alone looks at every message; subjects are in an index, and a conversation keeps its
    // own.
    auto const subject = message::base_subject(wanted.subject).text;
    if (wanted.thread.empty() || subject.empty()) return {};
    auto const all = folders();
    auto const found = must_run("ESEARCH IN (personal) RETURN (" + partial(0, limits::conversation_candidates) +
                                ") CHARSET UTF-8 SUBJECT " + imap_argument(subject));
    std::vector<Message> messages;
    for (auto const& line : found.data) {
        if (line.keyword != "ESEARCH") continue;
        auto const candidates = read_esearch(line);
        if (candidates.folder != wanted.folder && is_hidden(all, candidates.folder)) continue;
        auto const uids = read_sequence_set(candidates.set, limits::conversation_candidates);
        for (auto& message : fetch_thread(candidates.folder, uids, wanted)) messages.push_back(std::move(message));
    }
    std::sort(messages.begin(), messages.end(),
              [](Message const& a, Message const& b) { return a.summary.date < b.summary.date; });
    // The copy in Sent of a mail to oneself is the same message.
    std::set<std::string> seen;
    std::erase_if(messages, [&](Message const& message) {
        return !message.message_id.empty() && !seen.insert(message.message_id).second;
    });
    if (messages.size() > wanted.most)
        messages.erase(messages.begin(), messages.end() - static_cast<std::ptrdiff_t>(wanted.most));
    return messages;
}

/// Those of a folder that belong to the conversation, without the message itself.
std::vector<Message> ImapClient::fetch_thread(std::string const& folder, std::vector<Uid> const& uids,
                                              Conversation const& wanted)
{
    if (uids.empty()) return {};
    open(folder);
    std::vector<Uid> members;
    for (auto const& line : must_run("UID FETCH " + sequence_set(uids) + " (UID THREADID)").data) {
        if (line.keyword != "FETCH" || fetch_item(line, "THREADID").item(0).text != wanted.thread) continue;
        auto const uid = static_cast<Uid>(fetch_item(line, "UID").number());
        if (folder != wanted.folder || uid != wanted.uid) members.push_back(uid);
    }
    if (members.empty()) return {};
    auto messages = read_fetches(
        must_run("UID FETCH " + sequence_set(members) + " " + std::string(message_items)).data, read_message);
    for (auto& message : messages) message.summary.folder = folder;
    return messages;
}

} // namespace httpd::mail
