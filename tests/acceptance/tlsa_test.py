"""danelab tlsa: records made as openssl computes them; a chain judged offline; bad input is one line."""
import hashlib
import json
import re
import shutil
import subprocess
import unittest

from support import Case, danelab, main


def openssl(*arguments, input=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=input, check=True, capture_output=True).stdout


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tlsa(Case):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key,
                "-out", self.certificate, "-subj", "/CN=mx.example.com", "-days", "30")
        self.der = openssl("x509", "-in", self.certificate, "-outform", "DER")
        public = openssl("x509", "-in", self.certificate, "-noout", "-pubkey")
        self.spki = openssl("pkey", "-pubin", "-outform", "DER", input=public)

    def make(self, *arguments):
        done = danelab("tlsa", "make", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip(), done.stderr

    def match(self, *arguments):
        done = danelab("tlsa", "match", "--chain", self.certificate, "--format", "json", *arguments)
        document = json.loads(done.stdout)
        self.assert_fits(document, "tlsa-match")
        self.assertEqual(done.returncode, 0 if document["result"] == "match" else 1)
        return document

    def test_each_selector_and_matching_type_holds_what_openssl_computes(self):
        for selector, whole in (0, self.der), (1, self.spki):
            for kind, data in (0, whole.hex()), (1, hashlib.sha256(whole).hexdigest()), (2, hashlib.sha512(whole).hexdigest()):
                with self.subTest(selector=selector, matching_type=kind):
                    line, _ = self.make("--selector", selector, "--matching-type", kind, self.certificate)
                    self.assertEqual(line, f"3 {selector} {kind} {data}")

    def test_the_key_the_request_and_the_certificate_make_the_same_record(self):
        request, old = self.folder / "request.pem", self.folder / "old.pem"
        openssl("req", "-new", "-key", self.key, "-subj", "/CN=x", "-out", request)
        wanted = self.make(self.certificate)[0]
        self.assertEqual(self.make(self.key)[0], wanted)
        self.assertEqual(self.make(request)[0], wanted)
        old.write_bytes(openssl("pkey", "-in", self.key, "-traditional"))
        self.assert_one_line(danelab("tlsa", "make", old), 2, "EC PRIVATE KEY", "openssl pkcs8")

    def test_a_zone_file_line_for_a_host(self):
        line, notes = self.make("--name", "mx.example.com", self.certificate)
        self.assertRegex(line, r"^_25\._tcp\.mx\.example\.com\. IN TLSA 3 1 1 [0-9a-f]{64}$")
        self.assertEqual(notes, "")

    def test_what_the_rfcs_advise_against_is_said(self):
        for arguments, words in (["--usage", 1], "RFC 7672 §3.1.3"), (["--selector", 0], "RFC 7671 §5.1"), (["--usage", 2], "RFC 7671 §5.2.2"), (["--usage", 2], "RFC 7671 §5.2.1"), (["--matching-type", 0], "RFC 7671 §10.1"), (["--matching-type", 2], "RFC 6698 §6"):
            with self.subTest(arguments):
                self.assertIn(words, self.make(*arguments, self.certificate)[1])
        self.assertEqual(self.make("--usage", 1, "--port", 443, self.certificate)[1], "")

    def test_match_and_its_twin(self):
        record = self.make(self.certificate)[0]
        good = self.match("--tlsa", record, "--name", "mx.example.com")
        self.assertEqual((good["result"], good["depth"], good["record"]), ("match", 0, 0))
        flipped = record[:-1] + ("0" if record[-1] != "0" else "1")
        self.assertEqual(self.match("--tlsa", flipped, "--name", "mx.example.com")["result"], "no-match")

    def test_names_and_dates_count_where_the_rfcs_say_so(self):
        record = self.make(self.certificate)[0]
        self.assertEqual(self.match("--tlsa", record, "--name", "other.example.com")["result"], "match")  # RFC 7671 §5.1
        self.assertEqual(self.match("--tlsa", record, "--name", "other.example.com", "--ee-name-checks")["result"], "name-mismatch")
        authority = self.certificate
        request, self.certificate = self.folder / "request.pem", self.folder / "chain.pem"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / "leaf.key",
                "-subj", "/CN=www.example.com", "-out", request)
        leaf = openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", self.key, "-set_serial", 2, "-days", 20)
        self.certificate.write_bytes(leaf + authority.read_bytes())
        anchor = self.make("--usage", 2, "--depth", 1, self.certificate)[0]
        self.assertEqual(self.match("--tlsa", anchor, "--name", "other.example.com")["result"], "name-mismatch")
        good = self.match("--tlsa", anchor, "--name", "other.example.com", "--also", "www.example.com")
        self.assertEqual((good["result"], good["depth"], good["name"]), ("match", 1, "www.example.com"))
        self.assertEqual(self.match("--tlsa", anchor, "--name", "www.example.com", "--at", "2000-01-01T00:00:00Z")["result"], "expired")

    def test_pkix_usages_need_the_generic_policy(self):
        record = self.make("--usage", 1, self.certificate)[0]
        arguments = ["--tlsa", record, "--name", "mx.example.com", "--ca", self.certificate]
        self.assertEqual(self.match(*arguments)["result"], "unusable")
        self.assertEqual(self.match(*arguments, "--usage-policy", "generic")["result"], "match")

    @unittest.skipUnless(shutil.which("danetool"), "danetool is not installed")
    def test_danetool_makes_the_same_records(self):
        for usage, kind in (3, "--domain"), (2, "--ca"):
            for selector, whole in (0, ["--x509"]), (1, []):
                for matching_type, digest in (1, "sha256"), (2, "sha512"):
                    theirs = subprocess.run(["danetool", "--tlsa-rr", "--host", "mx.example.com", "--load-certificate", self.certificate,
                                             "--hash", digest, *whole, *([kind] if usage == 2 else [])],
                                            capture_output=True, text=True)
                    with self.subTest(usage=usage, selector=selector, matching_type=matching_type):
                        ours, _ = self.make("--usage", usage, "--selector", selector, "--matching-type", matching_type, self.certificate)
                        found = re.search(r"\( ([0-9]{2}) ([0-9]{2}) ([0-9]{2}) ([0-9a-f]+) \)", theirs.stdout)
                        self.assertTrue(found, theirs.stdout + theirs.stderr)
                        self.assertEqual(ours, "{} {} {} {}".format(*(int(n) for n in found.groups()[:3]), found[4]))

    def test_bad_input_is_one_line(self):
        empty, broken = self.folder / "empty.pem", self.folder / "broken.pem"
        empty.write_text("")
        broken.write_text("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n")
        for arguments, words in [
            (["tlsa"], ["match", "make", "check"]), (["tlsa", "make"], ["--from"]), (["tlsa", "check"], ["domain"]),
            (["tlsa", "make", "--from", "mx.example.com:0"], ["HOST:PORT"]), (["tlsa", "check", "a..b"], ["a..b"]),
            (["tlsa", "check", "--next", self.key, "example.com"], ["PRIVATE KEY"]),
            (["tlsa", "make", "--from", "mx.example.com", self.certificate], ["--from"]), (["tlsa", "frobnicate"], ["frobnicate"]), (["tlsa", "match"], ["--chain"]),
            (["tlsa", "make", empty], ["empty.pem", "BEGIN CERTIFICATE"]), (["tlsa", "make", broken], ["broken.pem", "line 1"]),
            (["tlsa", "make", self.folder / "none"], ["none"]), (["tlsa", "make", "--depth", "3", self.certificate], ["depth 3"]),
            (["tlsa", "make", "--selector", "0", self.key], ["selector 0"]), (["tlsa", "make", "--usage", "4", self.key], ["--usage"]),
            (["tlsa", "match", "--chain", self.certificate, "--tlsa", "3 1 x", "--name", "a.example"], ["--tlsa", "3 1 x"]),
            (["tlsa", "match", "--chain", self.certificate, "--tlsa", "3 1 1 zz", "--name", "a.example"], ["hexadecimal"]),
            (["tlsa", "match", "--chain", self.key, "--tlsa", "3 1 1 00", "--name", "a.example"], ["PRIVATE KEY"]),
            (["tlsa", "match", "--chain", self.certificate, "--tlsa", "3 1 1 00", "--name", "a..b"], ["a..b"]),
        ]:
            with self.subTest(arguments=arguments):
                self.assert_one_line(danelab(*arguments), 2, *words)


