"""Nothing a person writes runs on the screen of another."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coe.rendering import ATTRIBUTES, TAGS, to_html, to_text

PAYLOADS = [
    # Tags that run something, or load it.
    "<script>alert(1)</script>", "<ScRiPt src=//evil></sCrIpT>", "<script\n>alert(1)</script\n>",
    "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", "<img src=x onerror=alert(1)>",
    "<img src='x' OnErRoR='alert(1)'>", '<img """><script>alert(1)</script>">', "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>", "<embed src=//evil>", "<link rel=stylesheet href=//evil>",
    "<base href=//evil/>", "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=//evil><input name=q></form>", "<button formaction=javascript:alert(1)>x</button>",
    "<video><source onerror=alert(1)></video>", "<details open ontoggle=alert(1)>", "<style>@import '//evil'</style>",
    "<p style='background:url(//evil)'>x</p>", "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<textarea></textarea><script>alert(1)</script>",
    "<title><script>alert(1)</script></title>", "<xmp><script>x</xmp>", "<b onclick=alert(1)>x</b>",
    "<b/onclick=alert(1)>x</b>", "<br onmouseover=alert(1)>", "<kbd style=x>", "<!--><script>alert(1)</script>-->",
    "<!-- --!><img src=x onerror=alert(1)>", "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>", "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</script>",
    # Links that run something.
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\nscript:alert(1))",
    "[x](java\tscript:alert(1))", "[x](&#106;avascript:alert(1))", "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))", "[x](\x01javascript:alert(1))", "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)", "[x](vbscript:msgbox(1))", "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](file:///etc/passwd)", "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript://x%0aalert(1)>", "<data:text/html,x>", "[x](blob:x)", "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)", "![x](//evil/pixel.png)", "![x](/\\evil/pixel.png)",
    "![x](https://evil/pixel.png)", '[x](https://e "onmouseover=alert(1) x=")',
    '[x](https://e "\'><script>alert(1)</script>")', '![" onerror="alert(1)](/x)', "[x](https://e\"onclick=alert(1))",
    "[![x](javascript:a)](javascript:b)", "https://e/\"onmouseover=alert(1)", "https://e/<script>alert(1)</script>",
    # Through code, tables, footnotes, headings and our own marks.
    "```\"><script>alert(1)</script>\nx\n```", "```js onload=alert(1)\nx\n```", "`<script>alert(1)</script>`",
    "|<script>alert(1)</script>|b|\n|-|-|\n|[x](javascript:a)|d|",
    "[^<script>]\n\n[^<script>]: <script>alert(1)</script>", "# <img src=x onerror=alert(1)>",
    "- [x] <script>alert(1)</script>", "~~<script>alert(1)</script>~~", "COE-1<script>alert(1)</script>",
    "\x02wzxhzdk:0\x03<script>", "\\<script>alert(1)</script>", "&lt;script&gt;",
    "[^1]\n\n[^1]: [x](javascript:alert(1))", "Term\n: <script>", "*[x]: <script>", "{: onclick=alert(1)}",
]  # fmt: skip

SCHEME = re.compile(r"(?:https?:|mailto:|/|#|\?|\.|[^:]*$)", re.IGNORECASE)


class Inspector(HTMLParser):
    """Reads HTML as a browser would and objects to whatever is not expected."""

    def __init__(self):
        super().__init__()
        self.objections = []

    def handle_starttag(self, tag, attributes):
        if tag not in TAGS:
            self.objections.append(f"<{tag}>")
        for name, value in attributes:
            allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | {"rel", "class", "align"}
            if name not in allowed or name.startswith("on"):
                self.objections.append(f"{tag} {name}={value}")
            if name in {"href", "src"} and not SCHEME.match(value or ""):
                self.objections.append(f"{tag} {name}={value}")
            if name == "src" and not re.match(r"/[^/\\]", value or ""):
                self.objections.append(f"{tag} {name}={value}")
            if name == "id" and not value.startswith(("text-", "fn-text-", "fnref-text-", "fnref2-text-")):
                self.objections.append(f"id={value}")

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        self.objections.append(f"<!--{data}-->")

    def handle_decl(self, data):
        self.objections.append(f"<!{data}>")


def objections(html):
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.objections


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_runs_or_loads_comes_through(payload):
    assert objections(to_html(payload)) == []
    assert objections(to_html(f"> 1. text {payload} text\n\n    {payload}\n")) == []


def test_the_inspector_would_notice():
    assert objections("<script>") == ["<script>"]
    assert objections('<a href="javascript:x">') == ["a href=javascript:x"]
    assert objections('<p onclick="x">') == ["p onclick=x"]
    assert objections('<img src="//evil">') == ["img src=//evil"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=8)), max_size=6).map("".join))
def test_no_mixture_of_them_comes_through(text):
    assert objections(to_html(text)) == []
    assert isinstance(to_text(text), str)


@pytest.mark.parametrize(
    "payload", ["https://example.com", "http://example.com", "mailto:a@example.com", "/coes/1/", "#x"]
)
def test_harmless_links_stay_and_pass_on_nothing(payload):
    made = to_html(f"[x]({payload})")

    assert f'href="{payload}"' in made
    assert 'rel="noopener nofollow noreferrer"' in made
