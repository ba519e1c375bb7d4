"""Do the parts of the repository agree with each other?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in found}


def tracked() -> list[Path]:
    """The files that git has, or would have after `git add`."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


# --------------------------------------------------------------------------------------------------
# Versions


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(r) for r in [*PROJECT["dependencies"], *(r for e in extras for r in e)]]


def test_does_every_requirement_have_a_pin_that_satisfies_it():
    versions = pins()
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{requirement.name} has no line in constraints.txt"
        assert requirement.specifier.contains(versions[name]), f"{requirement}: {versions[name]}"


def test_is_torch_pinned_for_every_build_of_it():
    assert all("+" not in version for version in pins().values())


def test_does_conda_install_what_make_installs():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    python, pip, by_pip = environment["dependencies"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert pip == "pip"
    assert PROJECT["requires-python"] == ">=" + python.removeprefix("python=")
    assert "--constraint constraints.txt" in by_pip["pip"] and "torch" in by_pip["pip"]
    extras = re.search(r"^EXTRAS := (.*)$", makefile, re.MULTILINE)[1]
    assert f"--editable .[{extras}]" in by_pip["pip"]
    assert sorted(extras.split(",")) == sorted(PROJECT["optional-dependencies"])
    assert f"TORCH ?= torch=={pins()['torch']}" in makefile


COLAB = {"numpy": "2.1.3", "ipywidgets": "7.7.1", "anywidget": "0.9.21", "plotly": "5.24.1"}


def test_would_colab_keep_its_own_versions():
    for text in PROJECT["dependencies"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(COLAB[requirement.name]), text


# --------------------------------------------------------------------------------------------------
# import flashlab


def heavy_modules(code: str) -> list[str]:
    """Which of torch, triton are loaded after `code` ran in a fresh Python."""
    code += "\nimport sys\nprint(*sorted({'torch', 'triton'} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return run.stdout.split()


def test_does_import_flashlab_leave_torch_and_triton_out():
    assert heavy_modules("import flashlab") == []
    assert heavy_modules("import flashlab.checks.harness") == []


def test_would_that_test_see_them():
    assert heavy_modules("import flashlab, torch") != []


def test_does_flashlab_import_nothing_of_the_grader_or_the_tools():
    for path in (ROOT / "flashlab").rglob("*.py"):
        found = re.findall(
            r"^\s*(?:from|import) (autograder|tools|tests)\b", path.read_text(), re.M
        )
        assert found == [], path


# --------------------------------------------------------------------------------------------------
# make


def test_does_make_alone_list_the_targets():
    run = subprocess.run(["make"], cwd=ROOT, capture_output=True, check=True, text=True)
    listed = re.findall(r"^ *make ([a-z-]+) +\S", run.stdout, re.MULTILINE)
    wanted = [
        "build",
        "check",
        "clean",
        "grade",
        "help",
        "lab",
        "test",
        "test-colab",
        "test-matrix",
    ]
    assert sorted(listed) == wanted
    assert run.stderr == ""


@pytest.mark.parametrize("target", ["lab", "build", "check", "test", "grade", "clean"])
def test_can_make_plan_each_target(target):
    run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()


# --------------------------------------------------------------------------------------------------
# What git has

PRIVATE_PATH = re.compile(r"(?<![\w.<])/(?:work|home|root|Users)/\w[\w.-]*/")


def test_does_no_file_name_a_path_of_one_machine():
    for path in tracked():
        if path.suffix in {".png", ".ico"} or path == Path(__file__):
            continue
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert not PRIVATE_PATH.search(line), f"{path.relative_to(ROOT)}:{n}: {line}"


def test_would_that_test_see_one():
    assert PRIVATE_PATH.search("open('/ho" + "me/ada/course/x.ipynb')")
    assert not PRIVATE_PATH.search("https://example.org/home/page.html")


def outputs_in(notebook: dict) -> list[str]:
    cells = notebook["cells"]
    return [c["id"] for c in cells if c.get("outputs") or c.get("execution_count") is not None]


def test_does_no_built_notebook_have_outputs():
    built = [
        p for p in tracked() if p.suffix == ".ipynb" and p.parts[-3] in ("course", "solutions")
    ]
    assert built
    for path in built:
        assert outputs_in(json.loads(path.read_text("utf-8"))) == [], path


def test_would_that_test_see_outputs():
    cell = {"id": "a", "outputs": [], "execution_count": None}
    assert outputs_in({"cells": [cell, {**cell, "id": "b", "execution_count": 1}]}) == ["b"]


def test_are_the_readmes_pictures_what_the_code_draws(tmp_path, monkeypatch):
    from tools import draw_readme_pictures

    monkeypatch.setattr(draw_readme_pictures, "ROOT", tmp_path)
    draw_readme_pictures.main()
    for name in ("overview.svg", "tile_player.svg"):
        assert (tmp_path / "docs" / name).read_bytes() == (ROOT / "docs" / name).read_bytes()


def dead_links(page: Path, text: str) -> list[str]:
    """Targets in `text` that are no file beside `page` and no heading of it."""
    heads = {re.sub(r"[^\w -]", "", h.lower()) for h in re.findall(r"^#+ (.*)$", text, re.M)}
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", text)
    return [
        f"{target}#{part}"
        for target, part in found
        if not (page.parent / target).exists()
        or (part and not target and part not in {h.replace(" ", "-") for h in heads})
    ]


def test_does_everything_exist_that_a_page_links_to():
    pages = [p for p in tracked() if p.suffix == ".md" and "golden" not in p.parts]
    assert ROOT / "autograder" / "README.md" in pages
    for page in pages:
        assert dead_links(page, page.read_text("utf-8")) == [], page


def test_would_a_dead_link_be_seen():
    text = "# One, two\n[a](#one-two) [b](#three) [c](README.md) [d](NONE.md) [e](https://x.org)"
    assert dead_links(ROOT / "README.md", text) == ["#three", "NONE.md#"]


def test_does_the_readme_name_the_repository_of_the_setting():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["course"]
    named = set(re.findall(r"github\.com/([\w-]+/[\w-]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named <= {settings["repository"]}
