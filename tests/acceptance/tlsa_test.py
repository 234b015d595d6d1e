"""danelab tlsa: records made as openssl computes them; a chain judged offline; bad input is one line."""
import hashlib
import json
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
        for arguments, words in (["--usage", 1], "RFC 7672 §3.1.3"), (["--selector", 0], "RFC 7671 §5.1"), (["--usage", 2], "RFC 7671 §5.2.2"):
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

    def test_bad_input_is_one_line(self):
        empty, broken = self.folder / "empty.pem", self.folder / "broken.pem"
        empty.write_text("")
        broken.write_text("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n")
        for arguments, words in [
            (["tlsa"], ["match", "make"]), (["tlsa", "frobnicate"], ["frobnicate"]), (["tlsa", "match"], ["--chain"]),
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


if __name__ == "__main__":
    main()
