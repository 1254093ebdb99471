"""Official travel: assignment orders, travel orders, per-diem and reports."""
