"""Parses PowerShell scripts; prints the assignments of the last as pairs of variable and string."""

import json
import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_powershell.language()))
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        tree = parser.parse(file.read())
    if tree.root_node.has_error:
        sys.exit(f"{path} is no PowerShell")


def only(node, kind):
    """The one node of a kind in a chain of nodes with one child each."""
    while node.type != kind:
        if len(node.named_children) != 1:
            sys.exit(f"{node.text} is no {kind}")
        node = node.named_children[0]
    return node


pairs = []
for statement in tree.root_node.named_children[0].named_children:
    child = statement.named_children[0]
    if child.type != "assignment_expression":
        if only(statement, "command").child_by_field_name("command_name").text != b"Remove-Item":
            sys.exit(f"{statement.text} was not meant")
        continue
    name, _, value = child.named_children
    text = only(value, "verbatim_string_characters").text.decode()[1:-1]
    for quote in "'\u2018\u2019\u201a\u201b":
        text = text.replace(quote * 2, quote)
    pairs.append([only(name, "variable").text.decode(), text])
print(json.dumps(pairs))
