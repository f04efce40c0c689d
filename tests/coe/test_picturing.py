"""Pictures: what may come in, what is left of it, who sees it, and when it may go. Bombs cost little."""

import subprocess
import sys
import zlib
from io import BytesIO
from struct import pack

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from coe import editing, picturing
from coe.models import COE
from coe.views.part_graphs import markdown_of
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe.writers import LATER, published
from tests.make import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return make.coe()


def take(coe, data=None, alt="It rises", name="graph.png"):
    return picturing.take(coe, name, data or picture(), alt, by=make.alice(), now=LATER)


def opened(data):
    return Image.open(BytesIO(bytes(data)))


def png_bomb(width=50_000, height=50_000):
    """A few hundred bytes that say they are 2.5 billion pixels."""

    def chunk(kind, body):
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    )


def gif_bomb():
    whole = bytearray(picture(kind="GIF"))
    whole[6:10] = pack("<HH", 60_000, 60_000)
    return bytes(whole)


def webp_bomb(chunk=b"VP8X"):
    body = b"\x00" * 4 + (16_382).to_bytes(3, "little") * 2
    if chunk == b"VP8L":
        body = b"\x2f" + (16_382 | 16_382 << 14).to_bytes(4, "little") + b"\x00" * 8
    return b"RIFF" + pack("<I", 4 + 8 + len(body)) + b"WEBP" + chunk + pack("<I", len(body)) + body + b"\x00" * 8


BOMBS = {"png": png_bomb(), "gif": gif_bomb(), "webp": webp_bomb(), "webp lossless": webp_bomb(b"VP8L")}


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_bomb_is_refused_in_words(name):
    with pytest.raises(ValidationError, match="at most 40 million pixels"):
        picturing.encode(BOMBS[name])


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_bomb_takes_little_memory(name, tmp_path):
    (tmp_path / "bomb").write_bytes(BOMBS[name])
    program = (
        "import django, resource, sys; django.setup()\n"
        "from coe import picturing\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: picturing.encode(open(sys.argv[1], 'rb').read())\n"
        "except Exception as error: print(type(error).__name__, file=sys.stderr)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bomb")], capture_output=True, text=True, check=True
    )

    assert "ValidationError" in said.stderr
    assert int(said.stdout) < 20_000  # KB


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_each_kind_is_taken_by_its_content_whatever_it_is_called(coe, kind):
    taken = take(coe, picture(kind=kind), name="../../etc/report.html")

    assert taken.name == "report.html"
    assert opened(taken.data).size == (40, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_picture_is_refused(kind):
    data = picture(400, 300, kind)

    with pytest.raises(ValidationError, match=r"broken|not a picture"):
        picturing.encode(data[: len(data) // 2])


def test_svg_is_refused_with_the_reason():
    with pytest.raises(ValidationError, match="SVG can run programs"):
        picturing.encode(
            b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        )


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"<html><script>alert(1)</script>", b"BM" + b"\0" * 60])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ValidationError, match="not a picture"):
        picturing.encode(data)


def test_a_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(ValidationError, match="at most 10 MB; this one has 11 MB"):
        picturing.encode(b"\xff\xd8" + b"\0" * (11 << 20))


def test_a_jpeg_of_very_many_scans_is_refused():
    with pytest.raises(ValidationError, match="too many scans"):
        picturing.encode(picture(kind="JPEG")[:-2] + b"\xff\xda" * 80)


def test_nothing_but_pixels_is_left_of_a_polyglot():
    data = picture(kind="JPEG") + b"<html><script>alert(1)</script>"

    assert b"script" not in picturing.encode(data).data


def test_where_a_photograph_was_taken_is_gone_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x0110] = "Camera of Alice"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)
    data = picture(400, 200, "JPEG", exif=exif.tobytes())
    assert b"Camera of Alice" in data

    made = picturing.encode(data)

    assert (made.width, made.height) == (200, 400)
    assert not opened(made.data).getexif()
    assert b"Camera" not in made.data


