"""How far forecasts were off: quantiles of ln(forecast / truth) over simulated systems, by what the run had seen.

Statistics reference 2.5, 42 systems of another simulator (2026-11-23).
"""

SHARES = (0.05, 0.50, 0.95)
ROWS: dict[str, dict[float, tuple[float, ...]]] = {
    "today": {
        0.40: (-0.105, 0.05, 0.215),
        0.55: (-0.094, 0.03, 0.182),
        0.70: (-0.062, 0.01, 0.095),
        0.80: (-0.062, -0.01, 0.062),
    },
    "more_cores": {
        0.40: (-0.073, 0.06, 0.223),
        0.55: (-0.094, 0.05, 0.207),
        0.70: (-0.094, 0.05, 0.182),
        0.80: (-0.094, 0.03, 0.182),
    },
    "faster": {
        0.40: (-0.073, 0.06, 0.191),
        0.55: (-0.062, 0.05, 0.157),
        0.70: (-0.062, 0.03, 0.131),
        0.80: (-0.062, 0.01, 0.148),
    },
}
