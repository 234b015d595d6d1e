"""danelab deliver report --send: the mail that goes out, its signature verified by OpenSSL over octets put together here, and bad input."""
import base64, email, email.policy, gzip, hashlib, json, re, sqlite3, subprocess

import json_schema
from support import Case, danelab, main, schema

FIRST, NEXT = "2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z"
SCENARIO = "delivery/report/mailed"  # its domain wants reports at reports@shop.example


def relaxed_value(text):
    return re.sub(r"[ \t]+", " ", text.replace("\r\n", "")).strip()


def relaxed_body(body):
    lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in body.split("\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return "".join(line + "\r\n" for line in lines)


def fields_of(header):
    return [tuple(field.split(":", 1)) for field in re.split(r"\r\n(?![ \t])", header)]


class Report(Case):
    def key(self, *options):
        file = self.folder / "dkim.pem"
        subprocess.run(["openssl", "genpkey", *options, "-out", file], check=True, capture_output=True)
        return file

    def config(self, **tls_report):
        document = {"queue": "queue.db", "hostname": "mail.client.example", "log": {"file": "mail.log"},
                    "destination_controls": [{"domain": "default", "tls": "preferred", "dane": "mandatory"}],
                    "tls_report": {"organization": "Client", "contact": "tls@client.example", **tls_report}}
        self.assertEqual(json_schema.errors(document, schema("deliver-config")), [])
        path = self.folder / "deliver.json"
        path.write_text(json.dumps(document, indent=1))
        return path

    def signing(self, **other):
        return self.config(dkim={"domain": "client.example", "selector": "tlsrpt", "key": "dkim.pem", **other})

    def deliver_one(self, config):
        message = self.folder / "hello.eml"
        message.write_text("Subject: hello\n\nHello.\n")
        for words in (["send", message, "--to", "you@shop.example"], ["run", "--scenario", SCENARIO]):
            done = danelab("deliver", *words, "--config", config, "--at", FIRST)
            self.assertEqual(done.returncode, 0, done)

    def send_report(self, config, *more, at=NEXT):
        return danelab("deliver", "report", "--config", config, "--send", "--scenario", SCENARIO, "--at", at, *more)

    def queued(self, mid):
        with sqlite3.connect(self.folder / "queue.db") as database:
            return database.execute("SELECT content FROM messages WHERE mid = ?", (mid,)).fetchone()[0].decode()


class Signature(Report):
    def verify(self, content, public, ed25519):
        """What a receiver does (RFC 6376 §6.1.3), by code of this test alone."""
        header, body = content.split("\r\n\r\n", 1)
        fields = fields_of(header)
        name, value = fields[0]
        self.assertEqual(name, "DKIM-Signature")
        tags = dict(re.sub(r"\s", "", tag).split("=", 1) for tag in value.split(";"))
        self.assertEqual((tags["v"], tags["c"], tags["d"], tags["s"]), ("1", "relaxed/relaxed", "client.example", "tlsrpt"))
        self.assertNotIn("l", tags)
        self.assertEqual(base64.b64decode(tags["bh"]), hashlib.sha256(relaxed_body(body).encode()).digest())
        self.assertLessEqual({"from", "subject", "tls-report-domain", "tls-report-submitter"}, set(tags["h"].split(":")))
        data = ""
        for wanted in tags["h"].split(":"):
            value_of = next(v for n, v in reversed(fields) if n.strip().lower() == wanted)
            data += f"{wanted}:{relaxed_value(value_of)}\r\n"
        data += "dkim-signature:" + relaxed_value(re.sub(r"(\bb=)[^;]*$", r"\1", value))
        signature, octets = self.folder / "signature", self.folder / "octets"
        signature.write_bytes(base64.b64decode(tags["b"]))
        if ed25519:  # RFC 8463 §3
            octets.write_bytes(hashlib.sha256(data.encode()).digest())
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", octets, "-sigfile", signature]
        else:
            octets.write_bytes(data.encode())
            command = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, octets]
        return subprocess.run(command, capture_output=True).returncode == 0

    def check(self, *key_options, ed25519=False):
        private = self.key(*key_options)
        public = self.folder / "public.pem"
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
        config = self.signing()
        self.deliver_one(config)
        sent = self.send_report(config)
        self.assertEqual((sent.returncode, sent.stdout), (0, "shop.example: queued: MID 2 to reports@shop.example\n"), sent)
        content = self.queued(2)
        self.assertTrue(self.verify(content, public, ed25519))
        for before, after in (("Subject: Report", "Subject: report"), ("about shop.example", "about shop.examples")):
            changed = content.replace(before, after)
            self.assertNotEqual(changed, content)
            with self.assertRaises(AssertionError):
                self.assertTrue(self.verify(changed, public, ed25519))
        record = danelab("deliver", "report", "--config", config, "--dkim-record").stdout
        self.assertTrue(record.startswith("tlsrpt._domainkey.client.example. IN TXT \"v=DKIM1; k="), record)
        published = base64.b64decode("".join(re.findall(r'"([^"]*)"', record)).split("p=")[1])
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"], check=True, capture_output=True).stdout
        self.assertEqual(published, der[-32:] if ed25519 else der)
        return content

    def test_rsa(self):
        content = self.check("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        message = email.message_from_string(content, policy=email.policy.default)
        self.assertEqual((message["TLS-Report-Domain"], message["TLS-Report-Submitter"]), ("shop.example", "client.example"))
        self.assertEqual(message.get_content_type(), "multipart/report")
        self.assertEqual(message.get_param("report-type"), "tlsrpt")
        text, attachment = message.iter_parts()
        self.assertEqual((text.get_content_type(), attachment.get_content_type()), ("text/plain", "application/tlsrpt+gzip"))
        self.assertEqual(attachment.get_filename(), "client.example!shop.example!1780272000!1780358399.json.gz")
        document = json.loads(gzip.decompress(attachment.get_payload(decode=True)))
        self.assert_fits(document, "tls-report")
        self.assertEqual(document["policies"][0]["summary"]["total-successful-session-count"], 1)
        self.assertIn(f"<{document['report-id']}>", message["Subject"])
        self.assertEqual(document["contact-info"].split("@")[1], message["TLS-Report-Submitter"])

    def test_ed25519(self):
        self.check("-algorithm", "ed25519", ed25519=True)

    def test_it_is_delivered_once(self):
        self.key("-algorithm", "ed25519")
        config = self.signing()
        self.deliver_one(config)
        self.assertEqual(self.send_report(config).returncode, 0)
        done = danelab("deliver", "run", "--config", config, "--scenario", SCENARIO, "--at", NEXT)
        self.assertIn("delivered 1, deferred 0, bounced 0; 0 active", done.stdout)
        self.assertEqual(self.send_report(config).stdout, "shop.example: sent before: reports@shop.example\n")
        self.assertEqual(self.send_report(config, "--day", "2026-05-30").stdout, "no sessions on that day\n")

    def test_a_domain_that_wants_posts_gets_a_file(self):
        self.key("-algorithm", "ed25519")
        config = self.signing()
        self.deliver_one(config)
        arguments = ["deliver", "report", "--config", config, "--send", "--scenario", "delivery/report/https", "--at", NEXT]
        self.assertIn("not mailed: https://shop.example/tlsrpt (reports are not posted: --folder writes the file)", danelab(*arguments).stdout)
        self.assertIn(f"(written to {self.folder}/client.example!shop.example!", danelab(*arguments, "--folder", self.folder).stdout)
        self.assert_fits(json.loads(next(self.folder.glob("client.example!*.json")).read_text()), "tls-report")


class BadInput(Report):
    def refused(self, done, *words):
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_keys_that_cannot_be_used(self):
        status = lambda: danelab("deliver", "status", "--config", self.signing())
        self.refused(status(), "deliver.json:", "/tls_report/dkim/key", "dkim.pem: cannot be read")
        for content, words in (("", "cannot be read"), ("hello\n", "no private key in PKCS #8 PEM")):
            (self.folder / "dkim.pem").write_text(content)
            self.refused(status(), "deliver.json:", "/tls_report/dkim/key", words)
        self.key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.refused(status(), "/tls_report/dkim/key", "DKIM knows RSA and Ed25519")
        self.key("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:768")
        self.refused(status(), "/tls_report/dkim/key", "768 bits")

    def test_another_domain_than_the_contact(self):
        self.key("-algorithm", "ed25519")
        self.refused(danelab("deliver", "status", "--config", self.signing(domain="other.example")), "/tls_report/dkim/domain", "must be the same")

    def test_sending_too_early_or_unsigned(self):
        self.key("-algorithm", "ed25519")
        config = self.signing()
        self.refused(self.send_report(config, "--day", "2026-06-02"), "2026-06-02 is not over")
        self.refused(self.send_report(config, "--domain", "shop.example"), "leave --domain and --output out")
        self.refused(self.send_report(self.config()), "/tls_report/dkim is missing")
        self.refused(danelab("deliver", "report", "--config", self.config(), "--dkim-record"), "/tls_report/dkim is missing")


if __name__ == "__main__":
    main()
