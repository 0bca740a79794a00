"""How far forecasts were off: quantiles of ln(forecast / truth) over simulated systems, by what the run had seen.

Row 0.70: derived on 2026-11-25 from 60 systems of `benchmarks/measuring/known_systems.py` (seeds 201 to 215;
application-, database-, asynchronous-bound and balanced; no lock), split conformal with the quantiles of n + 1, by
`benchmarks/measuring/interval_rows.py`. The other rows are scaled from it as the widths of the statistics reference 2.5
are to each other (42 systems of another simulator).
`make prove advisor_simulated` judges it on other seeds.
"""

SHARES = (0.05, 0.50, 0.95)
ROWS: dict[str, dict[float, tuple[float, ...]]] = {
    "today": {
        0.40: (-0.297, 0.014, 0.411),
        0.55: (-0.256, 0.014, 0.354),
        0.70: (-0.144, 0.014, 0.203),
        0.80: (-0.130, 0.014, 0.182),
    },
    "more_cores": {
        0.40: (-0.139, 0.055, 0.306),
        0.55: (-0.139, 0.055, 0.306),
        0.70: (-0.126, 0.055, 0.280),
        0.80: (-0.126, 0.055, 0.280),
    },
    "faster": {
        0.40: (-0.234, 0.041, 0.273),
        0.55: (-0.194, 0.041, 0.223),
        0.70: (-0.173, 0.041, 0.197),
        0.80: (-0.173, 0.041, 0.197),
    },
}
