"""The examples for Kubernetes, systemd and cron speak of this service: its settings, its commands, its routes, its ports."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from models.fake import FakeModel
from service import cli
from service.app import create_app
from service.settings import PREFIX, Settings, variable

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
MANIFESTS = sorted(EXAMPLES.rglob("*.yaml"))
PAGES = sorted((EXAMPLES.parent).glob("*.md"))
SETTINGS = {variable(field.name) for field in dataclasses.fields(Settings)}


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document is not None]


def pods(value: Any) -> Iterator[dict[str, Any]]:
    """Every pod's spec, however deep."""
    if isinstance(value, dict):
        if "containers" in value:
            yield value
        for inner in value.values():
            yield from pods(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pods(inner)


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in MANIFESTS:
        for document in documents(path):
            yield f"{path.name}/{document['kind']}", document


ALL = dict(everything())
PODS = [(name, pod) for name, document in ALL.items() for pod in pods(document)]


def commands(text: str) -> Iterator[list[str]]:
    """What is called with `civility` in a script, as words; up to the end of the command."""
    plain = re.sub(r"\\\n\s*", " ", text)
    pattern = r"(?<![\w/.:-])(?:/opt/civility/bin/)?civility ((?:rescore|serve|diff|jobs|keys)\b.*)"
    for found in re.finditer(pattern, plain, re.DOTALL):
        yield words_of(found[1])


def words_of(script: str) -> list[str]:
    """The words of the first command. In systemd's files and in entry points single quotes surround the whole."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars=";|&\n>")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters, lexer.quotes = " \t", True, "#", '"'
    words: list[str] = []
    for word in lexer:
        if set(word) <= set(";|&\n>"):
            break
        words.append(word.strip("'"))
    return words


def known_options(words: list[str]) -> set[str]:
    """The options of the command that these words call, by the program itself."""
    command: Any = typer.main.get_command(cli.app)
    for word in words:
        if word not in getattr(command, "commands", ()):
            break
        command = command.commands[word]
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_there_are_examples() -> None:
    assert {name.split("/")[1] for name in ALL} >= {
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "CronJob",
        "RayJob",
        "RayService",
    }


@pytest.mark.parametrize(("name", "pod"), PODS, ids=[name for name, _ in PODS])
def test_pods(name: str, pod: Mapping[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    # Else Kubernetes sets CIVILITY_PORT=tcp://... beside a Service called civility.
    assert pod["enableServiceLinks"] is False
    volumes = {volume["name"] for volume in pod.get("volumes", ())}
    for container in pod["containers"]:
        names = [entry["name"] for entry in container.get("env", ())]
        assert {entry for entry in names if entry.startswith(PREFIX)} <= SETTINGS
        assert {mount["name"] for mount in container.get("volumeMounts", ())} <= volumes
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        if not name.startswith("ray"):
            rights = container["securityContext"]
            assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"]) == (True, False)
            assert rights["capabilities"] == {"drop": ["ALL"]}


def test_the_deployment_probes_what_the_service_has() -> None:
    deployment = ALL["service.yaml/Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    routes = set(create_app(Settings(), FakeModel()).openapi()["paths"])
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] in routes
        assert ports[asked["port"]] == Settings().port
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    spec = deployment["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > float(environment["CIVILITY_DRAIN_S"]) + 5
    assert int(environment["CIVILITY_THREADS"]) == int(container["resources"]["requests"]["cpu"])


def test_objects_find_each_other() -> None:
    deployment = ALL["service.yaml/Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    service = ALL["service.yaml/Service"]["spec"]
    assert service["selector"].items() <= labels.items()
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert service["ports"][0]["targetPort"] in {port["name"] for port in container["ports"]}
    for kind in ("PodDisruptionBudget", "NetworkPolicy"):
        spec = ALL[f"service.yaml/{kind}"]["spec"]
        assert spec.get("selector", spec.get("podSelector"))["matchLabels"].items() <= labels.items()
    target = ALL["service.yaml/HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    claims = {d["metadata"]["name"] for d in ALL.values() if d["kind"] == "PersistentVolumeClaim"}
    for _, pod in PODS:
        for volume in pod.get("volumes", ()):
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims


SCRIPTS = [*MANIFESTS, *EXAMPLES.glob("systemd/*.service"), EXAMPLES / "crontab", *PAGES]


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.name for path in SCRIPTS])
def test_options_exist(path: Path) -> None:
    for words in commands(path.read_text(encoding="utf-8")):
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= known_options(words), words


def test_the_checks_see_the_commands() -> None:
    """The nightly examples are the same command, three times."""
    found = []
    for name in ("kubernetes/nightly.yaml", "systemd/civility-nightly.service", "crontab"):
        (words,) = list(commands((EXAMPLES / name).read_text(encoding="utf-8")))
        found.append({word for word in words if word.startswith("--")})
        assert "body" in words
    assert found[0] - {"--device"} == found[1] == found[2] == {"--query", "--text-column"}
    (job,) = commands(yaml.safe_load((EXAMPLES / "kubernetes/rayjob.yaml").read_text())["spec"]["entrypoint"])
    assert {"--engine", "--worker-cpus"} <= set(job)
    with pytest.raises(AssertionError):
        assert {"--no-such"} <= known_options(["rescore"])


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.name for path in SCRIPTS])
def test_variables_exist(path: Path) -> None:
    found = set(re.findall(r"\bCIVILITY_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert {name for name in found if not name.startswith("CIVILITY_TEST")} <= SETTINGS


def test_ray_objects_fit_the_program() -> None:
    pytest.importorskip("ray", reason="ray is not installed: pip install 'civility[ray]'")
    import ray

    from service.rayserve import OPTIONS, build

    service = ALL["rayservice.yaml/RayService"]["spec"]
    (application,) = yaml.safe_load(service["serveConfigV2"])["applications"]
    assert application["import_path"] == f"{build.__module__}:{build.__name__}"
    assert set(application["args"]) <= set(OPTIONS)
    for spec in (service["rayClusterConfig"], ALL["rayjob.yaml/RayJob"]["spec"]["rayClusterSpec"]):
        assert spec["rayVersion"] == ray.__version__
    assert f"ARG RAY={ray.__version__}\n" in (EXAMPLES / "kubernetes" / "ray.Dockerfile").read_text()
