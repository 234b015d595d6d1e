"""What the acceptance tests share: the programs under test as a user starts them."""
import json, os, pathlib, resource, shutil, signal, subprocess, sys, tempfile, unittest

import json_schema

DANELAB = os.environ["DANELAB"]
DANEVERIFY = os.environ["DANEVERIFY"]
SOURCE = pathlib.Path(os.environ["DANELAB_SOURCE"])
HERE = pathlib.Path(__file__).resolve().parent
SCENARIOS = SOURCE / "zones" / "scenarios"
LIMIT = 60  # seconds that any one command may take before it counts as hung
PATIENCE = float(os.environ.get("DANELAB_PATIENCE", "1"))  # how many times as long programs with sanitizers may take


def danelab(*arguments, program=None, limit=LIMIT, **options):
    """Runs to the end. A hang is a failure of the test, with the command in its text."""
    options.setdefault("capture_output", True)
    return subprocess.run([program or DANELAB, *map(str, arguments)], stdin=subprocess.DEVNULL, text=True, timeout=limit * PATIENCE, **options)


def schema(name):
    return json.loads((SOURCE / "harness" / "schemas" / f"{name}.schema.json").read_text())


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="danelab-acceptance.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_fits(self, document, name):
        self.assertEqual(json_schema.errors(document, schema(name)), [])

    def assert_one_line(self, done, code, *words):
        """Nothing on stdout, one line on stderr that begins with the program's name and holds the words; this exit code."""
        self.assertEqual(done.returncode, code, done)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertRegex(lines[0], r"^dane(lab|verify): ")
        for word in words:
            self.assertIn(word, lines[0])

    def copy_of(self, scenario, change):
        """A scenario file of ours, changed by a function, in the temporary folder."""
        document = json.loads((SCENARIOS / f"{scenario}.json").read_text())
        change(document)
        path = self.folder / "copy.json"
        path.write_text(json.dumps(document, indent=2))
        return path


def main():
    """Exit status 77, which ctest shows as skipped, where every test was skipped."""
    ran = unittest.main(verbosity=2, exit=False).result
    sys.exit(1 if not ran.wasSuccessful() else 77 if ran.testsRun == len(ran.skipped) else 0)
