#include "harness/deliver/report_sender.h"

#include <fmt/format.h>

#include <stdexcept>

#include "harness/deliver/attempt_session.h"
#include "harness/deliver/report_mail.h"
#include "harness/deliver/tlsrpt_record.h"

namespace harness::deliver {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t seconds_of_day = 86'400;

dns::UnixTime begin_of(dns::UnixTime day) { return {day.seconds - day.seconds % seconds_of_day}; }

DkimKey key_for(const Config& config, dns::UnixTime day, dns::UnixTime now) {
    if (begin_of(day).seconds + seconds_of_day > now.seconds)
        throw std::runtime_error(fmt::format("the day of {} is not over: a report is of a whole one",
                                             dns::to_rfc3339(begin_of(day)).substr(0, 10)));
    if (!config.tls_report.dkim)
        throw std::runtime_error("/tls_report/dkim is missing: a report by mail is signed (RFC 8460 §3)");
    auto key = DkimKey::from_pem(config.tls_report.dkim->key);
    if (!key) throw std::runtime_error("/tls_report/dkim/key: " + key.error());
    return std::move(*key);
}

// The addresses, or the one fate that there are none.
asio::awaitable<dns::Result<ReportAddresses, ReportFate>> addresses_of(std::string domain,
                                                                       const Surroundings& surroundings) {
    ReportFate fate;
    fate.domain = domain;
    const auto failure = [&](ReportFate::What what, std::string why) {
        fate.what = what;
        fate.text = std::move(why);
        return dns::Unexpected<ReportFate>{fate};
    };
    const auto name = tlsrpt_name(domain);
    if (!name) co_return failure(ReportFate::What::not_wanted, name.error());
    dns::Question question(*name, dns::RrType::TXT);
    const auto found = co_await told_lookup(surroundings, std::move(question), true);
    if (found.is_error()) {
        const auto& reasons = found.verdict.reasons;
        co_return failure(ReportFate::What::not_looked_up,
                          reasons.empty() ? "" : validator::to_text(reasons.front(), surroundings.now()));
    }
    const auto rdata = found.rdata();
    auto addresses = report_addresses({rdata.begin(), rdata.end()});
    if (!addresses) co_return failure(ReportFate::What::not_wanted, addresses.error());
    co_return std::move(*addresses);
}

} // namespace

std::string_view to_text(ReportFate::What what) {
    switch (what) {
    case ReportFate::What::queued: return "queued";
    case ReportFate::What::sent_before: return "sent before";
    case ReportFate::What::not_wanted: return "not wanted";
    case ReportFate::What::not_mailed: return "not mailed";
    case ReportFate::What::not_looked_up: return "could not be looked up";
    }
    return "";
}

asio::awaitable<std::vector<ReportFate>> send_reports(Queue& queue, const Surroundings& surroundings,
                                                      dns::UnixTime day) {
    const auto& config = *surroundings.config;
    const auto now = surroundings.now();
    const DkimKey key = key_for(config, day, now);
    std::vector<ReportFate> fates;
    const auto tell = [&](const std::string& domain, ReportFate::What what, std::string text) {
        surroundings.log->info(fmt::format("TLS report of {} for {}: {}{}{}",
                                           dns::to_rfc3339(begin_of(day)).substr(0, 10), domain, to_text(what),
                                           text.empty() ? "" : ": ", text));
        ReportFate fate;
        fate.domain = domain;
        fate.what = what;
        fate.text = std::move(text);
        fates.push_back(std::move(fate));
    };
    for (const auto& report : tls_reports(queue, config.tls_report, config.hostname, day)) {
        const auto addresses = co_await addresses_of(report.domain, surroundings);
        if (!addresses) {
            tell(report.domain, addresses.error().what, addresses.error().text);
            continue;
        }
        for (const auto& address : addresses->mail) {
            const auto mid = queue.accept_report(report_mail(report, config.tls_report, key, address, now),
                                                 begin_of(day), report.domain, now);
            if (mid)
                tell(report.domain, ReportFate::What::queued, fmt::format("MID {} to {}", *mid, address));
            else
                tell(report.domain, ReportFate::What::sent_before, address);
        }
        for (const auto& uri : addresses->https) tell(report.domain, ReportFate::What::not_mailed, uri);
    }
    co_return fates;
}

} // namespace harness::deliver
