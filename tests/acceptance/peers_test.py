"""The real Postfix and Exim over both decision tables, in all their modes: what RFC 7672 demands of every version, and cell
by cell what is known of the versions in peers.json.

With DANELAB_WRITE_BASELINE=1 what is seen becomes what is known of these versions."""
import ctypes
import json
import os
import re
import subprocess
import unittest

from support import DANELAB, HERE, Case, danelab, main

BASELINE = HERE / "peers.json"
PEERS = ("postfix", "exim")
DELIVERED = {"verified", "verified-insecure-mx", "unauthenticated-tls", "cleartext"}
PR_SET_CHILD_SUBREAPER = 36


def obstacle():
    if os.geteuid() != 0:
        return "Postfix and Exim want several users: root is needed"
    done = danelab("shell", "-q", str(HERE / "states.json"), "--", "true")
    return done.stderr if done.returncode == 3 else ""


def versions_of(document):
    found = {}
    for system in document["systems"]:
        match = re.search(r"\d+\.\d+(\.\d+)*", system["version"])
        found[system["name"]] = match[0] if match else "unknown"
    return found


def words(cell):
    """What became of the message, and with the wrong key on the servers."""
    return f"{cell.get('outcome', cell['trouble'])} / {cell.get('twin', '-')}"


def matrix(document):
    return {(cell["sut"], cell["mode"], cell["scenario"]): words(cell) for cell in document["cells"]}


@unittest.skipIf(obstacle(), obstacle())
class Peers(Case):
    @classmethod
    def setUpClass(cls):
        cls.here = [name for name in PEERS if danelab("sut", "check", name).returncode == 0]
        if not cls.here:
            raise unittest.SkipTest("neither Postfix nor Exim is installed or unpacked: `danelab sut fetch postfix exim`")
        # Whatever a run leaves behind becomes a child of this process.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        cls.runs = [cls.run_tables() for _ in range(2)]
        cls.document = cls.runs[0]

    @classmethod
    def run_tables(cls):
        done = subprocess.run([DANELAB, "run", "--sut", ",".join(cls.here), "--tables", "--format", "json"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
        if done.returncode not in (0, 1):
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)

    def cells(self):
        for cell in self.document["cells"]:
            yield cell, f"{cell['sut']} {cell['mode']} {cell['scenario']}: " + "\n".join(cell["log"] + cell["sessions"])

    def test_every_row_is_tried_in_every_mode(self):
        rows = {"mandatory": 15, "opportunistic": 14}
        judged_as = {(one["name"], mode["name"]): mode["judged_as"] for one in json.loads(danelab("sut", "list", "--format", "json").stdout)
                     for mode in one["modes"]}
        for system in self.document["systems"]:
            for mode in system["modes"]:
                seen = {cell["row"] for cell in self.document["cells"] if (cell["sut"], cell["mode"]) == (system["name"], mode["name"])}
                self.assertEqual(seen, set(range(1, rows[judged_as[system["name"], mode["name"]]] + 1)), (system["name"], mode["name"]))
        self.assert_fits(self.document, "sut-report")

    def test_nothing_went_wrong(self):
        self.assertEqual(self.document["notes"], [])
        for cell, about in self.cells():
            self.assertEqual(cell["trouble"], "", about)
            self.assertIn("outcome", cell, about)

    def test_what_the_rfc_demands_of_every_version(self):
        demanded = 0
        for cell, about in self.cells():
            row, mandatory = cell["row"], cell["table"] == "mandatory"
            if row == 1:  # RFC 7672 section 2.2: all secure, a certificate that matches; and its twin that does not
                demanded += 1
                self.assertEqual(words(cell), "verified / deferred", about)
            strict = row in (2, 5, 7) or row in ((3, 4, 6, 14, 15) if mandatory else (13, 14))
            if strict and DELIVERED.isdisjoint(cell["allowed"]):  # an insecure address behind a secure alias is another matter
                demanded += 1  # RFC 7672 sections 2.1.2, 2.2: no message where DANE fails or a lookup is bogus
                self.assertNotIn(cell["outcome"], DELIVERED, about)
        self.assertGreaterEqual(demanded, 20)

    def test_what_is_known_of_these_versions(self):
        known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
        versions = versions_of(self.document)
        seen = {}
        for cell in self.document["cells"]:
            seen.setdefault(f"{cell['sut']} {versions[cell['sut']]}", {}).setdefault(cell["mode"], {})[cell["scenario"]] = words(cell)
        if os.environ.get("DANELAB_WRITE_BASELINE") == "1":
            BASELINE.write_text(json.dumps({**known, **seen}, indent=1, sort_keys=True) + "\n")
            return
        unknown = sorted(set(seen) - set(known))
        for version, modes in seen.items():
            if version in known:
                with self.subTest(version):
                    self.assertEqual(modes, known[version], "where this is meant to be: run this test with DANELAB_WRITE_BASELINE=1")
        if unknown:
            self.skipTest(f"nothing is known of {', '.join(unknown)}: only what every version must do was checked")

    def test_two_runs_give_the_same_matrix(self):
        self.assertEqual(*map(matrix, self.runs))

    def test_nothing_is_left_running(self):
        try:
            left = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        self.fail(f"a process of a run is left: {left}")


if __name__ == "__main__":
    main()
