"""Links are followed inside the models' folder only, and a file that git changed is named as such."""

import os

import pytest

import predictor
from predictor.artefact.checksum import add_checksum
from predictor.artefact.files import is_ignored, read_file
from predictor.artefact.reader import ARRAYS, MANIFEST, read_artefact
from predictor.model.predictor import load_predictor
from predictor.schema.errors import ArtefactCorrupt
from predictor.tasks import find_task
from tests.support.artefacts import write_artefact
from tests.support.files.volumes import mount

STROKE = find_task("stroke")
LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


@pytest.fixture
def folder(tmp_path):
    return write_artefact(tmp_path / "models", STROKE)


# Links


@pytest.mark.parametrize("mounted", ["", "stroke", "stroke/1"])
def test_a_mounted_volume_is_loaded_wherever_it_is_mounted(tmp_path, mounted):
    content = write_artefact(tmp_path / "content", STROKE).parents[1] / mounted
    models = tmp_path / "models"
    mount(content, models / mounted, "2026_11_25")

    assert load_predictor(models, STROKE).manifest.version == 1
    assert predictor.load(models / "stroke").manifest.version == 1
    assert predictor.load(models / "stroke" / "1").manifest.version == 1


@pytest.mark.parametrize("linked", ["stroke", "stroke/1", f"stroke/1/{MANIFEST}", f"stroke/1/{ARRAYS}"])
def test_a_link_that_leads_out_of_the_models_folder_is_refused(folder, tmp_path, linked):
    models = folder.parents[1]
    outside = (models / linked).rename(tmp_path / "outside")
    (models / linked).symlink_to(outside)

    with pytest.raises(
        ArtefactCorrupt, match=f"is behind a link that leads out of {models}; copy"
    ) as refused:
        load_predictor(models, STROKE)

    assert str(refused.value).count("\n") == 0


def test_a_link_whose_target_is_a_neighbour_with_the_same_beginning_is_refused(folder):
    neighbour = folder.parents[1].with_name("models2")
    neighbour.mkdir()
    (folder / ARRAYS).rename(neighbour / ARRAYS)
    (folder / ARRAYS).symlink_to(f"../../../models2/{ARRAYS}")

    with pytest.raises(ArtefactCorrupt, match="link"):
        read_artefact(folder)


def test_the_models_folder_itself_and_the_folder_that_a_caller_names_may_be_links(folder, tmp_path):
    (tmp_path / "current").symlink_to(folder.parents[1])
    (tmp_path / "best").symlink_to(folder.parent)
    (tmp_path / "one").symlink_to(folder)

    assert load_predictor(tmp_path / "current", STROKE).manifest.version == 1
    assert predictor.load(tmp_path / "best").folder == folder
    assert predictor.load(tmp_path / "one").folder == folder


@pytest.mark.parametrize(
    ("target", "reason"), [("none", "is a link to a file that does not exist"), (MANIFEST, "symbolic links")]
)
def test_a_link_without_a_file_is_named(folder, target, reason):
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).symlink_to(target)

    with pytest.raises(ArtefactCorrupt, match=f"{MANIFEST} .*{reason}"):
        read_artefact(folder)


@pytest.mark.parametrize("name", [MANIFEST, "deep/file"])
def test_a_link_that_appears_after_the_check_is_not_followed(folder, tmp_path, monkeypatch, name):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_text("secret")
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_text("file")
    swapped = folder / name.split("/")[0]
    resolve = os.path.realpath

    def resolve_and_swap(path, **options):
        resolved = resolve(path, **options)
        if str(path).endswith(name) and not swapped.is_symlink():
            swapped.rename(tmp_path / "old")
            swapped.symlink_to(tmp_path / "secret" / ("" if "/" in name else "file"))
        return resolved

    monkeypatch.setattr("os.path.realpath", resolve_and_swap)

    with pytest.raises(ArtefactCorrupt, match="cannot be opened"):
        read_file(folder, name, 1000)


# Clones


@pytest.mark.parametrize("name", [MANIFEST, ARRAYS])
def test_a_pointer_of_git_lfs_is_named_with_the_command_that_fetches_the_file(folder, name):
    (folder / name).write_text(LFS_POINTER)

    with pytest.raises(ArtefactCorrupt, match=f"{name} is a Git LFS pointer; run `git lfs pull`"):
        read_artefact(folder)


def test_converted_line_ends_are_named_with_the_way_to_avoid_them(folder):
    content = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(content.replace(b"\n", b"\r\n"))

    with pytest.raises(ArtefactCorrupt, match=r"line ends of manifest\.json were converted") as refused:
        read_artefact(folder)

    assert "core.autocrlf=false" in str(refused.value)
    assert ".gitattributes" in str(refused.value)


def test_other_damage_is_not_blamed_on_line_ends(folder):
    content = add_checksum((folder / MANIFEST).read_bytes()).replace(b"stroke", b"strode", 1)
    (folder / MANIFEST).write_bytes(content.replace(b"\n", b"\r\n"))

    with pytest.raises(ArtefactCorrupt, match="does not match the digest"):
        read_artefact(folder)


# Ignored files


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "Thumbs.db", "desktop.ini", "._manifest.json", "__MACOSX/1/._card.md", "card.md~"),
        *("figures/.DS_Store", ".card.md.swp", "#card.md#", ".#card.md", "..data/manifest.json"),
    ],
)
def test_files_of_desktops_editors_and_volumes_are_ignored(folder, name):
    assert is_ignored((folder / name).relative_to(folder))


@pytest.mark.parametrize("name", ["more.txt", "figures/more.svg", ".hidden", "Thumbs.db.exe", "a.DS_Store"])
def test_other_files_are_not_ignored(folder, name):
    assert not is_ignored((folder / name).relative_to(folder))
