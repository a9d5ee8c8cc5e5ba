"""Who calls: key pairs, signatures and STS."""
