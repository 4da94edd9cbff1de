"""The style files, which others may use, agree with the themes."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import matplotlib.colors
import matplotlib.style
import pytest

from dispatchbench_reports.style import (
    DARK,
    LIGHT,
    Theme,
    ThemeName,
    looks,
    shortened,
    shortened_within,
    text_width,
    wrapped,
)

REPORTS = Path(__file__).parents[1]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=list(ThemeName))
def test_a_style_file_can_be_used_alone_and_has_the_themes_colours(theme: Theme) -> None:
    with matplotlib.style.context(str(REPORTS / theme.style_file)):
        colours = matplotlib.rcParams["axes.prop_cycle"].by_key()
        assert tuple(map(matplotlib.colors.to_hex, colours["color"])) == theme.colours
        assert tuple(colours["marker"]) == theme.markers
        for name, colour in (
            ("figure.facecolor", theme.background),
            ("text.color", theme.ink),
            ("grid.color", theme.grid),
        ):
            assert matplotlib.colors.to_hex(matplotlib.rcParams[name]) == colour


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=list(ThemeName))
def test_text_has_contrast_enough(theme: Theme) -> None:
    """At least 4.5 to 1, as WCAG asks of text, on the background and on bands."""

    def luminance(colour: str) -> float:
        channels = [
            channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4
            for channel in matplotlib.colors.to_rgb(colour)
        ]
        return float(0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2])

    for ground in (theme.background, theme.band):
        for ink in (theme.ink, theme.muted):
            lighter, darker = sorted((luminance(ground), luminance(ink)), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_names_beyond_the_colours_still_differ_by_marker() -> None:
    found = looks([f"backend_{number}" for number in range(40)], LIGHT)
    assert len(set(found.values())) == 40


def test_no_wrapped_line_is_wider_than_its_room() -> None:
    text = (
        "a sentence with a_word_that_is_far_too_long_for_the_line_it_stands_in and 95 % of others"
    )
    lines = wrapped(text, 1.2, 8)
    assert all(text_width(line, 8) <= 1.2 for line in lines)
    assert "".join(lines).replace("\u00a0", "").replace(" ", "") == text.replace(" ", "")
    assert any("95\u00a0%" in line for line in lines)


def test_a_shortened_text_ends_in_an_ellipsis_and_fits() -> None:
    assert shortened("short", 2, 8) == "short"
    found = shortened("a_backend_with_a_long_name", 1.0, 8)
    assert found.endswith("…") and text_width(found, 8) <= 1.0


def test_a_text_can_be_cut_in_its_middle() -> None:
    assert shortened_within("short", 2, 8) == "short"
    found = shortened_within("a_backend_with_a_long_name", 1.0, 8)
    assert found.startswith("a_back") and found.endswith("_name") and text_width(found, 8) <= 1.0
    assert shortened_within("name", 0, 8) == "n…e"
