"""Truncated signatures of paths: iterated integrals, the monomials of a path.

For a path X over [0, 1] in d dimensions the level k holds, for every word i_1 ... i_k, ::

    S^{i_1 ... i_k} = integral over t_1 < ... < t_k of dX^{i_1}_{t_1} ... dX^{i_k}_{t_k}

Of a straight line with increment x it is ``x (tensor) ... (tensor) x / k!``, and by Chen's identity the signature of
two paths one after the other is the tensor product of theirs. Chevyrev and Oberhauser (2022), "Signature moments to
characterize laws of stochastic processes", JMLR 23.
"""

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["lead_lag", "signature"]

MAX_LEVEL = 4


def signature(increments: ArrayLike, level: int = MAX_LEVEL) -> Array:
    """Signature of piecewise linear paths.

    Parameters
    ----------
    increments : array, shape (n_paths, n_steps, n_dimensions)
        What each straight piece adds.
    level : int
        Last level kept, 1 to 4.

    Returns
    -------
    array, shape (n_paths, d + d^2 + ... + d^level)
        Levels one after the other, words in lexicographic order; the constant 1 of level 0 is left out.

    Notes
    -----
    A piece x is multiplied on from the right. With S_k the level k so far, ``S_4 <- S_4 + (S_3 + (S_2 + (S_1 + x/4)
    x/3) x/2) x`` and likewise below, which needs one tensor product per level.
    """
    pieces = np.asarray(increments, dtype=np.float64)
    if pieces.ndim != 3 or pieces.shape[1] == 0 or not 1 <= level <= MAX_LEVEL:
        raise InvalidInput(
            f"increments of shape {pieces.shape} to level {level}: need (n_paths, n_steps, n_dimensions) and a level "
            f"from 1 to {MAX_LEVEL}"
        )
    n_paths, _, d = pieces.shape
    levels = [np.zeros((n_paths, d**k)) for k in range(1, level + 1)]
    for step in np.moveaxis(pieces, 1, 0):
        for k in range(level, 0, -1):  # the highest first: it needs the lower ones as they were
            inner = step / k
            for below in range(1, k):
                inner = _product(levels[below - 1] + inner, step / (k - below))
            levels[k - 1] += inner
    return np.concatenate(levels, axis=1)


def lead_lag(returns: ArrayLike) -> Array:
    """Increments of (time, lead, lag) of one series: the lag follows the lead one piece later.

    Parameters
    ----------
    returns : array, shape (n_paths, n_steps)

    Returns
    -------
    array, shape (n_paths, 2 n_steps, 3)
        Time runs from 0 to 1. The area between lead and lag is the sum of squared returns, so that a low level of the
        signature already knows the variance.
    """
    x = np.asarray(returns, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] == 0:
        raise InvalidInput(f"returns of shape {x.shape}: need (n_paths, n_steps) with at least one step")
    pieces = np.zeros((len(x), 2 * x.shape[1], 3))
    pieces[:, ::2, 0] = 1 / x.shape[1]
    pieces[:, ::2, 1] = x
    pieces[:, 1::2, 2] = x
    return pieces


def _product(left: Array, right: Array) -> Array:
    """Tensor product of two flat tensors per path."""
    return np.asarray((left[:, :, None] * right[:, None, :]).reshape(len(left), -1))