def test_a_wide_picture_is_made_smaller_and_has_smaller_versions(coe):
    taken = take(coe, picture(3000, 300))

    assert (taken.width, taken.height) == (2400, 240)
    assert [(size.width, opened(size.data).size) for size in taken.sizes.all()] == [
        (480, (480, 48)),
        (960, (960, 96)),
        (1600, (1600, 160)),
    ]


def test_a_small_animation_keeps_moving_and_a_long_one_stands_still():
    def gif(count):
        made = BytesIO()
        frames = [Image.new("RGB", (20, 20), (number % 255, 40, 90)) for number in range(count)]
        frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=50)
        return made.getvalue()

    assert opened(picturing.encode(gif(3)).data).n_frames == 3
    assert picturing.encode(gif(picturing.MOST_FRAMES + 50)).kind == "image/png"


def test_the_same_picture_twice_is_kept_once(coe):
    assert take(coe).pk == take(coe, name="again.png").pk


def test_a_coe_holds_a_bounded_number_of_pictures(coe, monkeypatch):
    monkeypatch.setattr(picturing, "MOST_PICTURES", 2)
    take(coe, picture(10)), take(coe, picture(11))

    with pytest.raises(ValidationError, match="at most 2 pictures"):
        take(coe, picture(12))


def test_only_who_may_edit_adds_pictures_and_never_to_what_is_published(coe):
    with pytest.raises(NotAllowed):
        picturing.take(coe, "a.png", picture(), "", by=make.carol(), now=LATER)
    with pytest.raises(Conflict):
        take(published())


def test_a_picture_goes_only_when_nothing_shows_it(coe):
    taken = take(coe)
    editing.save_section(coe, "summary", markdown_of(taken), 0, by=make.alice(), now=LATER)

    with pytest.raises(Conflict, match="is used in “Summary”"):
        picturing.remove(coe, taken, by=make.alice())
    editing.save_section(coe, "summary", "", 1, by=make.alice(), now=LATER)
    picturing.remove(coe, taken, by=make.alice())

    assert not coe.pictures.exists()


def test_a_picture_is_sent_so_that_it_can_do_nothing(client, coe):
    taken = take(coe, picture(900, 100), name='no"te\r\n.png')
    client.force_login(make.bob())

    answer = client.get(taken.get_absolute_url())

    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Disposition"].startswith('inline; filename="no te .png"')
    assert opened(client.get(f"{taken.get_absolute_url()}?w=480").content).width == 480
    assert client.get(taken.get_absolute_url(), headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_who_may_not_see_the_coe_sees_no_picture_of_it(client):
    coe = make.coe(audience=COE.Audience.RESTRICTED, restricted_because="security")
    taken = take(coe)
    etag = {"If-None-Match": f'"{taken.digest[:32]}-full"'}

    assert client.get(taken.get_absolute_url()).status_code == 302
    for user, status in ((make.carol(), 404), (make.bob(), 404), (make.alice(), 200), (make.dora(), 200)):
        client.force_login(user)
        assert client.get(taken.get_absolute_url()).status_code == status
        assert client.get(taken.get_absolute_url(), headers=etag).status_code == (304 if status == 200 else 404)


def test_a_picture_is_not_found_under_another_coe(client, coe):
    taken, other = take(coe), make.coe("Another")
    client.force_login(make.alice())

    assert client.get(f"/coes/{other.pk}/pictures/{taken.key}/").status_code == 404


def test_an_exported_file_carries_the_picture_and_asks_for_nothing(client, coe):
    taken = take(coe, picture(900, 100))
    editing.save_section(coe, "summary", markdown_of(taken), 0, by=make.alice(), now=LATER)
    client.force_login(make.alice())

    screen = client.get(f"/coes/{coe.pk}/").content.decode()
    file = client.get(f"/coes/{coe.pk}/html/").content.decode()

    assert f'srcset="{taken.get_absolute_url()}?w=480 480w, {taken.get_absolute_url()} 900w"' in screen
    assert 'src="data:image/png;base64,' in file
    assert "srcset" not in file
