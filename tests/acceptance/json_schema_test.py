"""The schema checker itself: what fits passes, and every keyword refuses what does not."""
import unittest

from json_schema import errors


class Checker(unittest.TestCase):
    def test_each_keyword_refuses(self):
        for schema, good, bad in [
            ({"type": "integer"}, 3, 3.5), ({"type": "integer"}, 0, True), ({"type": "number"}, 1.5, "1.5"),
            ({"type": ["string", "null"]}, None, 0), ({"enum": ["a", "b"]}, "b", "c"), ({"pattern": "^x+$"}, "xx", "xy"),
            ({"required": ["a"]}, {"a": 1}, {"b": 1}), ({"properties": {"a": {"type": "string"}}}, {"a": ""}, {"a": 1}),
            ({"properties": {"a": True}, "additionalProperties": False}, {"a": 1}, {"a": 1, "b": 2}),
            ({"items": {"minimum": 0, "maximum": 9}}, [0, 9], [10]), ({"items": {"minimum": 0}}, [], [-1]),
            ({"minItems": 1}, [0], []), ({"maxItems": 1}, [0], [0, 0]), ({"minLength": 1}, "a", ""),
            ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, False, 1),
            ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "array"}}}, [], {}),
        ]:
            with self.subTest(schema=schema):
                self.assertEqual(errors(good, schema), [])
                self.assertEqual(len(errors(bad, schema)), 1)

    def test_the_place_is_named(self):
        schema = {"properties": {"a": {"items": {"required": ["b"]}}}}
        self.assertEqual(errors({"a": [{"b": 1}, {}]}, schema), ["/a/1: b is missing"])

    def test_an_unknown_keyword_is_no_silent_pass(self):
        with self.assertRaises(ValueError):
            errors({}, {"uniqueItems": True})


if __name__ == "__main__":
    unittest.main(verbosity=2)
