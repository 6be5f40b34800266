#include "maild/sasl/scram.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"

namespace maild::sasl
{

namespace
{
constexpr std::size_t nonce_bytes = 18;
constexpr std::size_t longest_nonce = 256;
constexpr std::size_t longest_name = 256;

Step malformed(std::string why) { return {Step::Kind::malformed, std::move(why)}; }

/// "=2C" and "=3D" stand for comma and equals sign (RFC 5802 5.1); nothing else may follow an equals sign.
std::optional<std::string> decode_name(std::string_view text)
{
    std::string name;
    while (!text.empty()) {
        bool const is_comma = text.starts_with("=2C");
        if (is_comma || text.starts_with("=3D")) {
            name += is_comma ? ',' : '=';
            text.remove_prefix(3);
            continue;
        }
        if (text.front() == '=' || text.front() == '\0') return std::nullopt;
        name += text.front();
        text.remove_prefix(1);
    }
    if (name.empty() || name.size() > longest_name || !base::is_utf8(name)) return std::nullopt;
    return name;
}

/// The value of "x=value" at the front of `text`, which goes on behind the next comma.
std::optional<std::string_view> take_attribute(std::string_view& text, char key)
{
    if (text.size() < 2 || text[0] != key || text[1] != '=') return std::nullopt;
    auto const comma = text.find(',');
    auto const value = text.substr(2, comma == std::string_view::npos ? comma : comma - 2);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    return value;
}

/// RFC 5802 7: printable ASCII without comma.
bool is_nonce(std::string_view text)
{
    if (text.empty() || text.size() > longest_nonce) return false;
    for (char const c : text)
        if (c < '!' || c > '~' || c == ',') return false;
    return true;
}
} // namespace

Scram::Scram(directory::Directory& directory, Channel channel, Binding binding, std::string nonce)
    : directory_(directory),
      channel_(std::move(channel)),
      binding_(binding),
      nonce_(nonce.empty() ? base::base64(base::random_bytes(nonce_bytes)) : std::move(nonce))
{
}

Step Scram::take(std::string_view message)
{
    switch (state_) {
    case State::first: return take_first(message);
    case State::final: return take_final(message);
    case State::signed_off: break;
    }
    if (!message.empty()) return malformed("Nothing is expected here");
    return {Step::Kind::success, {}, login_.user};
}

std::optional<std::string> Scram::bound_bytes(std::string_view name) const
{
    if (name == "tls-exporter" && !channel_.exporter.empty()) return channel_.exporter;
    if (name == "tls-server-end-point" && !channel_.end_point.empty()) return channel_.end_point;
    return std::nullopt;
}

/// gs2-cbind-flag "," [ "a=" name ] "," "n=" name "," "r=" nonce
Step Scram::take_first(std::string_view message)
{
    auto const flag_end = message.find(',');
    auto const header_end = flag_end == std::string_view::npos ? flag_end : message.find(',', flag_end + 1);
    if (header_end == std::string_view::npos) return malformed("This is not what SCRAM sends first");
    gs2_header_ = message.substr(0, header_end + 1);
    auto const flag = message.substr(0, flag_end);
    if (binding_ == Binding::required) {
        auto const bytes = flag.starts_with("p=") ? bound_bytes(flag.substr(2)) : std::nullopt;
        if (!bytes) return malformed("Bind to tls-exporter or tls-server-end-point");
        bound_ = *bytes;
    } else if (flag != "n" && flag != "y") {
        return malformed("This mechanism binds to no channel");
    }
    auto bare = message.substr(header_end + 1);
    auth_message_ = bare;
    auto const coded_name = take_attribute(bare, 'n');
    auto const nonce = coded_name ? take_attribute(bare, 'r') : std::nullopt;
    auto const name = coded_name ? decode_name(*coded_name) : std::nullopt;
    if (!name || !nonce || !is_nonce(*nonce)) return malformed("Name or nonce is not as SCRAM has them");
    auto const acts_for = message.substr(flag_end + 1, header_end - flag_end - 1);
    if (!acts_for.empty() && acts_for != "a=" + std::string(*coded_name))
        return {Step::Kind::not_self, "Log in as yourself"};
    name_ = *name;
    login_ = directory_.scram_login(name_);
    nonce_ = std::string(*nonce) + nonce_;
    auto const answer =
        "r=" + nonce_ + ",s=" + base::base64(login_.keys.salt) + ",i=" + std::to_string(login_.keys.iterations);
    auth_message_ += "," + answer;
    state_ = State::final;
    return {Step::Kind::challenge, answer};
}

/// "c=" base64(gs2-header cbind-data) "," "r=" nonce ["," extensions] "," "p=" base64(proof)
Step Scram::take_final(std::string_view message)
{
    auto const proof_at = message.rfind(",p=");
    if (proof_at == std::string_view::npos) return malformed("The proof is missing");
    auto const proof = base::from_base64(message.substr(proof_at + 3));
    auto rest = message.substr(0, proof_at);
    auth_message_ += "," + std::string(rest);
    auto const binding = take_attribute(rest, 'c');
    auto const nonce = binding ? take_attribute(rest, 'r') : std::nullopt;
    if (!proof || !nonce) return malformed("This is not what SCRAM sends last");
    bool const is_bound = base::from_base64(*binding) == gs2_header_ + bound_;
    bool const is_ours = base::equal_secret(*nonce, nonce_);
    bool const is_good = directory::is_proof_good(login_.keys, auth_message_, *proof);
    if (!is_bound || !is_ours || !is_good || !login_.user) return {Step::Kind::refused};
    state_ = State::signed_off;
    return {Step::Kind::challenge, "v=" + base::base64(directory::server_signature(login_.keys, auth_message_))};
}

} // namespace maild::sasl
