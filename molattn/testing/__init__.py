"""The test kit: transformations, small complexes and the assertions every network must pass.

Shipped so that a new encoder, term or token can be held to the same promises in a line each::

    from molattn import testing

    testing.assert_invariant(network, graph)
"""

from molattn.testing.assertions import (
    assert_attention_rows,
    assert_batch_independent,
    assert_continuous,
    assert_gradients,
    assert_invariant,
    assert_ledger,
    assert_permutation_invariant,
)
from molattn.testing.complexes import random_complex
from molattn.testing.transforms import (
    cast,
    move_ligand,
    permute,
    random_orthogonal,
    transform,
)

__all__ = [
    "assert_attention_rows",
    "assert_batch_independent",
    "assert_continuous",
    "assert_gradients",
    "assert_invariant",
    "assert_ledger",
    "assert_permutation_invariant",
    "cast",
    "move_ligand",
    "permute",
    "random_complex",
    "random_orthogonal",
    "transform",
]
