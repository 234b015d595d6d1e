"""`danelab resolve`: verdicts and exit codes, and JSON that fits its schema."""
import json
import re

from support import HERE, Case, danelab, main

STATES = str(HERE / "states.json")
VERDICTS = [("www.good.example", "A", "secure", 0), ("www.good.example", "AAAA", "secure", 0), ("alias.good.example", "A", "secure", 0),
            ("text.good.example", "TXT", "secure", 0), ("nothing.good.example", "A", "secure", 0), ("www.good.example", "MX", "secure", 0),
            ("old.good.example", "A", "bogus", 1), ("lost.good.example", "A", "indeterminate", 3), ("www.plain.example", "A", "insecure", 4)]


class Resolve(Case):
    def test_every_verdict_has_its_exit_code_and_fits_the_schema(self):
        for name, type_, security, code in VERDICTS:
            with self.subTest(f"{name} {type_}"):
                done = danelab("resolve", "--scenario", STATES, "--format", "json", name, type_)
                document = json.loads(done.stdout)
                self.assert_fits(document, "resolve")
                self.assertEqual((document["security"], done.returncode), (security, code))
                self.assertEqual(document["question"], {"name": f"{name}.", "type": type_})
                self.assertEqual(bool(document["reasons"]), security != "secure")
                if security != "indeterminate":
                    self.assertEqual(document["chain"][0]["zone"], ".")
                if security in ("secure", "bogus"):
                    self.assertEqual(document["chain"][-1]["zone"], "good.example.")

    def test_a_bogus_answer_names_its_cause(self):
        document = json.loads(danelab("resolve", "--scenario", STATES, "--format", "json", "old.good.example", "A").stdout)
        cause = document["reasons"][0]
        self.assertEqual((cause["id"], cause["name"], cause["type"]), ("rrsig-expired", "old.good.example.", "A"))
        self.assertEqual(document["ede"], [{"code": 7, "text": "Signature Expired"}])

    def test_no_signature_is_verified_twice_and_few_questions_are_asked(self):
        document = json.loads(danelab("resolve", "--scenario", STATES, "--format", "json", "www.good.example", "A").stdout)
        verified = [(s["name"], s["type"], s["key_tag"]) for link in document["chain"] for s in link["signatures"] if s["verified"]]
        self.assertEqual(len(verified), len(set(verified)))
        self.assertEqual(document["verifications"], 6, "root DNSKEY, example DS and DNSKEY, good.example DS and DNSKEY, the answer")

    def test_the_clock_decides(self):
        late = danelab("resolve", "--scenario", STATES, "--at", "2036-01-01T00:00:00Z", "--format", "json", "www.good.example", "A")
        self.assertEqual(late.returncode, 1)
        self.assertEqual(json.loads(late.stdout)["reasons"][0]["id"], "rrsig-expired")

    def test_text_dot_and_svg_draw_the_same_chain(self):
        text = danelab("resolve", "--scenario", STATES, "www.good.example").stdout
        self.assertRegex(text, r"www\.good\.example\. A: secure")
        self.assertIn("192.0.2.1", text)
        dot = danelab("resolve", "--scenario", STATES, "--format", "dot", "www.good.example").stdout
        self.assertRegex(dot, r"(?s)^digraph .*\}\n$")
        svg = danelab("resolve", "--scenario", STATES, "--format", "svg", "www.good.example").stdout
        import xml.etree.ElementTree
        xml.etree.ElementTree.fromstring(svg)
        for drawing in (dot, svg):
            for zone in (".", "example.", "good.example."):
                self.assertIn(f"zone {zone}", drawing)

    def test_dot_survives_names_and_texts_with_quotes(self):
        dot = danelab("resolve", "--scenario", STATES, "--format", "dot", r'a\"b\\c.good.example', "TXT").stdout
        labels = re.findall(r'label="(.*?)",', dot)
        self.assertTrue(labels)
        for label in labels:
            self.assertNotIn('"', label)

    def test_the_page_stands_alone_and_tells_everything(self):
        import html.parser
        for name, type_, security, _ in VERDICTS:
            with self.subTest(f"{name} {type_}"):
                page = danelab("resolve", "--scenario", STATES, "--format", "html", name, type_).stdout
                document = json.loads(danelab("resolve", "--scenario", STATES, "--format", "json", name, type_).stdout)
                depth, text, void = [], [], {"meta", "br"}

                class Reader(html.parser.HTMLParser):
                    def handle_starttag(self, tag, attributes):
                        for key, value in attributes:
                            assert key not in ("src", "href") and not key.startswith("on"), key
                        assert tag != "script"
                        depth.extend([] if tag in void else [tag])

                    def handle_startendtag(self, tag, attributes):
                        pass

                    def handle_endtag(self, tag):
                        assert depth.pop() == tag, (tag, depth)

                    def handle_data(self, data):
                        text.append(data)

                Reader().feed(page)
                self.assertEqual(depth, [])
                words = "".join(text)
                for said in [f"{name}. {type_}", security, *(r["text"] for r in document["reasons"]), *document["answer"]]:
                    self.assertIn(said, words)
                self.assertIn("127.0.0.1:53 (priority 0) over UDP", words, "the evidence")
                self.assertRegex(page, "default-src 'none'")
                self.assertNotRegex(page.replace("http://www.w3.org/2000/svg", ""), "https?:|@import|url\\((?!#)")

    def test_the_page_escapes_what_names_hold(self):
        page = danelab("resolve", "--scenario", STATES, "--format", "html", "<script>alert(1)<\\/script>.good.example", "A").stdout
        self.assertNotIn("<script", page)
        self.assertIn("&lt;script&gt;", page)

    def test_verbose_says_what_was_asked(self):
        done = danelab("resolve", "--scenario", STATES, "-v", "www.good.example")
        for question in ("www.good.example. A", "good.example. DNSKEY", "example. DS"):
            self.assertIn(question, done.stderr)

    def test_output_goes_to_a_file_whole(self):
        target = self.folder / "answer.json"
        done = danelab("resolve", "--scenario", STATES, "--format", "json", "--output", target, "www.good.example")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assert_fits(json.loads(target.read_text()), "resolve")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["answer.json"])


if __name__ == "__main__":
    main()
