"""The program that draws Mermaid: JSON with `sources` in, a line of JSON per drawing out. Run by `coe/typesetting`.

Mermaid itself runs in an embedded QuickJS that knows neither network nor files nor a real page; what comes out is a
picture, never markup of ours. Each drawing is written as soon as it is there: whoever ends this keeps the earlier ones.
"""

import json
import resource
import sys
from typing import Any

MEMORY = 1_500_000_000
CPU_SECONDS = 30
MISSING = 3
# What a text may not change about itself with %%{init}%% or a front matter.
FIXED = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "theme", "themeCSS", "themeVariables",
         "fontFamily", "htmlLabels", "flowchart", "class", "layout", "look"]  # fmt: skip
CONFIG: dict[str, Any] = {
    "securityLevel": "strict",
    "secure": FIXED,
    "theme": "neutral",
    "fontFamily": "sans-serif",
    # Labels as SVG text: HTML inside SVG is drawn by browsers alone.
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
    "class": {"htmlLabels": False},
    "maxTextSize": 20_000,
    "maxEdges": 200,
}


def main() -> int:
    """Read the sources, write the drawings; 3 when the library is missing."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        import mermaidx
    except (ImportError, OSError) as error:
        sys.stderr.write(str(error).splitlines()[0])
        return MISSING
    for number, source in enumerate(json.load(sys.stdin)["sources"]):
        try:
            svg = mermaidx.render(source, config=CONFIG).svg()
        except Exception as error:  # whatever Mermaid says of a text is told, and the next is drawn
            said = {"number": number, "error": str(error).splitlines()[0][:300] if str(error) else "unknown"}
        else:
            said = {"number": number, "svg": svg}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
