#pragma once
// Transaction signatures (RFC 8945): which key signed a message, whether it did, and signing replies. The record is
// read by hand. Where keys are kept: tsig_keys.h.

#include "appliance/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

/// HMAC-MD5 is not among them (RFC 8945 section 6).
enum class TsigAlgorithm { sha1, sha224, sha256, sha384, sha512 };

/// "hmac-sha256"; nothing for names that we do not know.
std::optional<TsigAlgorithm> tsig_algorithm(std::string_view name);
std::string_view algorithm_name(TsigAlgorithm algorithm);

struct TsigKey {
    std::string name; ///< wire form, lower case
    TsigAlgorithm algorithm = TsigAlgorithm::sha256;
    std::string secret; ///< octets
};

/// The error field of a TSIG record (RFC 8945 section 3); `malformed` means FORMERR without any TSIG.
enum class TsigError : std::uint16_t {
    none = 0,
    malformed = 1,
    bad_signature = 16,
    bad_key = 17,
    bad_time = 18,
    bad_truncation = 22
};

struct TsigRecord {
    std::size_t offset = 0; ///< where it begins in the message
    std::string key;        ///< wire form, lower case
    std::string algorithm;  ///< wire form, lower case
    std::uint64_t time = 0; ///< seconds since 1970
    std::uint16_t fudge = 0;
    std::string mac;
    std::uint16_t original_id = 0;
    std::uint16_t error = 0;
    std::string other;
};

struct FoundTsig {
    /// FORMERR: the message cannot be read to its end, or a TSIG record is not the last one, or is none.
    bool malformed = false;
    std::optional<TsigRecord> record;
};
FoundTsig find_tsig(std::string_view message);

/// The message as it was before signing: without the record, with its original id.
std::string without_tsig(std::string_view message, TsigRecord const& record);

/// One exchange of signed messages, at either end: the first message, and those that answer it (of which a transfer
/// has several, each signed over the one before).
class TsigContext
{
public:
    explicit TsigContext(TsigKey key) : key_(std::move(key)) {}

    /// A message that begins an exchange or, after one was verified or signed, answers it.
    std::string sign(std::string message, base::Timestamp now);
    /// A signed reply that tells of an error; BADTIME carries our time (RFC 8945 5.2.3).
    std::string sign_error(std::string message, TsigError error, base::Timestamp now);
    /// Checks the request that begins an exchange.
    TsigError verify_request(std::string_view message, TsigRecord const& record, base::Timestamp now);

    /// Takes the messages of the answer in order: the first and the last must be signed, and at least one of 100.
    bool verify_reply(std::string_view message, base::Timestamp now);
    /// The last message that was taken was signed.
    bool is_settled() const { return unsigned_messages_ == 0; }

    TsigKey const& key() const { return key_; }

private:
    std::string variables(TsigRecord const& record) const;
    std::string digest_begin() const;
    std::string mac(std::string_view digested) const;
    bool mac_fits(std::string_view mac, std::string_view digested) const;
    std::string append(std::string message, TsigRecord const& record);

    TsigKey key_;
    std::string last_mac_;       ///< of the message before; empty at the beginning
    bool answering_ = false;     ///< a reply was signed or verified: only timers are digested from now on
    std::string unsigned_bytes_; ///< messages since the last signed one
    unsigned unsigned_messages_ = 0;
    std::uint64_t request_time_ = 0;
};

/// A TSIG record without MAC (BADKEY, BADSIG: RFC 8945 5.3.2) behind an error reply.
std::string append_unsigned_tsig(std::string message, TsigRecord const& request, TsigError error);

} // namespace dnsd
