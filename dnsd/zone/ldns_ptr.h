#pragma once
// The only owners of ldns objects. Included by .cpp files only.

#include <cstdlib>
#include <ldns/ldns.h>
#include <memory>
// ldns makes these macros, which would break the standard headers that come later.
#undef bool
#undef false
#undef true

namespace dnsd
{

struct FreeRecord {
    void operator()(ldns_rr* record) const { ldns_rr_free(record); }
};
struct FreeData {
    void operator()(ldns_rdf* data) const { ldns_rdf_deep_free(data); }
};
struct FreeBuffer {
    void operator()(ldns_buffer* buffer) const { ldns_buffer_free(buffer); }
};
struct FreeText {
    void operator()(char* text) const { std::free(text); }
};

using LdnsRecord = std::unique_ptr<ldns_rr, FreeRecord>;
using LdnsData = std::unique_ptr<ldns_rdf, FreeData>;
using LdnsBuffer = std::unique_ptr<ldns_buffer, FreeBuffer>;
using LdnsText = std::unique_ptr<char, FreeText>;

} // namespace dnsd
