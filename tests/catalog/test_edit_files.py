"""Writing changed files: whole or not at all, never outside the folder, never over somebody else's change."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from entitlements.catalog.editing.files import FileChange, planned, write_changes
from entitlements.catalog.editing.text import CannotEdit


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "pro.yaml").write_bytes(b"plan: pro\r\n# end")
    (folder / "low.yaml").write_bytes(b"plan: low\n")
    return folder


def change(home: Path, name: str, after: bytes | None) -> FileChange:
    return planned(home / name, f"plans/{name}", home, after)


def files_in(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}


def test_several_files_are_written_and_nothing_is_left_over(home: Path) -> None:
    (home / "pro.yaml").chmod(0o640)
    changes = [
        change(home, "pro.yaml", b"x"),
        change(home, "new/more.yaml", b"y"),
        change(home, "low.yaml", None),
    ]
    write_changes(changes, home)
    assert files_in(home) == {"pro.yaml": b"x"}
    assert files_in(home / "new") == {"more.yaml": b"y"}
    assert stat.S_IMODE((home / "pro.yaml").stat().st_mode) == 0o640


def test_what_does_not_change_is_not_touched(home: Path) -> None:
    before = (home / "pro.yaml").stat()
    write_changes([change(home, "pro.yaml", b"plan: pro\r\n# end")], home)
    assert (home / "pro.yaml").stat().st_mtime_ns == before.st_mtime_ns
    assert (home / "pro.yaml").stat().st_ino == before.st_ino


@pytest.mark.parametrize("other", [b"by somebody else", None])
def test_nothing_is_written_when_one_file_was_changed_meanwhile(other: bytes | None, home: Path) -> None:
    changes = [change(home, "low.yaml", b"x"), change(home, "pro.yaml", b"x")]
    if other is None:
        (home / "pro.yaml").unlink()
    else:
        (home / "pro.yaml").write_bytes(other)
    found = files_in(home)
    with pytest.raises(CannotEdit, match=r"pro\.yaml was changed by somebody else"):
        write_changes(changes, home)
    assert files_in(home) == found


def test_a_new_file_is_never_put_over_another(home: Path) -> None:
    new = change(home, "new.yaml", b"x")
    (home / "new.yaml").write_bytes(b"by somebody else")
    with pytest.raises(CannotEdit):
        write_changes([new], home)
    assert (home / "new.yaml").read_bytes() == b"by somebody else"


def test_a_link_inside_is_followed_and_stays_a_link(home: Path) -> None:
    (home / "link.yaml").symlink_to("pro.yaml")
    write_changes([change(home, "link.yaml", b"x")], home)
    assert (home / "link.yaml").is_symlink()
    assert (home / "pro.yaml").read_bytes() == b"x"


def test_nothing_is_written_through_a_link_that_leads_outside(home: Path) -> None:
    outside = home.parent / "secret.yaml"
    outside.write_bytes(b"secret")
    (home / "link.yaml").symlink_to(outside)
    with pytest.raises(CannotEdit, match=r"plans/link\.yaml: the file is a link that leads out"):
        change(home, "link.yaml", b"x")
    sly = FileChange(home / "link.yaml", "plans/link.yaml", b"secret", b"x")
    with pytest.raises(CannotEdit, match="leads out of the catalog folder"):
        write_changes([change(home, "pro.yaml", b"x"), sly], home)
    assert outside.read_bytes() == b"secret"
    assert (home / "pro.yaml").read_bytes() == b"plan: pro\r\n# end"


def test_no_file_is_made_through_a_folder_that_leads_outside(home: Path) -> None:
    (home.parent / "elsewhere").mkdir()
    (home / "features").symlink_to(home.parent / "elsewhere")
    with pytest.raises(CannotEdit, match="leads out of it"):
        write_changes([change(home, "features/new.yaml", b"x")], home)
    assert not list((home.parent / "elsewhere").iterdir())


FULL = """
import errno, sys
from pathlib import Path
from entitlements.catalog.editing import files as edit_files
home, seen = Path(sys.argv[1]), 0
def audit(event, arguments):
    global seen
    seen += event == "os.rename"
    if event == "os.rename" and seen == 3:
        raise OSError(errno.ENOSPC, "No space left on device")
new = {"pro.yaml": b"x", "new.yaml": b"y", "low.yaml": b"z"}
changes = [edit_files.planned(home / name, name, home, data) for name, data in new.items()]
sys.addaudithook(audit)
try:
    edit_files.write_changes(changes, home)
