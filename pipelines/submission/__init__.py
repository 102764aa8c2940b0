"""What the programs over many pictures share: options, attempts, report; here, or on a Ray cluster."""
