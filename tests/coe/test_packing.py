"""COEs that travel with their pictures: out, in, and out again the same; and archives that mean harm."""

import io
import re
import struct
import zipfile

import pytest
from PIL import Image

from coe import documents, editing, packing, picturing
from coe.importing import bringing, working
from coe.interchange import files
from coe.models import COE, Picture
from tests import make
from tests.coe.writers import published
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    """A draft that shows two pictures of one name in its text, and one of them and a third in graphs."""
    coe = make.coe()
    whom = {"by": make.alice(), "now": MONDAY}
    first, second, third = (
        picturing.take(coe, name, make.picture(colour=colour, kind=kind), f"Alt of {number}", **whom)
        for number, (name, colour, kind) in enumerate(
            (("image.png", (200, 0, 0), "PNG"), ("image.png", (0, 200, 0), "PNG"), ("Größe 1.jpg", (0, 0, 200), "JPEG"))
        )
    )
    text = f'Before.\n\n![Red "line"]({first.get_absolute_url()}#40x30)\n\n![Green](<{second.get_absolute_url()}> "T")'
    editing.save_section(coe, "summary", text, coe.sections.get(key="summary").edits, **whom)
    editing.add_graph(coe, kind="picture", picture=third, title="Blue", **whom)
    editing.add_graph(coe, kind="picture", picture=first, title="Red again", **whom)
    editing.add_graph(
        coe, kind="csv", csv="time,errors\n2026-11-16 15:00,1\n2026-11-16 15:30,38", title="Errors", **whom
    )
    return coe


def exported(coe):
    content = documents.content_of(coe)
    return packing.packed(coe, content, None, packing.shown_in(coe, content))


def entries(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def imported(raw, name="coe.zip"):
    team = make.team("Payments", make.alice())
    brought = bringing.bring_and_begin(
        files.read([(name, raw)]), team=team, by=make.alice(), now=MONDAY, is_repeated=True
    )
    working.tick(MONDAY)
    return brought.files.get()


def pixels(data):
    return Image.open(io.BytesIO(data)).convert("RGB").resize((8, 8)).tobytes()


def unnumbered(raw):
    """What an archive holds, but for the number of the COE."""
    return {re.sub(r"COE-\d+", "COE-1", name): data for name, data in entries(raw).items()}


def test_a_coe_goes_out_comes_in_and_goes_out_the_same_with_its_pictures(coe):
    first = unnumbered(exported(coe))
    second = unnumbered(exported(imported(exported(coe)).coe))
    third = unnumbered(exported(imported(exported(coe)).coe))

    assert set(first) == {"COE-1.md", "pictures/image.png", "pictures/image-2.png", "pictures/Gr-e-1.jpg"}
    texts = [re.sub(rb"COE-\d+", b"COE-1", one["COE-1.md"]) for one in (first, second, third)]
    assert texts[0] == texts[1] == texts[2]
    for name in set(first) - {"COE-1.md"}:
        close = max(abs(a - b) for a, b in zip(pixels(first[name]), pixels(second[name]), strict=True))
        assert close <= 4, name


def test_pictures_that_come_in_lie_with_their_new_coe(coe):
    file = imported(exported(coe))
    content = documents.content_of(file.coe)

    assert file.report["pictures"] == 3
    assert f"]({file.coe.get_absolute_url()}pictures/" in content["sections"]["summary"]
    assert coe.get_absolute_url() not in str(content)
    assert {picture.alt for picture in file.coe.pictures.all()} == {"Alt of 0", "Alt of 1", "Alt of 2"}
    assert {one["picture"]["alt"] for one in content["graphs"] if one["picture"]} == {"Alt of 0", "Alt of 2"}


def test_only_what_has_pictures_is_an_archive(client, coe):
    client.force_login(make.alice())
    plain = make.coe("Without any")

    assert client.get(f"/coes/{plain.pk}/markdown/")["Content-Type"].startswith("text/markdown")
    assert client.get(f"/coes/{coe.pk}/markdown/")["Content-Type"] == "application/zip"
    assert client.get(f"/coes/{coe.pk}/markdown/?only=text")["Content-Type"].startswith("text/markdown")


def test_pictures_beside_the_texts_of_others_come_along():
    text = "# Down\n\n2026-11-16\n\n## Summary\n\n![Load](../img/a%20b.png) ![x](../../../etc/passwd)"
    packed = archive({"docs/2024/outage.md": text, "docs/img/a b.png": make.picture()})

    file = imported(packed)

    picture = file.coe.pictures.get()
    assert (picture.alt, picture.name) == ("Load", "a b.png")
    assert picture.get_absolute_url() in documents.content_of(file.coe)["sections"]["summary"]


def test_pictures_that_cannot_be_shown_are_told():
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    text = "# Down\n\n2026-11-16\n\n## Summary\n\n![a](a.svg) ![b](b.png)"

    file = imported(archive({"x.md": text, "a.svg": svg, "b.png": b"no picture"}))

    assert file.state == "made"
    assert not file.coe.pictures.exists()
    assert [remark.split(".")[0] for remark in file.report["remarks"]][-2:] == ["The picture a", "The picture b"]


def archive(held):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in held.items():
            opened.writestr(name, data)
    return made.getvalue()


def test_nothing_outside_the_archive_is_meant():
    found = files.read(
        [("a.zip", archive({"../up.md": "# Up", "/root.md": "# Root", "in.md": "# In ![x](/etc/a.png)"}))]
    )

    assert [one.name for one in found] == ["in.md"]
    assert not found[0].pictures


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        ({f"{number}.png": b"0" * 9_000_000 for number in range(8)}, "pictures of 60 MB together"),
        ({f"{number}.md": b"0" * 900_000 for number in range(8)}, "At most 5 MB"),
        ({f"{number}.md": b"x" for number in range(501)}, "At most 500 files"),
    ],
    ids=["pictures", "texts", "files"],
)
def test_archives_that_swell_are_refused(held, problem):
    shown = "\n".join(f"![x]({name})" for name in held if name.endswith(".png"))

    with pytest.raises(ValueError, match=problem):
        files.read([("bomb.zip", archive({"a.md": shown, **held} if shown else held))])


