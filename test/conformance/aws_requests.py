"""The resources of a template as AWS's API would get them: `aws_requests.py TEMPLATE` holds each resource of QuickSight and
Grafana against the model of the operation that CloudFormation calls for it, as botocore ships it: names, types, what is
required, bounds, patterns and enumerations, all the way down. Prints `TYPE COUNT` for what was looked at; a request that AWS
would refuse ends with 1 and what is wrong with it, by path.
"""

import json
import re
import sys
from collections import Counter

import botocore.session
from botocore.validate import ParamValidator

OPERATIONS = {
    "AWS::QuickSight::DataSource": ("quicksight", "CreateDataSource"),
    "AWS::QuickSight::DataSet": ("quicksight", "CreateDataSet"),
    "AWS::QuickSight::RefreshSchedule": ("quicksight", "CreateRefreshSchedule"),
    "AWS::QuickSight::Analysis": ("quicksight", "CreateAnalysis"),
    "AWS::QuickSight::Dashboard": ("quicksight", "CreateDashboard"),
    "AWS::QuickSight::Theme": ("quicksight", "CreateTheme"),
    "AWS::Grafana::Workspace": ("grafana", "CreateWorkspace"),
}
# what CloudFormation does with, before or after the request itself
NOT_SENT = {
    "AWS::QuickSight::DataSet": ["IngestionWaitPolicy"],
    "AWS::Grafana::Workspace": ["PluginAdminEnabled"],
}
# what the API calls otherwise
RENAMED = {
    "AWS::Grafana::Workspace": {
        "Name": "workspaceName",
        "Description": "workspaceDescription",
        "DataSources": "workspaceDataSources",
        "RoleArn": "workspaceRoleArn",
    },
}

session = botocore.session.get_session()


def resolve(value):
    """References become texts of the form that they will have."""
    if isinstance(value, list):
        return [resolve(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return {"AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::Region": "eu-central-1"}.get(
            value["Ref"], value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        return f"arn:aws:service:eu-central-1:123456789012:{value['Fn::GetAtt'][0]}"
    if set(value) == {"Fn::ImportValue"}:
        return "imported"
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return separator.join(resolve(parts))
    return {key: resolve(each) for key, each in value.items()}


def lower_first(name):
    return name[0].lower() + name[1:]


def request_of(kind, properties):
    sent = {key: each for key, each in resolve(properties).items() if key not in NOT_SENT.get(kind, [])}
    if kind not in RENAMED:
        return sent
    sent["Tags"] = {each["Key"]: each["Value"] for each in sent.get("Tags", [])}
    return {RENAMED[kind].get(key, lower_first(key)): each for key, each in sent.items()}


def complaints(shape, value, path):
    """Bounds, patterns and enumerations, which botocore itself leaves to the service."""
    meta = shape.metadata
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, each in value.items():
            if key in shape.members:
                yield from complaints(shape.members[key], each, f"{path}.{key}")
    elif shape.type_name == "list" and isinstance(value, list):
        yield from bounds(meta, len(value), path)
        for i, each in enumerate(value):
            yield from complaints(shape.member, each, f"{path}[{i}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from bounds(meta, len(value), path)
        for key, each in value.items():
            yield from complaints(shape.key, key, f"{path} (key)")
            yield from complaints(shape.value, each, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from bounds(meta, len(value), path)
        if meta.get("enum") and value not in meta["enum"]:
            yield f"{path}: {value!r} is none of {', '.join(meta['enum'])}"
        if meta.get("pattern") and not re.fullmatch(meta["pattern"], value):
            yield f"{path}: {value!r} does not match {meta['pattern']}"
    elif shape.type_name in ("integer", "long", "double", "float"):
        yield from bounds(meta, value, path)


def bounds(meta, size, path):
    if size < meta.get("min", size):
        yield f"{path}: {size} is less than {meta['min']}"
    if size > meta.get("max", size):
        yield f"{path}: {size} is more than {meta['max']}"


found = []
counts = Counter()
with open(sys.argv[1]) as file:
    resources = json.load(file)["Resources"]
for name, resource in resources.items():
    kind = resource["Type"]
    if kind not in OPERATIONS:
        continue
    service, operation = OPERATIONS[kind]
    shape = session.get_service_model(service).operation_model(operation).input_shape
    request = request_of(kind, resource["Properties"])
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        found.append(f"{name} ({operation}): {report.generate_report()}")
    found.extend(f"{name} ({operation}) {each}" for each in complaints(shape, request, ""))
    counts[kind] += 1
if found:
    sys.exit("\n".join(found))
for kind, count in sorted(counts.items()):
    print(kind, count)
