"""What a document is on paper: addresses that can be read, no page for nothing, no table that is cut off."""

import pytest

from coe.exporting import STYLE
from coe.typesetting.finishing import finished

weasyprint = pytest.importorskip("weasyprint")
LINK = '<p>Read <a href="https://example.com/{0}?a=1&amp;b=2">this</a> and that of {0}.</p>'


def document(body):
    return finished(f'<body><article class="document"><div class="prose">{body}</div></article></body>')


def pages(made):
    style = weasyprint.CSS(string=STYLE.read_text())
    return weasyprint.HTML(string=made).render(stylesheets=[style]).pages


def boxes(page, tag):
    return [box for box in page._page_box.descendants() if box.element_tag == tag]


def test_an_address_stands_once_at_the_end_with_its_number_behind_each_link():
    made = document(LINK.format(1) + LINK.format(2) + LINK.format(1))

    assert made.count('this</a><sup class="address">1</sup>') == 2
    assert made.count('this</a><sup class="address">2</sup>') == 1
    assert made.count("<li><a href=") == 2
    assert made.index("Addresses") < made.index("</article>")


@pytest.mark.parametrize(
    "shown", ["https://www.example.com/a?b=1&amp;c", "example.com/a?b=1&amp;c", '<img src="data:,">', "<code></code>"]
)
def test_a_link_that_shows_its_address_or_a_picture_has_no_number(shown):
    address = "https://www.example.com/a?b=1&amp;c"

    assert "<sup" not in document(f'<p><a href="{address}">{shown}</a></p>')


def test_a_word_that_is_part_of_an_address_does_not_show_it():
    assert "<sup" in document('<p><a href="https://example.com/issues/12">issue</a></p>')


def test_many_links_make_no_page_for_nothing():
    text = "".join(LINK.format(number) for number in range(60))
    found = pages(document(text))

    assert len(found) <= 5
    for page in found:
        assert sum(len(box.text) for box in page._page_box.descendants() if hasattr(box, "text")) > 100


def test_a_table_of_many_columns_and_long_words_stays_on_its_page():
    cells = "".join(
        f"<td>{word}</td>" for word in ("refund_worker_1_eu_west_1_primary", "e3b0c44298fc1c149afb" * 3) * 4
    )
    rows = f"<thead><tr>{'<th>oldest message</th>' * 8}</tr></thead><tbody>{f'<tr>{cells}</tr>' * 60}</tbody>"
    found = pages(document(f"<table>{rows}</table>"))

    assert len(found) > 1
    for page in found:
        assert boxes(page, "th")
        (table,) = [box for box in boxes(page, "table") if type(box).__name__ == "BlockBox"][:1]
        assert table.position_x + table.width <= page.width - 22 / 25.4 * 96 + 1


def test_a_heading_never_ends_a_page():
    for length in range(36, 44):
        text = (
            "<p>One line.</p>" * length + "<p><strong>What went well</strong></p><p>Much.</p>" + "<h3>More</h3><p>x</p>"
        )
        for page in pages(document(text)):
            last = [box for box in page._page_box.descendants() if hasattr(box, "text") and box.element_tag != "body"]
            said = [box.text for box in last if "Page" not in box.text and box.text.strip()]
            assert not {"What went well", "More"} & set(said[-1:])


def test_long_words_break_at_their_joints_and_entities_stay_whole():
    made = document("<table><tr><td>refund_worker_of_europe &amp;amp;long_long_long_long</td></tr></table>")

    assert "refund_<wbr>worker_<wbr>of_<wbr>europe" in made
    assert "&amp;amp;" in made


def test_nothing_leads_back_on_paper():
    made = document('<ol><li>Said.<a class="footnote-backref" href="#x">↩</a></li></ol><p>✅ Done</p>')

    assert "↩" not in made
    assert "✓ Done" in made
