#include "harness/deliver/report_mail.h"

#include <fmt/format.h>

#include "harness/deliver/gzip.h"
#include "harness/deliver/log.h"
#include "resolver/dns/text.h"

namespace harness::deliver {

namespace {

constexpr std::size_t line_octets = 76; // of base64 (RFC 2045 §6.8)

std::string in_lines(const std::string& base64) {
    std::string out;
    for (std::size_t at = 0; at < base64.size(); at += line_octets) out += base64.substr(at, line_octets) + "\r\n";
    return out;
}

} // namespace

NewMessage report_mail(const TlsReport& report, const TlsReportSettings& settings, const DkimKey& key,
                       const std::string& recipient, dns::UnixTime now) {
    const std::string id = report.json["report-id"];
    const auto& dkim = *settings.dkim;
    const std::string boundary = fmt::format("=_tlsrpt_{}", now.seconds);
    std::string content = fmt::format(
        "From: <{contact}>\r\nTo: <{to}>\r\nDate: {date}\r\nMessage-ID: <{now}.{id}>\r\n"
        "Subject: Report Domain: {domain}\r\n Submitter: {submitter}\r\n Report-ID: <{id}>\r\n"
        "TLS-Report-Domain: {domain}\r\nTLS-Report-Submitter: {submitter}\r\nAuto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n "
        "boundary=\"{boundary}\"\r\n\r\n"
        "--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "This is an aggregate TLS report from {submitter} about {domain}.\r\n\r\n"
        "--{boundary}\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment;\r\n filename=\"{file}.gz\"\r\n\r\n",
        fmt::arg("contact", settings.contact), fmt::arg("to", recipient), fmt::arg("date", message_date(now)),
        fmt::arg("now", now.seconds), fmt::arg("id", id), fmt::arg("domain", report.domain),
        fmt::arg("submitter", dkim.domain), fmt::arg("boundary", boundary), fmt::arg("file", report.file_name));
    content += in_lines(dns::base64(gzip(text_of(report))));
    content += fmt::format("\r\n--{}--\r\n", boundary);

    DkimSignature signature;
    signature.domain = dkim.domain;
    signature.selector = dkim.selector;
    signature.time = now;
    // RFC 8460 §5.3 wants its two fields signed, RFC 6376 §5.4 From.
    signature.fields = {
        "From",         "To",          "Date", "Message-ID", "Subject", "TLS-Report-Domain", "TLS-Report-Submitter",
        "MIME-Version", "Content-Type"};
    NewMessage message;
    message.sender = settings.contact;
    message.recipients = {recipient};
    message.content = dkim_field(content, signature, key) + content;
    message.tls_report = true;
    return message;
}

} // namespace harness::deliver
