#include "appliance/base/text.h"
#include "appliance/message/base_subject.h"
#include "appliance/message/casemap.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// The base of a base subject is itself, unless decoding uncovered another encoded word.
FUZZ_TARGET(base_subject)
{
    auto const subject = message::base_subject(bytes.substr(0, 20000));
    if (!base::is_utf8(subject.text)) std::abort();
    if (subject.text.find("=?") == std::string::npos && message::base_subject(subject.text).text != subject.text)
        std::abort();
    if (!base::is_utf8(message::casemap(subject.text))) std::abort();
}
