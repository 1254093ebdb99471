"""The public money: what each OPD may spend, from which fund source, on what."""