except edit_files.CannotEdit as error:
    print(error)
"""


def test_the_files_before_are_put_back_when_a_later_one_cannot_be_placed(home: Path) -> None:
    found = files_in(home)
    done = subprocess.run([sys.executable, "-c", FULL, str(home)], capture_output=True, text=True, check=True)
    assert done.stdout == "low.yaml cannot be written: No space left on device; nothing was changed\n"
    assert files_in(home) == found


HASTY = """
import sys
from pathlib import Path
from entitlements.catalog.editing import files as edit_files
home, seen = Path(sys.argv[1]), []
def audit(event, arguments):
    if event == "open" and ".tmp" in str(arguments[0]) and not seen:
        seen.append(event)
        (home / "pro.yaml").write_bytes(b"by somebody else")
changes = [edit_files.planned(home / name, name, home, b"x") for name in ("low.yaml", "pro.yaml")]
sys.addaudithook(audit)
try:
    edit_files.write_changes(changes, home)
except edit_files.CannotEdit as error:
    print(error)
"""


def test_what_somebody_writes_at_the_last_moment_is_kept(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HASTY, str(home)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "pro.yaml was changed by somebody else meanwhile; nothing was written\n"
    assert files_in(home) == {"low.yaml": b"plan: low\n", "pro.yaml": b"by somebody else"}


def as_nobody(code: str, home: Path) -> str:
    """What `code` prints when it is run by somebody without rights; root may do everything."""
    given = {"HOME": str(home)}
    drop = "import os\nif os.getuid() == 0: os.setuid(65534)\n"
    command = [sys.executable, "-c", code.replace("# drop", drop)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **given})
    return done.stdout + done.stderr


def test_a_folder_that_may_not_be_written_is_a_clear_error(home: Path) -> None:
    for folder in (home, *home.parents[:3]):
        folder.chmod(0o755)
    home.chmod(0o555)
    found = files_in(home)
    code = (
        "from pathlib import Path\n"
        "from entitlements.catalog.editing.files import planned, write_changes\n"
        "# drop\n"
        f"home = Path({str(home)!r})\n"
        "try: write_changes([planned(home / 'pro.yaml', 'plans/pro.yaml', home, b'x')], home)\n"
        "except Exception as error: print(type(error).__name__, error, error.hint)\n"
    )
    said = as_nobody(code, home)
    home.chmod(0o755)
    assert said.startswith(
        "CannotEdit plans/pro.yaml cannot be written: Permission denied; nothing was changed"
    )
    assert files_in(home) == found


KILLED = """
import os, sys
from pathlib import Path
from entitlements.catalog.editing import files as edit_files
home, die_at = Path(sys.argv[1]), int(sys.argv[2])
seen = 0
def audit(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.chmod", "os.remove") and ".tmp" in str(arguments):
        seen += 1
        if seen == die_at:
            os._exit(9)
changes = [edit_files.planned(home / name, name, home, b"x" * 100_000) for name in ("pro.yaml", "low.yaml")]
sys.addaudithook(audit)
edit_files.write_changes(changes, home)
"""


@pytest.mark.parametrize("die_at", range(1, 10))
def test_each_file_is_as_before_or_as_after_when_the_writer_is_killed(die_at: int, home: Path) -> None:
    before = files_in(home)
    done = subprocess.run([sys.executable, "-c", KILLED, str(home), str(die_at)], check=False)
    after = files_in(home)
    for name, data in before.items():
        assert after[name] in (data, b"x" * 100_000)
    if done.returncode == 0:
        assert set(after) == set(before)
    # What was left over has a name that no catalog reads.
    assert all(name in before or name.startswith(".") for name in after)


def test_a_diff_shows_both_sides_and_a_missing_line_end(home: Path) -> None:
    assert change(home, "pro.yaml", b"plan: pro\r\n# new").diff() == (
        "--- a/plans/pro.yaml\n+++ b/plans/pro.yaml\n@@ -1,2 +1,2 @@\n plan: pro\r\n"
        "-# end\n\\ No newline at end of file\n+# new\n\\ No newline at end of file\n"
    )
    assert change(home, "low.yaml", None).diff().startswith("--- a/plans/low.yaml\n+++ /dev/null\n")
    assert change(home, "x.yaml", b"a\n").diff() == "--- /dev/null\n+++ b/plans/x.yaml\n@@ -0,0 +1 @@\n+a\n"
    assert change(home, "low.yaml", b"plan: low\n").diff() == ""
