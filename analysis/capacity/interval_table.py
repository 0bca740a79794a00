"""How far forecasts were off: quantiles of ln(forecast / truth) over simulated systems, by what the run had seen.

Row 0.70: derived on 2026-11-25 from 18 systems of `benchmarks/measuring/known_systems.py` (seeds from 101 on;
application-, database-, asynchronous-bound and balanced; no lock), split conformal with the quantiles of n + 1. The
other rows are scaled from it as the widths of the statistics reference 2.5 are to each other (42 systems
of another simulator).
`make prove advisor_simulated` judges it on other seeds.
"""

SHARES = (0.05, 0.50, 0.95)
ROWS: dict[str, dict[float, tuple[float, ...]]] = {
    "today": {
        0.40: (-0.332, 0.004, 0.518),
        0.55: (-0.286, 0.004, 0.447),
        0.70: (-0.161, 0.004, 0.256),
        0.80: (-0.145, 0.004, 0.230),
    },
    "more_cores": {
        0.40: (-0.207, 0.016, 0.234),
        0.55: (-0.207, 0.016, 0.234),
        0.70: (-0.187, 0.016, 0.214),
        0.80: (-0.187, 0.016, 0.214),
    },
    "faster": {
        0.40: (-0.253, -0.006, 0.180),
        0.55: (-0.210, -0.006, 0.147),
        0.70: (-0.187, -0.006, 0.130),
        0.80: (-0.187, -0.006, 0.130),
    },
}
