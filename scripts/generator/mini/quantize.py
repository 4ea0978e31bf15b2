"""Rounding to blocks of 32 along the input dimension. The rounded weights are the model: the references run on them."""

import numpy as np

BLOCK = 32


def int8(weight):
    """[N, K] to uint8 [N, K] around 128 and scales [N, K/32]."""
    blocks = weight.astype(np.float32).reshape(weight.shape[0], -1, BLOCK)
    scales = np.maximum(np.abs(blocks).max(-1) / 127, 1e-12).astype(np.float32)
    q = np.clip(np.rint(blocks / scales[..., None]), -127, 127) + 128
    return q.astype(np.uint8).reshape(weight.shape), scales


def from_int8(q, scales):
    blocks = q.astype(np.float32).reshape(q.shape[0], -1, BLOCK) - 128
    return (blocks * scales[..., None]).reshape(q.shape)


def int4(weight):
    """[N, K] to values 0..15 [N, K], scales and zero points [N, K/32]; of several ranges the one with least error."""
    blocks = weight.astype(np.float32).reshape(weight.shape[0], -1, BLOCK)
    low, high = np.minimum(blocks.min(-1), 0), np.maximum(blocks.max(-1), 0)
    best = None
    for shrink in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75):
        scales = np.maximum((high - low) * shrink / 15, 1e-12).astype(np.float32)
        zero = np.clip(np.rint(-low * shrink / scales), 0, 15)
        q = np.clip(np.rint(blocks / scales[..., None]) + zero[..., None], 0, 15)
        error = (((q - zero[..., None]) * scales[..., None] - blocks) ** 2).sum(-1)
        if best is None:
            best = [error, q, scales, zero]
        else:
            better = error < best[0]
            best = [
                np.where(better, error, best[0]),
                np.where(better[..., None], q, best[1]),
                np.where(better, scales, best[2]),
                np.where(better, zero, best[3]),
            ]
    _, q, scales, zero = best
    return q.astype(np.uint8).reshape(weight.shape), scales.astype(np.float32), zero.astype(np.uint8)


def from_int4(q, scales, zero):
    blocks = q.astype(np.float32).reshape(q.shape[0], -1, BLOCK) - zero[..., None]
    return (blocks * scales[..., None]).reshape(q.shape)


def packed(nibbles):
    """Two values a byte along the last dimension, the first in the low half."""
    return (nibbles[..., 0::2] | (nibbles[..., 1::2] << 4)).astype(np.uint8)
