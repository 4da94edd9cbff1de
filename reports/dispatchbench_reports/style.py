"""The look that all charts share: two themes, a colour and a marker per name, and files with reproducible bytes."""

from __future__ import annotations

import contextlib
import functools
import html
import io
import math
import re
import warnings
from dataclasses import dataclass
from importlib import resources
from enum import StrEnum
from typing import Iterator, Mapping, Sequence

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path


class ThemeName(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Theme:
    """Colours, among them those that a style file has no name for: notes, row bands and the reference line."""

    name: ThemeName
    style_file: str
    background: str
    ink: str
    muted: str
    band: str
    reference: str
    grid: str
    colours: tuple[str, ...]
    markers: tuple[str, ...] = ("o", "s", "D", "^", "v", "P", "X", "p")


LIGHT = Theme(
    name=ThemeName.LIGHT,
    style_file="dispatchbench.mplstyle",
    background="#ffffff",
    ink="#1b1f24",
    muted="#59616b",
    band="#f5f7f9",
    reference="#4a525c",
    grid="#dde1e6",
    colours=(
        "#0072b2",
        "#d55e00",
        "#009e73",
        "#cc79a7",
        "#e69f00",
        "#56b4e9",
        "#000000",
        "#f0e442",
    ),
)
DARK = Theme(
    name=ThemeName.DARK,
    style_file="dispatchbench-dark.mplstyle",
    background="#14171c",
    ink="#e8eaed",
    muted="#a3abb5",
    band="#1b2027",
    reference="#b5bcc5",
    grid="#30363d",
    colours=(
        "#3d9bd9",
        "#e8762c",
        "#1fb98c",
        "#cc79a7",
        "#e69f00",
        "#56b4e9",
        "#e8eaed",
        "#f0e442",
    ),
)
THEMES: Mapping[ThemeName, Theme] = {theme.name: theme for theme in (LIGHT, DARK)}


SHADES = 16
"""How many steps a scale of colours has to either side."""
STRONGEST = {ThemeName.LIGHT: 0.62, ThemeName.DARK: 0.55}
"""How much of its colour the last step has, so that a text on it stays readable."""


def _mixed(theme: Theme, colour: str, share: float) -> str:
    """The theme's background with a share of a colour."""

    def parts(text: str) -> list[int]:
        return [int(text[place : place + 2], 16) for place in (1, 3, 5)]

    pairs = zip(parts(theme.background), parts(colour))
    return "#" + "".join(f"{round(own + (other - own) * share):02x}" for own, other in pairs)


def shades(theme: Theme) -> dict[int, str]:
    """A diverging scale from -SHADES to SHADES: blue and orange, which colour-blind readers tell apart."""
    found = {0: theme.background}
    for step in range(1, SHADES + 1):
        share = step / SHADES * STRONGEST[theme.name]
        found[-step] = _mixed(theme, theme.colours[0], share)
        found[step] = _mixed(theme, theme.colours[1], share)
    return found


def shade_colour(theme: Theme, shade: float) -> str:
    """The colour of a shade from -1 to 1."""
    return shades(theme)[round(min(max(shade, -1.0), 1.0) * SHADES)]


@contextlib.contextmanager
def themed(theme: Theme) -> Iterator[None]:
    """Draw and save inside this: it shields the figure from the caller's matplotlib settings.

    Names are no formulas, whatever dollar signs they hold, and a character that the font lacks is drawn as a box without
    a word on the terminal.
    """
    with resources.as_file(
        resources.files("dispatchbench_reports").joinpath(theme.style_file)
    ) as path:
        with matplotlib.rc_context(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            matplotlib.rcdefaults()
            matplotlib.rc_file(str(path), use_default_template=False)
            matplotlib.rcParams["text.parse_math"] = False
            yield


@dataclass(frozen=True)
class Look:
    """The colour and marker that stand for one name in every chart of a report."""

    colour: str
    marker: str
    outline: str = ""
    """of lines and hollow marks, where the colour alone hardly differs from the background"""


LEAST_CONTRAST = 1.6
"""Of a colour without an outline."""


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return math.fsum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


@functools.cache
def contrast(colour: str, other: str) -> float:
    """The ratio of their luminances as WCAG defines it, from 1 to 21."""
    low, high = sorted((_luminance(colour), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def looks(names: Sequence[str], theme: Theme) -> dict[str, Look]:
    """One look per name; after eight names the colours repeat with another marker."""
    count = len(theme.colours)
    return {
        name: Look(
            colour := theme.colours[index % count],
            theme.markers[(index + index // count) % count],
            theme.muted if contrast(colour, theme.background) < LEAST_CONTRAST else "",
        )
        for index, name in enumerate(names)
    }


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in inches of one line of text."""
    properties = FontProperties(
        family="DejaVu Sans", size=size, weight="bold" if bold else "normal"
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return float(width) / 72


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Breaks a text into lines that are at most width inches wide."""
    lines: list[str] = []
    # A number stays with its percent sign.
    for paragraph in text.replace(" %", "\u00a0%").split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, size, bold) > width:
                lines.append(line)
                longer = word
            # A single word wider than the line (a path, a flag list) is cut.
            while text_width(longer, size, bold) > width and len(longer) > 1:
                fits = next(
                    (
                        n
                        for n in range(len(longer) - 1, 0, -1)
                        if text_width(longer[:n], size, bold) <= width
                    ),
                    1,
                )
                lines.append(longer[:fits])
                longer = longer[fits:]
            line = longer
        if line:
            lines.append(line)
    return lines


def shortened(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis if it is wider than width (inches)."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def shortened_within(text: str, width: float, size: float, bold: bool = False) -> str:
    """The same, cut in the middle: names that begin alike keep the end that tells them apart."""
    kept = len(text)
    short = text
    while text_width(short, size, bold) > width and kept > 2:
        kept -= 1
        short = text[: (kept + 1) // 2] + "…" + text[len(text) - kept // 2 :]
    return short


@dataclass(frozen=True)
class Words:
    """What a chart says to those who can't see it, and to programs that list files."""

    title: str
    description: str


def svg_text(figure: Figure, salt: str, words: Words) -> str:
    """The figure as SVG with reproducible bytes: no date, no version, identifiers derived from the salt."""
    target = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": "dispatchbench"})
    return _described(_compact(target.getvalue()), salt, words)


def _described(svg: str, name: str, words: Words) -> str:
    """With title and description as first elements, which screen readers say for the picture."""
    begin = svg.index("<svg ")
    end = svg.index(">", begin) + 1
    title, description = f"{name}-title", f"{name}-description"
    return (
        f'{svg[:begin]}<svg role="img" aria-labelledby="{title} {description}" {svg[begin + 5 : end]}\n'
        f'<title id="{title}">{html.escape(words.title, quote=False)}</title>\n'
        f'<desc id="{description}">{html.escape(words.description, quote=False)}</desc>{svg[end:]}'
    )


def _compact(svg: str) -> str:
    """Rounds coordinates to a hundredth of a point, which nobody sees: half the size."""

    def shorter(found: re.Match[str]) -> str:
        if found.group().startswith("scale"):
            return found.group()
        return f"{float(found.group()):.2f}".rstrip("0").rstrip(".") or "0"

    svg = re.sub(r"<!--.*?-->\n?", "", svg)
    # A scale is a factor, not a coordinate: text of 8.5 points is scaled by 0.085.
    number = re.compile(r'scale\([^)]*\)|(?<=[\s"(,])-?\d+\.\d{3,}(?=[\s")a-zA-Z,])')
    # Inside tags only: a number in a text keeps its digits.
    svg = re.sub(r"<[^>]+>", lambda tag: number.sub(shorter, tag.group()), svg)
    svg = re.sub(r"[ \t]*\n[ \t]*", "\n", svg)
    # Strips are thousands of short vertical lines: a tenth of a point is enough for them.
    svg = re.sub(r"M (\S+) (\S+)\nL \1 (\S+)\n", _tick, svg)
    # Every dot of a group repeats the group's style.
    return re.sub(r'(<g clip-path="[^"]*")>\n((?:<use [^>]*/>\n)+)(?=</g>)', _style_once, svg)


def _tick(found: re.Match[str]) -> str:
    x, top, bottom = (float(found.group(part)) for part in (1, 2, 3))
    return f"M{x:.1f} {top:.1f}v{bottom - top:.1f}\n"


def _style_once(found: re.Match[str]) -> str:
    styles = set(re.findall(r' style="[^"]*"', found.group(2)))
    if len(styles) != 1:
        return found.group()
    style = styles.pop()
    return f"{found.group(1)}{style}>\n{found.group(2).replace(style, '')}"


def png_bytes(figure: Figure, words: Words) -> bytes:
    target = io.BytesIO()
    metadata = {"Software": None, "Title": words.title, "Description": words.description}
    figure.savefig(target, format="png", metadata=metadata)
    return target.getvalue()


def pdf_bytes(figure: Figure, words: Words) -> bytes:
    """The figure as PDF with reproducible bytes, its fonts embedded as outlines that printers take."""
    target = io.BytesIO()
    metadata = {
        "Title": words.title,
        "Subject": words.description,
        "Creator": "dispatchbench",
        "Producer": None,
        "CreationDate": None,
    }
    with matplotlib.rc_context({"pdf.fonttype": 42}):
        figure.savefig(target, format="pdf", metadata=metadata)
    return target.getvalue()
