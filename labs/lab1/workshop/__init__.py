"""What the programs of LAB 1 share. Nothing here is part of runthrough."""