class Check(Case):
    """What is published and served in a scenario's Internet, as its publisher sees it."""

    def check(self, scenario, domain, *arguments, code=0):
        done = danelab("tlsa", "check", "--scenario", scenario, "--format", "json", *arguments, domain)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        document = json.loads(done.stdout)
        self.assert_fits(document, "tlsa-check")
        return document, {finding["id"] for finding in document["findings"] if finding["severity"] != "advice"}

    def test_a_domain_with_nothing_to_mend(self):
        document, found = self.check("certificates/ta-depth-1", "shop.example")
        self.assertEqual(found, set())
        self.assertEqual(document["services"][0]["connections"][0], {"address": "192.0.2.25", "tls": "established", "chain_length": 2})
        text = danelab("tlsa", "check", "--scenario", "certificates/ta-depth-1", "shop.example").stdout
        self.assertIn("_25._tcp.mx.mail.example.  1 record, secure, TTL 3600", text)
        self.assertIn("nothing to mend", text)

    def test_what_is_wrong_is_found_with_its_rule(self):
        for scenario, wanted in [
            ("certificates/ee-key-changed-at-renewal", {"chain-unmatched": "D-201"}),
            ("certificates/anchor-not-sent", {"chain-unmatched": "D-201"}),
            ("certificates/anchor-key-not-sent", {"chain-unmatched": "D-201", "anchor-not-sent": "D-148"}),
            ("certificates/ee-certificate-full", {"full-data": "D-204"}),
            ("certificates/ee-key-sha512", {"sha512-alone": "D-146"}),
            ("certificates/any-record-ee-first", {"combination-unmatched": "D-143", "usage-ahead-of-chain": "D-145"}),
            ("certificates/any-record-ta-beside-unusable", {"usage-pkix": "D-203", "record-unusable": None}),
        ]:
            with self.subTest(scenario):
                document, found = self.check(scenario, "shop.example", code=1)
                rules = {finding["id"]: finding.get("rule") for finding in document["findings"]}
                for identifier, rule in wanted.items():
                    self.assertIn(identifier, found | set(rules))
                    self.assertEqual(rules[identifier], rule)

    def test_long_lives_are_found_and_ordinary_ones_are_not(self):
        def longer(document):
            document["signing"] = {"expiration": "now+90d"}
            document["zones"][1]["records"][1] = document["zones"][1]["records"][1].replace(" TLSA ", " 172800 TLSA ")
        changed = self.copy_of("certificates/ta-depth-1", longer)
        _, found = self.check(changed, "shop.example", code=1)
        self.assertEqual(found, {"ttl-long", "signature-long"})

    def test_a_service_without_tls_and_its_twin(self):
        def plain(document):
            document["servers"][0].setdefault("behaviour", {})["starttls"] = False
        _, found = self.check(self.copy_of("certificates/ta-depth-1", plain), "shop.example", code=1)
        self.assertEqual(found, {"no-tls"})

    def test_records_without_dnssec_are_published_in_vain(self):
        def unsigned(document):
            document["zones"][1]["signing"] = False
        _, found = self.check(self.copy_of("certificates/ta-depth-1", unsigned), "shop.example", code=1)
        self.assertEqual(found, {"address-not-secure", "records-not-secure"})

    def test_the_next_chain(self):
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                               self.folder / "key.pem", "-out", self.folder / "next.pem", "-subj", "/CN=mx.mail.example", "-days", "30"],
                              capture_output=True)
        if made.returncode:
            self.skipTest("openssl is not installed")
        _, found = self.check("certificates/ee-key-kept-at-renewal", "shop.example", "--next", self.folder / "next.pem", code=1)
        self.assertEqual(found, {"next-not-published", "renewal-new-key"})

    def test_a_record_made_from_a_live_server_is_the_one_that_is_published(self):
        done = danelab("tlsa", "make", "--scenario", "certificates/key-rsa-2048", "--from", "mx.mail.example")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^_25\._tcp\.mx\.mail\.example\. IN TLSA 3 1 1 [0-9a-f]{64}\n$")
        document, _ = self.check("certificates/key-rsa-2048", "shop.example")
        self.assertEqual(done.stdout.split(" TLSA ")[1].strip(), document["services"][0]["records"][0])
        anchor = danelab("tlsa", "make", "--scenario", "certificates/ta-depth-2", "--from", "mx.mail.example:25", "--usage", 2, "--selector", 0, "--depth", 2)
        document, _ = self.check("certificates/ta-depth-2", "shop.example")
        self.assertEqual(anchor.stdout.split(" TLSA ")[1].strip(), document["services"][0]["records"][0])

    def test_a_server_that_cannot_be_asked_is_one_line(self):
        self.assert_one_line(danelab("tlsa", "make", "--scenario", "certificates/ta-depth-1", "--from", "nobody.mail.example"), 3, "no address")
        self.assert_one_line(danelab("tlsa", "make", "--scenario", "certificates/ta-depth-1", "--from", "mx.mail.example:2525"), 3, "192.0.2.25")


if __name__ == "__main__":
    main()
