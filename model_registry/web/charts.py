"""Charts as SVG: numbers over versions, bars side by side, and parallel coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from .text import number, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WIDTH: Final = 760
_HEIGHT: Final = 260
_BARS_WIDTH: Final = 520
_LEFT: Final = 64
_RIGHT: Final = 24
_TOP: Final = 44
_BOTTOM: Final = 44
_MOST_LABELS: Final = 10
_LONGEST_LABEL: Final = 14


@dataclass(frozen=True)
class Point:
    """A number of a version.

    Attributes:
        label: Name of the version.
        value: The number.
        link: Path of its page.
        aliases: Aliases of the version.
    """

    label: str
    value: float
    link: str
    aliases: tuple[str, ...] = ()


def line_chart(name: str, points: Sequence[Point]) -> Markup:
    """Draw a number over versions, the oldest at the left. Empty if no version has it."""
    finite = [each for each in points if math.isfinite(each.value)]
    if not finite:
        return Markup()
    low, high = _range([each.value for each in finite])
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(finite) - 1)
    places = [
        (
            _LEFT + index * step if len(finite) > 1 else _WIDTH / 2,
            _vertical(each.value, low, high),
            each,
        )
        for index, each in enumerate(finite)
    ]
    path = " ".join(f"{'M' if not index else 'L'}{x:.1f} {y:.1f}" for index, (x, y, _) in enumerate(places))
    body = [*_grid(low, high), Markup('<path class="line" d="{}"/>').format(path)]
    every = math.ceil(len(places) / _MOST_LABELS)
    named = 0
    for index, (x, y, each) in enumerate(places):
        is_labelled = (len(places) - 1 - index) % every == 0
        body.append(_point(x, y, each, is_labelled=is_labelled, row=named % 2))
        named += bool(each.aliases)  # names of neighbours are in different rows
    first, last = finite[0], finite[-1]
    description = (
        f"{len(finite)} versions, from {number(first.value)} in {_text(first.label)} to "
        f"{number(last.value)} in {_text(last.label)}; lowest {number(min(each.value for each in finite))}, "
        f"highest {number(max(each.value for each in finite))}."
    )
    return _svg(f"{_text(name)} over versions", description, body, _HEIGHT)


def _point(x: float, y: float, point: Point, *, is_labelled: bool, row: int) -> Markup:
    parts = [
        Markup('<a href="{}" aria-label="{}"><circle class="dot{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(
            point.link,
            f"{_text(point.label)}: {number(point.value)}",
            " named" if point.aliases else "",
            x,
            y,
            6 if point.aliases else 4,
        ),
        Markup("<title>{}: {}</title></a>").format(_text(point.label), number(point.value)),
    ]
    if point.aliases:
        parts.append(
            Markup(
                '<path class="leader" d="M{0:.1f} {5}V{2:.1f}"/>'
                '<text class="alias" x="{0:.1f}" y="{1}" text-anchor="{3}">{4}</text>'
            ).format(x, 13 + 15 * row, y - 8, _anchor(x), _short(", ".join(point.aliases), 24), 17 + 15 * row)
        )
    if is_labelled:
        parts.append(
            Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
                x, _HEIGHT - _BOTTOM + 20, _anchor(x), _short(point.label)
            )
        )
    return Markup().join(parts)


def bar_chart(name: str, values: Sequence[tuple[str, float | None]]) -> Markup:
    """Draw one bar for each version. Patterns distinguish the bars, besides colours."""
    known = [value for _, value in values if value is not None and math.isfinite(value)]
    if not known:
        return Markup()
    low, high = min(0.0, *known), max(0.0, *known)
    span = (high - low) or 1.0
    left, right, row = 150, 80, 30
    scale = (_BARS_WIDTH - left - right) / span
    zero = left - low * scale
    body: list[Markup] = []
    for index, (label, value) in enumerate(values):
        y = 8 + index * row
        body.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>').format(
                left - 10, y + 16, _shortened(label, 20)
            )
        )
        if value is None or not math.isfinite(value):
            continue
        x, width = (zero, value * scale) if value >= 0 else (zero + value * scale, -value * scale)
        shape = Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="20"/>')
        body += [
            shape.format(f"bar c{index}", x, y, max(width, 1)),
            shape.format(f"p{index}", x, y, max(width, 1)),
            Markup('<text class="value" x="{:.1f}" y="{}">{}</text>').format(
                max(x + width, zero) + 6, y + 16, number(value)
            ),
        ]
    description = "; ".join(
        f"{_text(label)}: {'none' if value is None else number(value)}" for label, value in values
    )
    return _svg(_text(name), description, body, 16 + len(values) * row, _BARS_WIDTH)


def parallel_chart(axes: Mapping[str, Sequence[object]], labels: Sequence[str]) -> Markup:
    """Draw a line for each version through its values of several parameters or metrics.

    Args:
        axes: Values of the versions by name; `None` for a missing one.
        labels: Names of the versions.
    """
    if len(axes) < 2:
        return Markup()
    step = (_WIDTH - 2 * _LEFT) / (len(axes) - 1)
    body: list[Markup] = []
    heights: list[list[float | None]] = []
    for index, (name, values) in enumerate(axes.items()):
        x = _LEFT + index * step
        axis, ends = _axis(values)
        heights.append(axis)
        body.append(
            Markup(
                '<path class="axis" d="M{0:.1f} {1}V{2}"/>'
                '<text class="tick" x="{0:.1f}" y="{3}" text-anchor="{5}">{4}</text>'
            ).format(x, _TOP, _HEIGHT - _BOTTOM, _TOP - 20, _short(name), _anchor(x))
        )
        for text, y in zip(ends, (_HEIGHT - _BOTTOM + 16, _TOP - 5), strict=True):
            body.append(
                Markup('<text class="tick end" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
                    x, y, _anchor(x), _short(text)
                )
            )
    for number_, label in enumerate(labels):
        body.append(
            Markup('<path class="line c{} d{}" d="{}"><title>{}</title></path>').format(
                number_, number_, _path([axis[number_] for axis in heights], step), _text(label)
            )
        )
        body += [
            Markup('<circle class="bar c{}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(number_, x, y)
            for x, y in _points([axis[number_] for axis in heights], step)
            if x is not None
        ]
    description = f"{len(labels)} versions as lines through {', '.join(_text(name) for name in axes)}."
    return _svg("Parameters and metrics of the versions", description, body, _HEIGHT)


def _points(heights: Sequence[float | None], step: float) -> Iterator[tuple[float | None, float]]:
    """Yield the places of a version on the axes; without x where it has no value."""
    for index, height in enumerate(heights):
        x = None if height is None else _LEFT + index * step
        yield x, _HEIGHT - _BOTTOM - (height or 0.0) * (_HEIGHT - _TOP - _BOTTOM)


def _path(heights: Sequence[float | None], step: float) -> str:
    """Return the line of a version. It ends at an axis without a value, and begins again after it."""
    parts: list[str] = []
    pen = "M"
    for x, y in _points(heights, step):
        if x is not None:
            parts.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "M" if x is None else "L"
    return " ".join(parts)


def _axis(values: Sequence[object]) -> tuple[list[float | None], tuple[str, str]]:
    """Return the place of each value on an axis, from 0 to 1, and the texts at its ends."""
    numbers = [
        float(each) if isinstance(each, (int, float)) and not isinstance(each, bool) else None
        for each in values
    ]
    if all(each is not None or value is None for each, value in zip(numbers, values, strict=True)):
        known = [each for each in numbers if each is not None and math.isfinite(each)]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        span = high - low
        places = [
            None if each is None or not math.isfinite(each) else (0.5 if not span else (each - low) / span)
            for each in numbers
        ]
        return places, (number(low), number(high) if span else "")
    texts = sorted({str(each) for each in values if each is not None})
    last = max(1, len(texts) - 1)
    ranks = [None if each is None else texts.index(str(each)) / last for each in values]
    return list(ranks), (texts[0], texts[-1] if len(texts) > 1 else "")


def _svg(title: str, description: str, body: Sequence[Markup], height: int, width: int = _WIDTH) -> Markup:
    frame = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}. {}">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    )
    return frame.format(width, height, title, description, title, description, Markup().join(body))


def _grid(low: float, high: float) -> Iterator[Markup]:
    for value in _ticks(low, high):
        y = _vertical(value, low, high)
        yield Markup(
            '<path class="grid" d="M{} {:.1f}H{}"/>'
            '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(_LEFT, y, _WIDTH - _RIGHT, _LEFT - 10, y + 4, number(value))


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis that has all values, with some room."""
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers between the ends of an axis."""
    raw = (high - low) / 6
    power = 10 ** math.floor(math.log10(raw))
    size = next(one * power for one in (1, 2, 5, 10) if one * power >= raw)
    first = math.ceil(low / size)
    return [round(index * size, 12) for index in range(first, math.floor(high / size) + 1)]


def _vertical(value: float, low: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)


def _anchor(x: float) -> str:
    """Return the alignment of a text that must not leave the picture."""
    if x < _LEFT * 1.5:
        return "start"
    return "end" if x > _WIDTH - _RIGHT - _LEFT * 0.75 else "middle"


def _short(text: str, longest: int = _LONGEST_LABEL) -> str:
    shown = _text(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _shortened(text: str, longest: int) -> str:
    """Return a text without its middle: versions of a model differ at the end."""
    shown = _text(text)
    half = longest // 2
    return shown if len(shown) <= longest else f"{shown[:half]}…{shown[1 - half :]}"


def _text(text: str) -> str:
    return str(visible(text))
