"""What Flink reads: tokens, grammar and the shape of its refusals."""
