"""Charts inside the page: real text, colours that follow the theme, few elements."""

from __future__ import annotations

import html
import re
from typing import Callable

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

from dispatchbench_reports.style import LIGHT, Theme, Words, shades, svg_text, text_width


def theme_variables(theme: Theme) -> dict[str, str]:
    """The theme's colours by the name of the page's CSS variable."""
    names = {
        "background": theme.background,
        "ink": theme.ink,
        "muted": theme.muted,
        "band": theme.band,
        "reference": theme.reference,
        "grid": theme.grid,
    }
    names.update({f"series-{index}": colour for index, colour in enumerate(theme.colours)})
    names.update(
        {
            f"{'less' if step < 0 else 'more'}-{abs(step)}": colour
            for step, colour in shades(theme).items()
            if step
        }
    )
    return names


def _with_length(found: re.Match[str]) -> str:
    """Gives a text the width it was measured with, whatever font the reader has."""
    opening, content = found.group(1), found.group(2)
    font = re.search(r"font: (700 )?([\d.]+)px", opening)
    opening = re.sub(r' transform="rotate\(-0 [^"]*"', "", opening)
    opening = opening.replace("'DejaVu Sans'", "'DejaVu Sans',Verdana,sans-serif")
    text = html.unescape(content)
    if font is None or len(text) < 2:
        return f"{opening}>{content}</text>"
    width = text_width(text, float(font.group(2)), bold=font.group(1) is not None) * 72
    return f'{opening} textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs">{content}</text>'


def _in_tags(svg: str, pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> str:
    """Replaces in tags alone: a text keeps what it holds, whatever that looks like."""
    return re.sub(r"<[^>]+>", lambda tag: re.sub(pattern, replacement, tag.group()), svg)


def inline_svg(figure: Figure, name: str, words: Words) -> Markup:
    """A figure drawn in the light theme, inside themed(LIGHT), as an element of the page.

    name keeps its identifiers different from those of other charts; a screen reader says the words.
    """
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        svg = svg_text(figure, name, words)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\n?<style.*?</style>\n?</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(<text [^>]*)>([^<]*)</text>", _with_length, svg)
    named = f"{name}-title {name}-description"
    used = set(re.findall(r'(?:"#|url\(#)([^")]+)', "".join(re.findall(r"<[^>]+>", svg))))

    def own_identifier(found: re.Match[str]) -> str:
        if found.group(1) in named.split():
            return found.group()
        return f' id="{name}-{found.group(1)}"' if found.group(1) in used else ""

    svg = _in_tags(svg, r' id="([^"]+)"', own_identifier)
    svg = _in_tags(svg, r'"#([^"]+)"', rf'"#{name}-\1"')
    svg = _in_tags(svg, r"url\(#([^)]+)\)", rf"url(#{name}-\1)")
    svg = re.sub(r"<g>\n(<text .*</text>)\n</g>", r"\1", svg)
    variables: dict[str, str] = {}
    for variable, colour in theme_variables(LIGHT).items():
        variables.setdefault(colour, variable)
    # The style file has a separate shade for axes; the page needs only one.
    variables.setdefault("#8a9099", "reference")
    colours = "|".join(map(re.escape, variables))
    svg = _in_tags(svg, f": ({colours})", lambda found: f": var(--{variables[found.group(1)]})")
    # Line breaks between elements would become nodes of the page.
    svg = svg.replace(">\n<", "><")
    width = float(figure.get_figwidth()) * 96
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # matplotlib leaves out the fill of what is black, which isn't black in every theme.
    black = variables.get("#000000", "ink")
    style = f"max-width:{width:.0f}px;fill:var(--{black})"
    return Markup(svg.replace("<svg ", f'<svg style="{style}" ', 1))
