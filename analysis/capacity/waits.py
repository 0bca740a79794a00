"""What one transaction waits in all, as a sample: Monte Carlo of its visits, the same dice at every load."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from analysis.capacity.network import Floats, Load, Queue

DRAWS = 4_000
SEED = 20_261_125
VISITS = (1, 2, 3, 4, 6)
"""How many waits in a row a transaction may consist of; which one is read off the measured 95th percentiles."""


def sample_waits(load: Load, queues: Sequence[Queue], visits: int) -> Floats:
    """Seconds waited at each queue (rows) by each of the drawn transactions (columns), sorted by nothing.

    A visit that finds j others waits for j - cores + 1 of them to leave: a gamma of that shape. The visits' waits at a
    station have the same scale, so their sum is one gamma of the summed shapes.
    """
    waits = np.zeros((len(queues), DRAWS))
    for index, (queue, found) in enumerate(zip(queues, load.found, strict=True)):
        if queue.demand_s <= 0:
            continue
        dice = _dice(index, visits)
        others = np.searchsorted(np.cumsum(found), dice * (1 - 1e-12))
        shape = np.maximum(others - queue.cores + 1, 0.0).sum(axis=0)
        waiting = shape > 0
        scale = queue.demand_s / (visits * queue.cores)
        waits[index, waiting] = _gamma(shape[waiting], _normals(index)[waiting]) * scale
    return waits


def stratified(values: Floats, counts: Floats) -> Floats:
    """DRAWS from counted values (ascending): every part of the distribution is drawn alike, in random order."""
    ranks = (np.arange(DRAWS) + 0.5) / DRAWS
    share = np.cumsum(counts) / counts.sum()
    drawn = np.asarray(values[np.minimum(np.searchsorted(share, ranks), len(values) - 1)])
    return drawn[np.random.default_rng(SEED).permutation(DRAWS)]


def _gamma(shape: Floats, normal: Floats) -> Floats:
    """Gamma variates by Wilson and Hilferty's cube: smooth in the shape, so the same dice give monotone answers."""
    cube = 1 - 1 / (9 * shape) + normal / (3 * np.sqrt(shape))
    return np.asarray(shape * np.maximum(cube, 0.0) ** 3)


@lru_cache(maxsize=64)
def _dice(queue: int, visits: int) -> Floats:
    return np.random.default_rng((SEED, 1, queue, visits)).random((visits, DRAWS))


@lru_cache(maxsize=32)
def _normals(queue: int) -> Floats:
    return np.random.default_rng((SEED, 2, queue)).standard_normal(DRAWS)
