"""How far the work itself is: milestones of a sub-activity with photos, and where in the city it is."""
