"""packaging/ci: the files have the form of YAML, and every danelab command in them is one that this program takes."""
import json
import re
import shlex
import subprocess
import unittest

from support import DANELAB, SOURCE, HERE, Case, danelab, main

FILES = sorted((SOURCE / "packaging" / "ci").glob("*.yml"))
OBSTACLE = danelab("shell", "-q", str(HERE / "states.json"), "--", "true").returncode == 3
VARIABLES = {"${{ matrix.shard }}": "1", "$CI_NODE_INDEX": "1", "$CI_NODE_TOTAL": "4"}


def commands(file):
    """The danelab commands of a file as words, variables filled in, without what a shell does around them."""
    found = []
    for line in file.read_text().splitlines():
        if line.lstrip().startswith("#"):
            continue
        for variable, value in VARIABLES.items():
            line = line.replace(variable, value)
        for command in re.findall(r"(?:^|[ ;])danelab ((?:sut|run|report) [^|;]*)", line):
            found.append(shlex.split(command))
    return found


class Ci(Case):
    def test_the_files_are_yaml(self):
        self.assertEqual([file.name for file in FILES], ["github-danelab.yml", "gitlab-danelab.yml"])
        try:
            import yaml
        except ImportError:
            yaml = None
        for file in FILES:
            text = file.read_text()
            self.assertNotIn("\t", text)
            for number, line in enumerate(text.splitlines(), 1):
                indent = len(line) - len(line.lstrip())
                self.assertEqual(indent % 2, 0, f"{file.name}:{number}")
                if line.strip() and not line.lstrip().startswith(("#", "- ")) and "|" not in line and indent < 8:
                    self.assertRegex(line.strip(), r"^[\w.-]+:( .*)?$", f"{file.name}:{number}")
            if yaml:
                class Loader(yaml.SafeLoader):  # GitLab's own tag
                    pass
                Loader.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))
                self.assertIsInstance(yaml.load(text, Loader), dict)

    def test_shards_and_baseline_are_in_both(self):
        for file in FILES:
            with self.subTest(file.name):
                words = [word for command in commands(file) for word in command]
                for word in ("--shard", "--baseline", "junit", "html", "fetch", "merge"):
                    self.assertIn(word, words)

    def test_every_part_of_the_split_is_joined(self):
        for file in FILES:
            with self.subTest(file.name):
                shards = {command[command.index("--shard") + 1].split("/")[1] for command in commands(file) if "--shard" in command}
                joined = max((len([word for word in command if re.search(r"shard-\d\.json$", word)]) for command in commands(file)))
                self.assertEqual(shards, {str(joined)})
        self.assertIn("shard: [1, 2, 3, 4]", FILES[0].read_text())
        self.assertIn("parallel: 4", FILES[1].read_text())

    @unittest.skipIf(OBSTACLE, "no namespaces can be had here")
    def test_every_command_works(self):
        sut = self.folder / "sut.json"
        sut.write_text(json.dumps({"name": "sut", "command": ["true"], "claims": [{"exit": 0, "outcome": "deferred"}]}))
        for file in FILES:
            (self.folder / "shards").mkdir(exist_ok=True)
            for command in commands(file):
                with self.subTest(file=file.name, command=command):
                    self.run_small(command, sut)
            self.assertIn("<html", (self.folder / "danelab.html").read_text())
            self.assertIn("<testsuites", (self.folder / "danelab.xml").read_text())

    def run_small(self, command, sut):
        """As it stands, but for a program under test that is everywhere, and one row."""
        if command[0] == "sut":  # fetching is for networks: the words must be known ones
            self.assertEqual(danelab("sut", "list", *command[2:]).returncode, 0)
            self.assertIn(f"\n  {command[1]} ", danelab("sut", "--help").stdout)
            return
        words = [str(sut) if word == "postfix,exim" else word for word in command]
        if command[0] == "run":
            words += ["--filter", "table/opportunistic/01/*"]
            self.start(words, (1,))
            shard = next(word for word in words if word.endswith(".json") and word != str(sut))
            report = json.loads((self.folder / shard).read_text())
            self.assertTrue(report["cells"])
            for number in "1234":  # the others have nothing in so small a run
                other = dict(report, cells=report["cells"] if number == "1" else [], scenarios=[])
                for place in ("", "shards/"):
                    (self.folder / f"{place}shard-{number}.json").write_text(json.dumps(other))
        else:
            if "--baseline" in words:
                (self.folder / "danelab-baseline.json").write_text((self.folder / "danelab.json").read_text())
            self.start(words, (0,) if "--baseline" in words else (1,))

    def start(self, words, codes):
        done = subprocess.run([DANELAB, *words], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertIn(done.returncode, codes, done.stderr)
        self.assertNotIn("--help", done.stderr)


if __name__ == "__main__":
    main()
