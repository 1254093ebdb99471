"""What every part of the house stands on: refusals, actors, events, the clock, ids and secrets."""
