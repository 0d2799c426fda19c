"""Calls by botocore, one a line. Each answer is held against the service model: no element that it doesn't know, none
missing that it requires, every value within its limits, every error with the status that it has there."""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree

import botocore.config
import botocore.exceptions
import botocore.session

SESSION = botocore.session.get_session()
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def local(tag):
    return tag.rpartition("}")[2]


def scalar(text, shape, path):
    kind = shape.type_name
    limits = shape.metadata
    if kind == "timestamp":
        return [] if SECOND.fullmatch(text) else [f"{path}: {text} is no time"]
    if kind == "boolean":
        return [] if text in ("true", "false") else [f"{path}: {text} is no boolean"]
    if kind in ("integer", "long"):
        return [] if int(text) >= limits.get("min", 0) else [f"{path}: {text} is too small"]
    wrong = []
    if not limits.get("min", 0) <= len(text) <= limits.get("max", 1 << 20):
        wrong.append(f"{path}: {len(text)} characters")
    if "enum" in limits and text not in limits["enum"]:
        wrong.append(f"{path}: {text} is not in the enum")
    pattern = limits.get("pattern", r"\p")
    if r"\p" not in pattern and not re.fullmatch(pattern, text):
        wrong.append(f"{path}: {text} does not match {pattern}")
    return wrong


def check(element, shape, path):
    kind = shape.type_name
    if kind == "list":
        wrong = [f"{path}: <{local(child.tag)}> in a list" for child in element if local(child.tag) != "member"]
        for child in element:
            wrong += check(child, shape.member, f"{path}[]")
        return wrong
    if kind != "structure":
        return scalar(element.text or "", shape, path)
    known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    there = [local(child.tag) for child in element]
    wrong = [f"{path}: no {name}" for name in shape.required_members if name not in there]
    wrong += [f"{path}: {name} twice" for name in set(there) if there.count(name) > 1]
    for child in element:
        name = local(child.tag)
        member = known.get(name)
        wrong += check(child, member, f"{path}.{name}") if member else [f"{path}: <{name}> is unknown"]
    return wrong


def answer(body, status, operation):
    """What is wrong with an answer."""
    root = ElementTree.fromstring(body)
    namespace = operation.service_model.metadata["xmlNamespace"]
    if root.tag == f"{{{namespace}}}ErrorResponse":
        there = {local(child.tag): child for child in root}
        error = {local(child.tag): child.text for child in there["Error"]}
        wrong = [] if {"Type", "Code", "Message"} == set(error) and "RequestId" in there else [f"error: {error}"]
        modelled = {shape.metadata["error"]["code"]: shape.metadata["error"] for shape in operation.error_shapes}
        said = modelled.get(error["Code"])
        if said and said["httpStatusCode"] != status:
            wrong.append(f"error: {error['Code']} with status {status}")
        return wrong
    if root.tag != f"{{{namespace}}}{operation.name}Response":
        return [f"root: {root.tag}"]
    parts = {local(child.tag): child for child in root}
    expected = {"ResponseMetadata"}
    output = operation.output_shape
    if output:
        expected.add(output.serialization["resultWrapper"])
    if set(parts) != expected:
        return [f"root: {sorted(parts)}"]
    return check(parts[output.serialization["resultWrapper"]], output, operation.name) if output else []


def call(asked):
    key, secret, token = asked["keys"]
    client = SESSION.create_client(
        asked["service"], region_name="ap-northeast-1", aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token,
        # What is sent is the sandbox's to judge.
        config=botocore.config.Config(parameter_validation=False, retries={"max_attempts": 0}),
    )
    seen = {}
    client.meta.events.register("response-received", lambda response_dict, **_: seen.update(response_dict))
    operation = client.meta.service_model.operation_model(asked["operation"])
    method = {name: python for python, name in client.meta.method_to_api_mapping.items()}[asked["operation"]]
    try:
        given = getattr(client, method)(**asked["parameters"])
        given.pop("ResponseMetadata")
        said = {"given": given}
    except botocore.exceptions.ClientError as error:
        said = {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    status = seen["status_code"]
    return {**said, "status": status, "wrong": answer(seen["body"], status, operation)}


for line in sys.stdin:
    print(json.dumps(call(json.loads(line)), default=lambda at: at.isoformat()), flush=True)
