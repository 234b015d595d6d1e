"""danelab anchor: the state is begun, followed, explained and kept whole; bad input is one line."""
import json
import os
import resource
import signal
import stat
import subprocess
import unittest

from support import DANELAB, Case, danelab, main

DS = (". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
      ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n")
XML = """<?xml version="1.0" encoding="UTF-8"?>
<TrustAnchor id="A" source="http://data.iana.org/root-anchors/root-anchors.xml"><Zone>.</Zone>
<KeyDigest id="Kjqmt7v" validFrom="2010-07-15T00:00:00+00:00" validUntil="2019-01-11T00:00:00+00:00">
<KeyTag>19036</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>
<Digest>49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5</Digest></KeyDigest>
<KeyDigest id="Klajeyz" validFrom="2017-02-02T00:00:00+00:00">
<KeyTag>20326</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>
<Digest>E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D</Digest></KeyDigest></TrustAnchor>
"""
SCENARIO = "seed/success"


class Anchor(Case):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "anchors.json"
        self.environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "home"), "NO_COLOR": "1"}

    def anchor(self, *arguments, **options):
        return danelab("anchor", *arguments, env=self.environment, **options)

    def update(self, *arguments, **options):
        return self.anchor("update", "--scenario", SCENARIO, "--state", self.state, *arguments, **options)

    def show(self, *arguments):
        done = self.anchor("show", *arguments, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assert_fits(document, "anchor-show")
        return document

    def test_the_built_in_anchors_are_explained(self):
        done = self.anchor("show")
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in "20326 RSASHA256", "38696 RSASHA256", "Klajeyz: to be used from 2017-02-02", "signs it since 2026-10-11":
            self.assertIn(words, done.stdout)
        self.assertEqual([a["key_tag"] for a in self.show()["trust_points"][0]["anchors"]], [20326, 38696])

    def test_an_update_turns_digests_into_keys_and_keeps_to_its_schedule(self):
        done = self.update()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^\.: validated; asked again 20")
        self.assertIn("START -> VALID (Configured)", done.stdout)
        self.assert_fits(json.loads(self.state.read_text()), "anchor-state")
        point = self.show(self.state)["trust_points"][0]
        self.assertEqual([a["state"] for a in point["anchors"]], ["VALID"])
        before = self.state.read_bytes()
        self.assertIn("not due before", self.update().stdout)
        self.assertEqual(self.state.read_bytes(), before)
        for arguments, result in ([], "not-due"), (["--force"], "validated"):
            document = json.loads(self.update("--format", "json", *arguments).stdout)
            self.assert_fits(document, "anchor-update")
            self.assertEqual([point["result"] for point in document["trust_points"]], [result])
        self.assertIn("validated", self.update("--force", "--signal", "-v").stdout)

    def test_the_state_file_is_an_anchor_for_the_other_verbs(self):
        zone_records = self.folder / "anchors.zone"
        zone_records.write_text(DS)
        self.assertEqual(self.anchor("import", zone_records, "--into", self.state).returncode, 0)
        nobody = ("resolve", "--server", "127.0.0.1:1", "--anchor", self.state, "a.example")
        self.assertEqual(danelab(*nobody).returncode, 3)  # nobody answers there, but the file is taken
        self.assertNotIn("anchor", danelab(*nobody).stderr)

    def test_every_format_is_recognised_and_imported(self):
        xml, records = self.folder / "a", self.folder / "b"
        xml.write_text(XML)
        records.write_text(DS)
        self.assertIn("a root-anchors.xml", self.anchor("show", xml).stdout)
        self.assertEqual([d["key_tag"] for d in self.show(xml)["not_used"]], [19036])
        done = self.anchor("import", xml, records, "--into", self.state)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, ". 20326: added\n. 38696: added\n. 19036: not used: outside validFrom and validUntil (RFC 7958 §2.1.2)\n")
        again = self.anchor("import", records, "--into", self.state)
        self.assertEqual(again.stdout, ". 20326: known already\n. 38696: known already\n")

    def test_a_file_in_unbounds_format_is_kept_in_it(self):
        self.update()
        key = json.loads(self.state.read_text())["trust_points"][0]["keys"][0]
        self.state.write_text(f";;id: . 1\n;;last_queried: 0\n. 172800 IN DNSKEY {key['dnskey']}\n")
        self.assertIn("validated", self.update().stdout)
        text = self.state.read_text()
        self.assertTrue(text.startswith("; autotrust trust anchor file\n;;id: . 1\n;;last_queried: "))
        self.assertIn(";;state=2 [  VALID  ] ;;count=0 ;;lastchange=", text)
        self.assertIn("an Unbound auto-trust-anchor-file", self.anchor("show", self.state).stdout)

    def test_an_answer_that_does_not_validate_changes_nothing(self):
        self.state.write_text("")
        self.state.unlink()
        records = self.folder / "foreign"
        records.write_text(DS)
        self.anchor("import", records, "--into", self.state)
        done = self.update()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(".: not validated: ", done.stdout)
        point = json.loads(self.state.read_text())["trust_points"][0]
        self.assertEqual((len(point["ds"]), point["keys"], point["failures"]), (2, [], 1))

    def test_a_wrong_clock_changes_nothing(self):
        self.update()
        keys = json.loads(self.state.read_text())["trust_points"][0]["keys"]
        for clock in "1970-01-02T00:00:00Z", "2036-01-01T00:00:00Z":
            self.assertEqual(self.update("--force", "--at", clock).returncode, 1)
            self.assertEqual(json.loads(self.state.read_text())["trust_points"][0]["keys"], keys)
        self.assertNotIn("not due", self.update().stdout)  # a schedule made by such a clock is not kept

    def test_nobody_answers(self):
        done = self.anchor("update", "--state", self.state, "--server", "127.0.0.1:1")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("no answer", done.stdout)
        self.assertEqual(json.loads(self.state.read_text())["trust_points"][0]["failures"], 1)

    def test_damage_is_named_and_never_overwritten(self):
        self.update()
        whole = self.state.read_text()
        for damaged, words in (whole[:200], "not JSON"), ("", "at least one DS or DNSKEY"), (whole.replace('"VALID"', '"VALIT"'), "/trust_points/0/keys/0/state"):
            self.state.write_text(damaged)
            for command in ("update", "--scenario", SCENARIO, "--state", self.state), ("import", self.state, "--into", self.state):
                with self.subTest(words, command=command[0]):
                    self.assert_one_line(self.anchor(*command), 2, "anchors.json", words)
                    self.assertEqual(self.state.read_text(), damaged)
            self.assert_one_line(self.anchor("show", self.state), 2, "anchors.json", words)

    def test_a_full_disk_loses_nothing(self):
        self.update()
        before = self.state.read_bytes()

        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

        done = self.update("--force", preexec_fn=no_room)
        self.assert_one_line(done, 3, "anchors.json", "nothing was changed")
        self.assertEqual(self.state.read_bytes(), before)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir() if p.name != "home"), ["anchors.json", "anchors.json.lock"])

    @unittest.skipIf(os.geteuid() == 0, "root writes everywhere")
    def test_a_folder_without_permission(self):
        self.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        self.addCleanup(self.folder.chmod, 0o700)
        self.assert_one_line(self.update(), 3, "anchors.json", "nothing was changed")

    def test_a_folder_that_cannot_be(self):
        (self.folder / "file").write_text("")
        self.state = self.folder / "file" / "anchors.json"
        self.assert_one_line(self.update(), 3, "anchors.json")

    def test_two_updates_at_once_both_count(self):
        self.update()
        command = [DANELAB, "anchor", "update", "--scenario", SCENARIO, "--state", str(self.state), "--force", "--at", "2036-01-01T00:00:00Z"]
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(6)]
        for process in running:
            _, complaint = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1, complaint)
        self.assertEqual(json.loads(self.state.read_text())["trust_points"][0]["failures"], 6)

    def test_usage(self):
        self.assert_one_line(self.anchor("shew"), 2, "shew", "danelab anchor --help")
        self.assert_one_line(self.anchor("update", "--scenario", SCENARIO), 2, "--state")
        self.assert_one_line(self.anchor("show", self.folder / "none"), 2, "no such file")
        for verb in "show", "import", "update":
            text = self.anchor(verb, "--help").stdout
            self.assertIn("Examples:", text)
            self.assertIn("Exit codes:", text)


if __name__ == "__main__":
    main()
