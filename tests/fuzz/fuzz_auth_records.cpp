#include "maild/auth/dmarc.h"
#include "maild/auth/results.h"
#include "maild/auth/spf_record.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// What strangers put into DNS and into fields of ours.
FUZZ_TARGET(auth_records)
{
    namespace auth = maild::auth;
    auth::DmarcRecord::parse(bytes);
    auth::parse_key_record(bytes);
    auth::SpfRecord::parse(bytes);
    auth::expand_macros(bytes, {}, auth::SpfText::explanation);
    auth::forged_results(bytes, auth::authserv_id_of(bytes));
    auth::Findings findings;
    findings.sender = findings.helo = findings.spf.explanation = findings.dmarc.domain = bytes;
    auto const field = auth::results_field("mail.school.example", findings);
    if (message::Header::parse(field).fields().size() != 1) std::abort();
}
