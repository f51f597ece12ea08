"""The wheel as a stranger gets it: built from the sdist, in a fresh venv, run from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {"entitlements": "entitlements", "plans": "entitlements/plans"}
SHIPPED |= {"plugins": "entitlements/plugins", "schemas": "entitlements/schemas"}
NOT_SOURCE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs without anything of this process that could let the checkout in."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ENTITLEMENTS_"))
    }
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def succeed(*command: str | Path, cwd: Path) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))} exited {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A copy, so that nothing left in the checkout by an earlier build gets in, and nothing is left there.
    place = tmp_path_factory.mktemp("build")
    source, out = place / "source", place / "dist"
    # Links as links, because some examples are links that lead nowhere.
    shutil.copytree(ROOT, source, ignore=NOT_SOURCE, symlinks=True)
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source, cwd=place)
    (made,) = out.glob("*.whl")
    return made


def installed(wheel: Path, place: Path, locked: str) -> Path:
    """The folder of commands of a venv that holds what is locked in `locked`, and the wheel, nothing more."""
    succeed(sys.executable, "-m", "venv", place, cwd=place)
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    install = (commands / "python", "-m", "pip", "install", "--quiet")
    succeed(*install, "--require-hashes", "-r", ROOT / "requirements" / locked, cwd=place)
    succeed(*install, "--no-deps", "--no-index", wheel, cwd=place)
    succeed(commands / "python", "-m", "pip", "check", cwd=place)
    return commands


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(wheel, tmp_path_factory.mktemp("venv"), "core.txt")


def test_wheel_holds_every_source_and_data_file(wheel: Path) -> None:
    expected = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in SHIPPED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected


def test_installed_package_is_the_wheels_own(venv: Path, tmp_path: Path) -> None:
    code = "import entitlements; print(*entitlements.__path__, sep='\\n')"
    folders = succeed(venv / "python", "-c", code, cwd=tmp_path).split("\n")[:-1]
    assert len(folders) == 1
    assert Path(folders[0]).is_relative_to(venv.parent)


def test_public_names_load_without_extras(venv: Path, tmp_path: Path) -> None:
    code = (
        "import entitlements as e\n"
        "print([n for n in e.__all__ if n != 'SqlStore' and getattr(e, n, None) is None])\n"
        "e.SqlStore\n"
    )
    done = run(venv / "python", "-W", "error", "-c", code, cwd=tmp_path)
    assert done.stdout == "[]\n"
    assert "needs SQLAlchemy: pip install 'entitlements[standard]'" in done.stderr.splitlines()[-1]


def test_a_store_without_its_extra_says_which_to_install(venv: Path, tmp_path: Path) -> None:
    command = ("--source", "x.db", "subscribe", "space", "pro", "--by", "ada")
    done = run(venv / "entitlements", *command, cwd=tmp_path)
    assert done.returncode == 2
    assert "needs SQLAlchemy" in done.stderr
    assert "pip install 'entitlements[standard]'" in done.stderr
    assert not list(tmp_path.iterdir())


def test_validate_from_an_empty_folder_names_the_fix(venv: Path, tmp_path: Path) -> None:
    done = run(venv / "entitlements", "validate", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no catalog" in done.stderr.lower()
    assert "--catalog" in done.stderr


def test_validate_finds_the_shipped_catalog_sound(venv: Path, tmp_path: Path) -> None:
    succeed(venv / "entitlements", "--catalog", "shipped", "validate", cwd=tmp_path)


def test_validate_reads_a_copy_of_the_shipped_catalog(venv: Path, tmp_path: Path) -> None:
    code = "import importlib.resources as r; print(r.files('entitlements.plans'))"
    shutil.copytree(succeed(venv / "python", "-c", code, cwd=tmp_path).strip(), tmp_path / "plans")
    succeed(venv / "entitlements", "validate", cwd=tmp_path)


def test_pytest_finds_the_plugin_that_runs_plan_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        (name,) = [name for name in held.namelist() if name.endswith(".dist-info/entry_points.txt")]
        points = held.read(name).decode()
    assert "[pytest11]\nentitlements = entitlements.testing.pytest_plugin\n" in points


def test_a_new_catalog_made_from_an_empty_folder_is_sound(venv: Path, tmp_path: Path) -> None:
    succeed(venv / "entitlements", "init", cwd=tmp_path)
    succeed(venv / "entitlements", "validate", "--strict", cwd=tmp_path)


def test_demo_runs_from_an_empty_folder_and_leaves_it_empty(venv: Path, tmp_path: Path) -> None:
    shown = succeed(venv / "entitlements", "demo", cwd=tmp_path)
    assert len(shown.splitlines()) > 10
    assert not list(tmp_path.iterdir())


SETTINGS = """
SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "views_of_a_test"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.db"}}
INSTALLED_APPS = ["entitlements.integrations.django"]
MIDDLEWARE = ["entitlements.integrations.django.middleware.EntitlementsMiddleware"]
ENTITLEMENTS = {"subject": "views_of_a_test.subject_of"}
"""
VIEWS = """
from django.http import HttpResponse
from django.urls import path
from entitlements.integrations.django.decorators import requires_feature


def subject_of(request):
    return request.GET.get("space")


urlpatterns = [path("api", requires_feature("api_access")(lambda _: HttpResponse("open")))]
"""
VISIT = """
from django.test import Client
from entitlements.integrations.django import engine

ask = lambda: Client().get("/api?space=clinic").status_code
print(ask())
engine().subscribe("clinic", "pro", by="ada", because="Ordered")
print(ask())
"""


def test_the_django_app_needs_django_and_nothing_more(
    wheel: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    commands = installed(wheel, tmp_path_factory.mktemp("venv"), "django.txt")
    assert run(commands / "python", "-c", "import sqlalchemy", cwd=tmp_path).returncode != 0
    (tmp_path / "settings_of_a_test.py").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "views_of_a_test.py").write_text(VIEWS, encoding="utf-8")
    manage = (commands / "python", "-W", "error", "-m", "django")
    settings = ("--settings", "settings_of_a_test", "--pythonpath", ".")
    succeed(*manage, "check", *settings, cwd=tmp_path)
    assert "0001_initial... OK" in succeed(*manage, "migrate", *settings, cwd=tmp_path)
    assert succeed(*manage, "shell", "-v", "0", *settings, "-c", VISIT, cwd=tmp_path) == "403\n200\n"


def test_the_django_app_without_django_says_which_to_install(venv: Path, tmp_path: Path) -> None:
    done = run(venv / "python", "-c", "import entitlements.integrations.django", cwd=tmp_path)
    assert "the Django app needs Django: pip install 'entitlements[django]'" in done.stderr
