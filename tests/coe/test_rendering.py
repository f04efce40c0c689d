"""Markdown as people write it in a COE."""

import re
import time

import pytest

from coe.rendering import LARGEST, MOST_LINES, first_paragraph, html_to_text, to_html, to_line, to_text


def test_headings_stand_below_those_of_the_screen():
    assert to_html("# One", "summary") == '<h3 id="summary-one">One</h3>'
    assert to_html("## Two") == '<h4 id="text-two">Two</h4>'
    assert to_html("###### Six") == '<h6 id="text-six">Six</h6>'


def test_ids_of_two_sections_never_meet():
    text = "# Cause\n\nSee[^1]\n\n[^1]: Note"

    assert 'id="impact-cause"' in to_html(text, "impact")
    assert 'href="#fn-impact-1"' in to_html(text, "impact")
    assert 'id="fn-summary-1"' in to_html(text, "summary")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see COE-12.", '<a href="/coes/12/" rel="noopener nofollow noreferrer">COE-12</a>.'),
        ("(INC-7)", '(<a href="/incidents/7/" rel="noopener nofollow noreferrer">INC-7</a>)'),
        ("**COE-1**", '<strong><a href="/coes/1/" rel="noopener nofollow noreferrer">COE-1</a></strong>'),
    ],
)
def test_numbers_become_links(text, link):
    assert link in to_html(text)


@pytest.mark.parametrize(
    "text", ["`COE-12`", "```\nCOE-12\n```", "    COE-12", "XCOE-12", "COE-12a", "COE-0", "COE-", "coe-12", "\\COE-12x"]
)
def test_what_only_looks_like_a_number_is_left_alone(text):
    assert "<a " not in to_html(text)


def test_a_number_inside_a_link_makes_no_second_link():
    assert to_html("[about COE-3](https://example.com/INC-4)").count("<a ") == 1


@pytest.mark.parametrize(
    ("text", "href", "rest"),
    [
        ("at https://example.com/a_b_c?d=1&e=2.", "https://example.com/a_b_c?d=1&amp;e=2", "."),
        ("(https://example.com/x)", "https://example.com/x", ")"),
        ("https://example.com/x_(y)", "https://example.com/x_(y)", ""),
        ("<https://example.com>", "https://example.com", ""),
    ],
)
def test_bare_addresses_become_links_without_the_sign_behind_them(text, href, rest):
    made = to_html(text)

    assert f'href="{href}"' in made
    assert made.endswith(f"</a>{rest}</p>")


def test_task_lists_show_boxes_and_no_form_controls():
    made = to_html("- [ ] open\n- [x] **done**\n- [y] neither")

    assert '<li class="task"><span class="task-box">☐</span> open</li>' in made
    assert '<li class="task is-done"><span class="task-box">☑</span> <strong>done</strong></li>' in made
    assert "<li>[y] neither</li>" in made
    assert "<input" not in made


def test_a_list_may_follow_a_paragraph_at_once():
    assert "<ul>\n<li>one</li>\n<li>two</li>\n</ul>" in to_html("Steps:\n- one\n- two")


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("- one\n  - two\n  - three\n- four", "(one(two)(three))(four)"),
        ("1. one\n   - two\n     - three\n2. four", "(one(two(three)))(four)"),
        ("- one\n    - two\n        - three\n- four", "(one(two(three)))(four)"),
        ("- one\n - two\n- three", "(one)(two)(three)"),
        ("- one\n\n  more of one\n- two", "(onemore of one)(two)"),
        ("1.  one\n    * two\n2.  three", "(one(two))(three)"),
    ],
)
def test_a_list_below_a_list_is_indented_as_far_as_its_text(text, outline):
    made = to_html(text).replace("<li>", "(").replace("</li>", ")")

    assert re.sub(r"<[^>]*>|\n", "", made) == outline


def test_indented_code_is_no_list():
    assert "- one\n  - two" in to_html("Words\n\n    - one\n      - two")


@pytest.mark.parametrize("rule", ["* * *", "- - -", "***", "_ _ _", "- a\n* * *"])
def test_what_stands_below_a_rule_is_in_no_list(rule):
    html = to_html(f"{rule}\n\n  text\n\n  more")

    assert html.endswith("<hr>\n<p>text</p>\n<p>more</p>")


def test_code_is_kept_to_the_letter():
    text = "```yaml\n- a: <b>\n# no heading\nSteps:\n- x\n```"

    assert to_html(text) == (
        '<pre><code class="language-yaml">- a: &lt;b&gt;\n# no heading\nSteps:\n- x\n</code></pre>'
    )


