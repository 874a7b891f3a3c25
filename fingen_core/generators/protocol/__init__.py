"""What every generator promises: the protocol, the checks that all of them make, and what can be asked for besides."""
