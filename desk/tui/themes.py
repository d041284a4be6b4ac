"""The desk's colours: calm, one accent; red for what breaks or went wrong, violet for what is not the customer's."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="desk-dark",
    dark=True,
    primary="#7aa2c8",
    secondary="#8f9bb0",
    accent="#d7a65f",
    success="#8fb573",
    warning="#d7a65f",
    error="#e5695e",
    foreground="#c9d1d9",
    background="#14171c",
    surface="#14171c",
    panel="#1d2229",
    variables={
        "desk-quiet": "#7d8794",
        "desk-rule": "#333a44",
        "desk-selected": "#26303c",
        "desk-late": "#ff7a6e",
        "desk-soon": "#e0b060",
        "desk-side": "#b294d6",
        "block-cursor-background": "#26303c",
        "block-cursor-foreground": "#e6edf3",
        "block-cursor-text-style": "none",
        "input-cursor-background": "#c9d1d9",
        "scrollbar": "#333a44",
        "scrollbar-background": "#14171c",
        "scrollbar-corner-color": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "border": "#333a44",
        "border-blurred": "#333a44",
    },
)

LIGHT = Theme(
    name="desk-light",
    dark=False,
    primary="#2f6392",
    secondary="#5a6675",
    accent="#8a5a00",
    success="#3f7a22",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1f2328",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#f0eee8",
    variables={
        "desk-quiet": "#68717d",
        "desk-rule": "#cfccc4",
        "desk-selected": "#e3e8ee",
        "desk-late": "#b3261e",
        "desk-soon": "#8a5a00",
        "desk-side": "#6d3fa0",
        "block-cursor-background": "#e3e8ee",
        "block-cursor-foreground": "#1f2328",
        "block-cursor-text-style": "none",
        "input-cursor-background": "#1f2328",
        "scrollbar": "#cfccc4",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-corner-color": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
        "border": "#cfccc4",
        "border-blurred": "#cfccc4",
    },
)

DEFAULTS = {name: "#888888" for name in DARK.variables if name.startswith("desk-")}
"""What themes that are not ours fall back to."""
