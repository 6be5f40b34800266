#pragma once
// A logged-in connection to another IMAP server (RFC 3501, 9051): TLS, the login, commands and their answers.

#include "appliance/imap_client/imap_response.h"
#include "appliance/net/stream.h"
#include "maild/transfer/imap_address.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace maild::transfer
{

/// One thread at a time. Everything throws net::Disconnected where the connection breaks or says what is no IMAP, and
/// base::Failure where to try again is no use.
class ImapConnection
{
public:
    using Response = imap_client::ImapResponse;

    /// Connects and logs in; `login` outlives this. `largest_literal`: bytes, once logged in; what announces more is
    /// broken off.
    ImapConnection(ImapLogin const& login, std::size_t largest_literal);
    ~ImapConnection() { stream_.close(); }
    ImapConnection(ImapConnection const&) = delete;
    ImapConnection& operator=(ImapConnection const&) = delete;

    struct Answer {
        Response status;
        std::vector<Response> data;
        bool is_ok() const { return status.keyword == "OK"; }
    };

    bool can(std::string_view capability) const { return capabilities_.contains(capability); }

    /// Gives the command's tag.
    std::string send(std::string const& command);

    /// Gives every response that is data to `take` until the command is done. A server may work on several commands
    /// at a time and mix their answers (RFC 9051 5.5): those that are done before their turn are remembered.
    template <class Take>
    Response receive(std::string const& tag, Take const& take)
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

    Answer run(std::string const& command);

private:
    [[noreturn]] void fail(std::string const& why) const;
    void start_tls();
    void secure();
    void log_in();
    Answer authenticate(std::string const& secret);
    void learn_capabilities();
    Response read_response();

    ImapLogin const& login_;
    net::Stream stream_;
    std::size_t largest_literal_; ///< of a line's length before the login: nothing there needs more
    unsigned commands_ = 0;
    std::map<std::string, Response> done_; ///< by tag, until somebody asks
    std::set<std::string, std::less<>> capabilities_;
};

/// As a quoted string of the grammar.
std::string quoted(std::string_view text);

} // namespace maild::transfer
