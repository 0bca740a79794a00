"""What the benchmarks measure with: a counting server, generators as child processes, processor time of a tree."""
