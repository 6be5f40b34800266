#include "maild/transfer/line_ends.h"

namespace maild::transfer
{

bool is_plain_crlf(std::string_view message)
{
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (message[i] == '\r' && (i + 1 == message.size() || message[i + 1] != '\n')) return false;
        if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) return false;
    }
    return true;
}

std::string with_lf(std::string_view message)
{
    std::string text;
    text.reserve(message.size());
    for (std::size_t i = 0; i < message.size(); ++i)
        if (message[i] != '\r' || i + 1 == message.size() || message[i + 1] != '\n') text += message[i];
    return text;
}

std::string with_crlf(std::string_view message)
{
    std::string text;
    text.reserve(message.size() + message.size() / 32);
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) text += '\r';
        text += message[i];
    }
    return text;
}

} // namespace maild::transfer
