"""Files to records: protein, ligand and the pocket where they meet."""
