"""Ligand clusters: single linkage over fingerprint similarity, and over scaffolds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from molattn.train.clusters import UNKNOWN
from molattn.train.ligand_likeness import SIMILAR, Fingerprints, SimilarPair, murcko_scaffold
from molattn.train.linkage import Linkage


@dataclass(frozen=True, slots=True)
class LigandClusters:
    """Ligand clusters of the rows of a manifest.

    Attributes
    ----------
    names
        Cluster of each row: the id of its first member in alphabetical order; ``unknown`` where
        the ligand is not known.
    smiles
        The different ligands, as flat SMILES in alphabetical order.
    ligand
        Place of each row's ligand in ``smiles``, -1 where it is not known.
    pairs
        Pairs of different ligands that are alike, as places in ``smiles``.
    """

    names: tuple[str, ...]
    smiles: tuple[str, ...]
    ligand: tuple[int, ...]
    pairs: tuple[SimilarPair, ...]

    def __len__(self) -> int:
        return len(set(self.names))


def cluster_ligands(
    ids: Sequence[str], smiles: Sequence[str], *, similarity: float = SIMILAR
) -> LigandClusters:
    """Cluster rows whose ligands are alike, directly or through others.

    Parameters
    ----------
    ids, smiles
        One entry a row; flat SMILES, "" where the ligand is not known.
    similarity
        Tanimoto from which two ligands are linked.
    """
    unique = sorted(set(smiles) - {""})
    place = {one: index for index, one in enumerate(unique)}
    pairs = Fingerprints(unique).similar_pairs(similarity)
    links = Linkage(len(unique))
    for pair in pairs:
        links.join(pair.first, pair.second)
    ligand = [place.get(one, -1) for one in smiles]
    roots = [links.root(one) if one >= 0 else -1 for one in ligand]
    return LigandClusters(
        _named(ids, roots), tuple(unique), tuple(ligand), tuple(sorted(pairs, key=_order))
    )


def cluster_scaffolds(
    ids: Sequence[str], smiles: Sequence[str], *, generic: bool = False
) -> tuple[str, ...]:
    """Return the scaffold cluster of each row, named as in :class:`LigandClusters`.

    Ligands without a ring have no scaffold; each different one of them is a cluster of its own.
    """
    known = {one: murcko_scaffold(one, generic=generic) for one in set(smiles) if one}
    keys = [(known[one] or f"no ring: {one}") if one else "" for one in smiles]
    number = {key: index for index, key in enumerate(sorted(set(keys) - {""}))}
    return _named(ids, [number.get(key, -1) for key in keys])


def _named(ids: Sequence[str], roots: Sequence[int]) -> tuple[str, ...]:
    name_of: dict[int, str] = {-1: UNKNOWN}
    for row in sorted(range(len(ids)), key=lambda row: ids[row]):
        name_of.setdefault(roots[row], ids[row])
    return tuple(name_of[root] for root in roots)


def _order(pair: SimilarPair) -> tuple[int, int]:
    return pair.first, pair.second
