#pragma once
// What another server said.

#include <stdexcept>
#include <string>
#include <string_view>

namespace maild::remote
{

struct ServerReply {
    int code = 0;
    std::string enhanced; ///< "5.1.1"; empty when there was none
    std::string text;     ///< all lines, joined by blanks, printable
    bool is_ours = false; ///< nobody said it: we found that the server cannot take the message; `text` is for people
    /// The message's last line is out, but no answer came: it may have been taken (RFC 1047).
    bool is_doubtful = false;

    /// False: not asked about this recipient yet.
    bool is_asked() const { return code != 0; }
    bool is_good() const { return code >= 200 && code < 400; }
    bool is_permanent() const { return code >= 500; }
    /// "550 5.1.1 No such user".
    std::string show() const;
};

/// One line of a reply: what was taken from it.
struct ReplyLine {
    int code = 0;
    bool is_last = true;
    std::string enhanced;
    std::string_view text;
};
/// False: no server of SMTP talks like that.
bool parse_reply_line(std::string_view line, ReplyLine& to);
/// ASCII without controls, cut.
std::string printable(std::string_view text);

/// The server refused before any recipient was named (greeting, EHLO, MAIL), or will not be served at all.
class ServerRefusal : public std::runtime_error
{
public:
    explicit ServerRefusal(ServerReply reply) : std::runtime_error(reply.show()), reply_(std::move(reply)) {}
    ServerReply const& reply() const { return reply_; }

private:
    ServerReply reply_;
};

} // namespace maild::remote
