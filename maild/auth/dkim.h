#pragma once
// DKIM (RFC 6376, 8301, 8463): signatures of messages, verified and made.

#include "maild/auth/dns.h"
#include "maild/auth/signature.h"
#include "maild/auth/verdict.h"

#include <string>
#include <vector>

namespace maild::auth
{

struct DkimResult {
    Verdict verdict = Verdict::none;
    std::string reason;
    std::string domain;
    std::string selector;
    std::string identity;
    std::string algorithm;
    std::string mark;     ///< beginning of the signature
    bool testing = false; ///< t=y: the domain only tries it out
};

/// One result a signature, from the top, at most limits::signatures. Empty: not signed. Reads the body once.
std::vector<DkimResult> verify_dkim(Message const& message, Dns& dns, base::Timestamp now);

/// What a key is called in DNS.
struct Signer {
    SigningKey key;
    std::string selector;
};

/// The DKIM-Signature fields for the message, one a key, with CRLF; to be put in front. Reads the body once.
std::string sign_dkim(Message const& message, std::string const& domain, std::vector<Signer const*> const& signers,
                      base::Timestamp now);

// --- shared with ARC
/// A signature whose key was fetched.
struct Candidate {
    Signature signature;
    std::string_view field;
    std::optional<KeyRecord> key;
    DkimResult result;
};
/// Fetches the key and checks what can be checked without the body; `result` says what is wrong.
void fetch_key(Candidate& candidate, Dns& dns);
/// The body hashes and then the signatures of all candidates that have a key. Reads the body once.
void check_signatures(Message const& message, std::vector<Candidate>& candidates);

} // namespace maild::auth
