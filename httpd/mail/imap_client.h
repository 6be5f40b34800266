#pragma once
// MailClient over IMAP4rev1 (RFC 3501) with LITERAL+, MOVE and UIDPLUS, on the mail daemon's Unix socket.

#include "appliance/imap_client/imap_response.h"
#include "appliance/net/stream.h"
#include "httpd/mail/mail_client.h"

namespace httpd::mail
{

using imap_client::ImapResponse;

class ImapClient final : public MailClient
{
public:
    /// Connects and logs in. Throws net::Disconnected, or MailFault (login) when the password is not good.
    ImapClient(std::string const& socket, std::string const& login, std::string const& password);
    ~ImapClient() override;

    std::vector<Folder> folders() override;
    ListPage list(ListRequest const& request) override;
    std::optional<Message> message(std::string const& folder, Uid uid) override;
    OpenedMessage open_message(std::string const& folder, Uid uid, std::vector<std::string> const& notes) override;
    std::vector<Message> conversation(Conversation const& wanted) override;
    News news(std::string const& folder) override;
    std::string header(std::string const& folder, Uid uid) override;
    std::string part(std::string const& folder, Uid uid, std::string const& section, std::size_t most) override;
    void stream_part(std::string const& folder, Uid uid, std::string const& section,
                     std::function<void(std::string_view)> const& take) override;
    void mark_read(std::string const& folder, Uid uid) override;
    void set_flag(std::string const& folder, std::vector<Uid> const& uids, Flag flag, bool on) override;
    void set_keyword(std::string const& folder, std::vector<Uid> const& uids, std::string const& keyword,
                     bool on) override;
    std::vector<Uid> move(std::string const& folder, std::vector<Uid> const& uids, std::string const& to) override;
    void remove(std::string const& folder, std::vector<Uid> const& uids) override;
    void move_all(std::string const& folder, std::string const& to) override;
    void remove_all(std::string const& folder) override;
    void mark_all_read(std::string const& folder) override;
    void create_folder(std::string const& folder, FolderUse use) override;
    void rename_folder(std::string const& folder, std::string const& to) override;
    void delete_folder(std::string const& folder) override;
    std::string note(std::string const& name) override;
    void set_note(std::string const& name, std::string const& value) override;
    Uid append(std::string const& folder, message::Content const& message, Kept as) override;
    Uid copy_as_draft(std::string const& folder, Uid uid, std::string const& to) override;
    void mark_receipt_sent(std::string const& folder, Uid uid) override;
    std::vector<Uid> find_id(std::string const& folder, std::string const& message_id) override;

private:
    /// A command's tagged answer and the data that came before it.
    struct Answer {
        ImapResponse status;
        std::vector<ImapResponse> data;
    };

    std::string send(std::string_view command);
    Answer receive(std::string const& tag);
    Answer run(std::string_view command) { return receive(send(command)); }
    /// As run(), but anything but OK becomes a MailFault.
    Answer must_run(std::string_view command);
    ImapResponse read_response();
    void notice(ImapResponse const& response);

    /// As receive(), but anything but OK becomes a MailFault.
    Answer must_receive(std::string const& tag);
    static void must_be_ok(Answer const& answer);

    /// Opens the folder, or asks for its news when it is open.
    void open(std::string const& folder) { must_be_open(send_open(folder), folder); }
    /// The same in two halves, so that other commands can travel with it.
    std::string send_open(std::string const& folder);
    void must_be_open(std::string const& tag, std::string const& folder);
    void close_folder();
    void forget_folder();
    std::string send_folders();
    std::vector<Folder> receive_folders(std::string const& tag);
    std::string send_notes(std::vector<std::string> const& names);
    std::vector<std::string> receive_notes(std::string const& tag, std::vector<std::string> const& names);

    ListPage list_folder(ListRequest const& request);
    ListPage list_everywhere(ListRequest const& request);
    std::vector<std::pair<Uid, base::Timestamp>> fetch_dates(std::string const& folder, std::vector<Uid> const& uids);
    std::vector<Message> fetch_thread(std::string const& folder, std::vector<Uid> const& uids,
                                      Conversation const& wanted);
    std::vector<Summary> fetch_summaries(std::string const& folder, std::vector<Uid> const& uids);
    std::vector<Summary> same_page(std::vector<Uid> const& uids, Answer const& fetched);

    net::Stream stream_;
    unsigned commands_ = 0;
    std::string behind_;       ///< the tag of a command whose answer nobody has waited for yet
    std::string open_folder_;  ///< empty: none
    std::uint32_t exists_ = 0; ///< messages in it
    /// The page of it that was shown last. As long as the folder stays open nothing of a message changes but its
    /// flags.
    std::vector<Summary> shown_;
    std::size_t shown_at_ = 0; ///< how many newer ones were skipped
};

/// "3,5,9:12"
std::string sequence_set(std::vector<Uid> uids);
/// The same the other way, ascending; at most `most` numbers of it.
std::vector<Uid> read_sequence_set(std::string_view set, std::size_t most);
/// The name of a folder as it is sent.
std::string folder_argument(std::string const& folder);
/// A search program; "ALL" for an empty query.
std::string search_program(Query const& query);

/// A quoted string, or a LITERAL+ where quoting is not legal.
std::string imap_argument(std::string_view text);

/// Connects to another daemon of the appliance, which may be just starting again: tries for a moment.
net::Stream connect_patiently(std::string const& socket);

} // namespace httpd::mail