def test_an_archive_of_very_many_entries_is_refused_before_it_is_opened():
    with pytest.raises(ValueError, match="too many entries"):
        files.read([("many.zip", archive({f"{'x' * 200}{number}": b"" for number in range(5000)}))])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_so_that_its_size_cannot_be_bounded_is_refused(method):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as opened:
        opened.writestr("a.md", b"0" * 40_000_000)

    with pytest.raises(ValueError, match="other than Deflate"):
        files.read([("bomb.zip", made.getvalue())])


def test_an_archive_of_broken_data_is_refused():
    raw = bytearray(archive({"a.md": "# A long enough text " * 50}))
    raw[34:50] = b"\xff" * 16

    with pytest.raises(ValueError, match=r"archive a\.zip cannot be opened"):
        files.read([("a.zip", bytes(raw))])


def test_addresses_of_pictures_that_begin_alike_for_long_do_not_keep_the_text_out():
    long = "x" * 300
    text = f"# Down\n\n2026-11-16\n\n## Summary\n\n![a]({long}a.png) ![b]({long}b.png)"

    file = imported(archive({"x.md": text, f"{long}a.png": make.picture(), f"{long}b.png": make.picture()}))

    assert file.state == "made"


def test_an_archive_that_lies_about_its_table_is_refused():
    raw = bytearray(archive({"a.md": "# A"}))
    struct.pack_into("<L", raw, raw.rfind(b"PK\x05\x06") + 12, 2**32 - 1)

    for broken in (bytes(raw), bytes(raw[:-10]), b"PK\x03\x04"):
        with pytest.raises(ValueError, match=r"archive a\.zip"):
            files.read([("a.zip", broken)])


def test_the_library_is_exported_for_who_reads_it(client):
    open_, closed = published(), make.coe("Salaries", owner=make.dora(), state="draft")
    COE.objects.filter(pk=closed.pk).update(state="published", published_at=MONDAY)
    closed.refresh_from_db()
    COE.objects.filter(pk=closed.pk).update(audience="restricted", restricted_because="Personnel")
    client.force_login(make.carol())

    raw = b"".join(client.get("/coes/export/").streaming_content)

    assert set(entries(raw)) == {f"{open_.number}.md"}
    assert Picture.objects.count() == 0
