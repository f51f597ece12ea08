"""The project that the page "Use in Django" shows, file by file, is sound, and its tests pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.test_docs import ROOT, blocks
from tests.postgres import Server

PAGE = ROOT / "docs" / "how-to" / "use-in-django.md"
#: What every project has, and no reader wants to see.
BESIDE = {
    "mysite/urls.py": """
from django.urls import path

from mysite import views

shown = {"reports": views.Reports.as_view(), **vars(views)}
names = ("export", "tables", "reports", "menu", "plan")
urlpatterns = [path(f"a/<domain>/{name}/", shown[name]) for name in names]
""",
    "mysite/templates/no_access.html": "{{ why }}",
    "mysite/test_other_pages.py": """
from django.test import TestCase

from entitlements.integrations.django import engine


class PagesTest(TestCase):
    def test_all_answer(self):
        for name in ("tables", "menu", "plan"):
            self.assertEqual(self.client.get(f"/a/river-clinic/{name}/").status_code, 200, name)
        self.assertEqual(self.client.get("/a/river-clinic/reports/").status_code, 403)
        with engine().pretend("river-clinic", plan="pro"):
            self.assertEqual(self.client.get("/a/river-clinic/reports/").json(), {"reports": []})
        self.assertEqual(self.client.get("/a/river-clinic/plan/").json(), {"plan": "community"})
""",
}
SETTINGS = """
SECRET_KEY = "of a test"
ROOT_URLCONF = "mysite.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS.append("mysite")
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
"""


def place_on_sqlite(_: pytest.FixtureRequest, folder: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.db")}


def place_on_postgresql(request: pytest.FixtureRequest, _: Path) -> dict[str, Any]:
    server: Server = request.getfixturevalue("postgres_server")
    name = server.new_database()
    where = {"NAME": name, "USER": "postgres", "HOST": str(server.folder), "TEST": {"NAME": f"test_{name}"}}
    return {"ENGINE": "django.db.backends.postgresql", **where}


@pytest.mark.parametrize("place", [place_on_sqlite, place_on_postgresql])
def test_the_project_of_the_page_is_sound_and_passes_its_tests(
    place: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    files = {block.argument: block.text for block in blocks(PAGE) if block.kind == "python"} | BESIDE
    files["mysite/settings.py"] += f"{SETTINGS}DATABASES = {{'default': {place(request, tmp_path)!r}}}\n"
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for command in (["check"], ["migrate", "--verbosity=0"], ["test", "--noinput", "mysite"]):
        done = django(tmp_path, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 5 tests" in done.stderr


def django(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    python_path = os.pathsep.join((str(folder), str(ROOT)))
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": python_path, "DJANGO_SETTINGS_MODULE": "mysite.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
