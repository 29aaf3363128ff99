"""
A sheet on which pictures are drawn as SVG.

Colours are CSS variables that follow the reader's theme, also where the picture stands alone;
paper is always light.  It refuses to measure text: who writes leaves room.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]

STYLE = """
.hna{color-scheme:light dark;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
 --ink:#1b2430;--muted:#5c6773;--line:#c9d0d8;--faint:#e9ecf0;--paper:#ffffff;
 --accent:#1f6fb4;--warm:#c2410c;--heat:#e07b18;max-width:100%;height:auto}
@media screen and (prefers-color-scheme:dark){.hna{
 --ink:#e4e9ef;--muted:#98a4b1;--line:#47525e;--faint:#2a323b;--paper:#14191f;
 --accent:#6cb2f0;--warm:#ff8f57;--heat:#f08a24}}
.hna text{fill:var(--ink)}
.hna .muted{fill:var(--muted)}
.hna .small{font-size:10.5px}
.hna .strong{font-weight:600}
.hna .end{text-anchor:end}
.hna .middle{text-anchor:middle}
.hna .line{stroke:var(--line);fill:none}
.hna .grid{stroke:var(--faint);fill:none}
.hna .edge{stroke:var(--muted);fill:none;stroke-width:1.2}
.hna .tip{fill:var(--muted)}
.hna .curve{stroke:var(--accent);fill:none;stroke-width:1.8;stroke-linejoin:round}
.hna .faint{stroke-opacity:.45}
.hna .dot{fill:var(--accent);fill-opacity:.7}
.hna .star{fill:var(--warm);stroke:var(--paper);stroke-width:1.2}
.hna .band{fill:var(--accent);fill-opacity:.09}
.hna .heat{fill:var(--heat)}
.hna .oncolour{fill:#1b1b1b;font-size:14px;pointer-events:none}
.hna .halo{paint-order:stroke;stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round}
.hna .share{fill:none;stroke:var(--heat);stroke-width:5}
.hna .rest{fill:none;stroke:var(--faint);stroke-width:5}
.hna .interval{stroke:var(--accent);stroke-width:1.6;fill:none}
.hna .usual{fill:var(--accent);fill-opacity:.13}
.hna .bad{fill:var(--warm)}
.hna .badline{stroke:var(--warm);stroke-width:1.6;fill:none}
.hna .chosen{fill:none;stroke:var(--ink);stroke-width:2}
.hna .skipped{fill:none;stroke:var(--muted);stroke-opacity:.55;stroke-dasharray:3 3}
""".strip()
"""The one style of all pictures; a page may hold several without conflict."""


class Canvas:
    """
    Collects the elements of one picture, in the order drawn.

    Args:
        width: in pixels.
        height: in pixels.
        label: what the picture shows, for people who cannot see it.
    """

    def __init__(self, width: float, height: float, label: str) -> None:
        self._size = (width, height)
        self._label = label
        self._parts: list[str] = []

    def add(self, tag: str, *, tooltip: str = "", content: str = "", **values: str | float) -> None:
        """Draw an element; ``class_`` is its class, ``stroke_width`` its ``stroke-width``."""
        attributes = "".join(
            f" {name.strip('_').replace('_', '-')}={quoteattr(_text(value))}"
            for name, value in values.items()
        )
        title = f"<title>{escape(tooltip)}</title>" if tooltip else ""
        self._parts.append(f"<{tag}{attributes}>{title}{escape(content)}</{tag}>")

    def text(self, x: float, y: float, content: str, style: str = "") -> None:
        """Write *content* with its baseline at *y*."""
        self.add("text", x=x, y=y, class_=style, content=content)

    def line(self, start: Point, end: Point, style: str = "line") -> None:
        """Draw a straight line."""
        self.add("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=style)

    def polyline(self, points: Sequence[Point], style: str) -> None:
        """Draw *points* joined by lines."""
        self.add("polyline", points=_points(points), class_=style)

    def polygon(self, points: Sequence[Point], style: str, tooltip: str = "") -> None:
        """Draw a filled shape."""
        self.add("polygon", points=_points(points), class_=style, tooltip=tooltip)

    def render(self) -> str:
        """Return the picture as one ``<svg>`` element that also stands alone as a file."""
        width, height = map(_text, self._size)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="hna" role="img" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            f"aria-label={quoteattr(self._label)}><style>{STYLE}</style>"
            f"{''.join(self._parts)}</svg>"
        )


def unstyled(picture: str) -> str:
    """Return a rendered *picture* without its style, for a page whose own sheet holds ``STYLE``."""
    return picture.replace(f"<style>{STYLE}</style>", "", 1)


def grouped(value: float) -> str:
    """
    Return *value* for people: three significant digits or all of the integer, thousands apart.

    >>> grouped(0.01234), grouped(12.345), grouped(23412.3)
    ('0.0123', '12.3', '23\u202f412')
    """
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.3g}"


def percent(share: float, digits: int = 0) -> str:
    """
    Return a share as a percentage that does not break over a line.

    >>> percent(0.0171, 1)
    '1.7\u202f%'
    """
    return f"{share:.{digits}%}".replace("%", "\u202f%")


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
