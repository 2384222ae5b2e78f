"""Why an answer is what it is: attention, ledger, gradients, occlusion, and their faithfulness."""
