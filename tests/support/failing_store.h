#pragma once
// A MailStore that stands before another one, behind a door that can be shut for writing or for everything.

#include "maild/mailbox/forwarding_store.h"

namespace maild::mailbox
{

/// Nothing is changed by a call that throws.
class FailingStore final : public ForwardingStore
{
public:
    enum class Door { open, read_only, shut };
    Door door = Door::open;
    base::StoreFault fault = base::StoreFault::unavailable;

    explicit FailingStore(MailStore& real) : ForwardingStore(real) {}

protected:
    MailStore& reading() override
    {
        if (door == Door::shut) throw base::StoreError(fault, "as the test wanted");
        return real();
    }
    MailStore& writing() override
    {
        if (door != Door::open) throw base::StoreError(fault, "as the test wanted");
        return real();
    }
};

} // namespace maild::mailbox
