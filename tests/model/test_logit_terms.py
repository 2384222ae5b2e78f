"""Terms of the logit on their own: what they are given to learn, they learn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
import torch

from molattn.model.config import NetworkConfig
from molattn.model.logit_terms import ContactBasis, Contacts, Distance


@pytest.mark.parametrize("planted", [0.8, 1.5, 3.0])
def test_a_planted_half_distance_is_recovered(planted: float) -> None:
    torch.manual_seed(0)
    distance = torch.empty(200, 8).uniform_(2.0, 8.0)
    wanted = torch.softmax(-distance * torch.log(torch.tensor(2.0)) / planted, -1)
    term = Distance(NetworkConfig(heads=1, radial=4))
    torch.nn.init.zeros_(term.radial.weight).requires_grad_(False)
    flat = distance.flatten()
    bumps = ContactBasis(4)(flat.unsqueeze(-1).expand(-1, 3))
    contacts = cast(Contacts, SimpleNamespace(distance=flat, bumps=bumps))
    optimizer = torch.optim.Adam([term.log_decay], lr=0.05)
    for _ in range(400):
        logits = term(contacts).view(200, 8)
        loss = -(wanted * torch.log_softmax(logits, -1)).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert term.half_distance().item() == pytest.approx(planted, rel=0.02)
