// Sends the day's TLS reports: asks where a domain wants them, and puts the mails into our own queue.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "harness/deliver/attempt.h"

namespace harness::deliver {

struct ReportFate {
    enum class What {
        queued,
        sent_before,   // that day's report for that address is in the queue already, or was
        not_wanted,    // the domain has no usable record (RFC 8460 §3)
        not_mailed,    // an https: address: nothing is posted
        not_looked_up, // to be tried again
    };
    std::string domain;
    What what = What::not_wanted;
    std::string text; // "MID 7 to tls@shop.example", or why not; "" where the kind says it all
};
std::string_view to_text(ReportFate::What what); // "queued", "sent before" ...

// Of every domain with sessions on that UTC day, in their order; one for each address. Throws std::runtime_error where
// the configuration has no DKIM key, without which no report may be mailed (RFC 8460 §3), or the day is not over (§4.1).
boost::asio::awaitable<std::vector<ReportFate>> send_reports(Queue& queue, const Surroundings& surroundings,
                                                             dns::UnixTime day);

} // namespace harness::deliver
