#pragma once
// A MailStore that stands before another one and throws StoreError while `fails` is set.

#include "maild/mailbox/forwarding_store.h"

namespace maild::mailbox
{

/// Nothing is changed by a call that throws.
class FailingStore final : public ForwardingStore
{
public:
    explicit FailingStore(MailStore& real) : ForwardingStore(real) {}
    bool fails = false;

protected:
    MailStore& reading() override
    {
        if (fails) throw base::StoreError(base::StoreFault::unavailable, "as the test wanted");
        return real();
    }
    MailStore& writing() override { return reading(); }
};

} // namespace maild::mailbox
