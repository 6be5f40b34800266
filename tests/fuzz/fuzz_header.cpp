#include "appliance/base/text.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"
#include "appliance/message/parameters.h"
#include "appliance/message/words.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// The header as a whole, and every value read in all the ways that there are.
FUZZ_TARGET(header)
{
    auto const header = message::Header::parse(bytes);
    if (header.end() > bytes.size()) std::abort();
    for (auto const& field : header.fields()) {
        if (field.begin >= field.end || field.end > header.end()) std::abort();
        std::string const value = field.value();
        std::string const decoded = message::decode_words(value);
        if (!base::is_utf8(decoded)) std::abort();
        auto const written = message::HeaderBuilder().add_text("Subject", decoded).text();
        auto const again = message::Header::parse(written);
        if (again.fields().size() != 1 || again.end() != written.size()) std::abort();
        message::HeaderBuilder().add(field.name, field.raw_value);
        message::parse_date(value);
        message::parse_message_ids(value);
        for (auto const& parameters :
             {message::parse_content_type(value).value_or(message::ContentType{}).parameters,
              message::parse_disposition(value).value_or(message::Disposition{}).parameters}) {
            for (auto const name : {"name", "filename", "charset"}) {
                auto const parameter = message::decoded_parameter(parameters, name);
                if (!parameter) continue;
                if (!base::is_utf8(*parameter)) std::abort();
                auto const second =
                    message::parse_disposition("attachment" + message::format_parameter("filename", *parameter));
                if (message::decoded_parameter(second.value().parameters, "filename").value_or("").empty() !=
                    parameter->empty())
                    std::abort();
            }
        }
    }
}
