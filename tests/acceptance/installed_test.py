"""What `cmake --install` puts in place works from there: programs find their data beside them."""
import os
import shutil
import subprocess
import unittest

from support import SCENARIOS, SOURCE, Case, danelab, main

BUILD = os.environ["DANELAB_BUILD"]


class Installed(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import pathlib, tempfile
        cls.temporary = tempfile.TemporaryDirectory(prefix="danelab-installed.")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.root = pathlib.Path(cls.temporary.name)
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", str(cls.root)], capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)

    def test_the_data_is_found_beside_the_program(self):
        data = self.root / "share" / "danelab"
        only_here = data / "zones" / "scenarios" / "zz" / "only-installed.json"
        only_here.parent.mkdir()
        shutil.copy(SCENARIOS / "seed" / "success.json", only_here)
        done = danelab("run", "zz/only-installed", program=self.root / "bin" / "danelab")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_daneverify_too(self):
        done = danelab("--scenario", "seed/success", "ietf.org", program=self.root / "bin" / "daneverify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_moved_tree_still_works(self):
        moved = self.folder / "elsewhere"
        shutil.copytree(self.root, moved)
        done = danelab("run", "--list", program=moved / "bin" / "danelab")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("table/mandatory/15/", done.stdout)

    def test_missing_data_is_one_line(self):
        nowhere = dict(os.environ, DANELAB_DATA_DIR=str(self.folder))
        self.assert_one_line(danelab("run", "--list", env=nowhere), 3, str(self.folder))

    def test_headers_libraries_and_manual_are_there(self):
        for path in ("include/danelab/resolver/dns/name.h", "include/danelab/validator/validation.h", "include/danelab/tlsa/walker.h",
                     "share/man/man1/danelab.1", "share/man/man1/daneverify.1", "share/danelab/tlsa/profiles/cisco-esa.json",
                     "share/danelab/harness/schemas/run.schema.json"):
            self.assertTrue((self.root / path).is_file(), path)
        self.assertTrue(list(self.root.glob("lib*/**/libdanelab_validator.a")))
        self.assertFalse([p for p in self.root.rglob("*") if p.is_file() and p.suffix == ".cpp"])

    def test_installed_headers_compile(self):
        compiler = os.environ.get("DANELAB_CXX", "c++")
        program = self.folder / "user.cpp"
        program.write_text('#include "validator/validation.h"\nint main() { return validator::TrustAnchors{}.all().empty() ? 0 : 1; }\n')
        done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", f"-I{self.root}/include/danelab", str(program)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_the_manual_has_no_mistakes(self):
        pages = sorted((SOURCE / "packaging" / "man").glob("*.1"))
        self.assertGreaterEqual(len(pages), 2)
        for page in pages:
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)], capture_output=True, text=True,
                                  env={**os.environ, "LC_ALL": "C.UTF-8"})
            self.assertEqual(done.stderr, "", page.name)


if __name__ == "__main__":
    main()