def test_tables_are_aligned_without_styles():
    made = to_html("|a|b|\n|:-|-:|\n|1|2|")

    assert '<th align="left">a</th>' in made
    assert "style" not in made


def test_placeholders_in_angle_brackets_are_text():
    assert to_html("restart <pod-name> on <IP>") == "<p>restart &lt;pod-name&gt; on &lt;IP&gt;</p>"


def test_plain_tags_dress_text_and_comments_are_hidden():
    assert to_html("a<br>b <kbd>Ctrl</kbd> <!-- a hint --> H<sub>2</sub>O") == (
        "<p>a<br>b <kbd>Ctrl</kbd>  H<sub>2</sub>O</p>"
    )


def test_pictures_from_elsewhere_become_links():
    made = to_html("![graph](https://example.com/g.png) ![ours](/media/g.png)")

    assert '<a href="https://example.com/g.png" rel="noopener nofollow noreferrer">graph</a>' in made
    assert made.count("<img") == 1
    assert '<img alt="ours" src="/media/g.png">' in made


def test_struck_text():
    assert to_html("~~no~~ yes") == "<p><del>no</del> yes</p>"


def test_control_characters_and_lone_surrogates_do_not_stay():
    assert to_html("a\x00b\x02c\x1bd") == "<p>abcd</p>"
    assert to_html("a\ud800b") == "<p>a?b</p>"


def test_plain_text_has_the_words_and_no_marks():
    text = "# Head\n\nFirst *line*\ncontinued &amp; `x<y`\n\n- [x] item\n\n|a|b|\n|-|-|\n|c|d|"

    assert to_text(text) == "Head\nFirst line\ncontinued & x<y\n☑ item\na\nb\nc\nd"


def test_plain_text_has_footnotes_and_not_their_signs():
    assert to_text("It fell by 38 %.[^1]\n\n[^1]: Of eu-west-1.") == "It fell by 38 %.\nOf eu-west-1."


def test_plain_text_of_an_attribute_with_a_bracket_is_whole():
    assert html_to_text('<p><a href="/x" title="a > b">word</a></p>') == "word"


@pytest.mark.parametrize(
    ("text", "paragraph"),
    [
        ("# Head\n\nThe **first**\nparagraph.\n\nSecond.", "The first paragraph."),
        ("- only\n- items", "only"),
        ("", ""),
    ],
)
def test_the_first_paragraph(text, paragraph):
    assert first_paragraph(text) == paragraph


def test_too_much_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="at most 200 KB of text; this one has 300 KB"):
        to_html("é" * 150_000)
    with pytest.raises(ValueError, match=f"at most {MOST_LINES} lines"):
        to_html("\n" * MOST_LINES)


def test_pasted_data_is_shown_as_it_is():
    made = to_html("**data** " * 2_000)

    assert "<strong>" not in made
    assert "**data**" in made


# Each took minutes, or grew with the square of its length, before it was bounded.
PATHOLOGICAL = [
    "[", "![", "](", "[a](b ", '[a](b "', "[a]((((", "[a](<b", "[a][b]", "**a ", "_a_b", "`", "``a `", "<", "<a ",
    '<a href="', "<!--", "<!-- a ", "<![CDATA[", "<http://", "<a@", "&", "|", "|a|b\n|-|-|\n", "#\n", ">", "> > > a\n",
    "- a\n", "    - a\n", "1. a\n", "```\n", "~~~a\n", "[^1]", "[^1]: a\n", "[a]: b\n", "~~a ", "COE-", "https://a.b/(",
    "<div>\n", "</div>", "<p><b>", "\\*", "* * ", "a\n=\n", "a  \n", "&#x41;", "word ", "\t",
]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "- ", "# ", "|a|b|\n|-|-|\n|"], ids=["text", "item", "heading", "cell"])
def test_no_text_takes_long(prefix):
    slow = {}
    for unit in PATHOLOGICAL:
        text = prefix + "".join((unit * 8_000)[:8_000].splitlines(keepends=True)[: MOST_LINES - 5])
        started = time.process_time()
        to_html(text)
        slow[unit] = time.process_time() - started

    assert max(slow.values()) < 2, max(slow, key=slow.get)


def test_deep_nesting_is_no_error():
    assert to_html(">" * 5_000 + " a")
    assert to_html("".join("    " * depth + "- a\n" for depth in range(200)))
    assert len(to_html("*_" * 5_000)) < LARGEST


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("raised by *hand*", "raised by <em>hand</em>"),
        ("# heading\n\ntext", "heading\ntext"),
        ("- a <b>\n- c", "a\nc"),
        ("", ""),
    ],
)
def test_one_line_holds_no_blocks(text, html):
    assert to_line(text) == html
