#pragma once
// Contacts as files: vCard 4.0 (RFC 6350), read also 3.0 (RFC 2426) and 2.1, and CSV with the columns of Google,
// Outlook and Thunderbird. Parsers of foreign bytes: bounded, never throw, tell what they could not use by line.

#include "appliance/directory/contacts.h"

namespace directory
{

inline constexpr std::size_t contact_file_max = 4 << 20; ///< bytes of a file that is read

struct ContactFault {
    std::size_t line = 0; ///< from 1
    std::string what;     ///< the name or address it is about, may be empty
    std::string why;      ///< a translatable text
};

struct ContactFile {
    std::vector<Contact> contacts; ///< tidy
    std::vector<ContactFault> faults;
};

/// By what is in it: vCard, else CSV.
ContactFile read_contacts(std::string_view file);
ContactFile read_vcards(std::string_view file);
ContactFile read_contact_csv(std::string_view file);

enum class VcardVersion { v3, v4 };
std::string write_vcards(std::vector<Contact> const& contacts, VcardVersion version = VcardVersion::v4);
/// Google's columns: read_contact_csv, Google, Thunderbird and office programs read it back.
std::string write_contact_csv(std::vector<Contact> const& contacts);

} // namespace directory
