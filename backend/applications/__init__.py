"""Cases: a resident applies, officers check, a head signs; every step is recorded and the promise never resets."""
