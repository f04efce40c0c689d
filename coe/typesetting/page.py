"""The program that sets one document: JSON with `html` and `css` in, PDF out. Run by `coe/typesetting`, never imported.

It can load nothing but data that is in the document: neither network nor files.
"""

import json
import resource
import sys
from typing import Any

MEMORY = 1_500_000_000
CPU_SECONDS = 40
MISSING = 3


def main() -> int:
    """Read the document, write the PDF; 3 when a library is missing."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        sys.stderr.write(str(error).splitlines()[0])
        return MISSING

    class Closed(URLFetcher):
        """Opens data: only."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith("data:"):
                raise ValueError("nothing is loaded")
            return super().fetch(url, headers)

    asked = json.load(sys.stdin)
    fonts = FontConfiguration()
    fetcher = Closed(allowed_protocols={"data"})
    style = weasyprint.CSS(string=asked["css"], font_config=fonts, url_fetcher=fetcher)
    document = weasyprint.HTML(string=asked["html"], url_fetcher=fetcher)
    document.write_pdf(sys.stdout.buffer, stylesheets=[style], font_config=fonts, pdf_tags=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
