#pragma once
// For the fuzz targets of SMTP: brings a session to a state, gives it the bytes, and looks at what came of it.

#include "tests/maild/smtp_fixture.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

namespace support
{

inline void must(bool holds)
{
    if (!holds) std::abort();
}

/// What a session does in one go must fit into the socket's buffers: nobody reads meanwhile.
inline constexpr std::size_t fuzz_input_max = 4096;

/// Every line has a code; nothing else of ours or theirs is between.
inline void must_be_replies(std::string_view output)
{
    while (!output.empty()) {
        auto const end = output.find("\r\n");
        must(end != std::string_view::npos && end >= 4);
        auto const line = output.substr(0, end);
        must(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
        must(line.find_first_of("\r\n") == std::string_view::npos);
        output.remove_prefix(end + 2);
    }
}

/// `commands` bring the session to its state; `bytes` are what the fuzzer sends then.
inline void fuzz_session(maild::smtp::Purpose purpose, Over over, std::string const& commands, std::string_view bytes)
{
    static SmtpPlace place;
    place.spool.kept.clear();
    must_be_replies(place.talk_at_once(purpose, commands + std::string(bytes.substr(0, fuzz_input_max)), over));
    for (auto const& kept : place.spool.kept) {
        bool const relay = purpose == maild::smtp::Purpose::relay;
        must(!kept.recipients.empty() && kept.envelope.login.empty() == relay);
        for (auto const& recipient : kept.recipients) { // port 25 is no open relay
            auto const domain = recipient.address.substr(recipient.address.rfind('@') + 1);
            must(!relay || place.school.is_local_domain(domain));
        }
        must(kept.envelope.body_type == maild::queue::BodyType::binary || kept.bytes.find('\0') == std::string::npos);
    }
}

inline void fuzz_relay(std::string const& commands, std::string_view bytes)
{
    fuzz_session(maild::smtp::Purpose::relay, Over::network, commands, bytes);
}
/// Over the local socket, which counts as secure.
inline void fuzz_submission(std::string const& commands, std::string_view bytes)
{
    fuzz_session(maild::smtp::Purpose::submission, Over::local_socket, commands, bytes);
}

} // namespace support
