#pragma once
// The pages of the web administration, each in the file of its name. The table with their addresses is router.cpp.

#include "httpd/exchange.h"

namespace httpd::admin
{

Response show_overview(Exchange& exchange);

// people.cpp, person.cpp, import.cpp
Response show_people(Exchange& exchange);
Response show_new_person(Exchange& exchange);
Response add_person(Exchange& exchange);
Response show_person(Exchange& exchange);
Response change_person(Exchange& exchange);
Response ask_password(Exchange& exchange);
Response reset_password(Exchange& exchange);
Response ask_delete_person(Exchange& exchange);
Response delete_person(Exchange& exchange);
Response show_import(Exchange& exchange);
Response import_people(Exchange& exchange);

// classes.cpp, class_page.cpp
Response show_classes(Exchange& exchange);
Response add_class(Exchange& exchange);
Response show_class(Exchange& exchange);
Response change_class_writers(Exchange& exchange);
Response change_class_teachers(Exchange& exchange);
Response change_class_members(Exchange& exchange);
Response ask_class_passwords(Exchange& exchange);
Response reset_class_passwords(Exchange& exchange);
Response ask_delete_class(Exchange& exchange);
Response delete_class(Exchange& exchange);

// school_year.cpp
Response show_school_year(Exchange& exchange);
Response begin_school_year(Exchange& exchange);

// aliases.cpp, lists.cpp
Response show_aliases(Exchange& exchange);
Response add_alias(Exchange& exchange);
Response ask_delete_alias(Exchange& exchange);
Response delete_alias(Exchange& exchange);
Response show_lists(Exchange& exchange);
Response show_list_rule(Exchange& exchange);
Response change_list_rule(Exchange& exchange);

// names.cpp
Response show_zones(Exchange& exchange);
Response add_zone(Exchange& exchange);
Response show_zone(Exchange& exchange);
Response add_record(Exchange& exchange);
Response show_record(Exchange& exchange);
Response change_record(Exchange& exchange);
Response ask_delete_zone(Exchange& exchange);
Response delete_zone(Exchange& exchange);
Response sign_zone(Exchange& exchange);

// queue.cpp, trace.cpp
Response show_queue(Exchange& exchange);
Response change_queue(Exchange& exchange);
Response show_queued(Exchange& exchange);
Response show_trace(Exchange& exchange);

// site_page.cpp
Response show_site(Exchange& exchange);
Response change_site(Exchange& exchange);

// services.cpp, settings.cpp, statistics.cpp, audit.cpp
Response show_services(Exchange& exchange);
Response restart_service(Exchange& exchange);
Response show_settings(Exchange& exchange);
Response show_setting(Exchange& exchange);
Response change_setting(Exchange& exchange);
Response show_statistics(Exchange& exchange);
Response show_audit(Exchange& exchange);

} // namespace httpd::admin
