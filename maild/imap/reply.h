#pragma once
// The tagged answer of a command (RFC 3501 section 7.1), and the exception that carries one out of parsing and
// checks.

#include <stdexcept>
#include <string>
#include <utility>

namespace maild::imap
{

enum class Status {
    ok,
    no,
    bad,
    none, ///< the command wrote its answer itself, or answers later (IDLE)
};

struct Reply {
    Status status = Status::ok;
    std::string code; ///< without brackets, may be empty: "TRYCREATE"
    std::string text;
};

inline Reply ok(std::string text, std::string code = {}) { return {Status::ok, std::move(code), std::move(text)}; }
inline Reply no(std::string code, std::string text) { return {Status::no, std::move(code), std::move(text)}; }
inline Reply bad(std::string text, std::string code = {}) { return {Status::bad, std::move(code), std::move(text)}; }
inline Reply no_reply() { return {Status::none, {}, {}}; }

/// The client's fault, or a refusal: the command ends with this reply, the session goes on.
class ClientError : public std::runtime_error
{
public:
    explicit ClientError(Reply reply) : std::runtime_error(reply.text), reply_(std::move(reply)) {}
    Reply const& reply() const { return reply_; }

private:
    Reply reply_;
};

[[noreturn]] inline void throw_bad(std::string text) { throw ClientError(bad(std::move(text))); }
[[noreturn]] inline void throw_no(std::string code, std::string text)
{
    throw ClientError(no(std::move(code), std::move(text)));
}

/// The connection cannot go on in step: `* BYE text` and close.
class Goodbye : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace maild::imap
